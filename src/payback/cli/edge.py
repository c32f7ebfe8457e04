"""Where the command line meets the world: environment, clock, terminal, and the one place where refusals are printed."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payback.cli.machine import jobs, now, system
from payback.errors import PaybackError
from payback.home import default_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from httpx2 import BaseTransport

    from payback.app import App, Surroundings


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of this installation; ~/.payback unless PAYBACK_HOME says other."),
]
Printed = Annotated[Format, typer.Option("--format", help="How the answer is printed.")]


def home_of(told: Path | None) -> Path:
    """The installation's folder: told, else by the environment."""
    return told.expanduser() if told else default_home(os.environ)


def surroundings() -> Surroundings:
    """The real world: this process's environment, clock and terminal."""
    from payback.app import Surroundings

    return Surroundings(os.environ, system(), now, progress, jobs(), invented=invented_vendors)


def invented_vendors(home: Path) -> BaseTransport:
    """The wire to the vendors of an invented company."""
    from payback.demo.wire import transport

    return transport(home)


def progress(message: str) -> None:
    """Progress goes to stderr, and only on a terminal."""
    if sys.stderr.isatty():
        typer.echo(message, err=True)


@contextmanager
def refusals() -> Iterator[None]:
    """One sentence on stderr and exit 1 for whatever payback refuses."""
    try:
        yield
    except PaybackError as error:
        typer.echo(f"payback: {error}", err=True)
        raise typer.Exit(1) from error
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None


@contextmanager
def opened(home: Path | None) -> Iterator[App]:
    """The installation, open for one verb."""
    from payback.app import open_app

    with refusals(), open_app(home_of(home), surroundings()) as app:
        yield app
