"""Windows by day: what the first sync reads, and what a later one reads again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2

from payback.sources.http import Http, Wire
from payback.sources.source import Every, Plan

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def planned(every, told=None, marks=None):
    http = Http(
        "x", "https://x", Wire(httpx2.MockTransport(lambda _r: httpx2.Response(200)), lambda: NOW, print)
    )
    slices = list(every(Plan(told or {}, marks or {}, NOW, http)))
    return [(f"{one.since:%m-%d}", f"{one.until:%m-%d}") for one in slices]


def test_a_first_sync_reads_from_the_setting_since_in_whole_windows():
    every = Every(most=timedelta(days=3))
    assert planned(every, {"since": "2026-11-20"}) == [("11-20", "11-23"), ("11-23", "11-26")]


def test_a_later_sync_reads_again_what_may_be_restated_and_nothing_before_the_setting_since():
    every, done = Every(restated=timedelta(days=30)), {"": NOW.isoformat()}
    assert planned(every, {}, done) == [("10-26", "11-26")]
    assert planned(every, {"since": "2026-11-20"}, done) == [("11-20", "11-26")]
