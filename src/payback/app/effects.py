"""Effects on files from outside: a panel, an experiment or a series as CSV. Writes no facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, Any

import numpy as np

from payback.app.csv_files import instant_of, known, named, number_of, read, since_when, values_of
from payback.errors import PaybackError, UnknownNameError, UnreadableFileError
from payback.insight.impact.comparison import Trial, experiment, series
from payback.insight.impact.estimate import METHODS, Asked, estimate
from payback.insight.impact.instrument import instrumented
from payback.insight.impact.panel import Observation, panel
from payback.insight.impact.telling import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from payback.insight.impact.comparison import Difference


@dataclass(frozen=True)
class Columns:
    """Which column of a file is what; None where the file's own names are to tell."""

    outcome: str | None = None
    unit: str | None = None
    time: str | None = None
    treatment: str | None = None
    cluster: str | None = None
    covariates: tuple[str, ...] = ()
    strata: str | None = None
    instrument: str | None = None


def of_panel(
    path: Path, columns: Columns, asked: Asked, method: str = "auto", choosing: int = 0
) -> dict[str, Any]:
    """The effect in a panel (`treatment` names the column of the first treated time). `choosing` steps before treatment were
    used to choose whom to treat and are left out. A step between days lasts as many weeks as lie between them.
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    asked = replace(asked, method=method)
    rows = read(path)
    unit, time, since, outcome = (
        named(rows, name, option)
        for name, option in (
            (columns.unit, "--unit"),
            (columns.time, "--time"),
            (columns.treatment, "--treated-from"),
            (columns.outcome, "--outcome"),
        )
    )
    known(rows, columns.covariates)
    strata = named(rows, columns.strata, "--strata") if columns.strata else None
    observed = panel(
        Observation(
            row[unit],
            instant_of(row[time], (number, time)),
            since_when(row[since], (number, since)),
            _compared(number_of(row[outcome], (number, outcome)), asked, number),
            tuple(number_of(row[name], (number, name)) for name in columns.covariates),
            row[strata] if strata else "",
        )
        for number, row in enumerate(rows, start=2)
    )
    if choosing:
        observed = observed.chosen_by(choosing)
    if not _is_number(rows[0][time]):
        asked = replace(asked, weeks_per_step=float(np.median(np.diff(observed.times))) or 1.0)
    return told(observed, estimate(observed, asked))


def _compared(value: float, asked: Asked, number: int) -> float:
    """The outcome as it is compared: its logarithm where asked so."""
    if not asked.is_log:
        return value
    if value <= 0:
        raise UnreadableFileError(
            f"row {number}: a logarithm needs outcomes above 0; leave it empty or --log out"
        )
    return log(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def of_experiment(path: Path, columns: Columns, *, is_log: bool) -> dict[str, Any]:
    """The difference between the arms of a randomised experiment; rows with an unknown value are left out."""
    rows = read(path)
    outcome, treatment = (
        named(rows, columns.outcome, "--outcome"),
        named(rows, columns.treatment, "--treatment"),
    )
    extra = (named(rows, columns.instrument, "--instrument"),) if columns.instrument else ()
    values = values_of(rows, (outcome, treatment, *extra, *columns.covariates))
    kept = np.isfinite(values).all(axis=1)
    cluster, strata = (
        np.unique([row[named(rows, name, option)] for row in rows], return_inverse=True)[1][kept]
        if name
        else None
        for name, option in ((columns.cluster, "--cluster"), (columns.strata, "--strata"))
    )
    values = values[kept]
    beside = values[:, 2 + len(extra) :]
    trial = Trial(values[:, 0], values[:, 1], beside, cluster, is_log, strata)
    if not extra:
        return _difference(experiment(trial))
    found = instrumented(trial, values[:, 2])
    return {
        **_difference(found.use),
        "access": _difference(found.access),
        "uptake": _difference(found.uptake),
    }


def of_series(path: Path, columns: Columns, start: str) -> dict[str, Any]:
    """The step in a series at `start`: a value of its column of times, else how many points stand before."""
    rows = read(path)
    name = columns.outcome or next((n for n in ("value", "y") if n in rows[0]), None)
    outcome = named(rows, name, "--outcome")
    values = values_of(rows, (outcome, *columns.covariates))
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
    column = named(rows, time, "--time")
    instants = [instant_of(row[column], (number, column)) for number, row in enumerate(rows, start=2)]
    if instants != sorted(instants):
        raise UnreadableFileError("the series is not in the order of its times; sort it")
    return int(np.searchsorted(instants, instant_of(start, (0, "--from"))))


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "effect": found.effect,
        "se": found.se,
        "interval": found.interval and list(found.interval),
        "percent": found.percent,
        "n": found.n,
        "label": found.label,
    }
