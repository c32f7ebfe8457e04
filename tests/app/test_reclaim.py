"""Adoption of a connected company: derived for the days that changed, and the seats that can be given back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app import derivation
from payback.app.reclaim import a_month, next_renewal
from payback.metrics.question import Query
from payback.period import Period
from tests.sources.copilot.github import GitHub, person
from tests.sources.installation import NOW, opened, rows, synced

TOLD = """
[sources.copilot]
key = "env:VENDOR_KEY"
enterprise = "acme"
since = 2026-09-01
streams = ["seats", "metrics"]
seat_price = "30"
"""
ORGANISATION = """
[[people]]
id = "ann"
name = "Ann"
accounts = ["octo-dev"]
team = "red"

[[teams]]
id = "red"
name = "Red"
"""
A_DAY = Decimal("0.999999999")  # 30 over 30 days, the last one taking what is left
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
TODAY = NOW.date()
FINANCE = Scope.everything("finance")
LEAD = Scope.everything("a test", may_see_people=True)


def reported(days: int = 60) -> dict:
    """A report for every day, so that who is in none is known to be idle."""
    told = {}
    for back in range(2, days):
        day = (TODAY - timedelta(days=back)).isoformat()
        told[day] = [person(day, "octo-dev")]
    return told


@pytest.fixture
def vendor():
    found = GitHub()
    found.reports = reported()
    found.seats = [
        {"created_at": "2026-03-01T09:00:00Z", "assignee": {"login": f"idle-{n}", "id": n}} for n in range(6)
    ] + found.seats[:2]
    return found


def up(app) -> bool:
    synced(app, "copilot")
    return derivation.bring_up_to_date(app)


def totals(app, *metrics: str, scope: Scope = LEAD) -> dict:
    found = app.answer(Query(metrics, NOVEMBER), scope).totals
    return {name: figure.value for name, figure in found.items()}


def test_seats_and_use_follow_from_what_the_vendor_reports(tmp_path, vendor):
    with opened(tmp_path / "home", TOLD + ORGANISATION, vendor) as app:
        assert up(app)
        assert totals(app, "seats_assigned", "seats_active", "seats_idle", "active_users", "habitual_users") == {
            "seats_assigned": 8, "seats_active": 1, "seats_idle": 7, "active_users": 1, "habitual_users": 1,
        }  # fmt: skip
        # 25 days of November so far, seven idle seats
        assert totals(app, "idle_seat_spend", "acceptance_rate") == {
            "idle_seat_spend": 175 * A_DAY, "acceptance_rate": Decimal("0.4"),
        }  # fmt: skip
        by_team = app.answer(Query(("seats_assigned",), NOVEMBER, by=("team",)), LEAD)
        assert {row.keys["team"]: row["seats_assigned"] for row in by_team.rows} == {"red": 1, None: 7}


def test_nothing_is_derived_where_nothing_changed_and_only_new_days_after_a_night(tmp_path, vendor):
    home = tmp_path / "home"
    with opened(home, TOLD, vendor) as app:
        assert up(app)
        before = rows(app, "seat_days")
        assert not up(app)
        assert rows(app, "seat_days") == before
        written = {row["day"]: row["synced_at"] for row in _read(app)}
    with opened(home, TOLD, vendor, NOW + timedelta(days=1)) as app:
        assert up(app)
        after = {row["day"]: row["synced_at"] for row in _read(app)}
        assert max(after) == TODAY + timedelta(days=1)
        assert [day for day, at in after.items() if written.get(day) != at] == [
            TODAY,
            TODAY + timedelta(days=1),
        ]
        assert rows(app, "seat_days", "is_latest").count((True,)) == 8


def _read(app) -> list[dict]:
    table = app.warehouse.table("seat_days")
    return app.warehouse.read(table.select("day", "synced_at").distinct().order_by("day")).to_pylist()


def test_a_late_report_a_seat_taken_back_and_a_price_told_later_change_what_they_touch(tmp_path, vendor):
    home = tmp_path / "home"
    with opened(home, TOLD.replace('seat_price = "30"\n', ""), vendor) as app:
        up(app)
        assert totals(app, "idle_seat_spend") == {"idle_seat_spend": None}
    with opened(home, TOLD, vendor) as app:
        up(app)
        assert totals(app, "idle_seat_spend") == {"idle_seat_spend": 175 * A_DAY}
        day = (TODAY - timedelta(days=3)).isoformat()
        vendor.reports[day] = [person(day, "octo-dev"), person(day, "idle-0")]
        vendor.seats = [seat for seat in vendor.seats if (seat["assignee"] or {}).get("login") != "idle-1"]
        assert up(app)
        assert totals(app, "seats_assigned", "seats_idle", "active_users") == {
            "seats_assigned": 7, "seats_idle": 5, "active_users": 2,
        }  # fmt: skip
        # idle-0 idle on 21 days, idle-1 gone today: 24, five others 25
        assert totals(app, "idle_seat_spend") == {"idle_seat_spend": (21 + 24 + 5 * 25) * A_DAY}


def test_a_person_matched_later_takes_their_past_use_and_seats_along(tmp_path, vendor):
    home = tmp_path / "home"
    with opened(home, TOLD, vendor) as app:
        up(app)
        assert {row[0] for row in rows(app, "use_days", "team")} == {None}
    with opened(home, TOLD + ORGANISATION, vendor) as app:
        assert derivation.bring_up_to_date(app)
        assert {row[0] for row in rows(app, "use_days", "who")} == {"ann"}
        assert {row for row in rows(app, "seat_days", "person", "team") if row[0]} == {("ann", "red")}
        assert not derivation.bring_up_to_date(app)


def test_the_reclaim_list_names_holders_for_those_who_may_see_people_and_leaves_cancelled_seats_out(
    tmp_path, vendor
):
    with opened(tmp_path / "home", TOLD, vendor) as app:
        up(app)
        found = app.reclaimable(LEAD)
        assert [one.holder for one in found] == [
            f"idle-{n}" for n in range(6)
        ]  # idle-dev is cancelled already
        assert {(one.tool, one.a_month, one.renews_on, one.currency) for one in found} == {
            ("copilot", Decimal(30), date(2026, 12, 1), "USD")
        }
        (together,) = app.reclaimable(FINANCE)
        assert (together.holder, together.team, together.seats, together.a_month) == (
            None,
            None,
            6,
            Decimal(180),
        )
        assert app.reclaimable(Scope.nothing("nobody")) == []


def test_a_small_teams_idle_seats_are_folded(tmp_path, vendor):
    vendor.seats = vendor.seats[3:]
    with opened(tmp_path / "home", TOLD, vendor) as app:
        up(app)
        assert [(one.team, one.seats) for one in app.reclaimable(FINANCE)] == [("(folded)", 3)]


def test_a_cancellation_taken_back_makes_a_seat_reclaimable_again(tmp_path, vendor):
    with opened(tmp_path / "home", TOLD, vendor) as app:
        up(app)
        vendor.seats[-1] = {**vendor.seats[-1], "pending_cancellation_date": None}
        up(app)
        assert "idle-dev" in {one.holder for one in app.reclaimable(LEAD)}


def test_prices_and_renewals_of_years_and_months():
    assert a_month(Decimal(120), "year") == Decimal(10)
    assert a_month(Decimal(10), "month") == Decimal(10)
    assert a_month(Decimal(10), None) is None
    assert next_renewal(None, "month", TODAY) == date(2026, 12, 1)
    assert next_renewal(None, "year", TODAY) is None
    assert next_renewal(date(2025, 3, 31), "year", TODAY) == date(2027, 3, 31)
    assert next_renewal(date(2026, 1, 31), "month", TODAY) == date(2026, 11, 30)
    assert next_renewal(date(2027, 1, 1), None, TODAY) == date(2027, 1, 1)
    assert next_renewal(date(2026, 1, 1), None, TODAY) is None


def test_a_seat_that_the_vendor_says_was_used_is_not_idle(tmp_path, vendor):
    vendor.seats[0] = {**vendor.seats[0], "last_activity_at": datetime(2026, 11, 20, tzinfo=UTC).isoformat()}
    with opened(tmp_path / "home", TOLD, vendor) as app:
        up(app)
        assert "idle-0" not in {one.holder for one in app.reclaimable(LEAD)}
