"""Rule 4: one authoritative source of money for each vendor, account and stretch; the lower split it and add nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.reconcile import PRECEDENCE, reconcile
from tests.ledger.test_spend import PARIS, charge, spent, total, usage


def utc(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


def daily(key: str, month: int, day: int, **told):
    return charge(
        key, charge_period_start=utc(month, day), charge_period_end=utc(month, day) + timedelta(days=1),
        precedence="billing_api", **told,
    )  # fmt: skip


def counted(*charges):
    return {one["charge_id"] for one in reconcile(charges, PARIS).counted}


def test_an_invoice_of_a_month_speaks_for_its_days_and_not_for_the_next_month():
    october, november = daily("d1", 10, 31), daily("d2", 11, 1)
    assert counted(charge("i"), october, november) == {"i", "d2"}


def test_a_bill_from_the_fifteenth_speaks_for_both_halves_of_its_period():
    bill = charge("i", charge_period_start=utc(10, 15), charge_period_end=utc(11, 15))
    assert counted(bill, daily("d1", 10, 3), daily("d2", 11, 14), daily("d3", 11, 15)) == {"i", "d3"}


def test_accounts_are_apart_and_a_bill_without_an_account_speaks_for_all():
    of_a, of_b = daily("a", 10, 2, account="A"), daily("b", 10, 2, account="B")
    assert counted(charge("i", account="A"), of_a, of_b) == {"i", "b"}
    assert counted(charge("i"), of_a, of_b) == {"i"}


def test_seats_and_metered_use_are_reconciled_apart_and_seats_tool_by_tool():
    contract = charge("s", charge_category="Purchase", tool="claude", precedence="entered")
    other = charge("t", charge_category="Purchase", tool="claude_code", precedence="entered")
    bill = charge("p", charge_category="Purchase", tool="claude")
    assert counted(contract, other, bill, daily("d", 10, 2)) == {"t", "p", "d"}


def test_a_year_of_seats_on_an_invoice_replaces_what_was_entered_for_each_month():
    year = charge("y", charge_category="Purchase", charge_period_end=utc(10, 1).replace(year=2027))
    later = charge("m", charge_category="Purchase", precedence="entered", charge_period_start=utc(12, 1), charge_period_end=utc(12, 31))  # fmt: skip
    assert counted(year, later) == {"y"}


def test_the_lower_bill_says_where_the_higher_one_belongs():
    """The invoice knows a total, the cost API knows workspaces: the invoice's money goes where the API's went."""
    api = [
        daily("a", 10, 2, sub_account="ws-search", billed_cost=Decimal(3), effective_cost=Decimal(3)),
        daily("b", 10, 2, sub_account="ws-other", billed_cost=Decimal(7), effective_cost=Decimal(7)),
    ]
    rows = [
        row
        for row in spent([], [charge("i", billed_cost=Decimal(10), effective_cost=Decimal(10)), *api])
        if row["billed"]
    ]
    assert {row["charge_id"] for row in rows} == {"i"}
    by_team = {
        team: total([row for row in rows if row["team"] == team], "billed") for team in ("search", None)
    }
    assert by_team == {"search": Decimal(3), None: Decimal(7)}


def test_a_day_of_utc_is_that_date_in_the_organisations_zone():
    rows = spent([], [daily("d", 10, 5, billed_cost=Decimal(2), effective_cost=Decimal(2))])
    assert {row["day"].isoformat() for row in rows} == {"2026-10-05"}


def test_requests_of_a_utc_day_are_paid_by_the_bill_of_that_day_whatever_day_it_is_here():
    late = usage("r1", actor="ana", occurred_at=datetime(2026, 10, 5, 23, 30, tzinfo=UTC))
    other = usage("r2", actor="bo", occurred_at=datetime(2026, 10, 6, 12, tzinfo=UTC))
    cost = Decimal("0.00011")
    rows = spent([late, other], [daily("d", 10, 5, billed_cost=cost, effective_cost=cost)])
    assert [(row["person"], row["day"].day, row["billed"]) for row in rows if row["charge_id"]] == [
        ("ana", 6, cost)
    ]


def test_a_line_tagged_with_a_team_pays_for_that_teams_use_and_no_other():
    cost = Decimal("0.00011")
    use = [usage("r1", actor="ana"), usage("r2", team="search")]
    rows = spent(use, [daily("d", 10, 5, billed_cost=cost, effective_cost=cost, tags=[("team", "search")])])
    assert {row["team"]: row["billed"] for row in rows if row["charge_id"]} == {"search": cost}


@settings(max_examples=8, deadline=None)
@given(
    st.permutations(
        [usage("r1", actor="ana"), usage("r2", actor="bo", model="model-b"), usage("r3", team="search")]
    )
)
def test_the_order_in_which_requests_were_told_changes_nothing(use):
    told = [{**row, "synced_at": None} for row in spent(list(use), [charge()])]
    assert sorted(told, key=lambda row: row["spend_id"]) == sorted(
        ({**row, "synced_at": None} for row in spent(sorted(use, key=lambda one: one.usage_id), [charge()])),
        key=lambda row: row["spend_id"],
    )


charges = st.lists(
    st.tuples(
        st.sampled_from(PRECEDENCE),
        st.sampled_from([None, "A", "B"]),
        st.integers(1, 28),
        st.decimals(min_value=-100, max_value=1000, places=9),
        st.sampled_from(["Usage", "Purchase", "Tax"]),
    ),
    max_size=8,
)


@settings(max_examples=12, deadline=None)
@given(charges)
def test_spend_is_the_sum_of_the_charges_that_count_and_a_lower_source_adds_nothing(some):
    """Rules 4 and 5."""
    held = [
        charge(
            f"c{index}", precedence=precedence, account=account, charge_period_start=utc(10, day),
            charge_period_end=utc(10, day) + timedelta(days=1), billed_cost=amount, effective_cost=amount,
            charge_category=category,
        )
        for index, (precedence, account, day, amount, category) in enumerate(some)
    ]  # fmt: skip
    found = reconcile(held, PARIS)
    assert len(found.counted) + len(found.set_aside) == len(held)
    assert total(spent([usage()], held), "billed") == sum(
        (one["billed_cost"] for one in found.counted), Decimal(0)
    )
