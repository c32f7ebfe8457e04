"""Who and what an organisation has at OpenAI: projects, users, service accounts, keys. Lists that forget."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.entries import Identity
from payback.sources.amounts import ended, instant
from payback.sources.openai.reply import VENDOR, each, pages, word
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.openai.reply import Params
    from payback.sources.source import Ask, Context

ROOT = "organization"
MOST = ("limit", "100")
EVERY_PROJECT: Params = [("include_archived", "true"), MOST]


class List(NamedTuple):
    """One list: what its entries are, its path, its parameters, and whether every project has one of its own."""

    kind: str
    path: str
    params: Params
    by_project: bool = False


PROJECTS = List("project", "projects", EVERY_PROJECT)
USERS = List("user", "users", [MOST])
ADMIN_KEYS = List("key", "admin_api_keys", [MOST])
KEYS = List("key", "api_keys", [MOST], by_project=True)
SERVICES = List("service_account", "service_accounts", [MOST], by_project=True)


def fetch(of: List, ask: Ask) -> Iterator[Page]:
    """The pages of a list, of every project where each has its own."""
    about = {"account": str(ask.told["account"])} if ask.told.get("account") else {}
    if not of.by_project:
        yield from _listed(f"{ROOT}/{of.path}", of.params, about, ask)
        return
    for projects in _listed(f"{ROOT}/projects", EVERY_PROJECT, {}, ask):
        for project in projects.body.get("data") or []:
            name = word(project.get("id")) if isinstance(project, dict) else None
            if name:
                path = f"{ROOT}/projects/{name}/{of.path}"
                yield from _listed(path, of.params, {**about, "project": name}, ask)


def _listed(path: str, params: Params, about: dict[str, str], ask: Ask) -> Iterator[Page]:
    for number, body in enumerate(pages(ask.http, path, params, "after", "last_id"), 1):
        yield Page(body, f"{path}, page {number}", about)


def parse(of: List, page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """An identity per entry; a key belongs to its owner, else its project."""
    return each(page.body.get("data"), page, context, partial(_identity, of, page, context))


def _identity(of: List, page: Page, context: Context, row: dict[str, Any]) -> Iterable[Entry]:
    identity = word(row.get("id"))
    if identity is None:
        raise ValueError(f"the {of.kind} has no id")
    began, seen = row.get("created_at") or row.get("added_at"), row.get("last_used_at")
    robot = of.kind == "user" and row.get("is_service_account") is True
    yield Identity(
        system=VENDOR,
        identity=identity,
        source=context.source,
        kind="service_account" if robot else of.kind,
        name=word(row.get("name")),
        email=word(row.get("email")),
        belongs_to=_owner(row) or page.about.get("project"),
        account=page.about.get("account"),
        last_seen_at=instant(seen) if seen else None,
        valid_from=instant(began) if began else None,
        valid_until=ended(row, context.now),
    )


def _owner(row: dict[str, Any]) -> str | None:
    owner = row.get("owner")
    if not isinstance(owner, dict):
        return None
    told = owner.get("user") or owner.get("service_account")
    return word((told if isinstance(told, dict) else owner).get("id"))
