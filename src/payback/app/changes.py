"""Repositories taken in, and requests placed on the changes they served. Also which folder belongs to which repository."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from payback.app import agents, delivering
from payback.delivery.delivered import SOURCE as DELIVERY
from payback.delivery.links import ASSIGNED, Work, assign
from payback.delivery.receipt import with_assignment
from payback.delivery.slices import link_rows
from payback.errors import SourceError
from payback.ledger.batches import rejected_table
from payback.ledger.derive import fitted
from payback.ledger.entries import Rejected
from payback.ledger.owing import owed, stale
from payback.ledger.tables import BY_NAME
from payback.ledger.tellers import settled
from payback.sources.git import SOURCE, Git, discover, repository_of
from payback.sources.git.reading import read_repository
from payback.sources.git.repository import look
from payback.warehouse.contract import Change, Cursor, Replace, Upsert
from payback.warehouse.migrations import REBUILD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from payback.app.application import App
    from payback.app.window import Window
    from payback.sources.git.reading import RepositoryReading

LINKS = "links"
TO_LINK, LINKED = Cursor(LINKS, "owed", "changes"), Cursor(LINKS, "owed", None)
AT_ONCE, SEEN_TO = Cursor(LINKS, "at_once", "delivery"), Cursor(LINKS, "at_once", None)
"""Delivery is owed and somebody waits for it: derived with the next settling, not only with the next sync."""
OF_CHANGE = [
    "pull_request_id",
    "ai_class",
    "work_type",
    "tickets",
    "deployment_id",
    "workflow",
    "workflow_by",
]
USAGE = (
    "usage_id", "occurred_at", "session_id", "tool", "model", "actor", "repo", "branch", "working_directory", "list_usd",
    "workflow",
)  # fmt: skip


@dataclass(slots=True)
class Repositories:
    """What is known of the repositories on this machine in one sync: names by folder, default branches, own address, and
    those that were read.
    """

    git: Git = field(default_factory=Git)
    paths: dict[str, Path | None] = field(default_factory=dict)
    names: dict[Path, str | None] = field(default_factory=dict)
    default_branches: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    read: dict[Path, str] = field(default_factory=dict)

    def name_at(self, folder: str) -> str | None:
        """The repository that a working directory belongs to; None where there is none (any more)."""
        if folder not in self.paths:
            self.paths[folder] = repository_of(folder)
        path = self.paths[folder]
        if path is None:
            return None
        if path not in self.names:
            self.names[path] = self._name(path)
        return self.names[path]

    def _name(self, path: Path) -> str | None:
        try:
            return look(self.git, path).name
        except SourceError:
            return None


def roots(app: App, known: Repositories) -> list[Path]:
    """The repositories to read: under the folders told, else those that agents worked in."""
    if app.settings.repositories:
        return discover(app.settings.repositories)
    usage = app.warehouse.table("usage")
    folders = app.warehouse.read(usage.select("working_directory").distinct())[
        "working_directory"
    ].to_pylist()
    for folder in folders:
        if folder:
            known.name_at(folder)
    return sorted({path for path in known.paths.values() if path is not None})


def sync(app: App, known: Repositories, window: Window | None = None) -> Iterator[dict[str, Any]]:
    """Each repository from where it was left (with a window: whole). One that cannot be read is told of."""
    cursors = {} if window else app.warehouse.cursors(SOURCE)
    found: dict[str, Any] = {
        "source": SOURCE,
        "title": "Git",
        "files": 0,
        "read": 0,
        "rows": 0,
        "rejected": 0,
    }
    failed: list[Rejected] = []
    for path in roots(app, known):
        found["files"] += 1
        try:
            place = look(known.git, path)
            before = cursors.get(str(place.git_dir))
            reading = read_repository(path, before, app.now(), known.git)
        except SourceError as error:
            failed.append(Rejected(SOURCE, str(error), str(path)))
            continue
        known.names[path] = known.read[path] = reading.repo
        if reading.default_branch:
            known.default_branches[reading.repo] = reading.default_branch
        if reading.own_email:
            known.own.add(reading.own_email)
        if reading.cursor != before:
            app.around.progress(f"{reading.repo}: {reading.commits.num_rows} commits")
            written = settled(reading.changes(), app.warehouse)
            app.warehouse.apply([*written, TO_LINK, *_refused(reading.rejected, app.now())])
            found["read"] += int(_told(reading))
            found["rows"] += reading.commits.num_rows
            found["rejected"] += len(reading.rejected)
    if failed:
        app.warehouse.apply(_refused(failed, app.now()))
        found["rejected"] += len(failed)
        found["message"] = f"{len(failed)} repositories could not be read; see the refused rows"
    yield found


def _told(reading: RepositoryReading) -> bool:
    """Whether a reading brought anything besides how far it got."""
    return bool(reading.commits.num_rows or reading.pull_requests.num_rows or reading.evidence.num_rows)


def _refused(rejected: Any, now: datetime) -> list[Change]:
    return [Upsert("rejected", rejected_table(rejected, now))] if rejected else []


def link(app: App, known: Repositories) -> Iterator[dict[str, Any]]:
    """Every request placed anew, by all the rules, where requests, changes or people moved since the last time; only
    what changed by it is owed to the money.
    """
    owing = (app.warehouse.cursors(name) for name in (LINKS, REBUILD))
    if stale(app.warehouse) is None and not any(owing):
        return
    usage = app.warehouse.read(
        app.warehouse.table("usage").select(*USAGE).order_by("occurred_at", "usage_id")
    )
    work = work_known(app, known)
    assigned = assign(usage, work)
    now = app.now()
    placed = _assignments(usage, assigned, now)
    tables = delivering.derived(app, with_assignment(usage, assigned), known.default_branches)
    moved = _moved(app, placed) + _reclassed(app, tables["work"], placed)
    ties = Replace("links", tables.pop("links"), {"source": DELIVERY})
    writes: list[Change] = [*(Replace(name, rows) for name, rows in tables.items()), ties, LINKED, SEEN_TO]
    if moved:
        writes += [
            Replace("assignments", placed),
            Replace("links", link_rows(usage, assigned, now), {"source": LINKS}),
        ]
        writes.append(owed(moved))
    app.warehouse.apply(writes)
    yield {
        "source": LINKS,
        "title": "Sessions and changes",
        "files": 0,
        "read": 0,
        "rows": len(placed),
        "rejected": 0,
    }


def is_waited_for(app: App) -> bool:
    """Whether somebody waits for delivery to be derived."""
    return AT_ONCE.stream in app.warehouse.cursors(LINKS)


def _assignments(usage: pa.Table, assigned: pa.Table, now: datetime) -> pa.Table:
    rows = assigned.append_column("occurred_at", usage["occurred_at"])
    rows = rows.filter(pc.not_equal(rows["how"], "unlinked"))
    return fitted(
        rows.append_column("source", pa.array([LINKS] * len(rows), pa.string())), BY_NAME["assignments"], now
    )


def work_known(app: App, known: Repositories) -> Work:
    """All changes known, and what ties requests to repositories and people to their addresses."""
    tables = {
        name: app.warehouse.read(app.warehouse.table(name))
        for name in ("commits", "pull_requests", "evidence")
    }
    people = {
        account: frozenset(one.casefold() for one in (person.email, *person.accounts) if one and "@" in one)
        for person in app.books.directory.people.values()
        for account in (person.person_id, *person.accounts)
    }
    for home in {"", *(home.person or "" for home in agents.homes(app))}:
        people.setdefault(home, frozenset() if app.settings.agent_homes else frozenset(known.own))
    folders = {folder: name for folder in known.paths if (name := known.name_at(folder))}
    return Work(**tables, folders=folders, default_branches=known.default_branches, people=people)


def _moved(app: App, after: pa.Table) -> list[datetime]:
    """The first and the last instant of requests whose placement differs from the stored one."""
    names = [name for name in ASSIGNED.names if name != "usage_id"]
    before = _placed(app.warehouse.read(app.warehouse.table("assignments")), names)
    now = _placed(after, names)
    differ = {key for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
    instants = [(now.get(key) or before[key])[-1] for key in differ]
    return [min(instants), max(instants)] if instants else []


def _placed(rows: pa.Table, names: list[str]) -> dict[str, tuple[Any, ...]]:
    columns = [rows[name].to_pylist() for name in (*names, "occurred_at")]
    return dict(zip(rows["usage_id"].to_pylist(), zip(*columns, strict=True), strict=True))


def _reclassed(app: App, works: pa.Table, placed: pa.Table) -> list[datetime]:
    """Instants of the requests whose change has another AI class, ticket or deployment than before."""
    stored = app.warehouse.read(app.warehouse.table("work").select(*OF_CHANGE))
    before, after = (
        {row["pull_request_id"]: row for row in rows.select(OF_CHANGE).to_pylist()}
        for rows in (stored, works)
    )
    changed = {pull for pull, row in after.items() if before.get(pull) != row}
    if not changed:
        return []
    rows = placed.filter(pc.is_in(placed["pull_request_id"], pa.array(sorted(changed), pa.string())))
    instants = rows["occurred_at"].to_pylist()
    return [min(instants), max(instants)] if instants else []
