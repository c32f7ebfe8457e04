"""Everything derived from facts brought up to date for the span that is owed: links, work, roll-ups, step money, spend.

Each part replaces whole spans, and the note of what is owed is taken back only after the last of them, so a crash in
between costs a repetition and nothing else; so does another process that derives the same span meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from payback.app import effort_costs, pieces
from payback.app.changes import TO_LINK
from payback.ledger import adoption, derive, licences, rates, seat_charges, spend, telling, use_days
from payback.ledger.allocation import use_of_month
from payback.ledger.attribute import Ground
from payback.ledger.owing import LEDGER, claimed, settled
from payback.ledger.owing import owed as owed_for
from payback.ledger.placing import fingerprint
from payback.period import Period, add_months, day_of, month_start
from payback.warehouse.contract import Change, Cursor
from payback.warehouse.migrations import REBUILD

if TYPE_CHECKING:
    from payback.app.application import App
    from payback.ledger.owing import Stale

# Counted up by whoever changes how spend, hours, steps or weeks follow from facts: stored rows are then made anew.
DERIVED_AS = "13"
WAY = "derived_as"


def bring_up_to_date(app: App) -> bool:
    """Rebuild what is owed; False when nothing was."""
    changed = _spending(app)
    changed = pieces.bring_up_to_date(app) or changed
    return effort_costs.bring_up_to_date(app) or changed


def _spending(app: App) -> bool:
    seat_charges.bring_up_to_date(app.warehouse, app.settings.zone, app.now())
    _outdated(app)
    for changes in (
        licences.changed(app.warehouse, app.now()),
        rates.changed(app.warehouse, app.settings.currency),
    ):
        if changes:
            app.warehouse.apply(changes)
    owed = claimed(app.warehouse)
    if owed is None:
        return _adoption(app, None)
    while owed is not None:
        _rebuild(app, owed)
        owed = None if settled(app.warehouse, owed) else claimed(app.warehouse)
    return True


def _rebuild(app: App, owed: Stale) -> None:
    app.around.progress("Adding up hours, steps and money")
    zone = app.settings.zone
    since, until = telling.whole_days(owed.since, owed.until)
    ground = ground_of(app)
    if marks := telling.marked(app.warehouse, since, until, ground):
        app.warehouse.apply(marks)
    app.warehouse.apply([derive.rolled_up(app.warehouse, since, until)])
    app.warehouse.apply([derive.step_money(app.warehouse, since, until, app.now())])
    for days in _months(owed, app):
        app.warehouse.apply(spend.rebuilt(app.warehouse, days, ground, app.now()))
    first, last = day_of(owed.since, zone), day_of(owed.until, zone)
    _adoption(app, Period(first, last + timedelta(days=1)))


def _adoption(app: App, asked: Period | None) -> bool:
    """Days of use, habits and seats brought up to date; False when nothing was owed."""
    settings, today = app.settings, app.today()
    ground = use_days.Ground(settings.zone, app.books.directory, settings.currency)
    organisation = f"{DERIVED_AS} {fingerprint(app.books.directory, app.books.rules)}"
    moment = adoption.Moment(app.now(), today, organisation)
    changed = False
    for changes in adoption.brought_up_to_date(app.warehouse, asked, ground, moment):
        app.warehouse.apply(changes)
        changed = True
    return changed


def ground_of(app: App) -> Ground:
    """What attribution stands on: the organisation, its rules, seats held, rates of currencies, use by team and month."""
    books, zone = app.books, app.settings.zone
    seats = app.warehouse.table("seats").select("tool", "person", "valid_from", "valid_until")
    held = licences.Licences(app.warehouse.read(seats).to_pylist(), books.directory)
    return Ground(
        zone,
        books.placement,
        app.settings.currency,
        rates.stored(app.warehouse),
        held,
        partial(use_of_month, app.warehouse, zone),
    )


def _outdated(app: App) -> None:
    """Derived tables that a migration emptied, or that an earlier way of deriving made, are owed whole."""
    emptied = app.warehouse.cursors(REBUILD)
    if not emptied and app.warehouse.cursors(LEDGER).get(WAY) == DERIVED_AS:
        return
    instants = []
    for table, column in (
        ("usage", "occurred_at"),
        ("charges", "charge_period_start"),
        ("charges", "charge_period_end"),
    ):
        rows = app.warehouse.table(table)
        ends = app.warehouse.read(rows.aggregate(first=rows[column].min(), last=rows[column].max()))
        instants += [end for name in ("first", "last") if (end := ends[name][0].as_py()) is not None]
    changes: list[Change] = [
        *(Cursor(REBUILD, name, None) for name in emptied),
        *((TO_LINK,) if emptied else ()),
        Cursor(LEDGER, WAY, DERIVED_AS),
    ]
    app.warehouse.apply([*changes, owed_for(instants)] if instants else changes)


def _months(owed: Stale, app: App) -> list[Period]:
    """The owed days in pieces of at most three months, so that one transaction stays small."""
    first, last = day_of(owed.since, app.settings.zone), day_of(owed.until, app.settings.zone)
    if app.books.rules.splitting:  # a month's use decides how the whole month is shared
        first, last = month_start(first), add_months(last, 1) - timedelta(days=1)
    pieces = []
    while first <= last:
        after = min(first + timedelta(days=92), last + timedelta(days=1))
        pieces.append(Period(first, after))
        first = after
    return pieces
