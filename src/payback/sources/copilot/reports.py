"""What each person did with Copilot on a day: GitHub's usage-metrics reports, NDJSON files behind signed links.

A day is final within two full UTC days. Lines that an agent wrote by itself (feature `agent_edit`) were never offered
and never accepted: they are counted apart.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from payback.ledger.entries import Activity, Rejected
from payback.sources.amounts import count
from payback.sources.copilot.place import TOOL, place
from payback.sources.http import RefusedError, UnreachableError
from payback.sources.source import DAY, Every, Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context, Plan, Slice

FIRST_OF_ENTERPRISES = datetime(2025, 10, 10, tzinfo=UTC)
FIRST_OF_ORGANIZATIONS = datetime(2025, 12, 12, tzinfo=UTC)
REMEMBERED = timedelta(days=365)
AGENT = "agent_edit"
TRIES = 3
STALE_LINK = frozenset({400, 401, 403, 404, 410})
COUNTED = (
    "user_initiated_interaction_count", "code_generation_activity_count", "code_acceptance_activity_count",
    "loc_added_sum", "loc_deleted_sum",
)  # fmt: skip
_WEEKS = Every(
    most=timedelta(days=7), restated=timedelta(days=3), history=timedelta(days=364), until_today=True
)


def plan(asked: Plan) -> Iterator[Slice]:
    """Weeks, oldest first, from the day GitHub's history begins."""
    first = FIRST_OF_ENTERPRISES if place(asked.told).is_enterprise else FIRST_OF_ORGANIZATIONS
    yield from (part for part in _WEEKS(asked) if part.until > first)


def fetch(ask: Ask) -> Iterator[Page]:
    """One page per day that has a report: its lines, still as text."""
    day = ask.part.since
    while day < ask.part.until:
        yield Page(_report(ask, day.date()), f"users-1-day of {day:%Y-%m-%d}", {"day": f"{day:%Y-%m-%d}"})
        day += DAY


def _report(ask: Ask, day: date) -> list[bytes]:
    """The lines of a day's files. A link lives for minutes: one that died, or a file that came cut, is asked for anew."""
    path = f"{place(ask.told).people}/metrics/reports/users-1-day"
    for attempt in range(TRIES):
        told = ask.http.get(path, {"day": day.isoformat()}).body or {}
        try:
            files = [ask.http.download(link) for link in told.get("download_links") or ()]
        except RefusedError as error:
            if error.status not in STALE_LINK or attempt == TRIES - 1:
                raise
            continue
        if all(_is_whole(file) for file in files):
            return [line for file in files for line in file.splitlines() if line.strip()]
    raise UnreachableError(
        f"{ask.connection}: the report of {day} came cut {TRIES} times; it is tried again with the next sync"
    )


def _is_whole(file: bytes) -> bool:
    """Whether the last line is a whole object; a cut file ends in the middle of one."""
    lines = file.strip().splitlines()
    try:
        return not lines or isinstance(orjson.loads(lines[-1]), dict)
    except orjson.JSONDecodeError:
        return False


def parse(page: Page, context: Context) -> Iterable[Activity | Rejected]:
    """One entry per person and day."""
    for number, line in enumerate(page.body, start=1):
        try:
            yield activity(orjson.loads(line), page.about["day"], context.source)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            yield Rejected(context.source, f"line is not read: {error}", page.what, number)


def activity(told: Any, day: str, source: str) -> Activity:
    """A person's day. Every field may be absent, and is then unknown, not nothing. ValueError where a figure is none."""
    person = told.get("user_login") or told.get("user_id")
    if not person:
        raise ValueError("neither user_login nor user_id")
    agent = [row for row in told.get("totals_by_feature") or () if row.get("feature") == AGENT]
    used = [value for name, value in told.items() if name.startswith("used_")]
    counts = [count(told[name]) for name in COUNTED if name in told]
    return Activity(
        day=date.fromisoformat(str(told.get("day") or day)),
        person=str(person),
        tool=TOOL,
        source=source,
        active=any(used) or any(counts) if used or counts else None,
        sessions=_whole((told.get("totals_by_cli") or {}).get("session_count")),
        suggestions=_without(told, agent, "code_generation_activity_count"),
        acceptances=_without(told, agent, "code_acceptance_activity_count"),
        lines_suggested=_without(told, agent, "loc_suggested_to_add_sum"),
        lines_accepted=_without(told, agent, "loc_added_sum"),
        chats=_whole(told.get("user_initiated_interaction_count")),
        lines_added=_sum(agent, "loc_added_sum") if "totals_by_feature" in told else None,
        lines_removed=_sum(agent, "loc_deleted_sum") if "totals_by_feature" in told else None,
    )


def _whole(told: Any) -> int | None:
    return None if told is None else count(told)


def _sum(rows: list[Any], name: str) -> int:
    return sum(count(row.get(name)) for row in rows)


def _without(told: Any, agent: list[Any], name: str) -> int | None:
    """A counter less the part of agents that apply their own edits."""
    whole = _whole(told.get(name))
    return None if whole is None else max(0, whole - _sum(agent, name))


METRICS = Stream(
    name="metrics",
    title="use by person and day",
    tables=("activity",),
    needs='the scope read:org and the role right "View Organization Copilot Metrics" (read:enterprise or '
    "manage_billing:copilot for an enterprise), with the metrics policy turned on",
    pages=("Adoption", "Tools and seats"),
    plan=plan,
    fetch=fetch,
    parse=parse,
)
