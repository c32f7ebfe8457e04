"""Shares by age as lines, one per name, on a scale from none to all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.charts.frame import frame, length

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal


def curves(
    title: str,
    points: Sequence[tuple[str, int, Decimal | None]],
    hues: Mapping[str, str],
    said: Mapping[str, str],
) -> dict[str, Any]:
    """The chart of (name, age in days, share); every line begins at age 0 with all."""
    names = list(dict.fromkeys(name for name, _, _ in points))
    values = [{"name": said[name], "age": 0, "share": 1, "exact": "100 %"} for name in names]
    values += [
        {"name": said[name], "age": age, "share": length(share), "exact": words.short(share, "share")}
        for name, age, share in points
    ]
    colours = {
        "domain": [said[name] for name in names],
        "range": [f"var(--pb-{hues[name]})" for name in names],
    }
    encoding = {
        "x": {
            "field": "age",
            "type": "quantitative",
            "title": "days",
            "axis": {"grid": False, "values": sorted({0, *(age for _, age, _ in points)})},
        },
        "y": {
            "field": "share",
            "type": "quantitative",
            "title": None,
            "scale": {"domain": [0, 1]},
            "axis": {"tickCount": 4, "format": ".0%"},
        },
        "color": {"field": "name", "type": "nominal", "legend": None, "scale": colours},
        "tooltip": [
            {"field": "name", "type": "nominal", "title": "What"},
            {"field": "age", "type": "quantitative", "title": "Days"},
            {"field": "exact", "type": "nominal", "title": "Alive"},
        ],
    }
    return frame(title, 240, data={"values": values}, mark={"type": "line", "point": True}, encoding=encoding)
