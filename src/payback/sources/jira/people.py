"""The accounts of a site. Their addresses show only where a person or the organisation lets them; their ids always do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Identity, Rejected
from payback.sources.jira.asking import rows
from payback.sources.jira.site import deployment
from payback.sources.jira.timeline import person
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.source import Ask, Context

SYSTEM = "jira"
MOST = 200
KINDS = {"app": "bot"}
NO_MEMBER = "customer"


def fetch(ask: Ask) -> Iterator[Page]:
    """The accounts, page by page until one is empty: Jira leaves out accounts of a page that may not be seen."""
    where, start = deployment(ask.told), 0
    path, asked = (
        (f"{where.api}/users/search", {})
        if where.is_cloud
        else (f"{where.api}/user/search", {"username": "."})
    )
    seen: set[str | None] = set()
    while new := [
        one
        for one in rows(ask.http, path, {**asked, "startAt": start, "maxResults": MOST})
        if person(one) not in seen
    ]:
        yield Page(new, f"accounts from {start}")
        seen |= {person(one) for one in new}
        start += MOST


def parse(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """An account per person and app that can work on issues."""
    for number, told in enumerate(page.body, start=1):
        try:
            if told.get("accountType") != NO_MEMBER:
                yield _identity(told, context)
        except (AttributeError, ValueError) as error:
            yield Rejected(context.source, f"account is not read: {error}", page.what, number)


def _identity(told: Mapping[str, Any], context: Context) -> Identity:
    who = person(told)
    if who is None:
        raise ValueError("it has no id")
    return Identity(
        system=SYSTEM,
        identity=who,
        source=context.source,
        kind=KINDS.get(str(told.get("accountType")), "user"),
        name=told.get("displayName"),
        email=told.get("emailAddress") or None,
    )


PEOPLE = Stream(
    name="people",
    title="accounts",
    tables=("identities",),
    needs="the right to browse users (scope read:jira-user)",
    pages=("People",),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
    optional=True,
)
