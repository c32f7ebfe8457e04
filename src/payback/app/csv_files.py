"""CSV files from outside: rows by heading, columns as numbers and times, refusals that name the row."""

from __future__ import annotations

import csv
from datetime import date
from math import inf, isfinite, nan
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError, UnknownNameError, UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NEVER_WORDS = {"", "na", "nan", "inf", "never", "none", "null"}
DAYS = 7


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by heading; refused where it cannot be read, has none, or they are ragged."""
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


def named(rows: Sequence[dict[str, str]], name: str | None, option: str) -> str:
    """The name of a column that an option must name and the file must have."""
    if name is None:
        raise PaybackError(f"{option} is missing: say which column it is; the file has {', '.join(rows[0])}")
    known(rows, (name,))
    return name


def known(rows: Sequence[dict[str, str]], names: Sequence[str]) -> None:
    """Refuses names of columns that the file has not."""
    for name in names:
        if name not in rows[0]:
            raise UnknownNameError("column", name, rows[0])


def values_of(rows: Sequence[dict[str, str]], names: Sequence[str]) -> NDArray[np.float64]:
    """These columns as numbers, rows × names; NaN where unknown."""
    known(rows, names)
    return np.array(
        [[number_of(row[name], (number, name)) for name in names] for number, row in enumerate(rows, start=2)]
    )


def number_of(text: str, where: tuple[int, str]) -> float:
    """A number; NaN where it is unknown."""
    if text.strip().lower() in NEVER_WORDS:
        return nan
    try:
        return float(text)
    except ValueError as error:
        raise UnreadableFileError(f"row {where[0]}, {where[1]}: {text!r} is not a number") from error


def instant_of(text: str, where: tuple[int, str]) -> float:
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


def since_when(text: str, where: tuple[int, str]) -> float | None:
    """A first treated time; None for never."""
    if text.strip().lower() in NEVER_WORDS:
        return None
    found = inf if text.strip().lower() == "infinity" else instant_of(text, where)
    return None if found in {0.0, inf} else found
