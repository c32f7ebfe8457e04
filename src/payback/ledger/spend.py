"""`spend` rebuilt for the days that changed: requests at list price, and the charges that cover those days."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from payback.ledger.attribute import Ground, attributed
from payback.ledger.batches import table_of
from payback.ledger.derive import tokens
from payback.ledger.reconcile import reconcile
from payback.ledger.tables_money import SPEND
from payback.period import Period, add_months, day_of, midnight, month_start
from payback.warehouse.contract import Change, Delete, Replace, Upsert
from payback.warehouse.days import local_day

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from payback.warehouse.contract import Warehouse

CUTS = (
    "vendor", "account", "project", "tool", "model", "actor", "team", "person", "cost_center", "workflow", "task_type",
    "environment", "agent", "session_id", "repo", "branch", "pull_request", "ai_class", "source", "basis",
)  # fmt: skip


def rebuilt(warehouse: Warehouse, days: Period, ground: Ground, now: datetime) -> list[Change]:
    """The changes that bring `spend` up to date for those days, and for every charge that touches them."""
    touching = _charges(warehouse, days, ground)
    wide = _covering(days, touching, ground)
    listed = warehouse.read(list_rows(warehouse, wide, ground))
    inside = [row for row in listed.to_pylist() if days.since <= row["day"] < days.until]
    charged = list(attributed(reconcile(touching, ground.zone).counted, listed.to_pylist(), ground))
    changes: list[Change] = [
        Replace(
            SPEND.name,
            table_of(SPEND, ({**row, "currency": "USD"} for row in inside), None, now),
            equals={"charge_id": None},
            since=days.since,
            until=days.until,
        )
    ]
    if touching:
        changes.append(Delete(SPEND.name, "charge_id", [charge["charge_id"] for charge in touching]))
    if charged:
        changes.append(Upsert(SPEND.name, table_of(SPEND, charged, None, now)))
    return changes


def list_rows(warehouse: Warehouse, days: Period, ground: Ground) -> ir.Table:
    """Requests at list price by day and every cut, with the rule that placed them and, for splitting, their actor."""
    since, until = days.instants(ground.zone)
    usage = warehouse.table("usage")
    usage = usage.filter(
        usage["occurred_at"] >= ibis.literal(since), usage["occurred_at"] < ibis.literal(until)
    )
    placed = _with_change(warehouse, usage)
    placed = placed.mutate(
        day=local_day(placed["occurred_at"], ground.zone, since, until),
        basis=_basis(placed),
        all_tokens=tokens(placed),
    )
    rows = placed.group_by(["day", *CUTS]).aggregate(
        list=placed["list_usd"].cast("decimal(38,9)").sum(),
        unpriced_tokens=placed["all_tokens"].sum(where=placed["list_usd"].isnull()).fill_null(0),
        tokens=placed["all_tokens"].sum(),
        requests=placed["requests"].sum(),
    )
    return rows.mutate(spend_id=_identity(rows))


def _with_change(warehouse: Warehouse, usage: ir.Table) -> ir.Table:
    """Each request with the change it was placed on, and the AI class of that change."""
    work = warehouse.table("work").select("pull_request_id", work_class="ai_class")
    change = warehouse.table("assignments").select(
        "usage_id", change_repo="repo", change_branch="branch", pull_request="pull_request_id", how="how"
    )
    joined = usage.left_join(change, "usage_id").left_join(work, [("pull_request", "pull_request_id")])
    return joined.mutate(
        repo=ibis.coalesce(joined["change_repo"], joined["repo"]),
        branch=ibis.coalesce(joined["change_branch"], joined["branch"]),
        ai_class=joined["work_class"],
    )


def _basis(rows: ir.Table) -> ir.StringColumn:
    """The rules that placed a request: on its team, and on its change."""
    team = ibis.cases(
        (rows["team_tag"].notnull(), "team by tag"),
        (rows["team"].notnull(), "team by membership"),
        else_="team unattributed",
    )
    change = rows["how"].fill_null("no change linked")
    return team + ibis.literal("; ") + change


def _identity(rows: ir.Table) -> ir.StringColumn:
    parts = [rows["day"].cast("string"), *(rows[name].fill_null("\x00") for name in CUTS)]
    return reduce(lambda left, right: left + ibis.literal("\x1f") + right, parts).hexdigest("md5")


def _charges(warehouse: Warehouse, days: Period, ground: Ground) -> list[dict[str, Any]]:
    """All charges of the months in which a charge begins that touches the days: a month has one source of money."""
    since, until = days.instants(ground.zone)
    charges = warehouse.table("charges")
    begins = charges["charge_period_start"]
    touching = charges.filter(
        begins < ibis.literal(until), charges["charge_period_end"] > ibis.literal(since)
    )
    bounds = warehouse.read(touching.aggregate(first=touching["charge_period_start"].min())).to_pylist()[0][
        "first"
    ]
    first = month_start(day_of(min(bounds or since, since), ground.zone))
    after = add_months(days.until - timedelta(days=1), 1)
    rows = charges.filter(
        begins >= ibis.literal(midnight(first, ground.zone)),
        begins < ibis.literal(midnight(after, ground.zone)),
    )
    found: list[dict[str, Any]] = warehouse.read(rows.order_by("charge_id")).to_pylist()
    return found


def _covering(days: Period, charges: list[dict[str, Any]], ground: Ground) -> Period:
    """The days, widened to hold every charge that touches them."""
    since, until = days.instants(ground.zone)
    since = min([since, *(charge["charge_period_start"] for charge in charges)])
    until = max([until, *(charge["charge_period_end"] for charge in charges)])
    first, last = since.astimezone(ground.zone).date(), until.astimezone(ground.zone).date()
    return Period(first, last if midnight(last, ground.zone) >= until else last + timedelta(days=1))
