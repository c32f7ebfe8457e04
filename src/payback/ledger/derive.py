"""What is derived from requests, rebuilt for the span that changed: the hourly roll-up and the money of steps.

Rebuilding is a replacement of whole hours, so doing it twice changes nothing. Money stays decimal: the equal shares of
one request are cut from whole nano-dollars, the last step takes the remainder.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.tables_usage import STEP_SPEND, TOKENS, USAGE_HOURLY, WHERE
from payback.warehouse.contract import Replace

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from payback.warehouse.contract import Table, Warehouse

NANOS = 10**9
NANO = Decimal("1e-9")
BEFORE = timedelta(days=2)  # how far back of a window a run may have begun
PRICED = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)


def hours(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The whole hours that hold both instants, half open."""
    first = since.replace(minute=0, second=0, microsecond=0)
    last = until.replace(minute=0, second=0, microsecond=0)
    return first, last + timedelta(hours=1)


def rolled_up(warehouse: Warehouse, since: datetime, until: datetime) -> Replace:
    """`usage_hourly` of whole hours, from the requests in them. Those that name no workflow and served a change that one
    declares as its own are that workflow's.
    """
    usage = _with_workflow(warehouse, _within(warehouse.table("usage"), since, until))
    keys = [moment(usage).truncate("h").name("hour")]
    keys += [usage[column.name] for column in WHERE]
    keys += [usage[name] for name in ("is_subagent", "error", "quality", "source", "told_elsewhere")]
    measures = {column.name: usage[column.name].sum() for column in TOKENS}
    rows = usage.group_by(keys).aggregate(
        **measures,
        unpriced_tokens=tokens(usage).sum(where=usage["list_usd"].isnull()).fill_null(0),
        list_usd=usage["list_usd"].cast("decimal(38,9)").sum(),
        rows=usage.count(),
    )
    return Replace(USAGE_HOURLY.name, fitted(warehouse.read(rows), USAGE_HOURLY), since=since, until=until)


def _with_workflow(warehouse: Warehouse, usage: ir.Table) -> ir.Table:
    """Requests with the workflow that declares their change, where they name none themselves."""
    work = warehouse.table("work")
    declared = work.filter(work["workflow_by"] == "declared").select("pull_request_id", made_for="workflow")
    if not warehouse.read(declared.limit(1)).num_rows:
        return usage
    change = warehouse.table("assignments").select("usage_id", "pull_request_id")
    made = change.inner_join(declared, "pull_request_id").select("usage_id", "made_for")
    joined = usage.left_join(made, "usage_id")
    return joined.mutate(workflow=joined["workflow"].fill_null(joined["made_for"]))


