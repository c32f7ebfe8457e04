"""Rules 3, 4, 5, 6 and 9: three named amounts, one authority, conservation, visible unknowns, attribution that says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.attribute import Ground
from payback.ledger.batches import table_of
from payback.ledger.intake import Batch, take_in
from payback.ledger.licences import Licences
from payback.ledger.placement import Placement
from payback.ledger.reconcile import reconcile
from payback.ledger.spend import rebuilt
from payback.ledger.tables_money import CHARGES
from payback.org.directory import Directory, Membership, Person, Span, Team
from payback.period import Period
from payback.warehouse.contract import Upsert
from tests.ledger.entries import NOW, START, books, usage

PARIS = ZoneInfo("Europe/Paris")
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
MOVED = datetime(2026, 10, 15, tzinfo=UTC)
PEOPLE = Directory(
    [Person("ana", "Ana", email="ana@example.com"), Person("bo", "Bo")],
    [Team("payments", "Payments", cost_center="CC-1"), Team("search", "Search")],
    [
        Membership("ana", "payments", Span(datetime(2026, 1, 1, tzinfo=UTC), MOVED)),
        Membership("ana", "search", Span(MOVED)),
    ],
    {("anthropic", None, "ws-search"): "search"},
)


def charge(key: str = "c1", **told):
    row = {
        "charge_id": key, "vendor": "anthropic", "account": None, "sub_account": None, "charge_category": "Usage",
        "charge_period_start": datetime(2026, 9, 30, 22, tzinfo=UTC), "charge_period_end": datetime(2026, 10, 31, 23, tzinfo=UTC),
        "billed_cost": Decimal("9.99"), "effective_cost": Decimal("9.99"), "list_cost": None, "currency": "USD",
        "tool": None, "model": None, "actor": None, "precedence": "invoice", "source": "file:bill.csv", "tags": None,
    }  # fmt: skip
    return {**row, **told}


def spent(usages, charges, directory=PEOPLE, days=OCTOBER):
    held = books(directory)
    take_in(Batch(usages=usages), held, NOW)
    if charges:
        held.warehouse.apply([Upsert("charges", table_of(CHARGES, charges, None, NOW))])
    for _ in range(2):  # deriving twice changes nothing
        held.warehouse.apply(rebuilt(held.warehouse, days, Ground(PARIS, Placement(directory)), NOW))
    return held.warehouse.read(held.warehouse.table("spend")).to_pylist()


def total(rows, basis):
    return sum((row[basis] for row in rows if row[basis] is not None), Decimal(0))


def test_requests_have_list_money_and_no_billed_of_their_own():
    (row,) = spent([usage(actor="ana@example.com")], [])
    assert (row["list"], row["billed"], row["amortised"]) == (Decimal("0.00011"), None, None)
    assert (row["team"], row["basis"]) == ("payments", "team by membership; no change linked")


def test_a_charge_is_split_over_the_requests_it_paid_for_by_list_price():
    rows = spent(
        [usage("r1", actor="ana"), usage("r2", actor="bo", model="model-b")],
        [charge(billed_cost=Decimal("0.0003"), effective_cost=Decimal("0.0003"))],
    )
    paid = {row["person"]: row["billed"] for row in rows if row["charge_id"]}
    assert sum(paid.values()) == Decimal("0.0003")
    assert {person: round(part, 6) for person, part in paid.items()} == {
        "ana": Decimal("0.0001"),
        "bo": Decimal("0.0002"),
    }


def test_a_request_that_failed_before_it_used_anything_paid_for_nothing():
    failed = usage(actor="bo", input_tokens=0, output_tokens=0, requests=0, errors=1)
    (row,) = [row for row in spent([failed], [charge(vendor="anthropic")]) if row["billed"]]
    assert (row["person"], row["tool"]) == (None, "anthropic_api")


def test_use_that_a_seat_covers_is_no_part_of_what_a_metered_bill_paid_for():
    seat = {
        "tool": "claude_code",
        "person": "ana",
        "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "valid_until": None,
    }
    ground = Ground(PARIS, Placement(PEOPLE), seats=Licences([seat], PEOPLE))
    held = books(PEOPLE)
    take_in(Batch(usages=[usage("r1", actor="ana"), usage("r2", actor="bo")]), held, NOW)
    held.warehouse.apply(
        [Upsert("charges", table_of(CHARGES, [charge(billed_cost=Decimal("0.00011"))], None, NOW))]
    )
    held.warehouse.apply(rebuilt(held.warehouse, OCTOBER, ground, NOW))
    rows = held.warehouse.read(held.warehouse.table("spend")).to_pylist()
    assert {row["person"] for row in rows if row["billed"]} == {"bo"}
    assert {row["reconciled"] for row in rows if row["person"] == "ana"} == {"seat"}


def test_a_bill_by_the_hour_pays_for_the_use_of_that_hour():
    hour = {"charge_period_start": START, "charge_period_end": START + timedelta(hours=1)}
    later = usage("r2", actor="bo", occurred_at=START + timedelta(hours=2))
    rows = spent([usage("r1", actor="ana"), later], [charge(billed_cost=Decimal("0.00011"), **hour)])
    assert {row["person"] for row in rows if row["billed"]} == {"ana"}


def test_money_that_names_no_tool_stands_under_the_vendors_api_by_the_name_that_use_has():
    names = {"aws": "bedrock", "azure": "azure_openai", "google": "vertex_ai", "mistral": "mistral_api"}
    for vendor, tool in names.items():
        (row,) = [row for row in spent([], [charge(vendor=vendor)]) if row["billed"]]
        assert row["tool"] == tool


def test_what_the_known_use_does_not_explain_of_a_bill_is_not_put_on_those_who_are_known():
    """Requests worth 0.00011 explain that much of a bill of 9.99; the rest has no team."""
    rows = [row for row in spent([usage(actor="ana")], [charge()]) if row["charge_id"]]
    assert total([row for row in rows if row["team"] == "payments"], "billed").quantize(
        Decimal("1e-8")
    ) == Decimal("0.00011")
    assert total([row for row in rows if row["team"] is None], "billed").quantize(Decimal("1e-8")) == Decimal(
        "9.98989"
    )
    assert {row["reconciled"] for row in rows} == {"explained", "unexplained"}


def test_what_nobody_can_place_stays_as_a_row_without_a_team():
    rows = spent([], [charge()])
    assert [row["team"] for row in rows if row["billed"]] == [None]
    assert rows[0]["basis"] == "team unattributed"


def test_a_seat_is_cash_on_its_day_and_a_cost_of_every_day_it_covers():
    rows = spent(
        [],
        [
            charge(
                charge_category="Purchase", actor="ana", billed_cost=Decimal(31), effective_cost=Decimal(31)
            )
        ],
    )
    assert [row["day"] for row in rows if row["billed"]] == [date(2026, 10, 1)]
    assert len(rows) == 31
    assert {row["team"] for row in rows if row["day"] < date(2026, 10, 15)} == {"payments"}
    assert {row["team"] for row in rows if row["day"] > date(2026, 10, 16)} == {"search"}


def test_a_team_move_does_not_rewrite_the_past():
    rows = spent(
        [usage("r1", actor="ana"), usage("r2", actor="ana", occurred_at=MOVED + timedelta(days=1))], []
    )
    assert sorted((row["day"], row["team"]) for row in rows) == [
        (date(2026, 10, 5), "payments"),
        (date(2026, 10, 16), "search"),
    ]


def test_a_part_of_an_account_pays_for_its_teams_requests_only():
    usages = [usage("r1", actor="ana"), usage("r2", actor="ana", occurred_at=MOVED + timedelta(days=1))]
    billed = {"billed_cost": Decimal("0.0001"), "effective_cost": Decimal("0.0001")}
    rows = spent(usages, [charge(sub_account="ws-search", **billed)])
    assert {row["team"]: row["billed"] for row in rows if row["charge_id"]} == {"search": Decimal("0.0001")}


def test_an_unpriced_request_is_a_row_with_tokens_and_no_amount():
    (row,) = spent([usage(model="nobody-knows")], [])
    assert (row["list"], row["unpriced_tokens"], row["tokens"]) == (None, 110, 110)


def test_the_higher_source_speaks_and_the_lower_adds_nothing():
    """Rule 4."""
    lower = charge("c2", precedence="usage_api", billed_cost=Decimal(8), effective_cost=Decimal(8))
    other = charge(
        "c3", vendor="openai", precedence="usage_api", billed_cost=Decimal(2), effective_cost=Decimal(2)
    )
    assert total(spent([usage()], [charge(), lower, other]), "billed") == Decimal("11.99")


def test_charges_that_do_not_count_are_set_aside_and_not_forgotten():
    found = reconcile([charge(), charge("c2", precedence="gateway")], PARIS)
    assert [one["charge_id"] for one in found.counted] == ["c1"]
    assert [one["charge_id"] for one in found.set_aside] == ["c2"]


money = st.decimals(min_value=-(10**6), max_value=10**6, places=9, allow_nan=False, allow_infinity=False)
usages = st.lists(
    st.builds(
        lambda key, model, actor, day, output: usage(
            f"r{key}", model=model, actor=actor, occurred_at=START + timedelta(days=day), output_tokens=output
        ),
        st.integers(0, 10**6),
        st.sampled_from(["model-a", "model-b", "nobody-knows"]),
        st.sampled_from(["ana", "bo", None, "somebody"]),
        st.integers(-4, 25),
        st.integers(0, 10**7),
    ),
    max_size=12,
    unique_by=lambda one: one.usage_id,
)
charged = st.lists(
    st.builds(
        lambda key, billed, effective, kind, currency, model: charge(
            f"c{key}",
            billed_cost=billed,
            effective_cost=effective,
            charge_category=kind,
            currency=currency,
            model=model,
        ),
        st.integers(0, 10**6),
        st.none() | money,
        st.none() | money,
        st.sampled_from(["Usage", "Purchase", "Credit"]),
        st.sampled_from(["USD", "EUR"]),
        st.sampled_from([None, "model-a"]),
    ),
    max_size=5,
    unique_by=lambda one: one["charge_id"],
)


@settings(max_examples=15, deadline=None)
@given(usages, charged)
def test_spend_adds_up_to_charges_exactly_in_every_currency_and_basis(some, charges):
    """Rule 5: conservation, whatever the charges, requests and people are."""
    rows = spent(some, charges)
    for currency in ("USD", "EUR"):
        for basis, column in (("billed", "billed_cost"), ("amortised", "effective_cost")):
            of_charges = sum(
                (one[column] for one in charges if one["currency"] == currency and one[column] is not None),
                Decimal(0),
            )
            assert total([row for row in rows if row["currency"] == currency], basis) == of_charges


@settings(max_examples=10, deadline=None)
@given(usages, st.sampled_from(["ana", "bo"]), st.sampled_from(["payments", "search"]))
def test_changing_teams_moves_money_and_never_makes_or_loses_it(some, person, team):
    others = Directory([Person(person, person)], [Team(team, team)], [Membership(person, team)])
    assert total(spent(some, [charge()]), "list") == total(spent(some, [charge()], others), "list")
    assert total(spent(some, [charge()], others), "billed") == Decimal("9.99")


def test_a_rule_that_parts_a_bill_from_its_use_makes_no_list_money():
    """Rule 5 for list money: the use tells it, wherever a rule puts the bill."""
    billed = charge(sub_account="ws-search", list_cost=Decimal(5))
    rows = spent([usage(actor="ana")], [billed])
    assert total(rows, "list") == Decimal("0.00011")
    assert {row["team"] for row in rows if row["billed"]} == {"search"}
    assert total(spent([], [billed]), "list") == Decimal(5)


def test_every_row_says_which_rule_placed_it():
    rows = spent([usage("r1", team="search"), usage("r2", actor="ana"), usage("r3")], [charge()])
    assert {row["basis"].partition(";")[0] for row in rows if not row["charge_id"]} == {
        "team by tag",
        "team by membership",
        "team unattributed",
    }
    assert all(row["basis"] for row in rows)


@settings(max_examples=10, deadline=None)
@given(usages, charged)
def test_amounts_are_never_mixed_and_the_unknown_is_never_nothing(some, charges):
    """Rules 3, 6 and 9: requests bring list money only, charges bring what was billed, an unpriced row keeps its tokens,
    and each row says which rule placed it.
    """
    rows = spent(some, charges)
    assert all(row["basis"] for row in rows)
    requests = [row for row in rows if row["charge_id"] is None]
    assert all(row["billed"] is None and row["amortised"] is None for row in requests)
    assert all(not row["list"] for row in rows if row["charge_id"])
    unknown = [one for one in some if one.model == "nobody-knows"]
    assert sum(row["unpriced_tokens"] for row in requests) == sum(
        one.input_tokens + one.output_tokens for one in unknown
    )
    assert all(row["list"] is None for row in requests if row["model"] == "nobody-knows")
    assert sum(row["requests"] for row in requests) == len(some)
