"""Use at list price by day and every cut, counted once however many sources tell of it, and where each row belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.candidates import Candidate
from payback.ledger.derive import moment, tokens
from payback.ledger.placement import PLACED, TAGS
from payback.ledger.portions import nano
from payback.ledger.shares import amounts, fitted_spend
from payback.ledger.use import Fill, Told, counted_once, levels, model_key
from payback.period import midnight
from payback.warehouse.days import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import ibis.expr.types as ir

    from payback.ledger.attribute import Ground
    from payback.ledger.placement import Place
    from payback.period import Period
    from payback.warehouse.contract import Warehouse

CUTS = (
    "vendor", "account", "project", "api_key", "tool", "model", "actor", "team", "person", "cost_center", "workflow",
    "task_type", "environment", "agent", "session_id", "run_id", "repo", "branch", "pull_request", "ticket", "deployment",
    "work_type", "made_for", "ai_class", "source", "payment", "precedence", *TAGS.values(), "placed_by", "how",
)  # fmt: skip
FILLED = ("account", "project", "api_key")
LOCAL, DECLARED = "local_log", "declared"
APART = frozenset({"seat", "own_key"})


@dataclass(frozen=True, slots=True)
class Use:
    """Rows of use that count: `rows` has every cut and `day`, `slot`, `spend_id`, `nano`, `unpriced_tokens`, `tokens`,
    `requests`. Candidates and shares point at them by position.
    """

    rows: pa.Table

    def candidates(self, charges: Iterable[dict[str, Any]]) -> list[Candidate]:
        """What charges can have paid for: use of the vendors that bill, less what a flat fee or an own key covers.
        A request that failed before it used anything paid for nothing.
        """
        billing = {charge["vendor"] for charge in charges}
        names = (
            "vendor", "account", "vendor_project", "api_key", "model", "tool", "person", "team", "workflow", "day", "slot",
            "nano", "tokens", "spend_id", "payment",
        )  # fmt: skip
        found = []
        for row, told in enumerate(zip(*(self.rows[name].to_pylist() for name in names), strict=True)):
            vendor, account, project, api_key, model, *rest, key, payment = told
            worth, tokens = rest[-2:]
            if vendor in billing and payment not in APART and (worth or tokens):
                found.append(Candidate(row, key, vendor, account, project, api_key, model_key(model), *rest))
        return found

    def spend_rows(self, days: Period, invoiced: set[int], now: datetime) -> pa.Table:
        """The rows of `spend` for use on those days; they carry list money only."""
        payment = self.rows["payment"].to_pylist()
        state = [
            paid if paid in APART else "invoiced" if row in invoiced else "not_invoiced"
            for row, paid in enumerate(payment)
        ]
        worth = amounts(self.rows["nano"].to_pylist())
        rows = self.rows.append_column("list", worth)
        rows = rows.append_column("reconciled", pa.array(state, pa.string()))
        day = rows["day"]
        kept = pc.and_(pc.greater_equal(day, pa.scalar(days.since)), pc.less(day, pa.scalar(days.until)))
        return fitted_spend(rows.filter(kept), now)


def use_of(warehouse: Warehouse, days: Period, by_the_hour: set[str], ground: Ground) -> Use:
    """The use of those days, counted once. Vendors billed by the hour are kept apart by the hour, all others by UTC day."""
    rows = warehouse.read(_grouped(warehouse, days, by_the_hour, ground))
    rows = _put(
        rows, "slot", rows["slot"].cast(pa.timestamp("us", "UTC"))
    )  # cut to the hour, it has lost its zone
    worth = pa.array([nano(one) for one in rows["list"].to_pylist()], pa.int64())
    rows = rows.drop_columns(["list"]).append_column("nano", worth)
    rows = _with_seats(_placed(_without_folders(rows), ground), ground)
    pieces = counted_once(_told(rows))
    taken = rows.take(pa.array([piece.row for piece in pieces], pa.int64()))
    for name, read in (
        ("nano", "nano"),
        ("unpriced_tokens", "unpriced"),
        ("tokens", "tokens"),
        ("requests", "requests"),
    ):
        taken = _put(taken, name, pa.array([getattr(piece, read) for piece in pieces], pa.int64()))
    found = _filled(taken, [piece.fill for piece in pieces], ground)
    found = found.append_column("vendor_project", found["project"])
    return Use(_put(found, "project", pc.coalesce(found["project"], found["folder"])))


def _without_folders(rows: pa.Table) -> pa.Table:
    """What a local log calls the project is a folder on somebody's disk, no part of the vendor's account."""
    local = pc.is_in(pc.coalesce(rows["precedence"], pa.scalar(LOCAL)), pa.array([LOCAL]))
    folder = pc.if_else(local, rows["project"], pa.scalar(None, pa.string()))
    rows = _put(rows, "project", pc.if_else(local, pa.scalar(None, pa.string()), rows["project"]))
    return rows.append_column("folder", folder)


def _placed(rows: pa.Table, ground: Ground) -> pa.Table:
    """The owner of each row, and on trial its whole place; then what the change it served says of it."""
    places = _places(rows, ground)
    rows = rows.append_column("owner", pa.array([place.owner for place in places], pa.string()))
    if ground.trial:
        for name in PLACED:
            rows = _put(rows, name, pa.array([getattr(place, name) for place in places], pa.string()))
        rows = _put(rows, "placed_by", pa.array([place.basis for place in places], pa.string()))
    return _served(rows, ground)


def _served(rows: pa.Table, ground: Ground) -> pa.Table:
    """Use that names no workflow and served a change that a workflow declares as its own is that workflow's: with its stage,
    owner and task type. A task type that nobody told is the kind of work it served.
    """
    if rows["made_for"].null_count < len(rows):
        names = ("workflow", "environment", "owner", "task_type")
        told = [
            dict(zip(names, row, strict=True))
            for row in zip(*(rows[name].to_pylist() for name in names), strict=True)
        ]
        for row, workflow, day in zip(
            told, rows["made_for"].to_pylist(), rows["day"].to_pylist(), strict=True
        ):
            if workflow and row["workflow"] in {None, workflow}:
                _made_by(row, workflow, midnight(day, ground.zone), ground)
        for name in names:
            rows = _put(rows, name, pa.array([row[name] for row in told], pa.string()))
    return _put(rows, "task_type", pc.coalesce(rows["task_type"], rows["work_type"]))


def _made_by(row: dict[str, str | None], workflow: str, instant: datetime, ground: Ground) -> None:
    """Put a row of use on a workflow, and what the workflow says of itself in the place of what is not told."""
    held = ground.placement.directory
    owner, declared = held.owner_of("workflow", workflow, instant), held.workflows.get(workflow)
    row["workflow"] = workflow
    row["environment"] = row["environment"] or held.stage_of(workflow, instant)
    row["owner"] = (owner and owner.owner) or row["owner"]
    row["task_type"] = row["task_type"] or (declared.task_type if declared else None)


def _places(rows: pa.Table, ground: Ground) -> list[Place]:
    """Where rows belong by the placement of `ground`. A folder that a log calls its project may be what a rule looks at."""
    named = _put(rows, "project", pc.coalesce(rows["project"], rows["folder"]))
    return ground.placement.places(named, [midnight(day, ground.zone) for day in rows["day"].to_pylist()])


def _put(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)


def _told(rows: pa.Table) -> Told:
    columns = {
        name: rows[name].to_pylist()
        for name in ("vendor", "tool", "person", "team", "nano", "tokens", "requests")
    }
    return Told(
        **columns,
        utc_day=[slot.date() for slot in rows["slot"].to_pylist()],
        model=[model_key(name) for name in rows["model"].to_pylist()],
        fill=[Fill(*told) for told in zip(*(rows[name].to_pylist() for name in FILLED), strict=True)],
        level=levels(rows["precedence"].to_pylist()),
        is_tagged=[tag is not None for tag in rows["team_tag"].to_pylist()],
        is_apart=[payment in APART for payment in rows["payment"].to_pylist()],
        is_open=rows["is_open"].to_pylist(),
        unpriced=rows["unpriced_tokens"].to_pylist(),
    )


def _with_seats(rows: pa.Table, ground: Ground) -> pa.Table:
    """Use whose payment nobody states is covered by a seat where the person held one of that tool on that day."""
    if not ground.seats:
        return rows
    told = zip(
        *(rows[name].to_pylist() for name in ("payment", "precedence", "tool", "person", "slot")), strict=True
    )
    found = [
        payment
        if payment or precedence not in {None, "local_log", "telemetry"}
        else "seat"
        if ground.seats.holds(tool, person, slot)
        else None
        for payment, precedence, tool, person, slot in told
    ]
    return _put(rows, "payment", pa.array(found, pa.string()))


def _filled(rows: pa.Table, fills: list[Fill], ground: Ground) -> pa.Table:
    """What higher rows knew of account, project and key put in, and the place of such rows found anew."""
    changed = [
        row
        for row, told in enumerate(zip(*(rows[name].to_pylist() for name in FILLED), strict=True))
        if tuple(fills[row]) != told
    ]
    if not changed:
        return rows
    for index, name in enumerate(FILLED):
        rows = _put(rows, name, pa.array([fill[index] for fill in fills], pa.string()))
    some = rows.take(pa.array(changed, pa.int64()))
    places = _places(some, ground)
    for name in (*PLACED, "owner", "placed_by"):
        values = rows[name].to_pylist()
        for row, place in zip(changed, places, strict=True):
            found = place.basis if name == "placed_by" else getattr(place, name)
            values[row] = values[row] if name == "task_type" and found is None else found
        rows = _put(rows, name, pa.array(values, pa.string()))
    return _served(rows, ground)


def _grouped(warehouse: Warehouse, days: Period, by_the_hour: set[str], ground: Ground) -> ir.Table:
    since, until = days.instants(ground.zone)
    usage = warehouse.table("usage")
    usage = usage.filter(
        usage["occurred_at"] >= ibis.literal(since - timedelta(days=1)),
        usage["occurred_at"] < ibis.literal(until),
    )
    usage = usage.mutate(moment=moment(usage))
    usage = usage.filter(usage["moment"] >= ibis.literal(since), usage["moment"] < ibis.literal(until))
    placed = _with_change(warehouse, usage)
    hourly = placed["vendor"].isin(sorted(by_the_hour)) if by_the_hour else ibis.literal(False)
    ends = placed["occurred_at"] + placed["bucket_seconds"].as_interval("s")
    placed = placed.mutate(
        day=local_day(placed["moment"], ground.zone, since, until),
        slot=ibis.ifelse(hourly, placed["moment"].truncate("h"), placed["moment"].truncate("D")),
        all_tokens=tokens(placed),
        open_bucket=(placed["bucket_seconds"] > 0) & (ends > placed["synced_at"]),
    )
    rows = placed.group_by(["day", "slot", *CUTS]).aggregate(
        list=placed["list_usd"].cast("decimal(38,9)").sum(),
        unpriced_tokens=placed["all_tokens"].sum(where=placed["list_usd"].isnull()).fill_null(0),
        tokens=placed["all_tokens"].sum(),
        requests=placed["requests"].sum(),
        is_open=placed["open_bucket"].any(),
    )
    return rows.mutate(spend_id=_identity(rows)).order_by("spend_id")


def _with_change(warehouse: Warehouse, usage: ir.Table) -> ir.Table:
    """Each request with the change it was placed on, the AI class and kind of work of that change, the workflow that declares
    it as its own, the deployment that held it first, and its ticket where it belongs to one alone.
    """
    work = warehouse.table("work").select(
        "pull_request_id",
        work_class="ai_class",
        work_type="work_type",
        deployment="deployment_id",
        work_tickets="tickets",
        work_workflow="workflow",
        work_workflow_by="workflow_by",
    )
    change = warehouse.table("assignments").select(
        "usage_id", change_repo="repo", change_branch="branch", pull_request="pull_request_id", how="how"
    )
    joined = usage.left_join(change, "usage_id").left_join(work, [("pull_request", "pull_request_id")])
    return joined.mutate(
        repo=ibis.coalesce(joined["change_repo"], joined["repo"]),
        branch=ibis.coalesce(joined["change_branch"], joined["branch"]),
        ai_class=joined["work_class"],
        made_for=ibis.ifelse(joined["work_workflow_by"] == DECLARED, joined["work_workflow"], ibis.null(str)),
        ticket=joined["work_tickets"].nullif(
            ibis.ifelse(joined["work_tickets"].contains(","), joined["work_tickets"], "")
        ),
    )


def _identity(rows: ir.Table) -> ir.StringColumn:
    parts = [
        rows["day"].cast("string"),
        rows["slot"].cast("string"),
        *(rows[name].fill_null("\x00") for name in CUTS),
    ]
    return reduce(lambda left, right: left + ibis.literal("\x1f") + right, parts).hexdigest("md5")
