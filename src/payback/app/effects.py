"""Effects on files from outside: a panel, an experiment or a series as CSV. Writes no facts."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from payback.errors import PaybackError, UnknownNameError, UnreadableFileError
from payback.insight.impact.comparison import Trial, experiment, series
from payback.insight.impact.estimate import METHODS, Asked, estimate
from payback.insight.impact.panel import Observation, panel
from payback.insight.impact.telling import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from payback.insight.impact.comparison import Difference

NEVER_WORDS = {"", "na", "nan", "inf", "never", "none", "null"}
DAYS = 7


@dataclass(frozen=True)
class Columns:
    """Which column of a file is what; None where the file's own names are to tell."""

    outcome: str | None = None
    unit: str | None = None
    time: str | None = None
    treatment: str | None = None
    cluster: str | None = None
    covariates: tuple[str, ...] = ()


def of_panel(path: Path, columns: Columns, asked: Asked, method: str = "auto") -> dict[str, Any]:
    """The effect in a panel (`treatment` names the column of the first treated time)."""
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    asked = replace(asked, method=method)
    rows = _rows(path)
    unit, time, since, outcome = (
        _column(rows, name, option)
        for name, option in (
            (columns.unit, "--unit"),
            (columns.time, "--time"),
            (columns.treatment, "--treated-from"),
            (columns.outcome, "--outcome"),
        )
    )
    _known(rows, columns.covariates)
    observed = panel(
        Observation(
            row[unit],
            _instant(row[time], (number, time)),
            _since(row[since], (number, since)),
            _number(row[outcome], (number, outcome)),
            tuple(_number(row[name], (number, name)) for name in columns.covariates),
        )
        for number, row in enumerate(rows, start=2)
    )
    return told(observed, estimate(observed, asked))


def of_experiment(path: Path, columns: Columns, *, is_log: bool) -> dict[str, Any]:
    """The difference between the arms of a randomised experiment; rows with an unknown value are left out."""
    rows = _rows(path)
    outcome, treatment = (
        _column(rows, columns.outcome, "--outcome"),
        _column(rows, columns.treatment, "--treatment"),
    )
    values = _values(rows, (outcome, treatment, *columns.covariates))
    kept = np.isfinite(values).all(axis=1)
    cluster = None
    if columns.cluster:
        name = _column(rows, columns.cluster, "--cluster")
        cluster = np.unique([row[name] for row in rows], return_inverse=True)[1][kept]
    values = values[kept]
    return _difference(experiment(Trial(values[:, 0], values[:, 1], values[:, 2:], cluster, is_log)))


def of_series(path: Path, columns: Columns, start: str) -> dict[str, Any]:
    """The step in a series at `start`: a value of its column of times, else how many points stand before."""
    rows = _rows(path)
    name = columns.outcome or next((n for n in ("value", "y") if n in rows[0]), None)
    outcome = _column(rows, name, "--outcome")
    values = _values(rows, (outcome, *columns.covariates))
    if not np.isfinite(values).all():
        raise UnreadableFileError(f"{path.name} has points without a value; a series must have all of them")
    time = columns.time or next((n for n in ("timestamp", "time", "day", "date") if n in rows[0]), None)
    return _difference(series(values[:, 0], _start(rows, time, start), values[:, 1:]))


def _start(rows: Sequence[dict[str, str]], time: str | None, start: str) -> int:
    if time is None:
        if not start.isdigit():
            raise PaybackError(
                f"the series has no column of times; --from is the number of points before, not {start!r}"
            )
        return int(start)
    column = _column(rows, time, "--time")
    instants = [_instant(row[column], (number, column)) for number, row in enumerate(rows, start=2)]
    if instants != sorted(instants):
        raise UnreadableFileError("the series is not in the order of its times; sort it")
    return int(np.searchsorted(instants, _instant(start, (0, "--from"))))


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "effect": found.effect,
        "se": found.se,
        "interval": found.interval and list(found.interval),
        "percent": found.percent,
        "n": found.n,
        "label": found.label,
    }


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [dict(row) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError(f"{path} cannot be read as CSV: {error}; give a UTF-8 CSV file") from error
    if not rows:
        raise UnreadableFileError(
            f"{path} has no rows under its heading; give a CSV file with a heading and rows"
        )
    ragged = next((i for i, row in enumerate(rows, 2) if None in row or None in row.values()), None)
    if ragged is not None:
        raise UnreadableFileError(f"{path.name}: row {ragged} does not have as many cells as the heading")
    return rows


def _column(rows: Sequence[dict[str, str]], name: str | None, option: str) -> str:
    if name is None:
        raise PaybackError(f"{option} is missing: say which column it is; the file has {', '.join(rows[0])}")
    _known(rows, (name,))
    return name


def _known(rows: Sequence[dict[str, str]], names: Sequence[str]) -> None:
    for name in names:
        if name not in rows[0]:
            raise UnknownNameError("column", name, rows[0])


def _values(rows: Sequence[dict[str, str]], names: Sequence[str]) -> NDArray[np.float64]:
    _known(rows, names)
    return np.array(
        [[_number(row[name], (number, name)) for name in names] for number, row in enumerate(rows, start=2)]
    )


def _number(text: str, where: tuple[int, str]) -> float:
    """A number; NaN where it is unknown."""
    if text.strip().lower() in NEVER_WORDS:
        return nan
    try:
        return float(text)
    except ValueError as error:
        raise UnreadableFileError(f"row {where[0]}, {where[1]}: {text!r} is not a number") from error


def _instant(text: str, where: tuple[int, str]) -> float:
    """A number as it stands; a day (also of an instant in ISO form) in weeks."""
    try:
        number = float(text)
    except ValueError:
        try:
            return date.fromisoformat(text.strip()[:10]).toordinal() / DAYS
        except ValueError as error:
            raise UnreadableFileError(
                f"row {where[0]}, {where[1]}: {text!r} is neither a number nor a day"
            ) from error
    if not isfinite(number):
        raise UnreadableFileError(f"row {where[0]}, {where[1]}: {text!r} is not a time")
    return number


def _since(text: str, where: tuple[int, str]) -> float | None:
    if text.strip().lower() in NEVER_WORDS:
        return None
    found = inf if text.strip().lower() == "infinity" else _instant(text, where)
    return None if found in {0.0, inf} else found
