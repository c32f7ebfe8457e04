"""One slice of a vendor's report taken in whole or not at all, and one snapshot of a list that forgets. Rule 11.

A slice replaces what its source said of that stretch before, so reading it twice changes nothing, and a restatement leaves
no trace of the figure it corrects. What did not change is not written, and nothing derived from it is owed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from payback.ledger import checks
from payback.ledger.batches import digest, rejected_table, row_of, table_of, usage_table
from payback.ledger.entries import Activity, Charge, Identity, Rejected, Seat, Usage
from payback.ledger.intake import Taken
from payback.ledger.owing import owed
from payback.ledger.placement import placed
from payback.ledger.tables import BY_NAME
from payback.org.directory import ALWAYS
from payback.warehouse.contract import Change, Cursor, Replace, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.ledger.entries import Entry
    from payback.ledger.intake import Books
    from payback.warehouse.contract import Table

TABLE_OF: dict[type, str] = {
    Usage: "usage",
    Charge: "charges",
    Seat: "seats",
    Activity: "activity",
    Identity: "identities",
}
MONEY = frozenset({"usage", "charges"})
NOT_TOLD = frozenset(
    {"synced_at", "told_elsewhere"}
)  # of when it was written, or worked out later from other sources
KEPT = ("seat_id", "person_id", "state", "reason", "valid_from")
TAKEN_BACK = ("ends_on", "valid_until")  # where a listing no longer tells it, it no longer holds
OPEN_BY = {"seats": ("seat_id",), "identities": ("system", "identity")}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whose slice it is, which tables it may fill, and the instants it covers, half open. A snapshot has since = until."""

    source: str
    tables: tuple[str, ...]
    since: datetime
    until: datetime

    @property
    def is_snapshot(self) -> bool:
        return self.since == self.until


def take_slice(
    entries: Iterable[Entry | Rejected],
    stretch: Stretch,
    books: Books,
    now: datetime,
    cursors: Sequence[Cursor],
) -> Taken:
    """Write what a slice gave in place of what its source said of the stretch before, together with its cursors."""
    kept, rejected = _sorted(entries)
    changes: list[Change] = []
    instants: list[datetime] = []
    counts: dict[str, int] = {}
    for name in stretch.tables:
        found = kept.pop(name, [])
        if stretch.is_snapshot:
            changes += _snapshot(name, found, stretch, books, now)
        else:
            inside = [entry for entry in found if _holds(stretch, entry)]
            changed, touched = _replacement(name, inside, stretch, books, now)
            changes += changed
            instants += touched
        counts[name] = len(found)
    if kept:
        raise AssertionError(f"{stretch.source} hands over {sorted(kept)}, which it does not declare")
    if instants:
        changes.append(owed(instants))
    if rejected:
        changes.append(Upsert("rejected", rejected_table(rejected, now)))
    if changes or cursors:
        books.warehouse.apply([*changes, *cursors])
    return Taken(sum(counts.values()), 0, len(rejected))


def _sorted(entries: Iterable[Entry | Rejected]) -> tuple[dict[str, list[Any]], list[Rejected]]:
    """Entries by table, each key once (the last told stands), and what was refused."""
    kept: dict[str, dict[object, Any]] = defaultdict(dict)
    rejected: list[Rejected] = []
    for entry in entries:
        match entry:
            case Rejected():
                rejected.append(entry)
            case Usage() if why := checks.fault(entry):
                rejected.append(Rejected(entry.source, f"{entry.usage_id}: {why}"))
            case _:
                name = TABLE_OF[type(entry)]
                kept[name][_key(name, entry)] = entry
    return {name: list(rows.values()) for name, rows in kept.items()}, rejected


def _key(name: str, entry: Any) -> object:
    if name in OPEN_BY:
        return tuple(getattr(entry, column) for column in OPEN_BY[name])
    return tuple(getattr(entry, column) for column in BY_NAME[name].key)


def _time(entry: Any) -> datetime | date:
    match entry:
        case Usage():
            return entry.occurred_at
        case Charge():
            return entry.charge_period_start
        case Activity():
            return entry.day
        case Seat() | Identity():
            return entry.valid_from or ALWAYS
    raise AssertionError(f"{type(entry).__name__} has no time")


def _bounds(table: Table, stretch: Stretch) -> tuple[Any, Any]:
    """The stretch in the type of the table's time column: instants, or days."""
    if table.time and table.schema.field(table.time).type == pa.date32():
        return stretch.since.astimezone(UTC).date(), stretch.until.astimezone(UTC).date()
    return stretch.since, stretch.until


def _holds(stretch: Stretch, entry: Any) -> bool:
    since, until = _bounds(BY_NAME[TABLE_OF[type(entry)]], stretch)
    return bool(since <= _time(entry) < until)


def _replacement(
    name: str, found: list[Any], stretch: Stretch, books: Books, now: datetime
) -> tuple[list[Change], list[datetime]]:
    """The write that puts a slice in place, and the instants whose derived rows change; nothing where nothing changed."""
    table = BY_NAME[name]
    since, until = _bounds(table, stretch)
    rows = _rows(name, found, books, now)
    stored = books.warehouse.table(name)
    time = stored[table.time]
    before = books.warehouse.read(
        stored.filter(
            stored["source"] == stretch.source, time >= ibis.literal(since), time < ibis.literal(until)
        )
    )
    if _same(before, rows, table):
        return [], []
    change = Replace(name, rows, equals={"source": stretch.source}, since=since, until=until)
    return [change], [end for told in (before, rows) for end in _ends(name, told)] if name in MONEY else []


