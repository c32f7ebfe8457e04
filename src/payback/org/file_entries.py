"""Entries of payback.toml: lists of tables with an id, dates as midnights of the organisation, lists of texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.org.who import ALWAYS, Span
from payback.period import midnight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo


def entries(told: Mapping[str, Any], kind: str, needs: tuple[str, ...] = ("id",)) -> list[dict[str, Any]]:
    """The entries of [[kind]], each with what it needs. SettingsError where one lacks it."""
    found = told.get(kind, [])
    if not isinstance(found, list) or not all(
        isinstance(entry, dict) and all(entry.get(name) for name in needs) for entry in found
    ):
        raise SettingsError(f"each [[{kind}]] of payback.toml needs {_named(needs)}")
    return found


def _named(needs: tuple[str, ...]) -> str:
    article = "an" if needs[0][0] in "aeio" else "a"
    return f"{article} {' and a '.join(needs)}"


def refuse_twice(kind: str, ids: list[str]) -> None:
    """SettingsError where an id is told more than once."""
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise SettingsError(f"[[{kind}]] of payback.toml names {', '.join(sorted(twice))} more than once")


def one_of(entry: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str | None:
    """The value of a key that has a closed set of them; None where it is not told."""
    found = entry.get(name)
    if found is not None and found not in known:
        raise SettingsError(f"{name} = {found!r} in payback.toml is not known; it is {', '.join(known)}")
    return found


def texts(entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts; one text stands for a list of one."""
    found = entry.get(name, ())
    return (found,) if isinstance(found, str) else tuple(str(one) for one in found)


def span(entry: Mapping[str, Any], tz: ZoneInfo) -> Span:
    """`from` and `until` (or `valid_from` and `valid_until`) as an interval; a day begins at the organisation's midnight."""
    since, until = (entry.get(name, entry.get(f"valid_{name}")) for name in ("from", "until"))
    return Span(_instant(since, tz) or ALWAYS, _instant(until, tz))


def _instant(told: object, tz: ZoneInfo) -> datetime | None:
    match told:
        case None:
            return None
        case datetime():
            return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=tz).astimezone(UTC)
        case date():
            return midnight(told, tz)
        case _:
            raise SettingsError(f"{told!r} is not a date; write 2026-11-23 without quotes")
