"""Several currencies: never added, converted only by a dated rate, and unknown where no rate is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa

from payback.access.facts import Ground as Facts
from payback.access.scope import Scope
from payback.ledger.attribute import Ground
from payback.ledger.batches import table_of
from payback.ledger.owing import stale
from payback.ledger.placement import Placement
from payback.ledger.rates import Rates, changed, stored
from payback.ledger.spend import rebuilt
from payback.ledger.tables_money import CHARGES, EXCHANGE_RATES
from payback.metrics.answer import answer
from payback.metrics.question import Query
from payback.warehouse.contract import Upsert
from tests.ledger.entries import NOW, books, forgotten
from tests.ledger.test_spend import OCTOBER, PARIS, PEOPLE, charge

FRIDAY, SATURDAY = date(2026, 10, 2), date(2026, 10, 3)
ALL = Scope.everything("test")
TOLD = Rates([(FRIDAY, "EUR", "USD", Decimal("1.25")), (FRIDAY, "EUR", "GBP", Decimal("0.8"))])


def test_a_rate_holds_until_the_next_one_and_goes_both_ways():
    assert TOLD.rate("EUR", "USD", SATURDAY) == Decimal("1.25")
    assert TOLD.rate("USD", "EUR", FRIDAY) == Decimal("0.8")
    assert TOLD.rate("EUR", "USD", date(2026, 10, 1)) is None
    assert TOLD.rate("EUR", "EUR", date(2020, 1, 1)) == 1


def test_two_currencies_that_share_a_third_are_compared_by_way_of_it():
    assert TOLD.rate("GBP", "USD", FRIDAY) == Decimal("1.5625")
    assert TOLD.rate("GBP", "JPY", FRIDAY) is None


def test_an_amount_is_converted_to_nine_places_and_an_unknown_one_stays_unknown():
    assert TOLD.converted(Decimal("0.000000003"), "EUR", "USD", FRIDAY) == Decimal("0.000000003")
    assert TOLD.converted(Decimal(-8), "EUR", "USD", FRIDAY) == Decimal(-10)
    assert TOLD.converted(None, "EUR", "USD", FRIDAY) is None
    assert TOLD.converted(Decimal(8), "EUR", "JPY", FRIDAY) is None


def test_spend_in_two_currencies_is_one_sum_only_when_asked_for_converted():
    held = books(PEOPLE)
    rate = {"day": date(2026, 9, 1), "currency": "EUR", "into": "USD", "rate": 1.25, "source": "file:rates"}
    held.warehouse.apply(
        [
            Upsert("charges", table_of(CHARGES, [charge("d"), charge("e", currency="EUR", billed_cost=Decimal(8))], None, NOW)),
            Upsert("exchange_rates", table_of(EXCHANGE_RATES, [rate], None, NOW)),
        ]
    )  # fmt: skip
    ground = Ground(PARIS, Placement(PEOPLE), rates=stored(held.warehouse))
    held.warehouse.apply(rebuilt(held.warehouse, OCTOBER, ground, NOW))

    def billed(**more):
        found = answer(Query(("spend_billed",), OCTOBER, **more), ALL, Facts(held.warehouse, PARIS))
        return found.totals["spend_billed"].value

    assert (billed(), billed(currency="EUR"), billed(converted=True)) == (
        Decimal("9.99"),
        Decimal(8),
        Decimal("19.99"),
    )


def test_a_new_rate_has_charges_of_other_currencies_reckoned_anew_and_an_old_one_does_not():
    held = books(PEOPLE)
    held.warehouse.apply([Upsert("charges", table_of(CHARGES, [charge("e", currency="EUR")], None, NOW))])
    rate = {"day": FRIDAY, "currency": "EUR", "into": "USD", "rate": 1.25, "source": "file:rates"}
    for row, owes in (
        (None, True),
        (None, False),
        (rate, True),
        (rate, False),
        ({**rate, "rate": 1.5}, True),
    ):
        told = table_of(EXCHANGE_RATES, [row] if row else [], None, NOW)
        assert isinstance(told, pa.Table)
        held.warehouse.apply([Upsert("exchange_rates", told), *forgotten(held)])
        changes = changed(held.warehouse, "USD")
        held.warehouse.apply(changes)
        assert (stale(held.warehouse) is not None) == owes