def _ends(name: str, rows: pa.Table) -> list[datetime]:
    """The first and last instants that rows of money touch."""
    if not len(rows):
        return []
    if name == "usage":
        told = rows["occurred_at"].to_pylist()
        return [min(told), max(told) + timedelta(seconds=max(rows["bucket_seconds"].to_pylist()) // 2)]
    ends = rows["charge_period_end"].to_pylist()
    return [min(rows["charge_period_start"].to_pylist()), max(ends) - timedelta(microseconds=1)]


def _rows(name: str, found: list[Any], books: Books, now: datetime) -> pa.Table:
    if name == "usage":
        return books.price(placed(usage_table(found, now), books.placement))
    return table_of(BY_NAME[name], (row_of(entry) for entry in found), None, now)


def _same(before: pa.Table, after: pa.Table, table: Table) -> bool:
    """Whether two sets of rows say the same, however they are ordered and whenever they were written."""
    if len(before) != len(after):
        return False
    names = [name for name in table.names if name not in NOT_TOLD]
    order = [(name, "ascending") for name in table.key]
    first, second = (
        rows.select(names).cast(pa.schema([after.schema.field(name) for name in names])).sort_by(order)
        for rows in (before, after)
    )
    return bool(first.to_pylist() == second.to_pylist())


def _snapshot(name: str, found: list[Any], stretch: Stretch, books: Books, now: datetime) -> list[Change]:
    """A list as it is now: new ones begin, those no longer listed end, those that changed are brought up to date. What it
    tells as ended stays ended.
    """
    table = BY_NAME[name]
    stored = books.warehouse.table(name)
    rows = books.warehouse.read(stored.filter(stored["source"] == stretch.source)).to_pylist()
    keys = OPEN_BY[name]
    open_rows, twins = _open(rows, keys, now)
    begins = {row["valid_from"] for row in open_rows.values()}
    known = {tuple(row[key] for key in keys): row for row in sorted(rows, key=lambda row: row["valid_from"])}
    begin = now if rows else ALWAYS
    written = []
    for entry in found:
        key = _key(name, entry)
        before = open_rows.pop(key, None)
        if before is None and entry.valid_until and entry.valid_until <= now and key in known:
            written += _earlier(known[key], entry.valid_until)
            continue
        if before is None and key in known:
            before = _returned(entry, begins, open_rows)
        row = _begun(entry, before, begin, again=key in known)
        if row != before:
            written.append(row)
    ended = [{**row, "valid_until": now} for row in open_rows.values()]
    ended += [{**row, "valid_until": row["valid_from"]} for row in twins]
    if not written and not ended:
        return []
    changed = [{**row, "synced_at": now} for row in (*written, *ended)]
    return [Upsert(name, table_of(table, changed, stretch.source, now))]


def _earlier(last: dict[str, Any], told: datetime) -> list[dict[str, Any]]:
    """The last row of what had ended already, where it ended earlier than was known."""
    end = max(told, last["valid_from"])
    return [{**last, "valid_until": end}] if end < last["valid_until"] else []


def _open(
    rows: Sequence[dict[str, Any]], keys: tuple[str, ...], now: datetime
) -> tuple[dict[Any, dict[str, Any]], list[dict[str, Any]]]:
    """Open rows by key, and those that a second sync at the same time began for a key that was open already."""
    held = sorted(
        (row for row in rows if row["valid_until"] is None or row["valid_until"] > now),
        key=lambda row: row["valid_from"],
    )
    first = {tuple(row[key] for key in keys): row for row in reversed(held)}
    return first, [row for row in held if first[tuple(row[key] for key in keys)] is not row]


def _returned(
    entry: Seat | Identity, begins: Iterable[datetime], open_rows: dict[Any, dict[str, Any]]
) -> dict[str, Any] | None:
    """The open row of a seat that came back earlier, which has an id of its own since then."""
    if not isinstance(entry, Seat):
        return None
    ids = ((digest(entry.seat_id, begun),) for begun in begins)
    return next((row for key in ids if (row := open_rows.pop(key, None))), None)


def _begun(
    entry: Seat | Identity, before: Mapping[str, Any] | None, begin: datetime, *, again: bool
) -> dict[str, Any]:
    """A listed entry as a row: it goes on from when it was first seen; one that comes back begins anew."""
    row = row_of(entry)
    if before is not None:
        kept = {name: before.get(name) for name in KEPT if name in before}
        kept |= {name: row[name] for name in TAKEN_BACK if name in row}
        return {**before, **{name: told for name, told in row.items() if told is not None}, **kept}
    if again and isinstance(entry, Seat):
        row["seat_id"] = digest(entry.seat_id, begin)
    row["valid_from"] = begin if again else entry.valid_from or (ALWAYS if entry.valid_until else begin)
    if isinstance(entry, Identity):
        row["state"] = "proposed"
    return row
