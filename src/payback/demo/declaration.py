"""The invented company's payback.toml: its teams and people with their dates, homes, repositories and bills.

`company.py` says what each key means.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from payback.demo.bills import ACCOUNTS, workspace
from payback.demo.people import GROUPS
from payback.demo.truth import ENVIRONMENT, ROBOT_PAYER, WORKFLOW

if TYPE_CHECKING:
    from payback.demo.people import Company, Membership, Person, Team
    from payback.demo.span import Span

ORGANISATION = """[organisation]
name = "Lumen Harbour (invented)"
invented = true
time_zone = "Europe/Paris"
currency = "USD"
"""


def toml(span: Span, company: Company, homes: list[str]) -> str:
    """The file's text. `homes` are the ids of the people who have agent logs."""
    parts = [
        "# Written by payback: a company that does not exist.\n",
        ORGANISATION,
        _homes(company, homes),
        '[git]\nroots = ["company/repos"]\n',
        '[imports]\ncharges = ["company/bills/*.csv"]\n',
        *(_team(team, None) for team in GROUPS),
        *(_team(team, span) for team in company.teams),
        *(_person(person) for person in (*company.people, company.robot)),
        *_mappings(company),
    ]
    return "\n".join(parts)


def _homes(company: Company, homes: list[str]) -> str:
    lines = []
    for person in homes:
        extra = ""
        if person == company.robot.id:
            extra = f', workflow = "{WORKFLOW}", environment = "{ENVIRONMENT}"'
        lines.append(f'    {{ path = "company/homes/{person}", person = "{person}"{extra} }},')
    return "[agents]\nhomes = [\n" + "\n".join(lines) + "\n]\n"


def _team(team: Team, span: Span | None) -> str:
    lines = ["[[teams]]", f'id = "{team.id}"', f'name = "{team.name}"']
    if team.parent:
        lines.append(f'parent = "{team.parent}"')
    if span is not None and team.founded:
        lines.append(f"valid_from = {span.month_after(team.founded)}")
    return "\n".join(lines) + "\n"


def _person(person: Person) -> str:
    lines = ["[[people]]", f'id = "{person.id}"', f"name = {json.dumps(person.name, ensure_ascii=False)}"]
    lines.append(f'email = "{person.email}"')
    if person.kind == "service":
        lines.append('kind = "service"')
    if person.git_emails:
        lines.append(f"git_emails = {json.dumps(list(person.git_emails))}")
    lines.append(f"valid_from = {person.since}")
    if person.until is not None:
        lines.append(f"valid_until = {person.until}")
    members = ", ".join(_membership(membership) for membership in person.memberships)
    lines.append(f"memberships = [{members}]")
    return "\n".join(lines) + "\n"


def _membership(membership: Membership) -> str:
    until = f", until = {membership.until}" if membership.until else ""
    return f'{{ team = "{membership.team}", from = {membership.since}{until} }}'


def _mappings(company: Company) -> list[str]:
    """Which part of a vendor's account belongs to which team."""
    users = [team.id for team in company.teams if team.adopts is not None]
    found = [
        _mapping(vendor, workspace(vendor, team), team)
        for vendor in ("anthropic", "openai")
        for team in users
    ]
    robot = company.robot.memberships[0].team
    return [*found, _mapping("anthropic", workspace("anthropic", ROBOT_PAYER), robot)]


def _mapping(vendor: str, sub_account: str, team: str) -> str:
    return (
        f'[[accounts]]\nvendor = "{vendor}"\naccount = "{ACCOUNTS[vendor]}"\n'
        f'sub_account = "{sub_account}"\nteam = "{team}"\n'
    )
