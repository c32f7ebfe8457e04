"""The members of a workspace, with those who left, and the agents that are members of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.ledger.entries import Identity, Rejected
from payback.sources.amounts import instant
from payback.sources.linear.asking import Question, pages
from payback.sources.linear.queries import PEOPLE as QUERY
from payback.sources.linear.timeline import person
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context


def fetch(ask: Ask) -> Iterator[Page]:
    """The members."""
    for number, members in enumerate(pages(ask.http, Question(QUERY, "users", {})), start=1):
        yield Page(members, f"members, page {number}")


def parse(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """An account per person, a bot per agent."""
    for number, told in enumerate(page.body, start=1):
        who = told.get("id") if told.get("app") else person(told)
        if not who:
            yield Rejected(context.source, "member has no id", page.what, number)
            continue
        seen = told.get("lastSeen")
        yield Identity(
            system="linear",
            identity=str(who),
            source=context.source,
            kind="bot" if told.get("app") else "user",
            name=told.get("name") or told.get("displayName"),
            email=None if told.get("app") else told.get("email"),
            last_seen_at=instant(seen) if seen else None,
        )


PEOPLE = Stream(
    name="people",
    title="members",
    tables=("identities",),
    needs="a key that may read (scope read)",
    pages=("People",),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
)
