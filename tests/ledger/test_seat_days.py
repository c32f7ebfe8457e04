"""Seats by day, worked out by hand: money exact, use by whoever tells of it, and unknown where nobody could."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.seat_days import Book, Uses, daily, licences, seat_days
from payback.ledger.use_days import Ground, merged, who
from payback.ledger.weeks import weeks
from payback.org.directory import ALWAYS, Catalogue, Directory, Membership, Person, Span, Team, Tool
from payback.period import Period

TODAY = date(2026, 11, 25)
PEOPLE = [Person("ann", "Ann", accounts=("ann@x", "ann-gh")), Person("bob", "Bob", accounts=("bob@x",))]
MOVED = datetime(2026, 11, 10, tzinfo=UTC)
DIRECTORY = Directory(
    PEOPLE,
    [Team("red", "Red"), Team("blue", "Blue", cost_center="CC2")],
    [Membership("ann", "red", Span(ALWAYS, MOVED)), Membership("ann", "blue", Span(MOVED))],
    catalogue=Catalogue(tools=(Tool("copilot", "Copilot", purpose="coding"), Tool("cursor", "Cursor", purpose="coding"))),
)  # fmt: skip
GROUND = Ground(ZoneInfo("UTC"), DIRECTORY)


def seat(person: str | None = "ann@x", tool: str = "copilot", **told) -> dict:
    plain = {
        "seat_id": f"{tool} {person}", "tool": tool, "vendor": "github", "person": person, "plan": "business",
        "valid_from": datetime(2026, 1, 5, 9, tzinfo=UTC), "valid_until": None, "price": Decimal(30), "currency": None,
        "interval": "month", "renews_on": None, "ends_on": None, "last_active_at": None, "source": "copilot:seats",
    }  # fmt: skip
    return plain | told


def days(
    seats: list[dict], uses: Uses, since: str = "2026-11-01", until: str = "2026-12-01", **told
) -> list[dict]:
    held = licences(seats, uses, GROUND, told.pop("seen", {}), TODAY)
    book = Book(held, uses, told.pop("charged", {}), GROUND, TODAY)
    return list(seat_days(book, Period(date.fromisoformat(since), date.fromisoformat(until))))


def reported(*used: str, tool: str = "copilot", name: str = "ann") -> Uses:
    """A tool whose vendor reports since January, with the days on which one person used it."""
    told = [date.fromisoformat(day) for day in used]
    return Uses(days={(tool, name): told}, since={tool: date(2026, 1, 1)})


@settings(deadline=None)
@given(
    st.integers(0, 10**15).map(lambda n: Decimal(n).scaleb(-9)),
    st.dates(date(2020, 1, 1), date(2032, 12, 31)),
    st.sampled_from(["month", "year"]),
)
def test_the_days_of_a_month_or_year_add_up_to_the_price_exactly(price, day, interval):
    first = day.replace(day=1) if interval == "month" else day.replace(month=1, day=1)
    after = (
        (first + timedelta(days=32)).replace(day=1)
        if interval == "month"
        else first.replace(year=first.year + 1)
    )
    parts = [daily(price, interval, first + timedelta(days=n)) for n in range((after - first).days)]
    assert sum(parts) == price


def test_a_price_without_a_known_interval_is_worth_nothing_known_by_day():
    assert daily(Decimal(5), None, TODAY) is None
    assert daily(None, "month", TODAY) is None


def test_a_seat_stands_to_today_with_the_team_of_each_day():
    rows = days([seat()], reported("2026-11-20"))
    assert [row["day"] for row in rows] == [date(2026, 11, 1) + timedelta(days=n) for n in range(25)]
    assert {row["amortised"] for row in rows} == {Decimal("0.999999999")}  # 30 over 30 days
    assert [row["team"] for row in rows[8:10]] == ["red", "blue"]
    assert [row["cost_center"] for row in rows[8:10]] == [None, "CC2"]
    assert [row["is_latest"] for row in rows] == [False] * 24 + [True]
    assert rows[0]["currency"] == "USD"


def test_active_and_idle_look_back_28_and_30_days():
    rows = {row["day"].isoformat(): row for row in days([seat()], reported("2026-10-10"), "2026-10-01")}
    seen = {day: (rows[day]["active_28"], rows[day]["idle_30"]) for day in rows}
    assert seen["2026-10-09"] == (False, True)
    assert seen["2026-10-10"] == (True, False)
    assert seen["2026-11-06"] == (True, False)  # the 28th day
    assert seen["2026-11-07"] == (False, False)
    assert seen["2026-11-08"] == (False, False)  # the 30th day
    assert seen["2026-11-09"] == (False, True)
    assert rows["2026-10-09"]["last_used"] is None
    assert rows["2026-11-09"]["last_used"] == date(2026, 10, 10)


def test_a_seat_is_not_idle_before_it_was_held_for_30_days_nor_where_it_costs_nothing():
    new = seat(valid_from=datetime(2026, 10, 10, tzinfo=UTC))
    rows = {row["day"].isoformat(): row["idle_30"] for row in days([new], reported())}
    assert (rows["2026-11-07"], rows["2026-11-08"]) == (False, True)
    assert {row["idle_30"] for row in days([seat(price=Decimal(0))], reported())} == {False}


@pytest.mark.parametrize(
    ("uses", "last_active", "told"),
    [
        (Uses(), None, (None, None)),  # nobody tells of anything
        (Uses(since={"copilot": date(2026, 11, 20)}), None, (None, None)),  # reports begin too late
        (Uses(since={"copilot": date(2026, 10, 27)}), None, (False, True)),
        (Uses(), datetime(2026, 11, 24, tzinfo=UTC), (True, False)),
        (Uses(), datetime(2026, 9, 1, tzinfo=UTC), (False, True)),
    ],
)
def test_what_nobody_could_tell_is_unknown_and_not_idle(uses, last_active, told):
    row = days([seat(last_active_at=last_active)], uses)[-1]
    assert (row["active_28"], row["idle_30"]) == told


def test_use_told_later_than_a_day_says_nothing_of_that_day():
    rows = days([seat(last_active_at=datetime(2026, 11, 20, tzinfo=UTC))], Uses())
    by_day = {row["day"].day: (row["active_28"], row["last_used"]) for row in rows}
    assert by_day[19] == (None, None)
    assert by_day[20] == (True, date(2026, 11, 20))


def test_the_logs_of_one_machine_make_nobody_else_idle():
    logs = Uses(days={("copilot", "ann"): [date(2026, 11, 20)]})
    rows = [row for row in days([seat(), seat("bob@x")], logs) if row["is_latest"]]
    assert [(row["person"], row["active_28"], row["idle_30"]) for row in rows] == [
        ("ann", True, False), ("bob", None, None),
    ]  # fmt: skip


def test_a_seat_that_ended_stands_until_the_day_before_and_one_nobody_dated_since_it_was_seen():
    gone = seat(valid_until=datetime(2026, 11, 4, 15, tzinfo=UTC))
    assert [row["day"].day for row in days([gone], Uses())] == [1, 2, 3]
    undated = seat(valid_from=ALWAYS)
    assert [row["day"] for row in days([undated], Uses())] == [TODAY]
    told = Uses(first={("copilot", "ann"): date(2026, 11, 23)})
    assert [row["day"].day for row in days([undated], told)] == [23, 24, 25]
    seen = {("copilot", "ann@x"): date(2026, 11, 24)}
    assert [row["day"].day for row in days([undated], Uses(), seen=seen)] == [24, 25]


def test_an_account_told_by_two_sources_is_one_seat_the_priced_one():
    twice = [seat(seat_id="a", price=None), seat(seat_id="b"), seat("ANN@x", seat_id="c", price=None)]
    assert {row["seat_id"] for row in days(twice, Uses())} == {"b"}
    two_accounts = [seat(), seat("ann-gh")]
    assert len([row for row in days(two_accounts, Uses()) if row["is_latest"]]) == 2


def test_seats_without_a_price_share_the_tools_seat_charges_exactly():
    unpriced = [seat(name, price=None) for name in ("ann@x", "bob@x", None)]
    charged = {("copilot", TODAY): (Decimal("0.10"), "EUR")}
    rows = [row for row in days([*unpriced, seat("cat@x")], Uses(), charged=charged) if row["is_latest"]]
    assert sum(row["amortised"] for row in rows[:3]) == Decimal("0.10")
    assert [(row["currency"], row["priced_by"]) for row in rows] == [("EUR", "charges")] * 3 + [
        ("USD", "seat")
    ]
    assert rows[0]["amortised"] == Decimal("0.033333333")


def test_the_tool_used_more_serves_a_purpose_and_of_two_alike_the_cheaper_one():
    both = [seat(), seat(tool="cursor", price=Decimal(60)), seat("bob@x", tool="cursor")]
    used = Uses(
        days={("cursor", "ann"): [date(2026, 11, 20), date(2026, 11, 21)], ("copilot", "ann"): [TODAY]}
    )
    rows = {
        (row["tool"], row["person"]): row.get("duplicate_of") for row in days(both, used) if row["is_latest"]
    }
    assert rows == {("copilot", "ann"): "cursor", ("cursor", "ann"): None, ("cursor", "bob"): None}
    rows = {row["tool"]: row.get("duplicate_of") for row in days(both[:2], Uses()) if row["is_latest"]}
    assert rows == {"copilot": None, "cursor": "copilot"}


def day(**told) -> dict:
    plain = {
        "day": TODAY,
        "who": "ann",
        "tool": "copilot",
        "team": "red",
        "source": "a",
        "active": True,
        "requests": 0,
    }
    return plain | told


def test_two_sources_of_one_day_are_not_added_up_and_two_accounts_of_one_source_are():
    rows = list(
        merged(
            [
                day(suggestions=10, acceptances=2, requests=3),
                day(suggestions=5, acceptances=1, active=None),
                day(source="b", suggestions=12, acceptances=2, lines_added=7),
            ]
        )
    )
    told = [(row["source"], row["suggestions"], row["acceptances"], row.get("lines_added")) for row in rows]
    assert told == [("a", 15, 3, None), ("b", None, None, 7)]
    assert rows[0]["requests"] == 3
    assert rows[0]["active"] is True


def test_addresses_are_one_account_however_they_are_written():
    assert who(None, "Ann@X") == who(None, "ann@x") == "ann@x"
    assert (who("ann", "x"), who(None, "Octo-Dev"), who(None, None)) == ("ann", "Octo-Dev", None)


def test_a_habit_is_three_days_in_three_of_four_weeks():
    monday = date(2026, 11, 2)
    used = [
        monday + timedelta(weeks=week, days=day)
        for week, count in enumerate((3, 3, 2, 3))
        for day in range(count)
    ]
    found = list(weeks({"who": "ann", "tool": "copilot", "day": day} for day in used))
    assert [row["habitual"] for row in found] == [False, False, False, True]
    assert [row["days"] for row in found] == [3, 3, 2, 3]
