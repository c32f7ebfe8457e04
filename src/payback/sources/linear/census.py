"""Which issues a team still has, at most once a day: what was deleted for good never comes up as changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census
from payback.sources.linear.asking import Question, pages
from payback.sources.linear.queries import KEYS
from payback.sources.linear.teams import teams
from payback.sources.source import Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context, Plan

OFTEN = timedelta(hours=20)


def plan(told: Plan) -> Iterator[Slice]:
    """Each team whose last census is a day old."""
    for team in teams(told.http, told.told):
        last = told.marks.get(team.id)
        if last is None or told.now - datetime.fromisoformat(last) >= OFTEN:
            yield Slice(told.now, told.now, told.now.isoformat(), team.id, team)


def fetch(ask: Ask) -> Iterator[Page]:
    """The keys of all issues of a team, in one piece: half a census would be no census."""
    team = ask.part.what
    question = Question(KEYS, "issues", {"filter": {"team": {"id": {"eq": team.id}}}})
    issues = [one for page in pages(ask.http, question) for one in page if not one.get("trashed")]
    yield Page([one.get("identifier") for one in issues], f"team {team.key}", {"team": team.key})


def parse(page: Page, context: Context) -> Iterable[Census | Rejected]:
    """The census of one team."""
    if not all(page.body):
        yield Rejected(
            context.source,
            "the list holds an issue without its key, so nothing is concluded from it",
            page.what,
        )
        return
    yield Census("tickets", "project", page.about["team"], tuple(sorted(set(page.body))), context.source)


CENSUS = Stream(
    name="census",
    title="which issues are still there",
    tables=("tickets",),
    needs="a key that may read (scope read)",
    pages=("Delivery",),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
