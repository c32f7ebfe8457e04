"""How each source stands: what it brought, how fresh it is, what was refused, and what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.app import agents, connections, streams
from payback.app.files import SOURCE as FILES
from payback.sources.agents import readers
from payback.sources.git import SOURCE as GIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.app.application import App
    from payback.app.streams import Held

FRESH = timedelta(days=2)
BY_HAND = ("file:", "entered", "otlp:")


@dataclass(frozen=True, slots=True)
class Brought:
    """Rows that one tool or file brought: how many, the last of them, when it was taken in, and how many are priced."""

    rows: int
    last_at: datetime | None
    synced_at: datetime | None
    priced: float | None = None


def standing(app: App) -> list[dict[str, Any]]:
    """One row per source, those with facts first."""
    usage = _usage(app)
    rejected = _rejected(app)
    found = [_agent(app, reader.tool, reader.title, usage) for reader in readers()]
    held = streams.held_by_source(app)
    found += [_git(app), *_files(app, held), *streams.connected(app, held)]
    for row in found:
        row["rejected"] = sum(count for (source, _), count in rejected.items() if source == row["name"])
    return sorted(found, key=lambda row: (-(row["rows"] or 0), row["title"]))


def _agent(app: App, tool: str, title: str, usage: dict[str, Brought]) -> dict[str, Any]:
    brought = usage.get(tool, Brought(0, None, None))
    marks = len(app.warehouse.cursors(f"agents:{tool}"))
    message = f"{marks} log files" if marks else "no logs of this tool in the homes that payback looks at"
    return _row(app, (f"agents:{tool}", title, "agent logs"), brought, message)


def _git(app: App) -> dict[str, Any]:
    commits = app.warehouse.table("commits")
    told = commits.aggregate(
        rows=commits.count(), last=commits["committed_at"].max(), synced=commits["synced_at"].max()
    )
    row = app.warehouse.read(told).to_pylist()[0]
    repositories = len(app.warehouse.cursors(GIT))
    message = (
        f"{repositories} repositories" if repositories else "no repository found: name folders in [git] roots"
    )
    return _row(app, (GIT, "Git", "repositories"), Brought(row["rows"], row["last"], row["synced"]), message)


def _files(app: App, held: Mapping[str, Held]) -> list[dict[str, Any]]:
    """What came by file or by hand, one row per kind of file; charges of vendors no longer connected stand here too."""
    connected = tuple(f"{name}:" for name in connections.names(app))
    found = [
        _row(
            app,
            (name, name.removeprefix("file:"), "charges" if "charges" in one.tables else "files"),
            Brought(one.rows, one.last_at, one.synced_at),
            f"{one.rows:,} {_plural(one)}",
        )
        for name, one in sorted(held.items())
        if not name.startswith(connected) and (name.startswith(BY_HAND) or "charges" in one.tables)
    ]
    if any("charges" in one.tables for one in held.values()):
        return found
    message = "no bill taken in yet: payback import FILE --as charges"
    return [*found, _row(app, (FILES, "Bills and charges", "files"), Brought(0, None, None), message)]


def _plural(held: Held) -> str:
    return " and ".join(name.replace("_", " ") for name in held.tables)


def _row(app: App, what: tuple[str, str, str], brought: Brought, message: str) -> dict[str, Any]:
    name, title, kind = what
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "rows": brought.rows,
        "last_row_at": brought.last_at,
        "last_synced_at": brought.synced_at,
        "rejected": 0,
        "freshness": _freshness(app, brought),
        "coverage": brought.priced,
        "message": message,
    }


def _freshness(app: App, brought: Brought) -> str:
    if not brought.rows:
        return "absent"
    if brought.synced_at is None:
        return "never"
    return "fresh" if app.now() - brought.synced_at < FRESH else "late"


def _usage(app: App) -> dict[str, Brought]:
    usage = app.warehouse.table("usage")
    told = usage.group_by("tool").aggregate(
        rows=usage.count(),
        last=usage["occurred_at"].max(),
        synced=usage["synced_at"].max(),
        asked=usage["requests"].sum(),
        priced=usage["requests"].sum(where=usage["list_usd"].notnull()).fill_null(0),
    )
    return {
        row["tool"]: Brought(
            row["rows"], row["last"], row["synced"], row["priced"] / row["asked"] if row["asked"] else None
        )
        for row in app.warehouse.read(told).to_pylist()
    }


def _rejected(app: App) -> dict[tuple[str, str], int]:
    rejected = app.warehouse.table("rejected")
    told = rejected.group_by("source", "why").aggregate(rows=rejected.count())
    return {(row["source"], row["why"]): row["rows"] for row in app.warehouse.read(told).to_pylist()}


def refused(app: App, source: str, limit: int) -> list[dict[str, Any]]:
    """Rows of a source that could not be read, latest first."""
    rejected = app.warehouse.table("rejected")
    if source:
        rejected = rejected.filter(rejected["source"] == source)
    rows = rejected.order_by([rejected["synced_at"].desc(), "file", "line"]).limit(limit)
    found: list[dict[str, Any]] = app.warehouse.read(
        rows.select("file", "line", "why", "source", "synced_at")
    ).to_pylist()
    return found


def looked_in(app: App) -> list[str]:
    """The homes whose agent logs are read."""
    return [str(home.path) for home in agents.homes(app)]
