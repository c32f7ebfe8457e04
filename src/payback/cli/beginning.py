"""The verb that begins an installation: init."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from payback.cli.edge import Home, home_of, refusals

Vendors = Annotated[list[str] | None, typer.Option("--vendor", help="A vendor to connect, such as openai.")]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key", help="Where that vendor's key is: env:NAME, file:PATH, keyring:SERVICE/USER. Never the key."
    ),
]


def init(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Its name.")] = None,
    time_zone: Annotated[str, typer.Option("--zone", help="Days are cut in this zone.")] = "UTC",
    currency: Annotated[str, typer.Option("--currency", help="Three letters.")] = "USD",
    vendors: Vendors = None,
    keys: Keys = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KIND.NAME=VALUE, such as copilot.enterprise=acme.")
    ] = None,
    home: Home = None,
) -> None:
    """Write payback.toml: by asking on a terminal, or by these options. Leaves one that is there as it is."""
    from payback.app.beginning import Beginning, asked, begin, from_words

    with refusals():
        chosen = from_words(vendors or (), keys or (), settings or ())
        told = Beginning(organisation or "This machine", time_zone, currency, chosen)
        if not (organisation or chosen) and sys.stdin.isatty():
            told = asked(lambda question, otherwise: typer.prompt(question, default=otherwise), told)
        typer.echo(begin(home_of(home), told))
