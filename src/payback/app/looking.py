"""Whether there is anything to show: facts taken in, logs on this machine, or files and folders that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.app import agents
from payback.sources.agents import readers

if TYPE_CHECKING:
    from payback.app.application import App

FACTS = ("usage", "charges", "commits")


def anything_to_show(app: App) -> bool:
    """True when a first page would not be empty: facts are held already, or a source has something to read."""
    told = app.settings
    if told.charge_files or told.repositories:
        return True
    if any(app.warehouse.read(app.warehouse.table(name).limit(1)).num_rows for name in FACTS):
        return True
    return any(
        True
        for home in agents.homes(app)
        for reader in readers()
        for _ in reader.discover(agents.places(app, home))
    )
