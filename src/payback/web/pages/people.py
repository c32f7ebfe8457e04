"""People: whose accounts are nobody's yet, dearest first, with who they may be; and everybody who is known, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.unmatched import SEEN_FOR
from payback.errors import SettingsError
from payback.org.matching import same_people
from payback.web import words
from payback.web.blocks import Button, Column, Table, Tile
from payback.web.page import Page
from payback.web.paging import PAGE_SIZE, pager
from payback.web.people import KINDS, known_people, without_right

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payback.web.asking import Ask

MOST = 25
DAYS = SEEN_FOR.days
QUEUE = (
    Column("account", "Account", "code"),
    Column("seen", "Seen in"),
    Column("list_usd", "List price", "money", bar=True),
    Column("billed", "Billed", "money"),
    Column("may_be", "May be"),
    Column("why", "Why"),
    Column("sure", "Sure", "share"),
    Column("acts", "Decide", "acts"),
)
PEOPLE = (
    Column("name", "Name"),
    Column("kind_words", "Kind"),
    Column("team_name", "Team"),
    Column("email", "Address"),
    Column("accounts", "Accounts", "names"),
    Column("list_usd", f"List price, {DAYS} days", "money"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The queue with proposals, people that may be one, and a page of everybody."""
    queue, held = ask.desk.unmatched(ask.scope), ask.desk.directory()
    tiles = (
        Tile("", "People", sum(one.kind == "person" for one in held.people.values()), "count"),
        Tile(
            "",
            "Bots and service accounts",
            sum(one.kind != "person" for one in held.people.values()),
            "count",
        ),
        Tile("", "Accounts without a person", queue.accounts, "count", note=f"seen in the last {DAYS} days"),
        Tile("", "Their use at list price", queue.list_usd, "money", note=f"of the last {DAYS} days"),
    )
    if not ask.scope.may_see_people:
        return {"empty": None, "tiles": tiles, "closed": without_right(ask), "queue": None, "pairs": None} | {
            "people": None,
            "pager": None,
            "known": (),
        }
    rows = ask.desk.people(ask.scope)
    start = (ask.filters.page - 1) * PAGE_SIZE
    shown = rows[start : start + PAGE_SIZE + 1]
    return {
        "empty": None,
        "tiles": tiles,
        "closed": None,
        "queue": _queue(queue.rows),
        "pairs": _pairs(ask),
        "people": Table(
            "Everybody known",
            PEOPLE,
            tuple(_person(ask, row) for row in shown[:PAGE_SIZE]),
            empty="Nobody is known yet: name people in payback.toml, connect SCIM, or make people of the accounts above.",
        ),
        "pager": pager(ask.filters, len(shown)),
        "known": known_people(held),
    }


def _queue(rows: tuple[Mapping[str, Any], ...]) -> Table:
    shown = tuple(_account(row) for row in rows[:MOST])
    more = f"The {MOST} dearest of {words.grouped(len(rows))}. " if len(rows) > MOST else ""
    note = f"{more}Money of the last {DAYS} days. A decision is recorded with who made it, and can be taken back."
    return Table(
        "Accounts that nobody stands behind, dearest first",
        QUEUE,
        shown,
        empty=f"Every account seen in the last {DAYS} days has a person.",
        note=note if rows else "",
    )


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    best = row["proposals"][0] if row["proposals"] else None
    account, href = row["account"], account_href(row["account"], row["system"])
    told = {"account": account, "system": row["system"]}
    acts = [
        Button(
            "Say whose", {"act": "confirm", **told}, f"Say whose {account} is", asks=("person", "Person", "")
        )
    ]
    if best:
        pair = {**told, "person": best["person_id"]}
        acts = [
            Button(
                "Confirm", {"act": "confirm", **pair}, f"Confirm: {account} is {best['person']}", main=True
            ),
            Button("Refuse", {"act": "refuse", **pair}, f"Refuse: {account} is not {best['person']}"),
        ]
    machine = "a bot or service account, by its name" if row["is_machine"] else None
    return {
        **row,
        "seen": ", ".join(seen_in(row)),
        "account_href": href,
        "may_be": best["person"] if best else None,
        "why": best["reason"] if best else machine,
        "sure": best["confidence"] if best else None,
        "acts": tuple(acts),
    }


def seen_in(row: Mapping[str, Any]) -> list[str]:
    """Where an account was seen, tools and vendors by the names people know them by."""
    told = (one.partition(" ") for one in row["seen_in"])
    return [f"{words.NAMES.get(name, name)}{gap}{rest}" for name, gap, rest in told]


def account_href(account: str, system: str) -> str:
    """The page of one account."""
    return f"/people/accounts/{quote(system, safe='')}/{quote(account, safe='')}"


def _pairs(ask: Ask) -> Table:
    held = ask.desk.directory()
    rows = [
        {
            "first": held.people[first].name,
            "ids": f"{first} and {other}",
            "why": reason,
            "acts": (
                Button(
                    "Merge", {"act": "merge", "person": other, "into": first}, f"Merge {other} into {first}"
                ),
            ),
        }
        for first, other, reason in same_people(held)
    ]
    columns = (Column("first", "Name"), Column("ids", "Ids", "code"), Column("why", "Why"))
    return Table("People that may be one", (*columns, Column("acts", "Decide", "acts")), tuple(rows))


def _person(ask: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    teams = ask.desk.directory().teams
    return {
        **row,
        "href": f"/people/{quote(row['person_id'], safe='')}",
        "kind_words": KINDS[row["kind"]],
        "team_name": teams[row["team"]].name if row["team"] in teams else row["team"],
        "email": row["email"] or None,
    }


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """What a form of the page decides."""
    register = ask.desk.register
    system = form.get("system") or None
    decisions: Mapping[str, Callable[[], str]] = {
        "confirm": lambda: register.confirm(
            form["account"], form["person"], ask.scope, system=_known(system)
        ),
        "refuse": lambda: register.refuse(form["account"], form["person"], ask.scope, system=_known(system)),
        "merge": lambda: register.merge(form["person"], form["into"], ask.scope),
    }
    return decided(ask, decisions, form)


def decided(ask: Ask, decisions: Mapping[str, Callable[[], str]], form: Mapping[str, str]) -> str:
    """The sentence of the decision that a form names; money is placed by it. SettingsError where it names none."""
    try:
        told = decisions[form["act"]]()
    except KeyError as error:
        raise SettingsError(f"the form lacks {error.args[0]}") from error
    ask.desk.settle()
    return told


def _known(system: str | None) -> str | None:
    """The system to look in; accounts that only use names are in no list."""
    return None if system in {"email", "login"} else system


PAGE = Page(
    "people",
    "/people",
    "People",
    "Control",
    "Who stands behind which account?",
    view,
    controls=(),
    act=act,
)
