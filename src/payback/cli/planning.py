"""`payback impact --plan`: a randomised roll-out, drawn and written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.cli import printing
from payback.cli.edge import Format, refusals

if TYPE_CHECKING:
    from pathlib import Path


def planned(
    where: tuple[Path, Path | None, Format],
    plan: dict[str, Any],
    history: tuple[Path | None, str | None, str | None],
) -> None:
    """Prints the assignment of units and how long it must run; writes it to a file where one is named."""
    from payback.app.planning import History, Plan, drawn, written

    units, write, form = where
    path, time, outcome = history
    with refusals():
        found = drawn(units, Plan(**plan), History(path, time, outcome) if path else None)
        if write:
            written(write, found["assignment"])
    if form is Format.JSON:
        printing.emit(found)
        return
    title = "" if form is Format.CSV else found["power"]["says"] if found["power"] else "Assignment"
    printing.rows(form, tuple(found["assignment"][0]), found["assignment"], title)
