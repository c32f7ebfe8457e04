"""How each stream of each connection stands: its rows, how fresh they are, what the vendor said last, what it still needs.

Knows no vendor: everything follows from the connection's table, the `Source` value and what the last sync noted down.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.app.connections import LAST, names, outlined
from payback.errors import PaybackError
from payback.ledger.tables import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.app.application import App
    from payback.sources.source import Source, Stream

LATE_AFTER = timedelta(days=2)
DELIVERY = (
    *("pull_requests", "reviews", "pull_request_moves", "commits", "tickets", "ticket_moves", "sprints"),
    *("deployments", "incidents", "evidence"),
)
FILLED = ("usage", "charges", "seats", "activity", "identities", *DELIVERY)
BY_FILE = (
    *("effort", "surveys", "outputs", "exchange_rates", "people", "teams", "memberships"),
    *("workflows", "owners", "rate_cards"),
)
STANDING = {"good": "fresh", "missing": "closed", "fails": "fails"}


@dataclass(frozen=True, slots=True)
class Held:
    """Rows that one source name holds: how many, the last of them, and when the last was written."""

    rows: int = 0
    last_at: datetime | None = None
    synced_at: datetime | None = None
    tables: tuple[str, ...] = ()


def held_by_source(app: App) -> dict[str, Held]:
    """What is held in the tables that vendors and files fill, by the source that rows name."""
    found: dict[str, Held] = {}
    for row in app.warehouse.read(_counted(app)).to_pylist():
        before = found.get(row["source"], Held())
        found[row["source"]] = Held(
            before.rows + row["rows"],
            max(filter(None, (before.last_at, row["last_at"])), default=None),
            max(filter(None, (before.synced_at, row["synced_at"])), default=None),
            (*before.tables, row["table"]),
        )
    return found


def _counted(app: App) -> Any:
    counts = []
    for name in (*FILLED, *BY_FILE):
        rows, time = app.warehouse.table(name), BY_NAME[name].time
        told = rows.group_by("source").aggregate(
            rows=rows.count(),
            last_at=rows[time].max().cast("timestamp('UTC')") if time else ibis.null("timestamp('UTC')"),
            synced_at=rows["synced_at"].max(),
        )
        counts.append(told.mutate(table=ibis.literal(name)))
    return ibis.union(*counts)


def connected(app: App, held: Mapping[str, Held]) -> list[dict[str, Any]]:
    """One row per stream, or one for a connection whose table cannot be read."""
    noted = {name: json.loads(told) for name, told in app.warehouse.cursors(LAST).items()}
    found: list[dict[str, Any]] = []
    for name in names(app):
        try:
            source, streams = outlined(app, name)
        except PaybackError as error:
            found.append(_broken(name, str(error)))
        else:
            whole = noted.get(name, {})
            for one in streams:
                rows_of = f"{name}:{one.name}"
                told = _row((name, source), one, whole or noted.get(rows_of, {}), app.now())
                brought = held.get(rows_of, Held())
                found.append({**told, "rows": brought.rows, "last_row_at": brought.last_at})
    return found


def _broken(name: str, why: str) -> dict[str, Any]:
    told = {"name": name, "title": name, "kind": "vendor", "connection": name, "freshness": "fails"}
    empty = dict.fromkeys(("last_row_at", "last_synced_at", "coverage", "needs", "next"))
    return {**told, **empty, "rows": 0, "message": why, "pages": "everything this vendor would bring"}


def _row(where: tuple[str, Source], stream: Stream, last: Mapping[str, str], now: datetime) -> dict[str, Any]:
    name, source = where
    whose = source.title if name == source.kind else f"{source.title} ({name})"
    synced = datetime.fromisoformat(last["at"]) if last else None
    freshness = _freshness(now, synced, last.get("state", ""))
    wanting = freshness in {"fails", "closed"}
    return {
        "name": f"{name}:{stream.name}",
        "title": f"{whose}: {stream.title}",
        "kind": "vendor bills" if "charges" in stream.tables else "vendor",
        "connection": name,
        "last_synced_at": synced,
        "freshness": freshness,
        "coverage": None,
        "message": last.get("message", "") or ("" if last else f"not read yet: payback sync {name}"),
        "needs": stream.needs,
        "pages": ", ".join(stream.pages) if wanting else "",
        "next": f"{source.note} Then: payback sync {name}" if wanting else "",
    }


def _freshness(now: datetime, synced: datetime | None, state: str) -> str:
    if synced is None:
        return "never"
    if state == "good" and now - synced >= LATE_AFTER:
        return "late"
    return STANDING[state]
