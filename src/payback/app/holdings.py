"""What there is to answer for: tools and workflows in use or declared, with owner, seats, users and money of some days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.org.directory import Directory
    from payback.period import Period

    Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """Who looks at which days of what, and when."""

    ground: Ground
    directory: Directory
    scope: Scope
    period: Period
    now: datetime

    @property
    def spend(self) -> ir.Table:
        """The rows of spend in these days that may be seen."""
        rows = opened(self.ground, "spend", self.scope)
        since, until = ibis.literal(self.period.since), ibis.literal(self.period.until)
        return rows.filter(rows["day"] >= since, rows["day"] < until)

    def read(self, expression: Any) -> list[Row]:
        """The rows of an expression."""
        rows: list[Row] = self.ground.warehouse.read(expression).to_pylist()
        return rows

    def money(self, column: str) -> Mapping[str, tuple[Decimal | None, Decimal | None]]:
        """List money in USD and billed money in the organisation's currency, by a column of spend."""
        rows = self.spend
        rows = rows.filter(rows[column].notnull())
        told = rows.group_by(column).aggregate(
            listed=rows["list"].sum(),
            billed=rows["billed"].sum(where=rows["currency"] == self.ground.currency),
        )
        return {row[column]: (row["listed"], row["billed"]) for row in self.read(told)}


def tools(view: View) -> list[Row]:
    """Every tool that is declared, has seats or was used: owner, purpose, open seats, users and money; dearest first."""
    held, money = view.directory, view.money("tool")
    seats, users = _seats(view), _users(view)
    found = []
    for tool in sorted({*held.tools, *money, *seats, *users}):
        told, owner = held.tools.get(tool), held.owner_of("tool", tool, view.now)
        listed, billed = money.get(tool, (None, None))
        found.append(
            {
                "tool_id": tool,
                "name": told.name if told else None,
                "vendor": told.vendor if told else None,
                "purpose": told.purpose if told else None,
                "data_class": told.data_class if told else None,
                "approved": told.approved if told else None,
                "owner": owner.owner if owner else None,
                "team": owner.team if owner else None,
                "seats": seats.get(tool),
                "users": users.get(tool),
                "list_usd": listed,
                "billed": billed,
            }
        )
    return sorted(found, key=_dearest)


def workflows(view: View) -> list[Row]:
    """Every workflow that is declared or that requests are tagged with: owner, stage, output, metric, money; dearest first."""
    held, money = view.directory, view.money("workflow")
    found = []
    for workflow in sorted({*held.workflows, *money}):
        told, owner = held.workflows.get(workflow), held.owner_of("workflow", workflow, view.now)
        listed, billed = money.get(workflow, (None, None))
        names = ("useful_output", "task_type", "risk", "data_class", "constraint", "primary_metric")
        found.append(
            {
                "workflow_id": workflow,
                "name": told.name if told else None,
                "declared": told is not None,
                "stage": held.stage_of(workflow, view.now),
                **{name: getattr(told, name) if told else None for name in names},
                "guardrail_metrics": list(told.guardrail_metrics) if told else [],
                "owner": owner.owner if owner else None,
                "team": owner.team if owner else None,
                "list_usd": listed,
                "billed": billed,
            }
        )
    return sorted(found, key=_dearest)


def _dearest(row: Row) -> tuple[Any, str]:
    return -max(row["list_usd"] or 0, row["billed"] or 0), row.get("tool_id") or row["workflow_id"]


def _seats(view: View) -> dict[str, int]:
    """Seats held now, by tool."""
    seats = opened(view.ground, "seats", view.scope)
    held = seats.filter(seats["valid_until"].isnull()).group_by("tool")
    return {row["tool"]: row["seats"] for row in view.read(held.aggregate(seats=ibis._.count()))}


def _users(view: View) -> dict[str, int]:
    """People and accounts with use in these days, by tool: counted, not named."""
    usage = opened(view.ground, "usage_hourly", view.scope)
    since, until = view.period.instants(view.ground.zone)
    rows = usage.filter(usage["hour"] >= ibis.literal(since), usage["hour"] < ibis.literal(until))
    found: dict[str, set[str]] = defaultdict(set)
    for row in view.read(rows.select("tool", "person", "actor").distinct()):
        if row["tool"] and (who := row["person"] or row["actor"]):
            found[row["tool"]].add(who)
    return {tool: len(who) for tool, who in found.items()}
