"""A randomised roll-out from files: which unit gets a seat, or when, and how long it must run. Writes no facts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from payback.app.csv_files import instant_of, known, named, number_of, read
from payback.errors import PaybackError, UnknownNameError
from payback.insight.impact.panel import Observation, panel
from payback.insight.impact.plan import LOTTERY, PLANS, Unit, lottery, wedge
from payback.insight.impact.power import BEFORE, Moves, lottery_units, lottery_weeks, moves, wedge_weeks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WEEKS = 12  # a quarter: the units that are needed are told for it


@dataclass(frozen=True)
class Plan:
    """What is drawn: the kind, the columns of the unit and of its strata, the seed; the percent with a seat of a lottery; the
    waves of a wedge, the weeks between them and the first day; the gain in percent that is to be found.
    """

    kind: str
    unit: str | None
    strata: tuple[str, ...] = ()
    seed: int = 1
    share: float = 50
    waves: int = 4
    every: int = 4
    start: str | None = None
    gain: float = 20


@dataclass(frozen=True)
class History:
    """A file of what the units did before: its columns of time and outcome (above 0)."""

    path: Path
    time: str | None
    outcome: str | None


def drawn(path: Path, plan: Plan, history: History | None = None) -> dict[str, Any]:
    """The assignment of each unit in the file, and with a history the weeks and units that it takes."""
    if plan.kind not in PLANS:
        raise UnknownNameError("plan", plan.kind, PLANS)
    rows = read(path)
    name = named(rows, plan.unit, "--unit")
    known(rows, plan.strata)
    units = [Unit(row[name], tuple(row[one] for one in plan.strata)) for row in rows]
    if plan.kind == LOTTERY:
        places = lottery(units, plan.share / 100, plan.seed)
    else:
        places = wedge(units, plan.waves, plan.seed)
    begin = _day(plan.start)
    return {
        "plan": plan.kind,
        "seed": plan.seed,
        "units": len(units),
        "assignment": [_line(unit, places[unit.name], (plan, name, begin)) for unit in units],
        "power": history and _power(plan, places, history),
    }


def written(path: Path, assignment: Sequence[Mapping[str, Any]]) -> None:
    """The assignment as a CSV file."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, tuple(assignment[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(assignment)
    except OSError as error:
        raise PaybackError(f"{path} cannot be written: {error}; name another file with --write") from error


def _line(unit: Unit, place: int, drawn: tuple[Plan, str, date | None]) -> dict[str, Any]:
    plan, name, begin = drawn
    own = {name: unit.name, **dict(zip(plan.strata, unit.stratum, strict=True))}
    if plan.kind == LOTTERY:
        return {**own, "assigned": place, "treated_from": begin.isoformat() if begin and place else ""}
    day = begin + timedelta(weeks=place * plan.every) if begin else None
    return {
        **own,
        "wave": place + 1,
        "treated_from": day.isoformat() if day else str(BEFORE + place * plan.every),
    }


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise PaybackError(f"--from is the first day of the roll-out as YYYY-MM-DD, not {text!r}") from error


def _power(plan: Plan, places: Mapping[str, int], history: History) -> dict[str, Any]:
    moved, gain = _moves(plan, history), plan.gain / 100
    size: int | None = None
    if plan.kind == LOTTERY:
        given = sum(places.values())
        weeks = lottery_weeks((given, len(places) - given), moved, gain)
        size = lottery_units(plan.share / 100, WEEKS, moved, gain)
    else:
        weeks = wedge_weeks(np.array(list(places.values()), dtype=np.int64), plan.every, moved, gain)
    said = (
        f"about {weeks} weeks with {len(places)} units" if weeks else "more than two years with these units"
    )
    if plan.kind == LOTTERY:
        said += f", or {size} units in {WEEKS} weeks" if size else ", and more than 4,096 units in 12 weeks"
    return {
        "sd": moved.sd,
        "lag": moved.lag,
        "gain_percent": plan.gain,
        "weeks": weeks,
        "units_in_12_weeks": size,
        "says": f"an effect of {plan.gain:g} % is found four times of five after {said}",
    }


def _moves(plan: Plan, history: History) -> Moves:
    rows = read(history.path)
    unit, time = named(rows, plan.unit, "--unit"), named(rows, history.time, "--time")
    outcome = named(rows, history.outcome, "--outcome")
    seen = [
        Observation(row[unit], instant_of(row[time], (n, time)), None, number_of(row[outcome], (n, outcome)))
        for n, row in enumerate(rows, start=2)
    ]
    if any(one.outcome <= 0 for one in seen):
        raise PaybackError(
            "a history is compared by logarithms: outcomes must be above 0; leave the others empty"
        )
    return moves(np.log(panel(seen).outcome))
