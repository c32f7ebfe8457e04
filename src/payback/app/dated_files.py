"""Files that are lists with dates taken in: people, teams, workflows, owners, seats, rate cards. What is no longer listed
ended; the same file again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest, rejected_table, table_of
from payback.ledger.dated import Dated, renewed
from payback.ledger.tables import BY_NAME
from payback.warehouse.contract import Replace, Upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from payback.app.application import App
    from payback.sources.files.fields import FileRows
    from payback.warehouse.contract import Change

    Row = dict[str, Any]

LISTS: Mapping[str, Dated] = {
    "people": Dated(("person_id",), ("cost_center",)),
    "identities": Dated(("system", "identity"), ("person_id",)),
    "memberships": Dated(("person_id", "team_id")),
    "teams": Dated(("team_id",), ("parent", "cost_center")),
    "workflows": Dated(("workflow_id",), ("stage", "owner", "team")),
    "owners": Dated(("kind", "subject"), ("owner", "team")),
    "rate_cards": Dated(("rate_card_id",), ("rate", "currency")),
    "seats": Dated(("tool", "person"), ("plan", "price", "currency", "interval"), first=None),
}
TOLD_BY = {
    "people": ("people", "identities", "memberships"),
    "teams": ("teams",),
    "workflows": ("workflows",),
    "owners": ("owners",),
    "seats": ("seats",),
}
"""Which tables a kind of file tells whole."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """One table's rows as they are after a list was told, and whether that changes anything."""

    table: str
    rows: list[Row]
    is_new: bool


def write(app: App, kind: str, found: FileRows, part: str | None) -> list[Renewal]:
    """Write a list in place of what the same list said before. `part` names one of several lists of a kind."""
    source = f"file:{kind}" + (f":{part}" if part else "")
    tables = TOLD_BY.get(kind, tuple(found.tables))
    renewals = [_renewal(app, table, found.tables, source) for table in tables]
    changes: list[Change] = [
        Replace(
            one.table, table_of(BY_NAME[one.table], one.rows, source, app.now()), equals={"source": source}
        )
        for one in renewals
        if one.is_new
    ]
    if found.rejected:
        changes.append(Upsert("rejected", rejected_table(found.rejected, app.now())))
    if changes:
        app.warehouse.apply(changes)
    return renewals


def _renewal(app: App, table: str, told: Mapping[str, list[Row]], source: str) -> Renewal:
    stored = app.warehouse.table(table)
    before = app.warehouse.read(stored.filter(stored["source"] == source)).to_pylist()
    names = [name for name in BY_NAME[table].names if name not in {"source", "synced_at"}]
    known = [{name: row[name] for name in names} for row in before]
    listed = [{name: row.get(name) for name in names} for row in told.get(table, ())]
    moved = _moved(known, listed) if table == "memberships" else {}
    rows = renewed(known, listed, LISTS[table], app.now(), lambda subject: moved.get(subject[0]))
    if table == "seats":
        rows = [{**row, "seat_id": row["seat_id"] or _seat_id(row, source)} for row in rows]
    return Renewal(table, rows, _told(rows) != _told(known))


def _moved(known: Sequence[Row], listed: Sequence[Row]) -> dict[str, datetime]:
    """Who is told to be in another team from a day on left the earlier one that day."""
    open_now = {(row["person_id"], row["team_id"]) for row in known if row["valid_until"] is None}
    starts: dict[str, datetime] = {}
    for row in listed:
        if row["valid_from"] is not None and (row["person_id"], row["team_id"]) not in open_now:
            starts[row["person_id"]] = min(row["valid_from"], starts.get(row["person_id"], row["valid_from"]))
    return starts


def _seat_id(row: Row, source: str) -> str:
    return digest("seat", source, row["tool"], row["person"], row["valid_from"])


def _told(rows: Sequence[Row]) -> Counter[frozenset[tuple[str, Any]]]:
    return Counter(frozenset(row.items()) for row in rows)
