"""Re-pricing keeps the old figure and says which book gave it (ledger rule 7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from payback.prices.repricing import reprice
from payback.prices.shelf import public
from payback.prices.table import priced
from tests.prices.invented import INSTANT, row, table, with_book

NEWS = '[[price]]\nmodel = "news-1"\nfrom = 2026-10-05T09:00:00Z\ninput = 2\noutput = 4'


def test_a_new_block_prices_days_from_then_on_and_keeps_what_was_said_before():
    units = {"input_tokens": 1_000_000}
    rows = priced(
        table(
            row(None, "news-1", units, usage_id="before", occurred_at=INSTANT - timedelta(microseconds=1)),
            row(None, "news-1", units, usage_id="from then on"),
            row(units=units, usage_id="another model"),
        ),
        public(),
    )
    again, changes = reprice(rows, with_book(NEWS))
    assert again["list_usd"].to_pylist() == [None, Decimal(2), Decimal(3)]
    assert changes.to_pylist() == [
        {
            "usage_id": "from then on",
            "old_usd": None,
            "old_book": "unpriced: no price book knows the model",
            "new_usd": Decimal(2),
            "new_book": "acme since 2026-10-05T09:00:00+00:00",
        }
    ]


def test_pricing_twice_with_the_same_books_changes_nothing():
    rows = priced(table(row(units={"input_tokens": 3}), row(None, "nobody", {"input_tokens": 3})), public())
    again, changes = reprice(rows, public())
    assert again.equals(rows)
    assert changes.num_rows == 0


def test_a_price_that_went_is_kept_beside_the_unknown_one():
    books = with_book(NEWS)
    rows = priced(table(row(None, "news-1", {"output_tokens": 1_000_000})), books)
    _, changes = reprice(rows, public())
    assert changes.select(["old_usd", "new_usd"]).to_pylist() == [{"old_usd": Decimal(4), "new_usd": None}]
