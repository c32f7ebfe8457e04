"""Keys of tickets are found where people write them, and words that only look like one are left alone."""

from __future__ import annotations

import pytest

from payback.delivery.ticket_keys import keys_named


@pytest.mark.parametrize(
    ("texts", "branch", "keys"),
    [
        (["PAY-17: export", None, "closes OPS-3, PAY-17."], None, ("PAY-17", "OPS-3")),
        (["(PAY-17) [A1-2]"], None, ("PAY-17", "A1-2")),
        ([], "feature/pay-17-export", ("PAY-17",)),
        ([], "PAY-17", ("PAY-17",)),
        ([], "ana/pay-17_then_pay-18", ("PAY-17", "PAY-18")),
        (["pay-17", "XPAY-017", "sub-PAY-17", "PAY-17-b", "PAY-"], "main", ()),
        ([], "release-2026", ("RELEASE-2026",)),
    ],
)
def test_keys_are_found_in_texts_and_branches(texts, branch, keys):
    assert keys_named(texts, branch) == keys
