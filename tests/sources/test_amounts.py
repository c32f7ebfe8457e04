"""What vendors write of amounts and instants, read exactly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payback.sources.amounts import ended

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "since"),
    [
        ({"archived_at": "2026-10-05T00:00:00Z", "expires_at": "2026-10-01T00:00:00Z"}, DAY),
        ({"archived_at": 1791158400}, DAY),
        ({"archived_at": None, "expires_at": "2026-10-05T00:00:00Z"}, DAY),
        ({"expires_at": "2026-12-05T00:00:00Z", "status": "active"}, None),
        ({"status": "archived"}, NOW),
        ({"status": "inactive"}, None),
        ({}, None),
    ],
)
def test_what_is_listed_has_ended_where_it_is_archived_or_expired(told, since):
    assert ended(told, NOW) == since
