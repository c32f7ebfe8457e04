"""What currencies are worth on a day: dated rates, told either way, by which money of one is shown in another.

A day without a rate of its own (a weekend) has the last one before it. Two currencies that only share a third are compared
by way of it. Where nothing is known, nothing is converted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from payback.ledger.batches import digest
from payback.ledger.owing import LEDGER, owed
from payback.ledger.portions import nano
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from payback.warehouse.contract import Change, Warehouse

USD = "USD"
_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
ONE = Decimal(1)


class Rates:
    """Rates by pair of currencies and day."""

    def __init__(self, told: Iterable[tuple[date, str, str, Decimal]] = ()) -> None:
        by_pair: dict[tuple[str, str], dict[date, Decimal]] = defaultdict(dict)
        for day, currency, into, rate in told:
            if rate > 0:
                by_pair[currency, into][day] = rate
                by_pair[into, currency].setdefault(day, _EXACT.divide(ONE, rate))
        self._by_pair = {pair: sorted(rates.items()) for pair, rates in by_pair.items()}
        self._known: dict[tuple[str, str, date], Decimal | None] = {}

    def rate(self, currency: str, into: str, day: date) -> Decimal | None:
        """What one unit of a currency was worth in another on a day; None where no rate was known by then."""
        key = (currency, into, day)
        if key not in self._known:
            self._known[key] = self._found(currency, into, day)
        return self._known[key]

    def _found(self, currency: str, into: str, day: date) -> Decimal | None:
        if currency == into:
            return ONE
        if direct := self._direct(currency, into, day):
            return direct
        for first, pivot in self._by_pair:
            if first == currency and (one := self._direct(currency, pivot, day)):
                other = self._direct(pivot, into, day)
                if other:
                    return _EXACT.multiply(one, other)
        return None

    def _direct(self, currency: str, into: str, day: date) -> Decimal | None:
        rates = self._by_pair.get((currency, into), [])
        at = bisect_right(rates, day, key=lambda dated: dated[0])
        return rates[at - 1][1] if at else None

    def converted(self, amount: Decimal | None, currency: str, into: str, day: date) -> Decimal | None:
        """An amount in another currency at nine places, by the rate of the day; None where it cannot be known."""
        rate = None if amount is None else self.rate(currency, into, day)
        if amount is None or rate is None:
            return None
        return (
            amount
            if rate is ONE
            else Decimal(int(_EXACT.multiply(Decimal(nano(amount) or 0), rate))).scaleb(-9)
        )


def stored(warehouse: Warehouse) -> Rates:
    """The rates taken in."""
    rows = warehouse.read(
        warehouse.table("exchange_rates").select("day", "currency", "into", "rate")
    ).to_pylist()
    return Rates((row["day"], row["currency"], row["into"], Decimal(str(row["rate"]))) for row in rows)


HELD = "rates_held"


def changed(warehouse: Warehouse, currency: str) -> list[Change]:
    """What is owed since rates were looked at last: all charges in another currency than the organisation's. Empty where
    no rate is new or another.
    """
    table = warehouse.table("exchange_rates")
    told = table.aggregate(rows=table.count(), sum=table["rate"].sum(), last=table["day"].max())
    held = digest(*warehouse.read(told).to_pylist()[0].values(), currency)
    if warehouse.cursors(LEDGER).get(HELD) == held:
        return []
    charges = warehouse.table("charges")
    foreign = charges.filter(charges["currency"] != currency)
    span = foreign.aggregate(
        first=foreign["charge_period_start"].min(), last=foreign["charge_period_end"].max()
    )
    ends = [end for end in warehouse.read(span).to_pylist()[0].values() if end is not None]
    note = Cursor(LEDGER, HELD, held)
    return [note, owed(ends)] if ends else [note]
