"""One account that nobody stands behind: where it was seen, who it may be, and the forms that decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.app.questions import day
from payback.app.register import Newcomer
from payback.period import midnight
from payback.web.blocks import Button, Column, Empty, Link, Table
from payback.web.page import Page
from payback.web.pages.people import decided, seen_in
from payback.web.people import KINDS, known_people, without_right

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.web.asking import Ask

COLUMNS = (
    Column("person", "Person"),
    Column("reason", "Why"),
    Column("confidence", "Sure", "share"),
    Column("acts", "Decide", "acts"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The account with its proposals; where it has a person already, the way to them."""
    account, system = path["account"], path["system"]
    if not ask.scope.may_see_people:
        return {"empty": without_right(ask), "title": "Account"}
    held = ask.desk.directory()
    person = held.person_of(account, None, None if system in {"email", "login"} else system)
    if person is not None:
        link = Link(f"Go to {held.people[person].name}", f"/people/{person}")
        return {"empty": Empty(f"{account} is {held.people[person].name}", "", (link,)), "title": account}
    row = next(
        (
            one
            for one in ask.desk.unmatched(ask.scope).rows
            if (one["account"], one["system"]) == (account, system)
        ),
        None,
    )
    if row is None:
        why = "It was not seen in the last 90 days, and no vendor lists it."
        return {
            "empty": Empty(f"No account {account}", why, (Link("Go to People", "/people"),)),
            "title": account,
        }
    return {
        "empty": None,
        "title": account,
        "facts": _facts(row),
        "list_usd": row["list_usd"],
        "billed": row["billed"],
        "proposals": Table(
            "Who it may be",
            COLUMNS,
            tuple(_proposal(row, one) for one in row["proposals"]),
            empty="Nothing points to a person that is known.",
        ),
        "account": {name: row[name] for name in ("account", "system", "name", "email")},
        "kinds": KINDS,
        "kind": "bot" if row["is_machine"] else "person",
        "known": known_people(held),
        "teams": tuple(sorted((team.name, team.team_id) for team in held.teams.values())),
    }


def _facts(row: Mapping[str, Any]) -> tuple[tuple[str, Any, str], ...]:
    return (
        ("Account", row["account"], "text"),
        ("In", row["system"], "text"),
        ("Kind", row["kind"].replace("_", " "), "text"),
        ("Name there", row["name"], "text"),
        ("Address there", row["email"], "text"),
        ("Seen in", ", ".join(seen_in(row)), "text"),
        ("Last seen", row["last_seen_at"], "instant"),
        ("List price, 90 days", row["list_usd"], "money"),
        ("Billed, 90 days", row["billed"], "money"),
    )


def _proposal(row: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    pair = {"person": one["person_id"]}
    return {
        **one,
        "acts": (
            Button(
                "Confirm",
                {"act": "confirm", **pair},
                f"Confirm: {row['account']} is {one['person']}",
                main=True,
            ),
            Button("Refuse", {"act": "refuse", **pair}, f"Refuse: {row['account']} is not {one['person']}"),
        ),
    }


def act(ask: Ask, path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """What a form of the page decides about its account."""
    register, account = ask.desk.register, path["account"]
    system = None if path["system"] in {"email", "login"} else path["system"]

    def add() -> str:
        told = Newcomer(
            form["name"], form.get("kind", "person"), form.get("email") or None, form.get("team") or None
        )
        return register.add(account, told, ask.scope, system=system)

    return decided(
        ask,
        {
            "confirm": lambda: register.confirm(
                account, form["person"], ask.scope, system=system, since=since(ask, form)
            ),
            "refuse": lambda: register.refuse(account, form["person"], ask.scope, system=system),
            "add": add,
        },
        form,
    )


def since(ask: Ask, form: Mapping[str, str]) -> datetime | None:
    """The day a decision holds from, at the organisation's midnight; None for all days."""
    told = form.get("since")
    return midnight(day(told, ask.desk.today()), ask.desk.settings.zone) if told else None


PAGE = Page(
    "account",
    "/people/accounts/{system}/{account:path}",
    "Account",
    "Control",
    "Whose is it?",
    view,
    parent="people",
    controls=(),
    example=(("system", "login"), ("account", "a.nother")),
    act=act,
)
