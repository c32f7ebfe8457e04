from __future__ import annotations

import pytest

from payback.metrics.premium import CANNOT_TELL, NOT, WORTH, Again, difference, verdict


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        (Again(56, 70), Again(48, 80), 0.0524, 0.3339),
        (Again(9, 10), Again(3, 10), 0.1705, 0.8090),
        (Again(5, 56), Again(0, 29), -0.0381, 0.1926),
        (Again(0, 10), Again(0, 10), -0.2775, 0.2775),
        (Again(10, 10), Again(0, 10), 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(first, second, low, high):
    assert difference(first, second) == pytest.approx((low, high), abs=0.00006)


@pytest.mark.parametrize(
    ("premium", "others", "risk", "is_dearer", "word"),
    [
        (Again(0, 19), Again(19, 19), "low", True, CANNOT_TELL),  # too few, however far apart
        (Again(10, 200), Again(60, 200), "low", True, WORTH),  # 5 % against 30 %
        (Again(20, 200), Again(24, 200), "low", True, NOT),  # at most 8.2 points less
        (Again(20, 200), Again(24, 200), "high", True, CANNOT_TELL),  # which would matter there
        (Again(20, 200), Again(24, 200), None, True, CANNOT_TELL),
        (Again(20, 200), Again(24, 200), "medium", False, WORTH),  # costs no more, at most 4.2 points more
        (Again(60, 200), Again(10, 200), "high", True, NOT),
        (Again(60, 200), Again(10, 200), "high", False, CANNOT_TELL),
    ],
)
def test_the_verdict_follows_from_the_interval_the_price_and_the_risk(premium, others, risk, is_dearer, word):
    assert verdict(premium, others, risk, is_dearer=is_dearer).word == word
