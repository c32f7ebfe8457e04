"""Lists kept by id: each entry brought up to date where its id is known, added where it is not. Rule 11 for delivery.

A change that is told again brings all of its reviews and moves with it, so those it no longer brings are gone; a commit
that a force-push threw out of it stays, without it. What the vendor deleted is found by a census of ids.
Reading the same page twice, or pages in another order of different things, changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from payback.ledger.batches import rejected_table, row_of, table_of
from payback.ledger.entries import Rejected
from payback.ledger.filed import PARENTS, yielding
from payback.ledger.intake import Taken
from payback.ledger.tables import BY_NAME
from payback.ledger.tellers import FILE, is_of_a_file, joined
from payback.ledger.work_entries import (
    Census,
    Commit,
    Deployment,
    Evidence,
    Incident,
    Link,
    Output,
    PullRequest,
    PullRequestMove,
    Review,
    SprintTicket,
    Ticket,
    TicketMove,
)
from payback.warehouse.contract import Change, Cursor, Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from payback.ledger.work_entries import WorkEntry
    from payback.warehouse.contract import Table, Warehouse

TABLE_OF: dict[type, str] = {
    PullRequest: "pull_requests",
    Review: "reviews",
    PullRequestMove: "pull_request_moves",
    Commit: "commits",
    Ticket: "tickets",
    TicketMove: "ticket_moves",
    SprintTicket: "sprints",
    Deployment: "deployments",
    Incident: "incidents",
    Evidence: "evidence",
    Link: "links",
    Output: "outputs",
}
OWNED = {
    "pull_requests": (
        ("reviews", "pull_request_id"),
        ("pull_request_moves", "pull_request_id"),
        ("evidence", "subject_id"),
        ("links", "from_id"),
    ),
    "tickets": (
        ("ticket_moves", "ticket_id"),
        ("sprints", "ticket_id"),
        ("incidents", "incident_id"),  # a ticket that is an incident is one under its own id
        ("evidence", "subject_id"),
        ("links", "from_id"),
    ),
    "deployments": (("links", "from_id"),),
}
KIND_OF = {"evidence": "subject_kind", "links": "from_kind"}
TOLD_TWICE = ("pull_requests", "commits")
Row = dict[str, Any]


def take_kept(
    entries: Iterable[WorkEntry | Census | Rejected],
    warehouse: Warehouse,
    now: datetime,
    cursors: Sequence[Cursor],
    owed: Cursor | None = None,
) -> Taken:
    """Write a page whole or not at all, together with its cursors; `owed` is written too where rows changed."""
    rows, censuses, rejected = _sorted(entries)
    changes: list[Change] = []
    for table, told in rows.items():
        changes += _brought(table, told, warehouse, now)
    changes += _outgrown(rows, warehouse, now)
    for census in censuses:
        changes += _counted(census, warehouse)
    if changes and owed:
        changes.append(owed)
    if rejected:
        changes.append(Upsert("rejected", rejected_table(rejected, now)))
    if changes or cursors:
        warehouse.apply([*changes, *cursors])
    return Taken(sum(len(told) for told in rows.values()), 0, len(rejected))


def _sorted(
    entries: Iterable[WorkEntry | Census | Rejected],
) -> tuple[dict[str, list[Row]], list[Census], list[Rejected]]:
    """Rows by table, each key once (the last told stands), censuses, and what was refused."""
    rows: dict[str, dict[tuple[Any, ...], Row]] = defaultdict(dict)
    censuses: list[Census] = []
    rejected: list[Rejected] = []
    for entry in entries:
        match entry:
            case Rejected():
                rejected.append(entry)
            case Census():
                censuses.append(entry)
            case _:
                name, row = TABLE_OF[type(entry)], row_of(entry)
                rows[name][tuple(row[column] for column in BY_NAME[name].key)] = row
    return {name: list(found.values()) for name, found in rows.items()}, censuses, rejected


def _brought(name: str, told: list[Row], warehouse: Warehouse, now: datetime) -> list[Change]:
    """The rows that are new or say something else than before."""
    table = BY_NAME[name]
    rows = table_of(table, told, None, now)
    if name in TOLD_TWICE:
        settled = joined(name, rows.to_pylist(), warehouse)
        rows = pa.Table.from_pylist([{**row, "synced_at": now} for row in settled], schema=table.schema)
    else:
        rows = pa.Table.from_pylist(yielding(name, rows.to_pylist(), warehouse), schema=table.schema)
    key = table.key[0]
    values = pa.array(sorted(set(rows[key].to_pylist())), pa.string())
    before = {_key(table, row): _said(table, row) for row in warehouse.lookup(name, key, values).to_pylist()}
    changed = [row for row in rows.to_pylist() if before.get(_key(table, row)) != _said(table, row)]
    return [Upsert(name, pa.Table.from_pylist(changed, schema=table.schema))] if changed else []


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in table.key)


def _said(table: Table, row: Row) -> Row:
    """What a row says. A sign of AI that Git and a host both saw is one sign, whoever saw it first."""
    untold = {"synced_at", "source"} if table.name == "evidence" else {"synced_at"}
    return {name: value for name, value in row.items() if name not in untold}


def _outgrown(rows: dict[str, list[Row]], warehouse: Warehouse, now: datetime) -> Iterator[Change]:
    """What things told again no longer bring with them."""
    for parent, owned in OWNED.items():
        told = rows.get(parent, [])
        sources = {row["source"] for row in told}
        by_connection = any(not is_of_a_file(source) for source in sources)
        ids = pa.array(sorted({row[BY_NAME[parent].key[0]] for row in told}), pa.string())
        if not told:
            continue
        for name, column in owned:
            table = BY_NAME[name]
            brought = {_key(table, row) for row in rows.get(name, [])}
            settled = sources | ({f"{FILE}{name}"} if by_connection and name in PARENTS else set())
            stored = [
                row for row in warehouse.lookup(name, column, ids).to_pylist() if row["source"] in settled
            ]
            gone = [row for row in stored if _key(table, row) not in brought]
            yield from _without(table, gone, stored)
        if parent == "pull_requests":
            yield from _thrown_out(ids, rows.get("commits", []), (warehouse, sources, now))


def _without(table: Table, gone: list[Row], stored: list[Row]) -> Iterator[Change]:
    """The write that takes rows away. A sprint's key has two parts, so its other tickets are written back."""
    if not gone:
        return
    if len(table.key) == 1:
        yield Delete(table.name, table.key[0], [row[table.key[0]] for row in gone])
        return
    second = table.key[1]
    owners = {row[second] for row in gone}
    lost = {_key(table, row) for row in gone}
    yield Delete(table.name, second, sorted(owners))
    left = [row for row in stored if row[second] in owners and _key(table, row) not in lost]
    if left:
        yield Upsert(table.name, pa.Table.from_pylist(left, schema=table.schema))


