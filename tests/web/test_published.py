"""Published ranges: a change is drawn on the first weeks shown, and every one says where it is from and what it is not."""

from __future__ import annotations

from decimal import Decimal

from payback.web.published import PUBLISHED


def test_a_change_lies_on_the_median_of_the_first_weeks_and_a_rate_where_it_was_told():
    change, rate = (next(one for one in PUBLISHED if one.change is kind) for kind in (True, False))
    on = change.on([Decimal(10), Decimal(30), Decimal(20), Decimal(20), Decimal(900)])
    assert (round(on.low, 6), round(on.high, 6)) == (14.0, 16.0)
    assert rate.on([Decimal(10)]) == rate


def test_every_range_says_its_source_its_date_and_that_it_is_no_target():
    assert all(
        one.source in one.note and "2026" in one.note and one.note.endswith("No target.") for one in PUBLISHED
    )
    assert PUBLISHED[0].note.startswith("Band: 20 to 30 % under the median of the first 4 weeks shown")
