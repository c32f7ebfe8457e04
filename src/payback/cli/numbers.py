"""Verbs that answer with numbers: agents, ask, explain, receipt, export."""

from __future__ import annotations

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, home_of, opened, refusals
from payback.cli.machine import jobs, system

Metrics = Annotated[list[str], typer.Argument(metavar="METRIC...", help="Metric ids, such as spend_list.")]
By = Annotated[str, typer.Option("--by", help="Cuts, comma-separated: team,tool,model,repo,...")]
Grain = Annotated[str, typer.Option("--grain", help="day, week, month or fiscal_quarter.")]
Since = Annotated[
    str, typer.Option("--since", help="First day: 2026-11-01, 2026-11, 30d. Without it: 30 days ago.")
]
Until = Annotated[
    str, typer.Option("--until", help="The day after the last one. Without it: today is the last.")
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", help="DIM=VALUE[,VALUE]: keep these rows; DIM= keeps unattributed."),
]
Converted = Annotated[
    bool,
    typer.Option("--converted", help="All money in the organisation's currency, by the rate of each day."),
]
Currency = Annotated[
    str | None, typer.Option("--currency", help="The currency of money; the organisation's otherwise.")
]
Token = Annotated[str | None, typer.Option("--as", help="Answer with the rights of this token.", hidden=True)]


def agents(
    home_dir: Annotated[
        list[Path] | None, typer.Option("--home-dir", help="Home folder to read; may be repeated.")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="tool, model, day, project, branch or session; comma-separated.")
    ] = "tool,model",
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Read everything anew, remember nothing.")
    ] = False,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """What coding agents on this machine used, straight from their logs. Writes no facts."""
    from payback.settings import load
    from payback.sources.agents import report

    with refusals():
        base = home_of(home)
        cuts = report.checked(by)
        where = report.places([path.expanduser() for path in home_dir or ()], os.environ, system())
        found = report.agents(where, load(base, os.environ).zone, None if no_cache else base, jobs())
        told = found.json(cuts)
    if form is Format.JSON:
        printing.emit(told)
        return
    names = [*cuts, *told["totals"]]
    lines = told["rows"]
    if form is Format.TABLE:
        lines = [{**row, "list_usd": row["list_usd"] and Decimal(row["list_usd"])} for row in lines]
    printing.rows(form, names, lines, "Coding agents on this machine")
    if form is Format.TABLE:
        typer.echo(report.summary(told))


def ask(
    metrics: Metrics,
    by: By = "",
    grain: Grain = "",
    since: Since = "30d",
    until: Until = "tomorrow",
    where: Where = None,
    currency: Currency = None,
    converted: Converted = False,
    token: Token = None,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Numbers of the catalogue, cut and filtered."""
    from payback.app.questions import Words, query
    from payback.metrics.answer import to_json

    with opened(home) as app:
        asked = query(app.today(), metrics, Words(by, grain, since, until, where or (), currency, converted))
        found = app.answer(asked, app.scope(token))
        told = to_json(found)
    if form is Format.JSON:
        printing.emit(told)
        return
    names = [*(["period"] if asked.grain else []), *asked.by, *asked.metrics]
    title = f"{asked.period.since} to {asked.period.until - timedelta(days=1)}"
    printing.rows(form, names, [_row(row, names) for row in found.lines], title)
    if form is Format.TABLE and found.rows:
        totals = ", ".join(f"{name} {printing.shown(figure.value)}" for name, figure in found.totals.items())
        typer.echo(f"total: {totals}")


def _row(row: Any, names: list[str]) -> dict[str, Any]:
    told = {name: row[name] for name in names}
    return {name: "(none)" if value is None and name in row.keys else value for name, value in told.items()}


def explain(
    metrics: Metrics,
    by: By = "",
    grain: Grain = "",
    since: Since = "30d",
    until: Until = "tomorrow",
    where: Where = None,
    currency: Currency = None,
    converted: Converted = False,
    token: Token = None,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """The way from a number to its rows: definition, engine SQL, charges, rules, sources, coverage."""
    from payback.app.questions import Words, query

    with opened(home) as app:
        told = app.explain(
            query(app.today(), metrics, Words(by, grain, since, until, where or (), currency, converted)),
            app.scope(token),
        )
    if form is Format.JSON:
        printing.emit(told)
        return
    from payback.cli.explaining import lines

    for line in lines(told):
        typer.echo(line)


def receipt(
    change: Annotated[
        str,
        typer.Argument(
            metavar="REPO#NUMBER|COMMIT|BRANCH|TICKET", help="The change, or the ticket of changes."
        ),
    ],
    markdown: Annotated[bool, typer.Option("--markdown", help="As a comment for a pull request.")] = False,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """What a change cost: sessions, models, list and billed share, evidence, how each link was made."""
    from dataclasses import asdict

    from payback.delivery.receipt_text import to_markdown

    with opened(home) as app:
        found = app.receipt(change, app.scope(None))
    if form is Format.JSON:
        printing.emit(asdict(found))
    elif markdown or form is Format.TABLE:
        typer.echo(to_markdown(found))
    else:
        lines = [
            {"tool": line.names[0], "model": line.names[1], **asdict(line.sum)} for line in found.by_model
        ]
        printing.rows(form, ("tool", "model", "requests", "list_usd", "unpriced_tokens"), lines)


def export(
    kind: Annotated[str, typer.Argument(metavar="csv|xlsx|parquet|focus", help="The kind of file.")],
    file: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
    metrics: Annotated[
        list[str] | None, typer.Argument(metavar="[METRIC...]", help="Metric ids; none for focus.")
    ] = None,
    by: By = "",
    grain: Grain = "",
    since: Annotated[
        str | None, typer.Option("--since", help="First day; without it 30 days ago, for focus all.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="The day after the last one.")] = None,
    where: Where = None,
    currency: Currency = None,
    apart: Annotated[
        bool, typer.Option("--apart", help="focus: invoiced and open charges as two files.")
    ] = False,
    home: Home = None,
) -> None:
    """The answer of `ask` as a file for others; `focus`: the charges that count, as FOCUS 1.2 (.csv or .parquet)."""
    if kind == "focus":
        _export_focus(home, file, since, until, apart)
        return
    if not metrics:
        raise typer.BadParameter("name the metrics to export", param_hint="METRIC")
    from payback.app.questions import Words, query
    from payback.metrics.sheets import write

    with opened(home) as app:
        words = Words(by, grain, since or "30d", until or "tomorrow", where or (), currency)
        write(kind, app.answer(query(app.today(), metrics, words), app.scope(None)), file)
    typer.echo(f"wrote {file}")


def _export_focus(home: Path | None, file: Path, since: str | None, until: str | None, apart: bool) -> None:
    from payback.app.focus_export import export as write
    from payback.app.window import Window

    with opened(home) as app:
        window = Window.told(since, until, app.today(), app.settings.zone)
        written = write(app.ground, app.scope(None), file.expanduser(), window, apart=apart)
    for one in written:
        typer.echo(f"wrote {one.file}: {one.charges} charges in {one.rows} rows")
