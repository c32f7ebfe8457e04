"""The members of the groups and projects that a connection names as accounts; their addresses where GitLab shows them to the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.ledger.entries import Identity, Rejected
from payback.sources.gitlab.accounts import is_bot
from payback.sources.gitlab.asking import listed
from payback.sources.gitlab.place import GONE, names
from payback.sources.http import RefusedError
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context

SYSTEM = "gitlab"
OWN = (("min_access_level", 10), ("order_by", "id"))


def fetch(ask: Ask) -> Iterator[Page]:
    """One page: everybody who is in one of them, once. Without names, the groups that the key's owner is a member of."""
    places = [(kind, path) for kind in ("groups", "projects") for path in names(ask.told, kind)]
    if not places:
        places = [("groups", str(one["id"])) for one in listed(ask.http, "groups", dict(OWN)) if "id" in one]
    found: dict[Any, dict[str, Any]] = {}
    for kind, path in places:
        for one in _members(ask, f"{kind}/{quote(path, safe='')}/members/all"):
            found[one.get("id")] = {**found.get(one.get("id"), {}), **one}
    yield Page(list(found.values()), "members")


def _members(ask: Ask, path: str) -> list[dict[str, Any]]:
    """The members of one place; none where that is gone."""
    try:
        return listed(ask.http, path)
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return []


def parse(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """An account per member. What GitLab made for a token is a service account."""
    for number, told in enumerate(page.body, start=1):
        login = told.get("username")
        if not login:
            yield Rejected(context.source, "member without a username", page.what, number)
            continue
        yield Identity(
            system=SYSTEM,
            identity=str(login),
            source=context.source,
            kind="service_account" if is_bot(told) else "user",
            name=told.get("name") or None,
            email=told.get("email") or told.get("public_email") or None,
        )


MEMBERS = Stream(
    name="members",
    title="members",
    tables=("identities",),
    needs="the scope read_api",
    pages=("People",),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
    optional=True,
)
