"""Charges as FOCUS 1.2 and back: nothing made, nothing lost, every rule that can be stated row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.batches import row_of
from payback.ledger.entries import Charge
from payback.ledger.focus import Bill, rows
from payback.ledger.focus_columns import FOCUS_1_2
from payback.ledger.focus_sheet import NAMES, as_csv, as_parquet
from payback.money import shares, split
from payback.sources.files import layout
from payback.sources.focus import Given, read_rows

PARIS = ZoneInfo("Europe/Paris")
START = datetime(2026, 10, 4, 22, tzinfo=UTC)
METERED = Charge(
    charge_id="c-1",
    vendor="openai",
    charge_period_start=START,
    charge_period_end=START + timedelta(days=1),
    source="openai:costs",
    precedence="billing_api",
    account="org-1",
    sub_account="proj-1",
    sku="gpt-5, input",
    model="gpt-5",
    billed_cost=Decimal("2.5"),
    effective_cost=Decimal("2.5"),
    list_cost=Decimal(4),
    quantity=1_000_000.0,
    unit="tokens",
    tags={"team": "search"},
)
SEAT = Charge(
    charge_id="c-2",
    vendor="cursor",
    charge_period_start=datetime(2026, 9, 30, 22, tzinfo=UTC),
    charge_period_end=datetime(2026, 10, 31, 23, tzinfo=UTC),
    source="file:charges",
    precedence="invoice",
    charge_category="Purchase",
    tool="cursor",
    billed_cost=Decimal(40),
    effective_cost=Decimal(40),
    quantity=1.0,
    unit="seats",
    invoice_id="INV-1",
    actor="ana@example.com",
)


def written(charge, placed=(), *, names_people=True):
    return rows(Bill.of(row_of(charge), PARIS), placed, names_people=names_people)


def place(billed, amortised, **where):
    names = (
        "tool",
        "model",
        "team",
        "person",
        "cost_center",
        "workflow",
        "task_type",
        "environment",
        "owner",
    )
    return {
        **dict.fromkeys(names),
        "billed": billed,
        "amortised": amortised,
        "tokens": None,
        "requests": None,
        **where,
    }


def test_metered_use_has_a_price_per_unit_and_says_where_it_was_placed():
    placed = [
        place(
            Decimal("1.5"),
            Decimal("1.5"),
            team="search",
            workflow="triage",
            owner="ana",
            tokens=700,
            model="gpt-5",
        ),
        place(
            Decimal(1), Decimal(1), team="pay", environment="production", cost_center="CC-1", model="gpt-5"
        ),
    ]
    first, second = written(METERED, placed)
    assert (first["BilledCost"], first["ListCost"], first["ContractedCost"]) == (
        Decimal("1.5"),
        Decimal("2.4"),
        Decimal("1.5"),
    )
    assert (first["ConsumedQuantity"], first["ConsumedUnit"]) == (Decimal(600_000), "Tokens")
    assert first["ContractedUnitPrice"] == Decimal("0.0000025")
    assert json.loads(first["Tags"]) == {"team": "search", "workflow": "triage", "owner": "ana"}
    assert json.loads(second["Tags"]) == {"team": "pay", "environment": "production", "cost_center": "CC-1"}
    assert (first["x_Team"], first["x_Tokens"], first["x_Model"]) == ("search", 700, "gpt-5")
    assert (first["BillingPeriodStart"], first["BillingPeriodEnd"]) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 23, tzinfo=UTC),
    )


def test_a_seat_is_bought_in_one_row_and_used_in_another():
    bought, used = written(SEAT)
    assert (bought["ChargeCategory"], bought["BilledCost"], bought["EffectiveCost"]) == ("Purchase", 40, 0)
    assert (used["ChargeCategory"], used["BilledCost"], used["EffectiveCost"]) == ("Usage", 0, 40)
    assert (bought["ListCost"], used["ListCost"], used["PricingQuantity"]) == (0, 40, 1)
    assert (bought["InvoiceId"], used["InvoiceId"]) == ("INV-1", "INV-1")


def test_who_may_not_see_people_gets_no_names():
    told = "".join(
        map(str, written(SEAT, [place(Decimal(40), Decimal(40), person="ana")], names_people=False))
    )
    assert "ana" not in told
    assert "INV-1" in told


def test_tax_has_no_price_and_credits_need_none():
    tax = Charge(
        charge_id="t", vendor="aws", charge_period_start=START, charge_period_end=START + timedelta(days=1),
        source="s", precedence="invoice", charge_category="Tax", billed_cost=Decimal(3), sku="VAT", quantity=1.0,
    )  # fmt: skip
    [row] = written(tax)
    empty = ("SkuId", "SkuPriceId", "PricingQuantity", "PricingUnit", "PricingCategory", "ListUnitPrice")
    assert [row[name] for name in empty] == [None] * 6
    assert row["EffectiveCost"] == 3


def test_columns_come_in_the_order_of_the_specification_and_ours_last():
    assert NAMES[:57] == tuple(column.name for column in FOCUS_1_2)
    assert all(name.startswith("x_") for name in NAMES[57:])
    assert list(NAMES[57:]) == sorted(NAMES[57:])


def test_numbers_have_a_point_and_no_exponent():
    text = as_csv(
        written(Charge(**{**vars_of(METERED), "billed_cost": Decimal("4E+1"), "quantity": 1e16}))
    ).decode()
    assert ",40.0," in text
    assert ",10000000000000000.0," in text


def test_a_text_that_a_spreadsheet_would_run_is_kept_from_it():
    text = as_csv(written(Charge(**{**vars_of(METERED), "sub_account": "=cmd()"}))).decode()
    assert ",'=cmd()," in text


def vars_of(charge):
    return {name: getattr(charge, name) for name in Charge.__slots__}


words = st.none() | st.text("abcäß=+-'\"{},;.7 ", min_size=1, max_size=8)
money = st.none() | st.decimals(min_value=-(10**6), max_value=10**6, places=9)
pairs = st.dictionaries(st.text("abc_", min_size=1, max_size=5), st.text("xyz=' {}", max_size=5), max_size=3)
AS_IN_BILLS = [
    "PricingQuantity",
    "ListUnitPrice",
    "BillingPeriodStart",
    "RegionName",
    "Id",
    "x_Other",
    "ContractedCost",
]
details = st.dictionaries(
    st.sampled_from(AS_IN_BILLS), st.text("0123456789./$a", min_size=1, max_size=8), max_size=4
)


@st.composite
def charges(draw):
    start = START + draw(st.timedeltas(timedelta(days=-500), timedelta(days=100)))
    return Charge(
        charge_id=draw(st.uuids()).hex,
        vendor=draw(st.sampled_from(["openai", "acme co", "aws"])),
        charge_period_start=start,
        charge_period_end=start + draw(st.timedeltas(timedelta(seconds=1), timedelta(days=400))),
        source="s:costs",
        precedence=draw(st.sampled_from(["invoice", "entered", "billing_api"])),
        currency=draw(st.sampled_from(["USD", "EUR"])),
        charge_category=draw(st.sampled_from(["Usage", "Purchase", "Tax", "Credit", "Adjustment"])),
        charge_class=draw(st.sampled_from([None, "Correction"])),
        **{
            name: draw(words)
            for name in ("account", "sub_account", "service", "sku", "tool", "model", "unit")
        },
        **{name: draw(words) for name in ("invoice_id", "actor", "api_key")},
        **{name: draw(money) for name in ("billed_cost", "effective_cost", "list_cost")},
        quantity=draw(st.none() | st.floats(-1e9, 1e9)),
        tags=draw(pairs),
        details=draw(details),
    )


@st.composite
def attributed(draw):
    charge = draw(charges())
    weights = draw(st.lists(st.integers(0, 100), min_size=1, max_size=4))
    parts = shares(weights)
    cash, spread = (
        [None] * len(parts) if amount is None else split(amount, parts)
        for amount in (charge.billed_cost, charge.effective_cost)
    )
    teams = st.sampled_from([None, "search", "pay"])
    places = [
        place(one, other, team=draw(teams), model=draw(words), person=draw(words), basis="rule")
        for one, other in zip(cash, spread, strict=True)
    ]
    return charge, places


@pytest.mark.parametrize(("form", "ending"), [(as_csv, ".csv"), (as_parquet, ".parquet")])
@settings(max_examples=60, deadline=None)
@given(st.lists(attributed(), min_size=1, max_size=5, unique_by=lambda told: told[0].charge_id))
def test_reading_our_own_file_gives_the_same_charges(form, ending, tmp_path_factory, told):
    file = tmp_path_factory.mktemp("focus") / f"out{ending}"
    file.write_bytes(form([row for charge, places in told for row in written(charge, places)]))
    found = read_rows(layout.read(file).rows, Given("file:focus"))
    assert {one.charge_id: one for one in found} == {charge.charge_id: charge for charge, _ in told}


@settings(max_examples=100, deadline=None)
@given(attributed())
def test_every_row_holds_what_focus_asks_of_a_row(told):
    charge, places = told
    found = written(charge, places)
    assert sum(row["BilledCost"] for row in found) == (charge.billed_cost or 0)
    if charge.effective_cost is not None:
        assert sum(row["EffectiveCost"] for row in found) == charge.effective_cost
    for row in found:
        for column in FOCUS_1_2:
            if column.level == "Mandatory" and not column.is_nullable:
                assert row[column.name] is not None, column.name
        assert row["ChargeCategory"] != "Purchase" or row["EffectiveCost"] == 0
        if row["ChargeCategory"] in {"Usage", "Purchase"}:
            assert None not in (row["PricingQuantity"], row["PricingUnit"], row["SkuId"], row["SkuPriceId"])
        if not {"PricingQuantity", "ListUnitPrice", "ContractedCost"} & set(charge.details):
            _has_prices_that_multiply_up(row)


def _has_prices_that_multiply_up(row):
    quantity = row.get("PricingQuantity")
    for price, cost in (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")):
        if quantity is not None and row.get(price) is not None:
            off = abs(row[price] * quantity - row[cost])
            assert off <= Decimal("1e-9") * max(abs(row[cost]), 1)
