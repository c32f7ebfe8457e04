"""Verbs that serve: up and demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payback.cli.edge import Home, home_of, refusals, surroundings

Port = Annotated[int, typer.Option("--port", help="Port on 127.0.0.1.")]
Quiet = Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")]


def up(port: Port = 8642, no_open: Quiet = False, home: Home = None) -> None:
    """The whole product in one process: takes in this machine's agent logs and repositories, and shows them."""
    from payback.web.serving import serve

    with refusals():
        serve(home_of(home), surroundings(), port=port, browse=not no_open)


def demo(
    seed: Annotated[int, typer.Option("--seed", help="Another company for another number.")] = 7,
    months: Annotated[int, typer.Option("--months", min=1, max=36, help="How long it has existed.")] = 14,
    people: Annotated[int, typer.Option("--people", min=4, max=200, help="How many work there.")] = 60,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only make it and take it in.")] = False,
    port: Port = 8642,
    no_open: Quiet = False,
    home: Home = None,
) -> None:
    """An invented company with a known truth, taken in through the real readers, in a home of its own."""
    from payback.web.serving import serve, take_in_demo

    base = home.expanduser() if home else home_of(None) / "demo"
    with refusals():
        around = surroundings()
        take_in_demo(base, around, (seed, months, people))
        typer.echo(f"An invented company is in {base}; its truth is in {Path(base) / 'truth.json'}")
        if not no_serve:
            serve(base, around, port=port, browse=not no_open)