def moment(usage: ir.Table) -> ir.TimestampColumn:
    """When a row counts: its instant, or the middle of a vendor's bucket, which is the bucket's day in every zone."""
    return usage["occurred_at"] + (usage["bucket_seconds"] // 2).as_interval("s")


def tokens(usage: ir.Table) -> ir.IntegerColumn:
    """All tokens of a row: the five disjoint counts."""
    total = usage[PRICED[0]]
    for name in PRICED[1:]:
        total += usage[name]
    return total


def step_money(warehouse: Warehouse, since: datetime, until: datetime, now: datetime) -> Replace:
    """`step_spend` of whole hours: each request's list price in equal parts over the steps it decided on."""
    usage = _within(warehouse.table("usage"), since, until)
    usage = usage.filter(usage["requests"] > 0)
    steps = _steps(warehouse, since, until).semi_join(usage, "usage_id")
    steps = steps.select("step_id", "usage_id", "kind", "is_error", "is_repeat", step_tokens="output_tokens")
    of_request = ibis.window(group_by=steps["usage_id"])
    numbered = steps.mutate(
        parts=steps.count().over(of_request),
        part=ibis.row_number().over(ibis.window(group_by=steps["usage_id"], order_by=steps["step_id"])),
    )
    joined = usage.left_join(numbered, "usage_id")
    parts = joined.mutate(parts=joined["parts"].fill_null(1), part=joined["part"].fill_null(0))
    nanos = (parts["list_usd"].cast("decimal(38,9)") * NANOS).cast("int64")
    equal = (nanos // parts["parts"]).cast("int64")
    share = (parts["part"] == parts["parts"] - 1).ifelse(nanos - equal * (parts["parts"] - 1), equal)
    parts = parts.mutate(
        nanos=share, hour=moment(parts).truncate("h"), step=parts["kind"].fill_null("answer")
    )
    names = [name for name in STEP_SPEND.key if name != "kind"]
    rows = parts.group_by([*names, parts["step"].name("kind")]).aggregate(
        nanos=parts["nanos"].sum(),
        steps=parts["step_id"].count(),
        errors=parts["is_error"].cast("int64").sum().fill_null(0),
        output_tokens=parts["step_tokens"].sum().fill_null(0),
    )
    read = warehouse.read(rows.mutate(list_usd=rows["nanos"].cast("decimal(38,0)")))
    return Replace(STEP_SPEND.name, fitted(_scaled(read), STEP_SPEND, now), since=since, until=until)


def _steps(warehouse: Warehouse, since: datetime, until: datetime) -> ir.Table:
    """The steps of a window with `is_repeat`: the call before it in the same run (or its subagents), decided on by another
    request, was the same tool with the same arguments, and had failed. Unknown where digests of arguments are not kept.
    """
    steps = warehouse.table("steps")
    told = steps.filter(steps["arguments_digest"].notnull())
    if not warehouse.read(told.select("step_id").limit(1)).num_rows:
        return steps.mutate(is_repeat=ibis.null("boolean"))
    asked = warehouse.table("usage").select("usage_id", "is_subagent")
    near = steps.filter(
        steps["occurred_at"] >= ibis.literal(since - BEFORE),
        steps["occurred_at"] < ibis.literal(until + timedelta(days=1)),
    ).left_join(asked, "usage_id")
    course = ibis.window(
        group_by=[near[name] for name in ("tool", "session_id", "run_id", "is_subagent")],
        order_by=[near["occurred_at"], near["step_id"]],
    )
    before = {
        name: near[name].lag().over(course) for name in ("name", "arguments_digest", "usage_id", "is_error")
    }
    is_alike = (before["name"] == near["name"]) & (before["arguments_digest"] == near["arguments_digest"])
    is_repeat = (is_alike & before["is_error"] & (before["usage_id"] != near["usage_id"])).fill_null(False)
    known = near["arguments_digest"].notnull().ifelse(is_repeat, ibis.null("boolean"))
    return near.mutate(is_repeat=known)


def _scaled(rows: pa.Table) -> pa.Table:
    """Whole nano-dollars in `list_usd` read as dollars with nine places, exactly."""
    nanos = rows["list_usd"].cast(pa.decimal128(22, 0))
    money = pc.multiply(nanos, pa.scalar(NANO, pa.decimal128(9, 9))).cast(pa.decimal128(38, 9))
    return rows.set_column(rows.schema.get_field_index("list_usd"), "list_usd", money)


def _within(usage: ir.Table, since: datetime, until: datetime) -> ir.Table:
    """The rows that count within the window: a bucket begins up to a day before its middle."""
    near = usage.filter(
        usage["occurred_at"] >= ibis.literal(since - timedelta(days=1)),
        usage["occurred_at"] < ibis.literal(until),
    )
    counts = moment(near)
    return near.filter(counts >= ibis.literal(since), counts < ibis.literal(until))


def fitted(rows: pa.Table, declared: Table, now: datetime | None = None) -> pa.Table:
    """The rows in the declared order and types; `synced_at` is filled where the table has it, missing is NULL."""
    columns = []
    for column in declared.columns:
        if column.name in rows.column_names:
            columns.append(rows[column.name].cast(column.type))
        elif column.name == "synced_at":
            columns.append(pa.array([now] * len(rows), column.type))
        else:
            columns.append(pa.nulls(len(rows), column.type))
    return pa.Table.from_arrays(columns, schema=declared.schema)
