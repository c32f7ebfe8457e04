"""`payback findings` and `payback decide`: what wants a decision, the decision, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened

if TYPE_CHECKING:
    from datetime import date

    from payback.app import App

COLUMNS = (
    "id",
    "standing",
    "owner",
    "stake",
    "currency",
    "sentence",
    "action",
    "found_on",
    "decided",
    "check",
)
JSON = (
    "id", "kind", "subject_kind", "subject", "team", "standing", "sentence", "action", "owner", "stake", "currency", "metric",
    "expects", "options", "evidence", "found_on", "gone_on", "decision", "check",
)  # fmt: skip


def findings(
    every: Annotated[bool, typer.Option("--all", help="Those decided, snoozed and gone, too.")] = False,
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Look for what wants a decision, and list it: the dearest first."""
    from payback.app.findings import as_rows

    with opened(home) as app:
        for sentence in app.findings.look():
            typer.echo(f"payback: {sentence}", err=True)
        rows = as_rows(app.findings.listed(app.scope(None)))
    shown = [row for row in rows if every or row["standing"] == "open"]
    if form is Format.JSON:
        printing.emit([{name: row[name] for name in JSON} for row in shown])
        return
    printing.rows(form, COLUMNS, [_flat(row) for row in shown], "Findings" if form is Format.TABLE else "")


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    decision, check = row["decision"] or {}, row["check"] or {}
    told = " ".join(filter(None, (decision.get("act"), decision.get("option"), decision.get("owner"))))
    return {**row, "decided": told or None, "check": check.get("says")}


def decide(
    finding: Annotated[str, typer.Argument(help="Its id, as payback findings tells it.")],
    accept: Annotated[bool, typer.Option("--accept", help="Something is done about it.")] = False,
    dismiss: Annotated[bool, typer.Option("--dismiss", help="Nothing is done; needs --reason.")] = False,
    snooze: Annotated[bool, typer.Option("--snooze", help="Asked again later, see --until.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Take the decision back.")] = False,
    option: Annotated[
        str, typer.Option("--as", help="follow, reduce, change_model, restrict, scale, accept.")
    ] = "",
    owner: Annotated[str, typer.Option("--owner", help="Who does it: a person or a team.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    until: Annotated[str, typer.Option("--until", help="Snoozed until this day; 30 days without it.")] = "",
    metric: Annotated[str, typer.Option("--metric", help="What it is looked at by.")] = "",
    expect: Annotated[str, typer.Option("--expect", help="less or more of it.")] = "",
    size: Annotated[str, typer.Option("--size", help="By how many percent at least.")] = "",
    due: Annotated[str, typer.Option("--due", help="Looked at on this day; in 60 days without it.")] = "",
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Decide about a finding. What was decided is kept with who decided it, and looked at when it is due."""
    from payback.app.findings import Choice, as_rows

    asked = {"accept": accept, "dismiss": dismiss, "snooze": snooze, "reopen": reopen}
    acts = [name for name, is_told in asked.items() if is_told]
    if len(acts) != 1:
        raise typer.BadParameter("give one of --accept, --dismiss, --snooze and --reopen")
    with opened(home) as app:
        choice = Choice(
            acts[0], option, owner, reason, _day(app, until), metric, expect, size, _day(app, due)
        )
        told = app.findings.decide(finding, choice, app.scope(None))
        rows = as_rows(app.findings.listed(app.scope(None)))
    if form is Format.JSON:
        printing.emit(next({name: row[name] for name in JSON} for row in rows if row["id"] == finding))
    else:
        typer.echo(told + ".")


def _day(app: App, told: str) -> date | None:
    from payback.app.questions import day

    return day(told, app.today()) if told else None
