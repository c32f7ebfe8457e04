"""Amounts over time, stacked by name: bars for few periods, an area for many. The running period is drawn faint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.period import Grain, add_months, grain_start
from payback.web import words
from payback.web.charts.frame import frame, length, ticks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payback.period import Period

MOST_BARS = 70
TOOLTIP = [
    {"field": "when", "type": "nominal", "title": "When"},
    {"field": "name", "type": "nominal", "title": "What"},
    {"field": "exact", "type": "nominal", "title": "Exactly"},
]


@dataclass(frozen=True, slots=True)
class Stack:
    """Names from the bottom up with their hues and words, and their amounts by the first day of each period."""

    names: Sequence[str]
    hues: Mapping[str, str]
    said: Mapping[str, str]
    amounts: Mapping[tuple[date, str], Decimal]
    kind: str = "money"
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Time:
    """A range cut into periods of a grain, and the day it is."""

    range: Period
    grain: Grain
    today: date
    fiscal_year_start: int = 1

    @property
    def periods(self) -> tuple[date, ...]:
        """The first days of all periods that the range touches, in order."""
        return starts(self.range, self.grain, self.fiscal_year_start)

    @property
    def parts(self) -> dict[date, str]:
        """The periods that are not whole, and why."""
        ends = {self.periods[0], self.periods[-1]} if self.periods else set()
        return {start: why for start in ends if (why := self._missing(start))}

    def _missing(self, start: date) -> str:
        after = _next(start, self.grain)
        if start <= self.today < after:
            return "so far"
        return "in part" if start < self.range.since or after > self.range.until else ""


def starts(period: Period, grain: Grain, fiscal_year_start: int = 1) -> tuple[date, ...]:
    """The first days of all periods of a grain that a range touches, in order."""
    return tuple(_starts(period, grain, fiscal_year_start))


def timeline(title: str, stack: Stack, time: Time) -> dict[str, Any]:
    """The chart of a stack over time; a period without an amount is zero, one that is not whole is drawn faint."""
    count = len(time.periods)
    encoding: dict[str, Any] = {
        "x": _time_axis(time.grain, count),
        "y": _amount_axis(stack),
        "color": _colours(stack),
        "order": {"field": "rank"},
        "tooltip": TOOLTIP,
    }
    mark: dict[str, Any] = {"type": "area", "interpolate": "monotone", "line": False, "opacity": 0.85}
    if count <= MOST_BARS:
        mark = {"type": "bar", "cornerRadiusEnd": 1, "tooltip": True}
        encoding["opacity"] = {"condition": {"test": "datum.in_part", "value": 0.55}, "value": 1}
    return frame(title, 240, data={"values": _values(stack, time)}, mark=mark, encoding=encoding)


def _values(stack: Stack, time: Time) -> list[dict[str, Any]]:
    parts = time.parts
    return [
        {
            "period": str(start),
            "when": label(start, time.grain) + (f", {parts[start]}" if start in parts else ""),
            "name": stack.said[name],
            "amount": length(amount := stack.amounts.get((start, name))) or 0,
            "exact": words.exact(amount or Decimal(0), stack.kind, stack.currency),
            "rank": rank,
            "in_part": start in parts,
        }
        for start in time.periods
        for rank, name in enumerate(stack.names)
    ]


def _amount_axis(stack: Stack) -> dict[str, Any]:
    sign = words.SIGNS.get(stack.currency, stack.currency + " ")
    axis = {"title": None, "tickCount": 4, "labelExpr": ticks(stack.kind, sign)}
    return {"field": "amount", "type": "quantitative", "stack": "zero", "axis": axis}


def _colours(stack: Stack) -> dict[str, Any]:
    domain = [stack.said[name] for name in stack.names]
    colours = [f"var(--pb-{stack.hues[name]})" for name in stack.names]
    return {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": domain, "range": colours}}


def label(start: date, grain: Grain) -> str:
    """A period as people say it: 3 Nov 2026, week of 2 Nov 2026, Nov 2026."""
    match grain:
        case Grain.DAY:
            return words.day(start)
        case Grain.WEEK:
            return f"week of {words.day(start)}"
        case _:
            month = f"{words.MONTHS[start.month - 1]} {start.year}"
            return month if grain is Grain.MONTH else f"quarter from {month}"


def _time_axis(grain: Grain, count: int) -> dict[str, Any]:
    shown = "%-d %b" if grain in {Grain.DAY, Grain.WEEK} else "%b %Y"
    step = max(1, -(-count // 8))
    return {
        "field": "period",
        "type": "ordinal",
        "sort": None,
        "scale": {"paddingInner": 0.2, "paddingOuter": 0.1} if count <= MOST_BARS else {},
        "axis": {
            "title": None,
            "grid": False,
            "labelAngle": 0,
            "labelOverlap": "greedy",
            "labelSeparation": 12,
            "labelExpr": f"utcFormat(toDate(datum.value), '{shown}')",
            "labelFlush": True,
        }
        | ({"labelBound": True} if step == 1 else {}),
    }


def _starts(period: Period, grain: Grain, fiscal_year_start: int) -> Iterator[date]:
    day = grain_start(period.since, grain, fiscal_year_start)
    while day < period.until:
        yield day
        day = _next(day, grain)


def _next(day: date, grain: Grain) -> date:
    match grain:
        case Grain.DAY:
            return day + timedelta(days=1)
        case Grain.WEEK:
            return day + timedelta(days=7)
        case Grain.MONTH:
            return add_months(day, 1)
        case _:
            return add_months(day, 3)
