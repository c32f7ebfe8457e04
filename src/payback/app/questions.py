"""Questions as people type them, on the command line and in a URL, as a `Query`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from payback.errors import SettingsError, UnknownNameError
from payback.metrics.question import Query
from payback.period import Grain, Period, parse_day

if TYPE_CHECKING:
    from collections.abc import Sequence

_MONTH = re.compile(r"^\d{4}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Words:
    """A question's words: cuts and filters as typed, days as typed (`until` is the day after the last one)."""

    by: str = ""
    grain: str = ""
    since: str = "30d"
    until: str = "tomorrow"
    where: Sequence[str] = ()
    currency: str | None = None
    converted: bool = False


def query(today: date, metrics: Sequence[str], words: Words) -> Query:
    """The query that these words ask. Raises SettingsError or UnknownNameError with the way out."""
    return Query(
        metrics=tuple(name for told in metrics for name in told.split(",") if name),
        period=Period(day(words.since, today), day(words.until, today)),
        by=tuple(name.strip() for name in words.by.split(",") if name.strip()),
        grain=_grain(words.grain),
        where=_filters(words.where),
        currency=words.currency.upper() if words.currency else None,
        converted=words.converted,
    )


def day(told: str, today: date) -> date:
    """A day as typed; a month alone is its first day, `tomorrow` is the day after today."""
    if told == "tomorrow":
        return today + timedelta(days=1)
    return parse_day(f"{told}-01" if _MONTH.match(told) else told, today)


def _grain(told: str) -> Grain | None:
    if not told:
        return None
    if told not in set(Grain):
        raise UnknownNameError("grain", told, [grain.value for grain in Grain])
    return Grain(told)


def _filters(where: Sequence[str]) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for told in where:
        name, sign, values = told.partition("=")
        if not sign or not name:
            raise SettingsError(
                f"--where {told!r} is not DIM=VALUE; write for example --where tool=codex,claude_code"
            )
        found.setdefault(name.strip(), []).extend(value.strip() or None for value in values.split(","))
    return found
