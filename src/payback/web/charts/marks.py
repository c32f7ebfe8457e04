"""Names side by side: a bar from nothing to each value, or, where values have intervals, a point with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.charts.frame import frame, length, ticks

if TYPE_CHECKING:
    from payback.insight.answers.saved import Mark, Picture

ROOM = 1.3
NAME = {
    "field": "name",
    "type": "nominal",
    "sort": None,
    "axis": {"title": None, "labelLimit": 180, "grid": False},
}


def marked(given: Picture, currency: str = "USD") -> dict[str, Any]:
    """The chart of a picture, one row per mark."""
    values = [_value(mark, given.kind, currency) for mark in given.marks]
    ends = [
        end for value in values for end in (value["low"], value["high"], value["value"]) if end is not None
    ]
    scale = {"domain": [min(0, *ends) * ROOM, max(0, *ends) * ROOM], "nice": False}
    axis = {"title": given.kind if given.kind != "money" else None, "tickCount": 4}
    axis["labelExpr"] = ticks(given.kind, words.SIGNS.get(currency, currency + " "))
    x = {"field": "value", "type": "quantitative", "scale": scale, "axis": axis}
    with_intervals = any(value["low"] is not None for value in values)
    layer = [*(_intervals(x) if with_intervals else _bars(x)), _said(x)]
    return frame(
        given.title, 28 * len(values) + 24, data={"values": values}, encoding={"y": NAME}, layer=layer
    )


def _value(mark: Mark, kind: str, currency: str) -> dict[str, Any]:
    said = words.short(mark.value, kind, currency)
    sides = (words.short(end, kind, currency) for end in (mark.low, mark.high))
    between = None if mark.low is None else " to ".join(sides)
    return {
        "name": mark.name, "value": length(mark.value), "low": length(mark.low), "high": length(mark.high),
        "far": max(length(mark.high if mark.high is not None else mark.value) or 0, 0), "said": said,
        "exact": words.exact(mark.value, kind, currency), "between": between or "–",
    }  # fmt: skip


def _tips() -> list[dict[str, str]]:
    told = (("name", "What"), ("exact", "Exactly"), ("between", "95 %"))
    return [{"field": field, "type": "nominal", "title": title} for field, title in told]


def _bars(x: dict[str, Any]) -> list[dict[str, Any]]:
    mark = {"type": "bar", "cornerRadius": 1, "color": "var(--pb-accent)"}
    return [{"mark": mark, "encoding": {"x": x, "tooltip": _tips()}}]


def _intervals(x: dict[str, Any]) -> list[dict[str, Any]]:
    zero = {
        "data": {"values": [{"value": 0}]},
        "mark": {"type": "rule", "color": "var(--pb-ink-2)", "strokeDash": [4, 4]},
        "encoding": {"x": x, "y": None},
    }
    rule = {
        "mark": {"type": "rule", "strokeWidth": 3, "color": "var(--pb-quiet)"},
        "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
    }
    point = {
        "mark": {"type": "circle", "size": 90, "opacity": 1, "color": "var(--pb-accent)"},
        "encoding": {"x": x, "tooltip": _tips()},
    }
    return [zero, rule, point]


def _said(x: dict[str, Any]) -> dict[str, Any]:
    return {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": "var(--pb-ink)"},
        "encoding": {"x": {**x, "field": "far"}, "text": {"field": "said"}},
    }
