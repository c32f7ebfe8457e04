"""The one place where long-lived objects are built: stores, prices, the wire to vendors, and the `App` that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback import settings as installation
from payback.app.application import App
from payback.errors import PaybackError
from payback.ledger.tables import TABLES
from payback.org.file import organisation

if TYPE_CHECKING:
    from pathlib import Path

    from payback.app.surroundings import Surroundings
    from payback.settings import Settings
    from payback.sources.http import Wire


def open_app(home: Path, around: Surroundings) -> App:
    """The installation in a home, its stores open. Raises SettingsError or WarehouseError with the way out."""
    from payback.prices.shelf import open_books
    from payback.prices.table import priced
    from payback.state import open_state, state_url
    from payback.warehouse.shared import open_warehouse

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = installation.load(home, around.environ)
    declared = organisation(told.told, told.zone)
    prices = open_books(home / "prices")
    warehouse = open_warehouse(
        told.warehouse, TABLES, waiting=around.progress
    )  # finishes a restore that was cut off
    try:
        state = open_state(state_url(told.state))
    except PaybackError:
        warehouse.close()
        raise
    return App(
        told,
        around,
        warehouse,
        lambda rows: priced(rows, prices),
        declared,
        prices,
        state,
        _wire(told, around),
    )


def _wire(told: Settings, around: Surroundings) -> Wire:
    """How requests to vendors travel. An invented company's never leave the machine."""
    from payback.sources.http import Wire, unplugged

    if not told.invented:
        return Wire(around.transport, around.clock, around.sleep)
    inside = around.invented(told.home) if around.invented else unplugged()
    return Wire(inside, around.clock, lambda _seconds: None)  # there is nobody whose rate limit to keep