def _thrown_out(
    ids: pa.Array, told: list[Row], where: tuple[Warehouse, set[str], datetime]
) -> Iterator[Change]:
    """Commits that these changes no longer hold: they stay, and belong to none of them."""
    warehouse, sources, now = where
    if not told:
        return
    brought = {row["commit_id"] for row in told}
    stored = warehouse.lookup("commits", "pull_request_id", ids).to_pylist()
    out = [row for row in stored if row["source"] in sources and row["commit_id"] not in brought]
    if out:
        rows = [{**row, "pull_request_id": None, "synced_at": now} for row in out]
        yield Upsert("commits", pa.Table.from_pylist(rows, schema=BY_NAME["commits"].schema))


def _counted(census: Census, warehouse: Warehouse) -> Iterator[Change]:
    """What a census does not find any more, with all that belongs to it."""
    table = BY_NAME[census.table]
    key = table.key[0]
    connection = census.source.split(":", 1)[0]
    rows = warehouse.table(census.table)
    mine = rows.filter(
        rows[census.column] == ibis.literal(census.value), rows["source"].startswith(f"{connection}:")
    )
    if census.kind is not None:
        mine = mine.filter(mine["kind"] == ibis.literal(census.kind))
    gone = sorted(set(warehouse.read(mine.select(key))[key].to_pylist()) - set(census.keys))
    if gone:
        yield Delete(census.table, key, gone)
        for name, column in OWNED.get(census.table, ()):
            yield from _belonging(name, column, (census.table, gone), warehouse)


def _belonging(name: str, column: str, of: tuple[str, list[Any]], warehouse: Warehouse) -> Iterator[Change]:
    """The write that takes away what belonged to things that are gone. A change and a ticket of GitLab may have the same id,
    so signs and links are those of the right kind.
    """
    parent, gone = of
    kind = KIND_OF.get(name)
    if kind is None:
        yield Delete(name, column, gone)
        return
    table = BY_NAME[name]
    stored = warehouse.lookup(name, column, pa.array(gone, pa.string())).to_pylist()
    yield from _without(table, [row for row in stored if row[kind] == parent.removesuffix("s")], stored)
