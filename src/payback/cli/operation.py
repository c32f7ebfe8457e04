"""Verbs of operation: backup, restore, migrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, home_of, refusals, surroundings


def backup(file: Annotated[Path, typer.Argument(help="The file to write.")], home: Home = None) -> None:
    """Everything of this installation in one file, while it runs."""
    from payback.app.keeping import back_up

    with refusals():
        told = back_up(home_of(home), file.expanduser(), surroundings())
    typer.echo(told)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that backup wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Replace an installation that holds facts.")] = False,
    home: Home = None,
) -> None:
    """An installation from a backup; refuses to replace one that holds facts unless forced."""
    from payback.app.keeping import bring_back

    with refusals():
        told = bring_back(file.expanduser(), home_of(home), force=force)
    typer.echo(told)


def migrate(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done.")] = False,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Bring the warehouse and the state to this version of payback."""
    from payback.app.keeping import bring_up_to_date

    with refusals():
        found = bring_up_to_date(home_of(home), surroundings(), dry_run=dry_run)
    printing.rows(form, ("store", "step", "state"), found, "Migrations")
