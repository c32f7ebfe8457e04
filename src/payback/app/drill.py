"""The rows behind the numbers: sessions with their runs and requests, changes with their receipts. Always through a scope."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.errors import UnanswerableError, UnknownNameError
from payback.ledger.derive import tokens
from payback.period import day_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.period import Period

    Where = Mapping[str, Sequence[str | None]]
    Rows = list[dict[str, Any]]

COUNTS = (
    "requests", "errors", "retries", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip
ALIKE = {"repository": "repo", "session": "session_id", "user": "person"}
REQUEST_COLUMNS = (
    "usage_id", "occurred_at", "run_id", "model", "agent", "is_subagent", "branch", "error", "attempt",
    "duration_seconds", "list_usd", "price_book", "quality", *COUNTS,
)  # fmt: skip
MOST_REQUESTS = 2000


def sessions(ground: Ground, period: Period, where: Where, scope: Scope) -> ir.Table:
    """One row per session with use in the period: what it used, what it cost at list price, the change it went into."""
    since, until = period.instants(ground.zone)
    usage = opened(ground, "usage", scope)
    usage = usage.filter(
        usage["occurred_at"] >= ibis.literal(since),
        usage["occurred_at"] < ibis.literal(until),
        usage["session_id"].notnull(),
    )
    usage = _kept(usage, where, "sessions")
    rows = _by_session(usage)
    change = ground.warehouse.table("assignments").select("usage_id", change="pull_request_id")
    linked = usage.select("usage_id", "session_id", "list_usd").inner_join(change, "usage_id")
    linked = linked.filter(linked["change"].notnull())
    named = linked.group_by("session_id").aggregate(
        pull_request=linked["change"].argmax(linked["list_usd"].fill_null(0))
    )
    return rows.left_join(named, "session_id").drop("session_id_right")


def _by_session(usage: ir.Table) -> ir.Table:
    sums = {name: usage[name].sum() for name in COUNTS}
    lasting = {
        name: usage[name].max() for name in ("tool", "repo", "branch", "project", "actor", "person", "team")
    }
    return usage.group_by("session_id").aggregate(
        **lasting,
        models=usage["model"].collect(distinct=True),
        started_at=usage["occurred_at"].min(),
        ended_at=usage["occurred_at"].max(),
        runs=usage["run_id"].nunique(),
        **sums,
        unpriced_tokens=tokens(usage).sum(where=usage["list_usd"].isnull()).fill_null(0),
        list_usd=usage["list_usd"].cast("decimal(38,9)").sum(),
    )


def changes(ground: Ground, period: Period, where: Where, scope: Scope) -> ir.Table:
    """Rows of `work` merged in the period, or opened in it and not merged yet."""
    since, until = period.instants(ground.zone)
    work = opened(ground, "work", scope)
    begun = work["created_at"].coalesce(work["merged_at"])
    moment = work["merged_at"].coalesce(begun)
    work = work.filter(moment >= ibis.literal(since), moment < ibis.literal(until))
    return _kept(work, where, "changes")


def page(rows: ir.Table, sort: str, limit: int, offset: int) -> ir.Table:
    """One page of rows in the order of a column (a leading "-" for the greatest first); unknown values come last."""
    name = sort.removeprefix("-")
    if name not in rows.columns:
        raise UnknownNameError("column to sort by", name, rows.columns)
    tie = next(column for column in ("session_id", "pull_request_id") if column in rows.columns)
    ordered = ibis.desc(rows[name], nulls_first=False) if sort.startswith("-") else ibis.asc(rows[name])
    return rows.order_by([ordered, tie]).limit(limit, offset=offset)


def session(ground: Ground, session_id: str, scope: Scope) -> dict[str, Any]:
    """One session with `runs` (money by kind of step) and `requests_list`. UnknownNameError where there is none."""
    usage = opened(ground, "usage", scope)
    usage = usage.filter(usage["session_id"] == session_id)
    found = ground.warehouse.read(_by_session(usage)).to_pylist()
    if not found:
        raise UnknownNameError("session", session_id, ())
    listed = usage.select(*REQUEST_COLUMNS).order_by("occurred_at").limit(MOST_REQUESTS)
    requests = ground.warehouse.read(listed).to_pylist()
    return {**found[0], "runs": _runs(ground, usage, session_id, scope), "requests_list": requests}


def _runs(ground: Ground, usage: ir.Table, session_id: str, scope: Scope) -> Rows:
    runs = usage.group_by("run_id").aggregate(
        started_at=usage["occurred_at"].min(),
        ended_at=usage["occurred_at"].max(),
        requests=usage["requests"].sum(),
        errors=usage["errors"].sum(),
        retries=usage["retries"].sum(),
        list_usd=usage["list_usd"].cast("decimal(38,9)").sum(),
    )
    steps = opened(ground, "step_spend", scope)
    steps = steps.filter(steps["session_id"] == session_id)
    by_kind = steps.group_by("run_id", "kind").aggregate(
        steps=steps["steps"].sum(), errors=steps["errors"].sum(), list_usd=steps["list_usd"].sum()
    )
    kinds = ground.warehouse.read(by_kind.order_by(ibis.desc("list_usd"))).to_pylist()
    rows: Rows = ground.warehouse.read(runs.order_by("started_at")).to_pylist()
    return [{**row, "steps": [one for one in kinds if one["run_id"] == row["run_id"]]} for row in rows]


def span(ground: Ground, scope: Scope, today: date) -> tuple[date | None, date | None]:
    """The first and the last day, today at the latest, that hold use or money; (None, None) when there are no facts."""
    usage = opened(ground, "usage_hourly", scope)
    ends = ground.warehouse.read(
        usage.aggregate(first=usage["hour"].min(), last=usage["hour"].max())
    ).to_pylist()[0]
    spend = opened(ground, "spend", scope)
    spend = spend.filter(spend["day"] <= ibis.literal(today))
    days = ground.warehouse.read(
        spend.aggregate(first=spend["day"].min(), last=spend["day"].max())
    ).to_pylist()[0]
    known = [day_of(hour, ground.zone) for hour in ends.values() if hour] + [
        day for day in days.values() if day
    ]
    return min(known, default=None), max(known, default=None)


def _kept(rows: ir.Table, where: Where, asked: str) -> ir.Table:
    """The rows whose dimension is one of the values; None keeps those that have none."""
    for name, values in where.items():
        column = ALIKE.get(name, name)
        if column not in rows.columns:
            raise UnanswerableError(
                asked, name, [one for one in rows.columns if rows[one].type().is_string()]
            )
        told = [value for value in values if value is not None]
        kept = [rows[column].isin(told)] if told else []
        kept += [rows[column].isnull()] if None in values else []
        rows = rows.filter(reduce(or_, kept)) if kept else rows
    return rows
