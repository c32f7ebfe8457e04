"""Two processes that derive at the same time lose nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from payback.app import derivation
from payback.ledger.owing import owed, stale
from payback.warehouse.contract import Cursor, Delete
from payback.warehouse.migrations import REBUILD
from tests.app.world import NOW, opened, rows

DAY = timedelta(days=1)


def meanwhile(app, *steps):
    """Each step is done once, when a derivation has seen what is owed and has written nothing yet."""
    left = list(steps)
    app.around = replace(app.around, progress=lambda _message: left.pop(0)() if left else None)


def test_days_that_change_while_money_is_added_up_are_still_owed_afterwards(tmp_path):
    with opened(tmp_path) as app:
        app.warehouse.apply([owed([NOW])])
        meanwhile(app, lambda: app.warehouse.apply([owed([NOW - DAY])]))
        assert derivation.bring_up_to_date(app)
        assert stale(app.warehouse).since == NOW - DAY
        derivation.bring_up_to_date(app)
        assert stale(app.warehouse) is None


def test_a_derivation_that_another_overtook_is_done_again(tmp_path):
    with opened(tmp_path) as app:
        told = []
        app.warehouse.apply([owed([NOW])])
        meanwhile(
            app,
            lambda: told.append(derivation.bring_up_to_date(app)),
            lambda: None,
            lambda: told.append("again"),
        )
        assert derivation.bring_up_to_date(app)
        assert told == [True, "again"]
        assert stale(app.warehouse) is None
        assert not derivation.bring_up_to_date(app)
        assert rows(app, "spend") == []


def test_a_second_sync_brings_nothing_that_would_have_to_be_added_up_again(company):
    with opened(company) as app:
        app.sync()
        told: list[str] = []
        app.around = replace(app.around, progress=told.append)
        app.sync()
        assert "Adding up hours, steps and money" not in told
        assert not derivation.bring_up_to_date(app)


def test_changes_that_an_upgrade_emptied_are_derived_with_the_next_sync(company):
    with opened(company) as app:
        app.sync()
        before = len(rows(app, "work"))
        emptied = [Delete("work", "source", ["delivery"]), Cursor(REBUILD, "work", "declared anew")]
        app.warehouse.apply(emptied)
        derivation.bring_up_to_date(app)  # whoever asks first
        app.sync()
        assert len(rows(app, "work")) == before > 0
