"""Files of one billing period as pages: the rows that are wanted, with the bounds of the period they were billed in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.ledger.entries import Charge
    from payback.sources.source import Ask
    from payback.sources.stores import Store

Wanted = "Callable[[Mapping[str, Any]], bool]"


def pages(store: Store, ask: Ask, wanted: Callable[[Mapping[str, Any]], bool]) -> Iterator[Page]:
    """One page a file of the slice. Rows that are not wanted are dropped while the file is read; broken ones go along."""
    about = {"since": ask.part.since.isoformat(), "until": ask.part.until.isoformat()}
    for number, file in enumerate(ask.part.what):
        rows = [(line, row) for line, row in store.rows(file.path) if row is None or wanted(row)]
        yield Page(rows, file.path, {**about, "part": str(number)})


def broken(page: Page, source: str) -> list[Rejected]:
    """Rows of a page that could not be read at all."""
    return [
        Rejected(source, "the row is cut or has another number of cells than the header", page.what, line)
        for line, row in page.body
        if row is None
    ]


def within(charge: Charge, page: Page) -> Charge:
    """The charge inside the month that billed it: a line of another month stands at that month's edge, and its own
    period is kept in its details, so that no money is lost when the month is replaced.
    """
    since, until = (datetime.fromisoformat(page.about[name]) for name in ("since", "until"))
    start, end = charge.charge_period_start, charge.charge_period_end
    if not since <= start < until:
        charge.details = {
            **charge.details,
            "x_OwnPeriodStart": start.isoformat(),
            "x_OwnPeriodEnd": end.isoformat(),
        }
        charge.charge_period_start = since if start < since else until - timedelta(days=1)
        charge.charge_period_end = charge.charge_period_start + timedelta(days=1)
    return charge
