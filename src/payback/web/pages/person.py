"""One person: teams by date, accounts with why they are theirs, and the forms that split off, merge and take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.unmatched import SEEN_FOR
from payback.web.blocks import Button, Column, Table
from payback.web.page import Page
from payback.web.pages.account import since
from payback.web.pages.people import decided
from payback.web.people import KINDS, known_people, told_day, without_right

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

TEAMS = (
    Column("team", "Team"),
    Column("valid_from", "From", "instant"),
    Column("valid_until", "Until", "instant"),
)
ACCOUNTS = (
    Column("identity", "Account", "code"),
    Column("system", "In"),
    Column("reason", "Why it is theirs"),
    Column("valid_from", "From", "instant"),
    Column("valid_until", "Until", "instant"),
    Column("acts", "Decide", "acts"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The person, or UnknownNameError where there is none that the reader may see."""
    if not ask.scope.may_see_people:
        return {"empty": without_right(ask), "title": "Person"}
    row = ask.desk.person(path["person_id"], ask.scope)
    memberships = tuple(
        {**one, "href": f"/teams/{quote(one['team_id'], safe='')}", "valid_from": told_day(one["valid_from"])}
        for one in row["memberships"]
    )
    return {
        "empty": None,
        "title": row["name"],
        "facts": (
            ("Id", row["person_id"], "text"),
            ("Kind", KINDS[row["kind"]], "text"),
            ("Address", row["email"], "text"),
            (f"Use at list price, {SEEN_FOR.days} days", row["list_usd"], "money"),
        ),
        "memberships": Table("Teams", TEAMS, memberships, empty="In no team."),
        "accounts": _accounts(row),
        "merged": tuple(
            Button(
                "Take back", {"act": "unmerge", "person": one}, f"Take back: {one} is a person of their own"
            )
            for one in row["merged"]
        ),
        "known": known_people(ask.desk.directory()),
    }


def _accounts(row: Mapping[str, Any]) -> Table:
    told = [
        {"identity": one, "system": "told with the person", "reason": "payback.toml, a file or SCIM says so"}
        for one in row["told"]
    ]
    listed = [
        {
            **one,
            "valid_from": told_day(one["valid_from"]),
            "acts": (
                Button(
                    "Split off",
                    {"act": "split", "account": one["identity"], "system": one["system"]},
                    f"Split {one['identity']} off {row['name']}",
                ),
            )
            if one["valid_until"] is None
            else (),
        }
        for one in row["identities"]
    ]
    return Table("Accounts", ACCOUNTS, (*told, *listed), empty="No accounts besides the address.")


def act(ask: Ask, path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """What a form of the page decides about its person."""
    register = ask.desk.register
    return decided(
        ask,
        {
            "split": lambda: register.split(
                form["account"], ask.scope, system=form["system"], since=since(ask, form)
            ),
            "merge": lambda: register.merge(form["person"], path["person_id"], ask.scope),
            "unmerge": lambda: register.unmerge(form["person"], ask.scope),
        },
        form,
    )


PAGE = Page(
    "person",
    "/people/{person_id}",
    "Person",
    "Control",
    "Which accounts and teams are theirs?",
    view,
    parent="people",
    controls=(),
    example=(("person_id", "ann"),),
    act=act,
)
