"""The members of an organisation as accounts, with the name and the address that their profile shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.ledger.entries import Identity, Rejected
from payback.sources.github.asking import Pages
from payback.sources.github.queries import MEMBERS as QUESTION
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context

SYSTEM = "github"


def fetch(ask: Ask) -> Iterator[Page]:
    """The whole list as one page; none where repositories are named one by one."""
    owner = ask.told.get("organisation")
    if not owner:
        return
    pages, after, found = Pages(ask.http, QUESTION, 100), None, []
    while True:
        listed = pages.page("organization", "membersWithRole", owner=str(owner), after=after)
        found += [one for one in listed["nodes"] or () if one]
        if not listed["pageInfo"]["hasNextPage"]:
            break
        after = listed["pageInfo"]["endCursor"]
    yield Page(found, "members", {"owner": str(owner)})


def parse(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """An account per member."""
    for number, told in enumerate(page.body, start=1):
        login = told.get("login") if isinstance(told, dict) else None
        if not login:
            yield Rejected(context.source, "member without a login", page.what, number)
            continue
        yield Identity(
            system=SYSTEM,
            identity=login,
            name=told.get("name") or None,
            email=told.get("email") or None,
            account=page.about["owner"],
            source=context.source,
        )


MEMBERS = Stream(
    name="members",
    title="members",
    tables=("identities",),
    needs="read access to Members (classic: read:org and read:user)",
    pages=("People",),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
    optional=True,
)
