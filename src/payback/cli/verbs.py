"""Every verb, registered. The verbs themselves live beside this file, by what they are about."""

from __future__ import annotations

from typing import Annotated

import typer

from payback import __version__
from payback.cli import (
    beginning,
    bookkeeping,
    effects,
    facts,
    findings,
    numbers,
    operation,
    serving,
    surviving,
)
from payback.cli.people import people
from payback.cli.tokens import tokens

cli = typer.Typer(
    name="payback",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="What your AI costs, who owns it, why it moved, and what it bought.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"payback {__version__}")
        raise typer.Exit


@cli.callback()
def _root(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """FinOps for AI, on your own machine."""


for verb, function in (
    ("up", serving.up),
    ("demo", serving.demo),
    ("init", beginning.init),
    ("check", facts.check),
    ("sources", facts.sources),
    ("sync", facts.sync),
    ("import", facts.take_file),
    ("enter", facts.enter),
    ("agents", numbers.agents),
    ("ask", numbers.ask),
    ("explain", numbers.explain),
    ("receipt", numbers.receipt),
    ("survive", surviving.survive),
    ("impact", effects.impact),
    ("findings", findings.findings),
    ("decide", findings.decide),
    ("export", numbers.export),
    ("reconcile", bookkeeping.reconcile),
    ("unattributed", bookkeeping.unattributed),
    ("backup", operation.backup),
    ("restore", operation.restore),
    ("migrate", operation.migrate),
):
    cli.command(verb)(function)

cli.add_typer(people, name="people")
cli.add_typer(bookkeeping.rules, name="rules")
cli.add_typer(tokens, name="token")


def run() -> None:
    """The command line, from `sys.argv`."""
    cli()
