"""Verbs that bring facts in and say how they stand: sources, sync, import, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened, progress, refusals
from payback.cli.watching import stoppable, watched
from payback.errors import SourceError

TOLD = 3

SOURCE_COLUMNS = (
    "name",
    "title",
    "rows",
    "freshness",
    "last_row_at",
    "last_synced_at",
    "rejected",
    "coverage",
    "message",
)
LACKING = ("connection", "needs", "pages", "next")


def sources(home: Home = None, form: Printed = Format.TABLE) -> None:
    """Every source with its freshness, coverage and rejected rows."""
    with opened(home) as app:
        found = app.sources()
    columns = SOURCE_COLUMNS if form is Format.TABLE else (*SOURCE_COLUMNS, *LACKING)
    printing.rows(form, columns, found, "Sources")


def sync(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE...]", help="agents, git, files; all without it.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Read again from this day.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Up to this day, not included.")] = None,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Bring every source up to date."""
    from payback.app.window import Window

    with stoppable(), watched(home) as app:
        found = app.sync(names or (), Window.told(since, until, app.today(), app.settings.zone))
    printing.rows(
        form, ("source", "title", "files", "read", "rows", "rejected", "message"), found, "Brought up to date"
    )
    with refusals():
        _whole(found)


def _whole(found: list[dict[str, Any]]) -> None:
    """SourceError where a source failed; the others are brought up to date all the same."""
    failed = [row for row in found if row.get("failed")]
    if failed:
        names = ", ".join(dict.fromkeys(row["source"].partition(":")[0] for row in failed))
        why = list(dict.fromkeys(row["message"].rstrip(".") for row in failed))
        more = f"; and {len(why) - TOLD} more, see payback sources" if len(why) > TOLD else ""
        others = ", the others are" if len(failed) < len(found) else ""
        raise SourceError(f"{names} could not be brought up to date{others}: {'; '.join(why[:TOLD])}{more}")


def take_file(
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSON, JSON lines, Parquet, XLSX; a price book as TOML.")
    ],
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            help="focus, charges, expenses, seats, usage, activity, effort, surveys, outputs, pull_requests, reviews, commits, tickets, ticket_moves, sprints, deployments, incidents, people, teams, workflows, owners, rates, prices.",
        ),
    ],
    mapping: Annotated[Path | None, typer.Option("--map", help="A mapping of columns as TOML.")] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", help="COLUMN=VALUE for every row, such as vendor=openai.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the mapping and what would happen; write nothing.")
    ] = False,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Take in a file of any layout: its mapping is proposed, shown and saved."""
    from payback.app.files import Import

    with opened(home) as app:
        told = app.take_file(Import(file.expanduser(), kind, mapping, constants or (), dry_run))
    if form is Format.JSON:
        printing.emit(told)
        return
    if told["mapping"]:
        typer.echo(told["mapping"])
    typer.echo(told["sentence"])
    if told.get("sums"):
        printing.rows(form, ("currency", "column", "exact", "kept"), told["sums"], "Sums of the file")
    printing.rows(form, ("line", "why"), told["rejected"][:20], "Refused rows") if told["rejected"] else None


def enter(
    form: Annotated[str, typer.Argument(metavar="charge|contract|seat|hours", help="What is entered.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE...", help="Such as vendor=openai amount=120 from=2026-10-01 owner=ana."
        ),
    ] = None,
    attachment: Annotated[
        Path | None, typer.Option("--attach", help="A file that proves it; a copy is kept.")
    ] = None,
    forget: Annotated[str | None, typer.Option("--forget", help="Take back the entry with this id.")] = None,
    home: Home = None,
    form_of_answer: Printed = Format.TABLE,
) -> None:
    """Enter a charge, contract, seat or hours by hand; a bill that says the same takes its place."""
    from payback.app.entering import Entry, withdraw
    from payback.app.entering import enter as write

    told = dict(word.partition("=")[::2] for word in words or ())
    with opened(home) as app:
        if forget:
            typer.echo(withdraw(app, forget))
            return
        found = write(app, Entry(form, told, attachment.expanduser() if attachment else None))
    if form_of_answer is Format.JSON:
        printing.emit(found)
        return
    typer.echo(found["sentence"])
    for one in found["ids"]:
        typer.echo(one)


def check(home: Home = None, form: Printed = Format.TABLE) -> None:
    """Test every setting and source: what is found, what is missing, which pages that leaves empty."""
    with opened(home) as app:
        found = app.check()
    printing.rows(form, ("check", "state", "found", "missing", "pages"), found, "Checks")
    if any(row["state"] == "fails" for row in found):
        progress("Some checks fail; the column 'missing' says what to do.")
        raise typer.Exit(1)
