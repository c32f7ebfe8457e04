"""A sync on a terminal: a line for each connection that is read, on stderr, and a Ctrl-C that ends it without a loss."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from payback.cli.edge import home_of, opened, refusals, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from rich.console import Console
    from rich.progress import TaskID

    from payback.app import App
    from payback.app.underway import Underway

INTERRUPTED = 130
STOPPED = "payback: stopped. What was read is kept; payback sync goes on where it stopped."


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C is one sentence and the exit code of an interrupt."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(STOPPED, err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def watched(home: Path | None) -> Iterator[App]:
    """The installation, open for a sync; on a terminal its connections are shown while they are read."""
    if not sys.stderr.isatty():
        with opened(home) as app:
            yield app
        return
    from rich.console import Console

    from payback.app import open_app

    with Lines(Console(stderr=True)) as lines:
        around = replace(surroundings(), progress=lines.tell, underway=lines.show)
        with refusals(), open_app(home_of(home), around) as app:
            yield app


class Lines:
    """A line for each connection: stream, day, rows, share, time left; one above for what is done besides. Gone at the end."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[told]}", markup=False),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(self, *_told: object) -> None:
        self.progress.stop()

    def tell(self, message: str) -> None:
        """What is done besides reading connections."""
        self._line("", message, 0.0, "", whole=None)

    def show(self, one: Underway) -> None:
        """How far one connection is."""
        day = f" to {one.until:%Y-%m-%d}" if one.until else ""
        self._line(one.connection, f"{one.title}: {one.stream}", one.share, f"{one.rows:,} rows{day}")

    def _line(self, key: str, title: str, share: float, told: str, *, whole: float | None = 1.0) -> None:
        if key not in self.tasks:
            self.tasks[key] = self.progress.add_task(title, total=whole, told=told)
        self.progress.update(self.tasks[key], description=title, completed=share, told=told)
