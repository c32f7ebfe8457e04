"""One figure over time as a line, on the faint band of what others have published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.charts.frame import frame, length

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from payback.web.published import Range


def ranged(title: str, course: Mapping[date, Decimal | None], told: Range) -> dict[str, Any]:
    """The chart; a period whose figure is not known breaks the line."""
    values = [
        {"period": str(start), "value": length(value), "exact": words.short(value, "number") if value is not None else "unknown",
         "when": f"week of {words.day(start)}"}
        for start, value in course.items()
    ]  # fmt: skip
    x = {
        "field": "period",
        "type": "temporal",
        "title": None,
        "axis": {"grid": False, "format": "%-d %b", "labelOverlap": "parity", "tickCount": 8},
    }
    y = {"type": "quantitative", "title": None, "scale": {"zero": True}, "axis": {"tickCount": 4}}
    line = {
        "mark": {"type": "line", "point": True, "color": "var(--pb-accent)"},
        "encoding": {
            "x": x,
            "y": {"field": "value", **y},
            "tooltip": [
                {"field": "when", "type": "nominal", "title": "When"},
                {"field": "exact", "type": "nominal", "title": "Exactly"},
            ],
        },
    }
    band = {
        "data": {"values": [{"low": told.low, "high": told.high}]},
        "mark": {"type": "rect", "color": "var(--pb-line)", "opacity": 0.45},
        "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}},
    }
    return frame(title, 160, data={"values": values}, layer=[band, line])
