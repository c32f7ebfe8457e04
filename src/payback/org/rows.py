"""The organisation as the warehouse's tables tell it: rows of people, identities, teams, memberships, tools, workflows, owners.

They come from files, SCIM, vendors' lists and the screens; what payback.toml says of the same thing is believed before them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from payback.org.organisation import Organisation
from payback.org.what import EXPERIMENT, PRODUCTION, Catalogue, Ownership, RateCard, Stage, Tool, Workflow
from payback.org.who import CONFIRMED, Identity, Membership, Person, Span, Team

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.warehouse.contract import Warehouse

    Row = Mapping[str, Any]

TABLES = ("people", "identities", "teams", "memberships", "tools", "workflows", "owners", "rate_cards")


def stored(warehouse: Warehouse) -> Organisation:
    """What the warehouse holds of the organisation."""
    return organisation({name: warehouse.read(warehouse.table(name)).to_pylist() for name in TABLES})


def organisation(rows: Mapping[str, Iterable[Row]]) -> Organisation:
    """Rows by table as one value. Of several rows of one person, team, tool or workflow the one that began last counts;
    a workflow's stages are those of all its rows.
    """
    latest = {name: sorted(rows.get(name, ()), key=lambda row: row["valid_from"]) for name in TABLES}
    return Organisation(
        people=tuple(_person(row) for row in _last(latest["people"], "person_id")),
        teams=tuple(_team(row) for row in _last(latest["teams"], "team_id")),
        memberships=tuple(
            Membership(row["person_id"], row["team_id"], _span(row)) for row in latest["memberships"]
        ),
        catalogue=Catalogue(
            identities=tuple(_identity(row) for row in latest["identities"]),
            tools=tuple(_tool(row) for row in _last(latest["tools"], "tool_id")),
            workflows=tuple(_workflows(latest["workflows"])),
            owners=tuple(
                Ownership(row["kind"], row["subject"], row["owner"], row["team"], _span(row))
                for row in latest["owners"]
            ),
            rates=tuple(
                RateCard(row["rate"], row["currency"], row["kind"], row["team"], _span(row))
                for row in latest["rate_cards"]
            ),
        ),
    )


def _span(row: Row) -> Span:
    return Span(row["valid_from"], row["valid_until"])


def _last(rows: Iterable[Row], key: str) -> list[Row]:
    return list({row[key]: row for row in rows}.values())


def _person(row: Row) -> Person:
    return Person(
        row["person_id"],
        row["name"] or row["person_id"],
        row["kind"],
        row["email"],
        row["cost_center"],
        span=_span(row),
    )


def _team(row: Row) -> Team:
    return Team(
        row["team_id"],
        row["name"],
        row["parent"],
        row["cost_center"],
        _span(row),
        row["constraint"],
        row["primary_metric"],
        _listed(row["guardrail_metrics"]),
    )


def _listed(told: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (told or "").split(",") if part.strip())


def _identity(row: Row) -> Identity:
    return Identity(
        row["system"],
        row["identity"],
        row["kind"] or "user",
        row["name"],
        row["email"],
        row["belongs_to"],
        row["person_id"],
        row["state"] or CONFIRMED,
        row["reason"],
        row["source"],
        _span(row),
    )


def _tool(row: Row) -> Tool:
    names = ("tool_id", "name", "vendor", "purpose", "owner", "team", "data_class", "approved")
    return Tool(**{name: row[name] for name in names}, span=_span(row))


def _workflows(rows: Iterable[Row]) -> Iterable[Workflow]:
    held: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        held[row["workflow_id"]].append(row)
    names = (
        "workflow_id", "name", "owner", "team", "task_type", "risk", "data_class", "useful_output", "constraint",
        "primary_metric",
    )  # fmt: skip
    for told in held.values():
        last = told[-1]
        yield Workflow(
            **{name: last[name] for name in names},
            guardrail_metrics=_listed(last["guardrail_metrics"]),
            stages=tuple(
                Stage(row["stage"], _span(row)) for row in told if row["stage"] in {EXPERIMENT, PRODUCTION}
            ),
        )
