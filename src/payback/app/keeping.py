"""Backup, restore and migrations of a home, in the words a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.app.opening import open_app
from payback.ledger.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from payback.app.surroundings import Surroundings


def back_up(home: Path, file: Path, around: Surroundings) -> str:
    """One file with everything of a home, also while payback runs on it."""
    from payback.warehouse.backup import backup

    with open_app(home, around) as app:
        manifest = backup(app.warehouse, file, app.now())
    return f"{file} holds {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables, settings and state."


def bring_back(file: Path, home: Path, *, force: bool) -> str:
    """A home from a backup; refuses to replace one that holds facts unless forced."""
    from payback.warehouse.backup import restore

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    manifest = restore(file, home, force=force)
    return f"{home} holds {sum(manifest.rows.values()):,} rows again, as of {manifest.made_at}."


def bring_up_to_date(home: Path, around: Surroundings, *, dry_run: bool) -> list[dict[str, str]]:
    """What this version changes in the stores of a home; done unless it is only asked for."""
    from payback.state import pending
    from payback.warehouse.shared import planned

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    steps = [("warehouse", step) for step in planned(home / "warehouse.duckdb", TABLES, around.progress)]
    steps += [("state", step) for step in pending(f"sqlite:///{home / 'state.db'}")]
    if not dry_run:
        open_app(home, around).close()
    state = "would be done" if dry_run else "done"
    return [{"store": store, "step": step, "state": state} for store, step in steps]
