"""What each person did with Cursor on a day: the Admin API's daily use, and the Analytics API's lines (Enterprise).

The two are two streams of one person's day. Suggestions, acceptances and chats are told by the first; lines offered, lines
accepted and lines of agents only by the second. `totalLinesAdded` is all that was typed in the editor and is left out.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Activity, Rejected
from payback.sources.amounts import count, instant
from payback.sources.cursor.asking import TOOL, milliseconds, pages
from payback.sources.source import Every, Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context

PER_PAGE = 100
LONGEST = timedelta(days=30)
CHATS = ("composerRequests", "chatRequests", "agentRequests")
REPORTS = ("tabs", "agent-edits")


def fetch(ask: Ask) -> Iterator[Page]:
    """The days of all members: with paging, those without use are listed too."""
    told = {**milliseconds(ask), "pageSize": PER_PAGE}
    for number, page in enumerate(pages(ask, "/teams/daily-usage-data", told), start=1):
        yield Page(page.get("data") or [], f"daily-usage-data of {ask.part.since:%Y-%m-%d}, page {number}")


def parse(page: Page, context: Context) -> Iterable[Activity | Rejected]:
    """One entry per person and day."""
    for number, told in enumerate(page.body, start=1):
        try:
            yield _activity(told, context.source)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"day is not read: {error}", page.what, number)


def _activity(told: dict[str, Any], source: str) -> Activity:
    chats = [count(told[name]) for name in CHATS if name in told]
    return Activity(
        day=date.fromisoformat(told["day"]) if told.get("day") else instant(told["date"]).date(),
        person=_person(told.get("email") or told.get("userId")),
        tool=TOOL,
        source=source,
        active=told.get("isActive"),
        suggestions=_known(told.get("totalTabsShown")),
        acceptances=_known(told.get("totalTabsAccepted")),
        chats=sum(chats) if chats else None,
        edits_accepted=_known(told.get("totalAccepts")),
        edits_rejected=_known(told.get("totalRejects")),
    )


def _person(told: Any) -> str:
    if not told:
        raise ValueError("it names nobody")
    return str(told)


def _known(told: Any) -> int | None:
    return None if told is None else count(told)


def fetch_lines(ask: Ask) -> Iterator[Page]:
    """The by-user reports of completions and of agents' edits, one page of people after the other."""
    last = min(ask.part.until - timedelta(days=1), ask.now.astimezone(UTC))
    dates = {"startDate": f"{ask.part.since:%Y-%m-%d}", "endDate": f"{last:%Y-%m-%d}"}
    days: dict[str, Any] = {}
    for report in REPORTS:
        for people in _people(ask, report, dates):
            for person, rows in people.items():
                days.setdefault(person, {})[report] = rows
    yield Page(days, f"lines of {ask.part.since:%Y-%m-%d}")


def _people(ask: Ask, report: str, dates: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Pages of the report, keyed by e-mail, until one is short or has nobody new."""
    seen: set[str] = set()
    number = 1
    while True:
        params = {**dates, "page": number, "pageSize": PER_PAGE}
        told = ask.http.get(f"/analytics/by-user/{report}", params).body or {}
        found = {person: rows for person, rows in (told.get("data") or {}).items() if person not in seen}
        yield found
        seen |= set(found)
        paging = told.get("pagination") or {}
        if not paging.get("hasNextPage", len(found) >= PER_PAGE):
            return
        number += 1


def parse_lines(page: Page, context: Context) -> Iterable[Activity | Rejected]:
    """One entry per person and day, of whichever reports tell of it."""
    for person, reports in page.body.items():
        days: dict[str, dict[str, Any]] = {}
        for report, rows in reports.items():
            for row in rows:
                days.setdefault(str(row.get("event_date"))[:10], {})[report] = row
        for day, told in sorted(days.items()):
            try:
                yield _lines(person, day, told, context.source)
            except (AttributeError, TypeError, ValueError) as error:
                yield Rejected(context.source, f"{day} of a person is not read: {error}", page.what)


def _lines(person: str, day: str, told: dict[str, dict[str, Any]], source: str) -> Activity:
    offered, edits = told.get("tabs") or {}, told.get("agent-edits") or {}
    return Activity(
        day=date.fromisoformat(day),
        person=person,
        tool=TOOL,
        source=source,
        lines_suggested=_known(offered.get("total_lines_suggested")),
        lines_accepted=_known(offered.get("total_lines_accepted")),
        lines_added=_known(edits.get("total_green_lines_accepted")),
        lines_removed=_known(edits.get("total_red_lines_accepted")),
    )


DAYS = Stream(
    name="days",
    title="use by person and day",
    tables=("activity",),
    needs="an admin key of the team",
    pages=("Adoption", "Tools and seats"),
    plan=Every(most=LONGEST, restated=timedelta(days=3), history=timedelta(days=360)),
    fetch=fetch,
    parse=parse,
)
LINES = Stream(
    name="lines",
    title="lines offered and accepted",
    tables=("activity",),
    needs="an analytics key of an Enterprise team",
    pages=("Adoption",),
    plan=Every(most=LONGEST, restated=timedelta(days=3), history=timedelta(days=360)),
    fetch=fetch_lines,
    parse=parse_lines,
    optional=True,
)
