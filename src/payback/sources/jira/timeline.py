"""What the history of an issue says: its statuses in their order, and when it was in which sprint. Pure.

The history holds changes only. The first status is what the first change came from, or the status now where nothing changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.sources.amounts import instant
from payback.sources.commitments import stays
from payback.sources.jira.site import category

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from payback.sources.commitments import Stay
    from payback.sources.jira.resolutions import Undone

DONE, IN_PROGRESS, CANCELLED = "done", "in_progress", "cancelled"
SPRINT_FIELD = "Sprint"
SPRINT_ID = re.compile(r"\bid=(\d+)")


@dataclass(frozen=True, slots=True)
class Change:
    """One field that one person changed at one time, from and to ids and names."""

    id: str
    at: datetime
    field: str
    actor: str | None
    was: str | None
    was_called: str | None
    now: str | None
    now_called: str | None


@dataclass(frozen=True, slots=True)
class Status:
    """A status that an issue came to at a time; `before` is None for its first. `change` is the change that brought it."""

    at: datetime
    called: str | None
    category: str | None
    before: Status | None = None
    change: Change | None = None


def changes(histories: Iterable[Mapping[str, Any]], sprint_field: str | None) -> list[Change]:
    """The changes in their order, each once. ValueError where one has no time."""
    told = {str(one["id"]): one for one in histories}
    found = []
    for number, one in told.items():
        actor = person(one.get("author"))
        for place, item in enumerate(one.get("items") or ()):
            is_sprint = is_of_sprints(item, sprint_field)
            field = SPRINT_FIELD if is_sprint else str(item.get("fieldId") or item.get("field"))
            ends = [item.get(name) for name in ("from", "fromString", "to", "toString")]
            found.append(
                Change(f"{number}:{place}", instant(one["created"]), field, actor, *map(_text, ends))
            )
    return sorted(found, key=lambda one: (one.at, len(one.id), one.id))


def _text(told: Any) -> str | None:
    return None if told is None or told == "" else str(told)


def person(told: Mapping[str, Any] | None) -> str | None:
    """The account behind a name: its id in Cloud, which no privacy setting hides, its user name in Data Center."""
    told = told or {}
    found = told.get("accountId") or told.get("name") or told.get("key")
    return str(found) if found else None


def statuses(
    issue: Mapping[str, Any], told: Sequence[Change], categories: Mapping[str, str], undone: Undone
) -> list[Status]:
    """The statuses of an issue in their order, the first from its creation."""
    fields = issue["fields"]
    created, now = instant(fields["created"]), fields.get("status") or {}
    meaning = dict(categories)
    if own := category(now):
        meaning[str(now.get("id"))] = own
    moves = [one for one in told if one.field == "status"]
    until = [*(one.at for one in moves), None]
    closed = [undone.says(*_resolution(fields.get("resolution"), told, end)) for end in until]
    if moves:
        found = [
            Status(created, moves[0].was_called, _meant(meaning.get(moves[0].was or ""), is_undone=closed[0]))
        ]
    else:
        found = [
            Status(created, now.get("name"), _meant(meaning.get(str(now.get("id"))), is_undone=closed[0]))
        ]
    for one, is_undone in zip(moves, closed[1:], strict=True):
        category_then = _meant(meaning.get(one.now or ""), is_undone=is_undone)
        found.append(Status(one.at, one.now_called, category_then, found[-1], one))
    return found


def _meant(told: str | None, *, is_undone: bool) -> str | None:
    """The category of a status: one of those that are done is cancelled where the resolution says that nothing was done."""
    return CANCELLED if told == DONE and is_undone else told


def _resolution(
    now: Mapping[str, Any] | None, told: Iterable[Change], until: datetime | None
) -> tuple[str | None, str | None]:
    """Id and name of the resolution that an issue had at the end of a status; `until` is None for now."""
    moves = [one for one in told if one.field == "resolution"]
    before = [one for one in moves if until is None or one.at < until]
    if not (until is None and now):
        if before:
            return before[-1].now, before[-1].now_called
        if moves:
            return moves[0].was, moves[0].was_called
    return _text((now or {}).get("id")), _text((now or {}).get("name"))


def ended(passed: Sequence[Status], resolved: datetime | None) -> datetime | None:
    """When an issue that is done came to be done for the last time; None while it is not. Where no change tells, the date of
    its resolution stands.
    """
    if passed[-1].category != DONE:
        return None
    ends = [one.at for one in passed if one.before and one.category == DONE and one.before.category != DONE]
    return ends[-1] if ends else resolved or passed[0].at


def reopened(passed: Iterable[Status], told: Iterable[Change], undone: Undone) -> int:
    """How often it was done and then was not: by its status or by its resolution being taken back, whichever says more."""
    by_status = sum(
        one.before is not None and one.before.category == DONE and one.category not in {DONE, CANCELLED, None}
        for one in passed
    )
    taken_back = sum(
        one.field == "resolution"
        and bool(one.was)
        and not one.now
        and not undone.says(one.was, one.was_called)
        for one in told
    )
    return max(by_status, taken_back)


def done_at(passed: Sequence[Status], resolved: datetime | None, at: datetime) -> bool:
    """Whether it was done at a time."""
    if len(passed) == 1 and passed[0].category == DONE:
        return (resolved or passed[0].at) <= at
    return next((one.category for one in reversed(passed) if one.at <= at), None) == DONE


def sprint_stays(created: datetime, told: Sequence[Change], now_in: Iterable[str]) -> dict[str, list[Stay]]:
    """When it was in which sprint, by the sprint's id."""
    moves = [(one.at, ids(one.was), ids(one.now)) for one in told if one.field == SPRINT_FIELD]
    return stays(created, moves, now_in)


def ids(told: str | None) -> tuple[str, ...]:
    """The ids that a history joins with commas."""
    return tuple(part for part in map(str.strip, (told or "").split(",")) if part)


def is_of_sprints(item: Mapping[str, Any], sprint_field: str | None) -> bool:
    """Whether a change is one of the sprints it is in; the field's name is in the language of the site."""
    return item.get("field") == SPRINT_FIELD or bool(sprint_field and item.get("fieldId") == sprint_field)


def sprints_of(value: Any) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The sprints that an issue's field holds: id, and what Cloud tells of each there. Data Center tells text."""
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict) and "id" in one:
            yield str(one["id"]), one
        elif isinstance(one, str) and (number := SPRINT_ID.search(one)):
            yield number[1], None


def moment(told: Any) -> datetime | None:
    """An instant; None where none is told or it does not read."""
    try:
        return instant(told) if told else None
    except ValueError:
        return None
