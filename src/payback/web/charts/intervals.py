"""Effects as points with their intervals: one line per unit, or along the time since adoption. Zero is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.web.charts.frame import frame

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW = 30
FARTHEST = 150.0
PERCENT = "datum.value == 0 ? '0\u00a0%' : format(datum.value, '+d') + '\u00a0%'"  # −20 %, +40 %
SURE, UNSURE = "var(--pb-accent)", "var(--pb-ink-2)"
ZERO = {
    "data": {"values": [{"zero": 0}]},
    "mark": {"type": "rule", "color": "var(--pb-ink-2)", "strokeDash": [4, 3]},
}


@dataclass(frozen=True, slots=True)
class Span:
    """One effect in percent with its interval; grey where it is not `is_sure`. `at` orders spans along time."""

    name: str
    percent: float
    low: float
    high: float
    is_sure: bool
    said: str
    at: int = 0


def by_unit(title: str, spans: Sequence[Span]) -> dict[str, Any]:
    """Units under one another. What lies beyond ±150 % is cut off at the edge; the exact ends are in the tooltip."""
    y = {
        "field": "name", "type": "nominal", "sort": None, "title": None,
        "axis": {"labelLimit": 260, "grid": False},
    }  # fmt: skip
    x = {
        "type": "quantitative", "title": None, "scale": {"domain": _domain(spans), "clamp": True},
        "axis": {"tickCount": 7, "labelExpr": PERCENT},
    }  # fmt: skip
    layers = [
        {**ZERO, "encoding": {"x": {"field": "zero", **x}}},
        {
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": _encoding({"x": {"field": "low", **x}, "x2": {"field": "high"}, "y": y}),
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": _encoding({"x": {"field": "percent", **x}, "y": y}),
        },
    ]
    return frame(title, ROW * len(spans) + 40, data={"values": _values(spans)}, layer=layers)


def since_adoption(title: str, spans: Sequence[Span]) -> dict[str, Any]:
    """Periods of four weeks along the time since adoption; those below 0 should lie around zero."""
    x = {
        "field": "at", "type": "ordinal", "title": "periods of four weeks since adoption", "axis": {"grid": False, "labelAngle": 0},
    }  # fmt: skip
    y = {
        "type": "quantitative", "title": None, "scale": {"domain": _domain(spans), "clamp": True},
        "axis": {"tickCount": 5, "labelExpr": PERCENT},
    }  # fmt: skip
    layers = [
        {**ZERO, "encoding": {"y": {"field": "zero", **y}}},
        {
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": _encoding({"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}),
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
            "encoding": _encoding({"x": x, "y": {"field": "percent", **y}}),
        },
    ]
    return frame(title, 240, data={"values": _values(spans)}, layer=layers)


def _encoding(places: dict[str, Any]) -> dict[str, Any]:
    colour = {"condition": {"test": "datum.sure", "value": SURE}, "value": UNSURE}
    tooltip = [
        {"field": "name", "type": "nominal", "title": "What"},
        {"field": "said", "type": "nominal", "title": "Effect"},
    ]
    return {**places, "color": colour, "tooltip": tooltip}


def _values(spans: Sequence[Span]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name, "at": one.at, "percent": _inside(one.percent), "low": _inside(one.low), "high": _inside(one.high),
            "sure": one.is_sure, "said": one.said,
        }
        for one in spans
    ]  # fmt: skip


def _inside(end: float) -> float:
    return round(min(max(end, -FARTHEST), FARTHEST), 3)


def _domain(spans: Sequence[Span]) -> list[float]:
    ends = [_inside(end) for one in spans for end in (one.low, one.high)] or [-10.0, 10.0]
    return [min(*ends, -10.0) - 5, max(*ends, 10.0) + 5]
