"""What all charts have in common: schema, type, quiet axes, the length of an amount on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_TEXT = {
    "labelColor": "var(--pb-ink-2)",
    "titleColor": "var(--pb-ink-2)",
    "labelFontSize": 12,
    "titleFontSize": 12,
}


def frame(description: str, height: int, **rest: Any) -> dict[str, Any]:
    """A chart that fills its container, with the sentence it shows as its description.

    Only that sentence is read out: the figures stand in the table behind the chart.
    """
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding", "resize": True},
        "padding": {"left": 0, "right": 0, "top": 4, "bottom": 4},
        "background": "transparent",
        "config": {
            "font": "var(--tblr-font-sans-serif)",
            "view": {"stroke": None},
            "mark": {"aria": False},
            "axis": {
                "aria": False,
                **_TEXT,
                "domain": False,
                "ticks": False,
                "gridColor": "var(--pb-line)",
                "labelPadding": 8,
                "titleFontWeight": "normal",
            },
        },
        **rest,
    }


def length(amount: Decimal | int | None) -> float | None:
    """An amount as a length on the screen. Charts are drawn in floats; what is read stands beside it in words."""
    return None if amount is None else float(amount)


def ticks(kind: str, sign: str) -> str:
    """How an axis says its numbers: 1.2k, $40, $0.05, 60 %."""
    if kind == "share":
        return "format(datum.value, '.0%')"
    large = "replace(format(datum.value, '~s'), 'G', 'B')"
    small = "format(datum.value, '~r')"
    return f"'{sign if kind == 'money' else ''}' + (abs(datum.value) < 1 ? {small} : {large})"
