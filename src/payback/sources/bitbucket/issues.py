"""Issues as tickets, of repositories whose tracker is on. Bitbucket knows no state in which somebody works on one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Ticket, TicketMove
from payback.sources.amounts import count, instant
from payback.sources.bitbucket.accounts import who
from payback.sources.bitbucket.place import GONE, about, changed, each, listed, moment, pages
from payback.sources.http import RefusedError
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Ask, Context, Plan, Slice

    Told = dict[str, Any]

NEW, TO_DO, DONE = "new", "to_do", "done"
CATEGORIES = {
    "resolved": DONE,
    "closed": DONE,
    "invalid": "cancelled",
    "duplicate": "cancelled",
    "wontfix": "cancelled",
}
KINDS = {"enhancement": "feature", "proposal": "feature"}


def plan(told: Plan) -> Iterator[Slice]:
    """A slice for each repository whose tracker is on."""
    return (part for part in changed(told) if part.what.has_issues)


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's repository, oldest change first, each issue with what changed in it."""
    one = ask.part.what
    query = f'updated_on>"{ask.part.since.isoformat()}"'
    params = {"q": query, "sort": "updated_on", "pagelen": 100}
    try:
        for found in pages(ask.http, one.at("issues"), params):
            whole = [
                {**told, "moved": listed(ask.http, one.at("issues", told["id"], "changes"))}
                if "id" in told
                else told
                for told in found
            ]
            last = next((told["updated_on"] for told in reversed(found) if told.get("updated_on")), None)
            yield Page(whole, one.name, about(one), last if ask.part.mark else None)
    except RefusedError as error:
        if error.status not in GONE:
            raise


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each issue with its moves, or why it could not be read."""
    return each(page, context, _read, "issue")


def _read(told: Told, repo: str, source: str) -> list[WorkEntry]:
    ticket_id, state = f"{repo}#{count(told['id'])}", str(told["state"])
    moves = list(_moves(told, ticket_id, source))
    category = CATEGORIES.get(state, TO_DO)
    ends = [one.moved_at for one in moves if one.to_category == DONE]
    kind = told.get("kind")
    ticket = Ticket(
        ticket_id=ticket_id,
        source=source,
        project=repo,
        title=told.get("title"),
        kind=KINDS.get(str(kind), kind),
        priority=told.get("priority"),
        status=state,
        status_category=category,
        assignee=who(told.get("assignee")),
        vendor_id=ticket_id,
        created_at=instant(told["created_on"]),
        updated_at=moment(told.get("updated_on")),
        resolved_at=(ends[-1] if ends else moment(told.get("updated_on"))) if category == DONE else None,
        reopened=sum(one.from_category == DONE != one.to_category for one in moves),
        url=((told.get("links") or {}).get("html") or {}).get("href"),
    )
    return [ticket, *moves]


def _moves(told: Told, ticket_id: str, source: str) -> Iterator[TicketMove]:
    """Each change of state, in order of time."""
    changes = [
        one for one in told.get("moved") or () if isinstance((one.get("changes") or {}).get("state"), dict)
    ]
    for one in sorted(changes, key=lambda one: (instant(one["created_on"]), one["id"])):
        state = one["changes"]["state"]
        before, after = str(state.get("old") or NEW), str(state.get("new") or NEW)
        yield TicketMove(
            move_id=f"{ticket_id}/moves/{one['id']}",
            ticket_id=ticket_id,
            moved_at=instant(one["created_on"]),
            source=source,
            from_status=before,
            to_status=after,
            from_category=CATEGORIES.get(before, TO_DO),
            to_category=CATEGORIES.get(after, TO_DO),
            actor=who(one.get("user")),
        )


ISSUES = Stream(
    name="issues",
    title="issues",
    tables=("tickets", "ticket_moves"),
    needs="the right Issues: Read of an access token",
    pages=("Delivery", "Changes"),
    plan=plan,
    fetch=fetch,
    parse=parse,
    optional=True,
    by_id=True,
)
