"""What nobody answers for: tools, licences, keys, projects and workflows without an owner, dearest first, with who it may be."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.app.holdings import tools, workflows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.app.holdings import View

    Row = dict[str, Any]
    Money = tuple[Decimal | None, Decimal | None]

MOST_OF = Decimal("0.5")
VENDORS_OWN = ("usage_api", "gateway")


def ownerless(view: View) -> list[Row]:
    """One row per thing without an owner: kind, subject, name, vendor, money of these days, and whom to ask and why."""
    rows = [*_tools(view), *_licences(view), *_keys(view), *_projects(view), *_workflows(view)]
    return sorted(
        rows, key=lambda row: (-max(row["list_usd"] or 0, row["billed"] or 0), row["kind"], row["subject"])
    )


def _row(kind: str, subject: str, money: Money, **told: Any) -> Row:
    plain = {"name": None, "vendor": None, "proposed": None, "reason": None}
    return {"kind": kind, "subject": subject, "list_usd": money[0], "billed": money[1], **plain, **told}


def _tools(view: View) -> Iterator[Row]:
    teams = _teams(view, "tool")
    for row in tools(view):
        if row["owner"] is None:
            money = (row["list_usd"], row["billed"])
            yield _row(
                "tool",
                row["tool_id"],
                money,
                name=row["name"],
                vendor=row["vendor"],
                **teams.get(row["tool_id"], {}),
            )


def _workflows(view: View) -> Iterator[Row]:
    teams = _teams(view, "workflow")
    for row in workflows(view):
        if row["owner"] is None:
            subject = row["workflow_id"]
            yield _row(
                "workflow",
                subject,
                (row["list_usd"], row["billed"]),
                name=row["name"],
                **teams.get(subject, {}),
            )


def _licences(view: View) -> Iterator[Row]:
    seats = opened(view.ground, "seats", view.scope)
    held = seats.filter(seats["valid_until"].isnull()).group_by("tool", "plan", "vendor")
    paid = seats["price"].sum(where=seats["currency"] == view.ground.currency)
    for row in view.read(held.aggregate(seats=ibis._.count(), price=paid)):
        subject = "/".join(part for part in (row["tool"], row["plan"]) if part)
        if _nobodys(view, "licence", subject) and _nobodys(view, "licence", row["tool"]):
            name = f"{row['seats']} seat{'' if row['seats'] == 1 else 's'}"
            yield _row("licence", subject, (None, row["price"]), name=name, vendor=row["vendor"])


def _keys(view: View) -> Iterator[Row]:
    money = _used(view, "api_key")
    for key, billed in _billed(view, "api_key").items():
        money[key] = (money.get(key, (None, None))[0], billed)
    listed = {one.identity: one for one in view.directory.catalogue.identities if one.kind == "key"}
    if view.scope.sight is Sight.EVERYTHING:
        for key, one in listed.items():
            if one.span.holds(view.now):
                money.setdefault(key, (None, None))
    for key, amounts in money.items():
        if _nobodys(view, "key", key) and view.directory.person_of(key, view.now) is None:
            told = listed.get(key)
            name, vendor = (told.name, told.system) if told else (None, None)
            yield _row("key", key, amounts, name=name, vendor=vendor)


def _projects(view: View) -> Iterator[Row]:
    """Projects and workspaces of vendors; folders that agents worked in are none."""
    money = _used(view, "project", VENDORS_OWN)
    for project, billed in _billed(view, "sub_account").items():
        money[project] = (money.get(project, (None, None))[0], billed)
    names = {one.identity: one for one in view.directory.catalogue.identities if one.kind == "project"}
    teams = _teams(view, "project")
    for project, amounts in money.items():
        if _nobodys(view, "project", project):
            told = names.get(project)
            name, vendor = (told.name, told.system) if told else (None, None)
            yield _row("project", project, amounts, name=name, vendor=vendor, **teams.get(project, {}))


def _nobodys(view: View, kind: str, subject: str) -> bool:
    return view.directory.owner_of(kind, subject, view.now) is None


def _used(view: View, column: str, precedence: tuple[str, ...] = ()) -> dict[str, Money]:
    """List money of use in these days, by key or project."""
    usage = opened(view.ground, "usage_hourly", view.scope)
    since, until = view.period.instants(view.ground.zone)
    rows = usage.filter(
        usage["hour"] >= ibis.literal(since), usage["hour"] < ibis.literal(until), usage[column].notnull()
    )
    if precedence:
        rows = rows.filter(rows["precedence"].isin(precedence))
    told = rows.group_by(column).aggregate(listed=rows["list_usd"].sum())
    return {row[column]: (row["listed"], None) for row in view.read(told)}


def _billed(view: View, column: str) -> dict[str, Decimal | None]:
    charges = opened(view.ground, "charges", view.scope)
    since, until = view.period.instants(view.ground.zone)
    rows = charges.filter(
        charges["charge_period_end"] > ibis.literal(since),
        charges["charge_period_start"] < ibis.literal(until),
        charges["currency"] == view.ground.currency,
        charges[column].notnull(),
    )
    told = rows.group_by(column).aggregate(billed=rows["billed_cost"].sum())
    return {row[column]: row["billed"] for row in view.read(told)}


def _teams(view: View, column: str) -> dict[str, dict[str, str]]:
    """The team that most of a thing's list money is of, as a proposal with its reason."""
    rows = view.spend
    rows = rows.filter(rows[column].notnull(), rows["list"].notnull())
    shares: dict[str, dict[str | None, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in view.read(rows.group_by(column, "team").aggregate(listed=rows["list"].sum())):
        shares[row[column]][row["team"]] += row["listed"]
    found = {}
    for subject, by_team in shares.items():
        whole, team = sum(by_team.values()), max(by_team, key=lambda name: (by_team[name], name or ""))
        if team and whole and by_team[team] / whole > MOST_OF:
            share = round(by_team[team] / whole * 100)
            name = view.directory.teams[team].name if team in view.directory.teams else team
            found[subject] = {"proposed": team, "reason": f"{share} % of its use is by {name}"}
    return found
