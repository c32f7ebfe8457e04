"""Two tellers of one change: Git and the host. Whoever speaks first or last, the same row comes out.

The host knows a pull request (its title, its reviews, its end); Git knows its lines, without generated and vendored
paths. Git knows a commit; the host knows which pull request it went in with. So each keeps what it knows best. A file
stands for the host where no host is connected, and gives way to it where one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.ledger.tables import BY_NAME
from payback.warehouse.contract import Change, Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.warehouse.contract import Warehouse

GIT, FILE = "git", "file:"
SIZES = ("additions", "deletions", "files")
FILLED = ("first_commit_at", "merge_method", "merge_commit", "reverts", "head_branch", "base_branch")
Row = dict[str, Any]


def is_of_a_file(source: str) -> bool:
    """Whether rows of that source came with a file, and from no connection."""
    return source.startswith(FILE)


def settled(changes: Sequence[Change], warehouse: Warehouse) -> list[Change]:
    """What Git read, as it may be written beside what hosts told of the same changes and commits."""
    return [kept for change in changes if (kept := _settled(change, warehouse)) is not None]


def _settled(change: Change, warehouse: Warehouse) -> Change | None:
    match change:
        case Upsert("pull_requests" | "commits", rows):
            told = joined(change.table, rows.to_pylist(), warehouse)
            return Upsert(change.table, pa.Table.from_pylist(told, schema=rows.schema))
        case Delete("pull_requests", column, values):
            stored = _stored("pull_requests", column, values, warehouse)
            gone = [value for value in values if stored.get(value, {}).get("source") == GIT]
            return Delete("pull_requests", column, gone) if gone else None
    return change


def joined(table: str, rows: Sequence[Row], warehouse: Warehouse) -> list[Row]:
    """Rows of `pull_requests` or `commits`, joined to what another teller has stored of the same."""
    key = BY_NAME[table].key[0]
    stored = _stored(table, key, [row[key] for row in rows], warehouse)
    if table == "pull_requests":
        return [_pull_request(row, stored.get(row[key])) for row in rows]
    named = [one["pull_request_id"] for one in stored.values() if one["pull_request_id"]]
    hosts = _stored("pull_requests", "pull_request_id", named, warehouse)
    held = {name for name, row in hosts.items() if row["source"] != GIT}
    return [_commit(row, stored.get(row[key]), held) for row in rows]


def _stored(table: str, column: str, values: Sequence[Any], warehouse: Warehouse) -> dict[Any, Row]:
    wanted = sorted({value for value in values if value is not None})
    if not wanted:
        return {}
    rows = warehouse.lookup(table, column, pa.array(wanted, pa.string()))
    return {row[column]: row for row in rows.to_pylist()}


def _pull_request(told: Row, stored: Row | None) -> Row:
    told = {**told, "sized_by": told.get("sized_by") or _sizer(told)}
    if stored is None:
        return told
    host, git = (stored, told) if _gives_way(told, stored) else (told, stored)
    if host["source"] == GIT:
        return told
    row = {**host, **{name: git[name] for name in FILLED if host.get(name) is None}}
    if git["sized_by"] == GIT:
        row |= {name: git[name] for name in SIZES} | {"sized_by": GIT}
    return row


def _sizer(row: Mapping[str, Any]) -> str | None:
    if row["additions"] is None:
        return None
    return GIT if row["source"] == GIT else "host"


def _commit(told: Row, stored: Row | None, held: set[str]) -> Row:
    if stored is None:
        return told
    if told["source"] == GIT:
        by_host = stored["source"] != GIT or stored["pull_request_id"] in held
        pull = stored["pull_request_id"] if by_host else None
        return {**told, "pull_request_id": pull or told["pull_request_id"]}
    row = stored if stored["source"] == GIT or _gives_way(told, stored) else told
    is_known = is_of_a_file(told["source"]) and stored["pull_request_id"] in held
    first, other = (stored, told) if is_known else (told, stored)
    return {**row, "pull_request_id": first["pull_request_id"] or other["pull_request_id"]}


def _gives_way(told: Row, stored: Row) -> bool:
    """Whether what is told stands behind what is stored: Git behind all, a file behind a host."""
    if told["source"] == GIT:
        return True
    return is_of_a_file(told["source"]) and stored["source"] != GIT and not is_of_a_file(stored["source"])
