"""Verbs about people: who there is, whose accounts are nobody's yet, and what somebody decides about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened

if TYPE_CHECKING:
    from datetime import datetime

    from payback.app import App

people = typer.Typer(no_args_is_help=True, help="People, their accounts, and whose an account is.")

Account = Annotated[str, typer.Argument(help="A login, address, vendor's user or key id.")]
System = Annotated[
    str | None, typer.Option("--system", help="Where the account is, if several list it: github, openai, ...")
]
Since = Annotated[str | None, typer.Option("--since", help="From this day on; for all days without it.")]
LISTED = ("person_id", "name", "kind", "email", "team", "accounts", "list_usd")
QUEUE = ("account", "system", "seen_in", "list_usd", "billed", "proposed", "confidence", "reason", "machine")


@people.command("list")
def listing(home: Home = None, form: Printed = Format.TABLE) -> None:
    """Everybody who is known, with team and accounts."""
    with opened(home) as app:
        found = app.people(app.scope(None))
    rows = [{**row, "accounts": ", ".join(row["accounts"])} for row in found]
    printing.rows(form, LISTED, rows, "People")


@people.command("match")
def match(home: Home = None, form: Printed = Format.TABLE) -> None:
    """Accounts that nobody stands behind yet, dearest first, with who they may be and why."""
    with opened(home) as app:
        found = app.unmatched(app.scope(None))
    rows = []
    for row in found.rows:
        best = row["proposals"][0] if row["proposals"] else {}
        told = {
            "proposed": best.get("person_id"),
            "confidence": best.get("confidence"),
            "reason": best.get("reason"),
        }
        rows.append({**row, **told, "seen_in": ", ".join(row["seen_in"]), "machine": row["is_machine"]})
    printing.rows(form, QUEUE, rows, "Accounts without a person")


@people.command("confirm")
def confirm(
    account: Account, person: str, system: System = None, since: Since = None, home: Home = None
) -> None:
    """Say whose an account is."""
    with opened(home) as app:
        told = app.register.confirm(account, person, app.scope(None), system=system, since=_day(app, since))
        app.settle()
    typer.echo(told + ".")


@people.command("refuse")
def refuse(account: Account, person: str, system: System = None, home: Home = None) -> None:
    """Say that an account is not a person's, so that it is not proposed again."""
    with opened(home) as app:
        told = app.register.refuse(account, person, app.scope(None), system=system)
        app.settle()
    typer.echo(told + ".")


@people.command("split")
def split(account: Account, system: System = None, since: Since = None, home: Home = None) -> None:
    """Take an account off its person."""
    with opened(home) as app:
        told = app.register.split(account, app.scope(None), system=system, since=_day(app, since))
        app.settle()
    typer.echo(told + ".")


@people.command("merge")
def merge(person: str, into: str, home: Home = None) -> None:
    """Make one person of two; the second stands."""
    with opened(home) as app:
        told = app.register.merge(person, into, app.scope(None))
        app.settle()
    typer.echo(told + ".")


def _day(app: App, told: str | None) -> datetime | None:
    from payback.app.questions import day
    from payback.period import midnight

    return midnight(day(told, app.today()), app.settings.zone) if told else None
