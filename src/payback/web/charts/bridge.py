"""A change as a bridge: where it began, what each part added or took away, where it ended. The parts add up exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.charts.frame import frame, length, ticks

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = 1.4  # how much wider than its longest bar the chart is, so that the words beside it fit

COLOURS = {
    "field": "sort",
    "type": "nominal",
    "legend": None,
    "scale": {
        "domain": ["end", "more", "less"],
        "range": ["var(--pb-quiet)", "var(--pb-more)", "var(--pb-less)"],
    },
}
TOOLTIP = [
    {"field": "name", "type": "nominal", "title": "What"},
    {"field": "exact", "type": "nominal", "title": "Exactly"},
]


@dataclass(frozen=True, slots=True)
class Bridge:
    """The amount before, the parts with their differences, the words for both ends, and what one of it is."""

    before: Decimal
    parts: Sequence[tuple[str, Decimal]]
    from_words: str
    to_words: str
    currency: str = "USD"
    kind: str = "money"

    @property
    def after(self) -> Decimal:
        """Before plus all parts."""
        return sum((amount for _, amount in self.parts), self.before)


def bridge(title: str, given: Bridge) -> dict[str, Any]:
    """The chart of a bridge, read from top to bottom."""
    values = _steps(given)
    names = {"field": "name", "type": "nominal", "sort": None, "scale": {"paddingInner": 0.35}}
    bars = {
        "mark": {"type": "bar", "cornerRadius": 1},
        "encoding": {
            "x": _axis(values, given),
            "x2": {"field": "stop"},
            "color": COLOURS,
            "tooltip": TOOLTIP,
        },
    }
    said = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": "var(--pb-ink)"},
        "encoding": {"x": {"field": "far", "type": "quantitative"}, "text": {"field": "said"}},
    }
    return frame(
        title,
        28 * len(values) + 24,
        data={"values": values},
        encoding={"y": {**names, "axis": {"title": None, "labelLimit": 160, "grid": False}}},
        layer=[bars, said],
    )


def _steps(given: Bridge) -> list[dict[str, Any]]:
    values = [_end(given, given.from_words, given.before)]
    reached = given.before
    for name, amount in given.parts:
        values.append(_part(given, name, reached, amount))
        reached += amount
    return [*values, _end(given, given.to_words, reached)]


def _axis(values: Sequence[dict[str, Any]], given: Bridge) -> dict[str, Any]:
    """From zero, or the lowest point below it, to so far beyond the highest that the words beside it fit."""
    ends = [value[side] for value in values for side in ("start", "stop")]
    label = ticks(given.kind, words.SIGNS.get(given.currency, given.currency + " "))
    return {
        "field": "start",
        "type": "quantitative",
        "scale": {"domain": [min(0, *ends), max(0, *ends) * ROOM], "nice": False},
        "axis": {
            "title": given.kind if given.kind != "money" else None,
            "orient": "bottom",
            "labelExpr": label,
            "tickCount": 4,
        },
    }


def _end(given: Bridge, name: str, amount: Decimal) -> dict[str, Any]:
    return {
        "name": name,
        "start": 0,
        "stop": length(amount),
        "far": length(max(amount, Decimal(0))),
        "said": words.short(amount, given.kind, given.currency),
        "exact": words.exact(amount, given.kind, given.currency),
        "sort": "end",
    }


def _part(given: Bridge, name: str, reached: Decimal, amount: Decimal) -> dict[str, Any]:
    return {
        "name": name,
        "start": length(reached),
        "stop": length(reached + amount),
        "far": length(max(reached, reached + amount)),
        "said": words.signed(amount, given.kind, given.currency),
        "exact": words.exact(amount, given.kind, given.currency),
        "sort": "more" if amount > 0 else "less",
    }
