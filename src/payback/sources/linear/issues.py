"""Issues that changed, team by team, in stretches of a month: Linear lists the newest first, so a stretch is the piece after
which a backfill that stops goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.linear.asking import MOST, Question, asked, following, pages
from payback.sources.linear.queries import CYCLES, LISTS, rest_of
from payback.sources.linear.queries import ISSUES as QUERY
from payback.sources.linear.teams import teams, unseen
from payback.sources.linear.tickets import parse
from payback.sources.source import Page, Slice, Stream, Updated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.http import Http
    from payback.sources.source import Ask, Plan

OVERLAP = timedelta(hours=1)
STRETCH = timedelta(days=30)
Cycles = dict[str, dict[str, Any]]


def plan(told: Plan) -> Iterator[Slice]:
    """What changed in each team since it was last read, oldest first."""
    seen = teams(told.http, told.told)
    for team in seen:
        for whole in Updated(overlap=OVERLAP, key=team.id)(told):
            since = whole.since
            while since < whole.until:
                until = min(since + STRETCH, whole.until)
                yield replace(
                    whole, since=since, until=until, mark=whole.mark and until.isoformat(), what=team
                )
                since = until
    unseen(told.told, seen)


def fetch(ask: Ask) -> Iterator[Page]:
    """The issues that changed in the stretch, each with all that its lists hold."""
    changed = {"gte": ask.part.since.isoformat()}
    if ask.part.until < ask.now:
        changed["lt"] = ask.part.until.isoformat()
    about = {"updatedAt": changed, "team": {"id": {"eq": ask.part.what.id}}}
    known: Cycles = {}
    for issues in pages(ask.http, Question(QUERY, "issues", {"filter": about}, MOST)):
        for issue in issues:
            _complete(ask.http, issue)
        _meet(ask.http, issues, known)
        yield Page({"issues": issues, "cycles": dict(known)}, f"issues of {ask.part.what.key}")


def _complete(http: Http, issue: dict[str, Any]) -> None:
    """The rest of the lists that an issue holds."""
    for name in LISTS:
        held = issue.get(name) or {}
        while after := following(held):
            more = (asked(http, rest_of(name), {"id": issue["id"], "after": after}).get("issue") or {}).get(
                name
            ) or {}
            held = {"nodes": [*held["nodes"], *(more.get("nodes") or ())], "pageInfo": more.get("pageInfo")}
        issue[name] = held


def _meet(http: Http, issues: list[dict[str, Any]], known: Cycles) -> None:
    """The cycles that issues are in or ever were in."""
    for issue in issues:
        if cycle := issue.get("cycle"):
            known[str(cycle["id"])] = cycle
    events = (event for issue in issues for event in issue["history"].get("nodes") or ())
    named = {str(event[end]) for event in events for end in ("fromCycleId", "toCycleId") if event.get(end)}
    missing = sorted(named - known.keys())
    if missing:
        for page in pages(http, Question(CYCLES, "cycles", {"ids": missing})):
            known.update({str(one["id"]): one for one in page if "id" in one})


ISSUES = Stream(
    name="issues",
    title="issues, their states and cycles",
    tables=("tickets", "ticket_moves", "sprints", "evidence", "links"),
    needs="a key that may read (scope read)",
    pages=("Delivery", "AI share"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
