"""Who and what an organisation has at Anthropic: workspaces, keys, users, service accounts. Lists that forget."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from payback.ledger.entries import Identity
from payback.sources.amounts import ended, instant
from payback.sources.anthropic.reply import each, listed, pages, part, word
from payback.sources.anthropic.tokens import VENDOR
from payback.sources.anthropic.ways import ANALYTICS, AUTO, CONSOLE, ORGANISATION, Listed
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.anthropic.reply import Params, Row
    from payback.sources.source import Ask, Context

PLAN = Listed(frozenset({AUTO, ANALYTICS, CONSOLE}))


class List(NamedTuple):
    """One list: what its entries are, where they are, when each began, and whether its pages go by cursor."""

    kind: str
    path: str
    params: Params
    began: str = "created_at"
    by_cursor: bool = False


WORKSPACES = List("project", "workspaces", (("include_archived", "true"), ("limit", "1000")))
KEYS = List("key", "api_keys", (("limit", "1000"),))
USERS = List("user", "users", (("limit", "1000"),), began="added_at")
SERVICES = List(
    "service_account", "service_accounts", (("include_archived", "true"), ("limit", "100")), by_cursor=True
)


def stream(of: List, title: str, pages_: tuple[str, ...]) -> Stream:
    """The stream of a list."""
    return Stream(
        of.path,
        title,
        ("identities",),
        "an admin key (an organisation admin makes it)",
        pages_,
        PLAN,
        partial(fetch, of),
        partial(parse, of),
        optional=True,
    )


def fetch(of: List, ask: Ask) -> Iterator[Page]:
    """The pages of a list."""
    path = f"{ORGANISATION}/{of.path}"
    about = {key: value for key, value in (ask.part.what or {}).items() if value is not None}
    bodies = (pages if of.by_cursor else listed)(ask.http, path, of.params)
    for number, body in enumerate(bodies, 1):
        yield Page(body, f"{path}, page {number}", about)


def parse(of: List, page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """An identity per entry; a key belongs to whom it acts as, else its workspace, else who made it."""
    return each(page, context, lambda row: _identity(of, row, page, context))


def _identity(of: List, row: Row, page: Page, context: Context) -> Iterable[Identity]:
    identity = word(row.get("id"))
    if identity is None:
        raise ValueError(f"the {of.kind} has no id")
    began = row.get(of.began)
    yield Identity(
        system=VENDOR,
        identity=identity,
        source=context.source,
        kind=of.kind,
        name=word(row.get("name")),
        email=word(row.get("email")),
        belongs_to=_owner(row),
        account=page.about.get("account"),
        valid_from=instant(began) if began else None,
        valid_until=ended(row, context.now),
    )


def _owner(row: Row) -> str | None:
    scope = part(row.get("scope"), "scope")
    return (
        word(part(row.get("principal"), "principal").get("id"))
        or word(row.get("workspace_id"))
        or word(scope.get("workspace_id"))
        or word(part(row.get("created_by"), "created_by").get("id"))
    )
