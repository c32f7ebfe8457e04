"""What something costs against how well it holds, as points in four fields, each with what to do written into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.web import words
from payback.web.charts.frame import frame, length

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    Corner = tuple[bool, bool]

ROOM = 0.25  # below a share of nothing, for the words
WHAT_TO_DO: dict[Corner, str] = {
    (False, False): "Scale:\ncosts little and holds",
    (True, False): "Keep for hard work,\ntry a cheaper\nmodel for the rest",
    (False, True): "Review and test\nmore: cheap to make,\ndear to mend",
    (True, True): "Restrict,\nor change tool\nor model",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One name with its unit cost, the share that was done again, and how many stand behind it."""

    name: str
    cost: Decimal
    again: Decimal
    n: int


@dataclass(frozen=True, slots=True)
class Middle:
    """Where the fields meet: the unit cost and the share done again of all together."""

    cost: Decimal
    again: Decimal

    def advice(self, point: Point) -> str:
        """What is written in the field of a point; one on a line counts with the better side."""
        return WHAT_TO_DO[point.cost > self.cost, point.again > self.again].replace("\n", " ")


def quadrants(title: str, points: Sequence[Point], middle: Middle) -> dict[str, Any]:
    """The chart: cost to the right, done again upwards."""
    values = [
        {
            "name": point.name, "cost": length(point.cost), "again": length(point.again), "n": point.n,
            "said": words.money(point.cost), "share": words.short(point.again, "share"), "advice": middle.advice(point),
        }
        for point in points
    ]  # fmt: skip
    widest = max([middle.cost, *(point.cost for point in points)])
    tallest = max([middle.again, *(point.again for point in points)])
    x = _axis("cost", "list price per merged pull request", (length(widest) or 1) * 1.25, "$,.2~f")
    y = _axis("again", "done again", (length(tallest) or 0.1) * 1.4, ".0%")
    dots = {
        "mark": {"type": "circle", "size": 110, "color": "var(--pb-accent)", "opacity": 1},
        "encoding": {
            "x": x,
            "y": y,
            "tooltip": [
                {"field": name, "type": "nominal", "title": said}
                for name, said in (
                    ("name", "What"),
                    ("said", "Unit cost"),
                    ("share", "Done again"),
                    ("n", "n"),
                )
            ],
        },
    }
    names = {
        "mark": {"type": "text", "dy": -12, "fontSize": 12, "fill": "var(--pb-ink)"},
        "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}},
    }
    lines = [
        {
            "data": {"values": [{field: length(at)}]},
            "mark": {"type": "rule", "color": "var(--pb-ink-2)", "strokeDash": [4, 4]},
            "encoding": {channel: axis},
        }
        for channel, field, axis, at in (("x", "cost", x, middle.cost), ("y", "again", y, middle.again))
    ]
    return frame(title, 300, data={"values": values}, layer=[*lines, *_corners(), dots, names])


def _axis(field: str, title: str, top: float, form: str) -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [-top * ROOM if field == "again" else 0, top], "nice": False},
        "axis": {
            "grid": False,
            "tickCount": 4,
            "labelExpr": f"datum.value < 0 ? '' : format(datum.value, '{form}')",
        },
    }


def _corners() -> list[dict[str, Any]]:
    return [
        {
            "data": {"values": [{"words": said}]},
            "mark": {
                "type": "text", "align": "right" if right else "left", "baseline": "top" if above else "bottom",
                "fontSize": 12, "fill": "var(--pb-ink-2)", "fontStyle": "italic",
                "lineBreak": "\n",
                "x": {"expr": "width - 6"} if right else 6, "y": 4 if above else {"expr": "height - 6"},
            },
            "encoding": {"text": {"field": "words", "type": "nominal"}},
        }
        for (right, above), said in WHAT_TO_DO.items()
    ]  # fmt: skip
