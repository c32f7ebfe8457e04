"""FOCUS files of every version: exact sums, nothing lost, dates and NULLs as they come, no charge added twice."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.ledger.entries import Charge, Rejected
from payback.ledger.focus_columns import FOCUS_1_2
from payback.sources.files import layout
from payback.sources.focus import Given, read_row, read_rows, sums
from tests.desk import desk

GIVEN = Given("file:focus", vendor="example", what="bill.csv")
ROW = {
    "ProviderName": "Amazon Web Services, Inc.",
    "BillingAccountId": "111",
    "BillingCurrency": "USD",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
}


def charge(**cells: object) -> Charge:
    found = read_row({**ROW, **cells}, GIVEN, 2)
    assert isinstance(found, Charge), found
    return found


def refusal(**cells: object) -> str:
    found = read_row({**ROW, **cells}, GIVEN, 2)
    assert isinstance(found, Rejected), found
    assert (found.file, found.line) == ("bill.csv", 2)
    return found.why


def read(path, **said):
    return read_rows(layout.read(path).rows, Given("file:focus", what=path.name, **said))


def test_the_columns_written_are_the_57_of_version_1_2_in_alphabetical_order():
    names = [column.name for column in FOCUS_1_2]
    assert len(names) == 57
    assert names == sorted(names)


def test_the_sums_of_the_1_0_sample_are_exact():
    path = desk("data/focus/focus_1_0_sample.csv")
    found = read(path)
    assert [one for one in found if isinstance(one, Rejected)] == []
    told = {total.column: total for total in sums(found)}
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column in ("BilledCost", "EffectiveCost", "ListCost"):
        assert told[column].exact == sum(Decimal(row[column]) for row in rows)
    # data/README.md gives 20.520226728989996 and 14.976514185860001: the same sums, added as floats.
    assert (told["BilledCost"].exact, told["EffectiveCost"].exact) == (
        Decimal("20.52022672899"),
        Decimal("14.97651418586"),
    )
    charges = [one for one in found if isinstance(one, Charge)]
    assert sum(one.billed_cost for one in charges) == Decimal("20.520226729")
    assert sum(one.effective_cost for one in charges) == Decimal("14.976514186")
    assert len({one.charge_id for one in charges}) == 1000


def test_the_first_row_of_the_1_0_sample_is_told_in_full():
    first = read(desk("data/focus/focus_1_0_sample.csv"))[0]
    assert (first.vendor, first.account, first.sub_account) == ("aws", "1234567890123", "51738928782")
    assert (first.service, first.sku) == ("Amazon Simple Queue Service", "G95FST5FTYV3JSRX")
    assert first.charge_period_start == datetime(2024, 9, 18, 22, tzinfo=UTC)
    assert (first.billed_cost, first.effective_cost, first.list_cost) == (
        Decimal("0.0000008"),
        Decimal(0),
        Decimal("0.0000008"),
    )
    assert (first.quantity, first.unit, first.tags) == (2.0, "Requests", {})
    assert first.details == {
        "BillingAccountName": "SunBird",
        "BillingPeriodEnd": "2024-10-01 00:00:00",
        "BillingPeriodStart": "2024-09-01 00:00:00",
        "ChargeDescription": "$0.40 per million Amazon SQS standard requests in Tier1 in US West (Oregon)",
        "ChargeFrequency": "Usage-Based",
        "ContractedCost": "0.00000000000",
        "ContractedUnitPrice": "0.00000000000",
        "Id": "11472",
        "InvoiceIssuerName": "Amazon Web Services, Inc.",
        "ListUnitPrice": "0.0000004",
        "PricingCategory": "Standard",
        "PricingQuantity": "2.00000000000",
        "PricingUnit": "Requests",
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "RegionId": "us-west-2",
        "RegionName": "US West (Oregon)",
        "ResourceId": "arn:ats:sqs:us-test-2:347410479675:mibelllmel-i-032l64f2065481b12",
        "ServiceCategory": "Integration",
        "SkuPriceId": "G95FST5FTYV3JSRX.JRTCKXETXF.VXGXCWQKTY",
        "SubAccountName": "Atlas Nimbus",
    }


def test_all_26_worked_examples_parse_to_the_last_row():
    files = sorted(desk("data/focus/spec_saas_examples").glob("*.csv"))
    assert len(files) == 26
    for path in files:
        found = read(path, vendor="example")
        assert found, path.name
        assert [one for one in found if isinstance(one, Rejected)] == [], path.name


def test_upfront_money_and_dates_of_the_american_examples_are_read_by_their_billing_period():
    folder = desk("data/focus/spec_saas_examples")
    [upfront] = read(folder / "simple_saas_agreements_a1.csv")
    assert (upfront.billed_cost, upfront.charge_category) == (Decimal(10000), "Purchase")
    assert (upfront.charge_period_start, upfront.charge_period_end) == (
        datetime(2025, 4, 1, tzinfo=UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
    )


def test_columns_of_virtual_currency_are_kept_and_money_stays_in_the_billing_currency():
    first, _, third = read(desk("data/focus/spec_saas_examples") / "virtual_currency_pricing_model_b3.csv")
    assert (first.billed_cost, first.effective_cost, first.list_cost) == (
        Decimal(0),
        Decimal(245),
        Decimal(490),
    )
    kept = {name: text for name, text in third.details.items() if name.startswith("PricingCurrency")}
    assert kept == {
        "PricingCurrency": "Token",
        "PricingCurrencyContractedUnitPrice": "2",
        "PricingCurrencyEffectiveCost": "240",
        "PricingCurrencyListUnitPrice": "3",
    }


def test_hours_past_24_as_the_examples_hold_them_count_on_into_the_next_day():
    found = read(
        desk("data/focus/spec_saas_examples") / "commitment_discount_purchase_scenario_2.csv", vendor="x"
    )
    assert found[2].charge_period_end == datetime(2023, 2, 2, 6, tzinfo=UTC)
    assert found[2].details["ChargePeriodEnd"] == "2023-02-01T30:00:00Z"


@pytest.mark.parametrize(
    ("names", "vendor"),
    [
        ({"ProviderName": "AWS"}, "aws"),
        ({"ServiceProviderName": "OpenAI", "HostProviderName": "Microsoft"}, "openai"),
        ({"ProviderName": "Microsoft", "ServiceProviderName": "Anthropic, PBC"}, "anthropic"),
        ({"HostProviderName": "Google Cloud"}, "google"),
        ({"PublisherName": "Acme Co"}, "acme co"),
        ({}, "example"),
    ],
)
def test_who_is_paid_is_told_by_whichever_column_the_version_has(names, vendor):
    row = {name: cell for name, cell in ROW.items() if name != "ProviderName"}
    found = read_row({**row, **names}, GIVEN)
    assert found.vendor == vendor
    assert {name: found.details[name] for name in names} == names


def test_without_a_name_of_who_is_paid_the_row_says_how_to_give_one():
    row = {name: cell for name, cell in ROW.items() if name != "ProviderName"}
    assert "--set vendor=" in read_row(row, Given("file:focus")).why


def test_null_in_words_and_empty_cells_are_nothing():
    found = charge(ListCost="NULL", SubAccountId="null", InvoiceId="", Tags=None)
    assert (found.list_cost, found.sub_account, found.invoice_id, found.tags) == (None, None, None, {})
    assert set(found.details) == {"ProviderName"}


def test_tags_come_as_json_as_a_map_or_as_pairs():
    told = {"team": "search", "n": "3"}
    assert charge(Tags='{"team":"search","n":"3"}').tags == told
    assert charge(Tags=[("team", "search"), ("n", "3")]).tags == told
    assert charge(Tags={"team": "search", "n": "3"}).tags == told
    assert charge(Tags="team=search;n=3").tags == told


def test_tags_whose_values_are_no_texts_are_kept_as_they_stood():
    found = charge(Tags='{"n":3,"on":true,"none":null}')
    assert found.tags == {"n": "3", "on": "true", "none": ""}
    assert found.details["Tags"] == '{"n":3,"on":true,"none":null}'


def test_a_short_date_that_may_be_two_days_is_refused_and_one_that_cannot_is_read():
    assert "may be two days" in refusal(ChargePeriodStart="4/5/26")
    assert charge(ChargePeriodStart="4/13/26").charge_period_start == datetime(2026, 4, 13, tzinfo=UTC)


def test_a_billing_period_of_whole_months_shows_which_number_is_the_month():
    european = charge(
        BillingPeriodStart="1/4/26",
        BillingPeriodEnd="1/5/26",
        ChargePeriodStart="2/4/26",
        ChargePeriodEnd="3/4/26",
    )
    assert european.charge_period_start == datetime(2026, 4, 2, tzinfo=UTC)
    american = charge(
        BillingPeriodStart="4/1/26",
        BillingPeriodEnd="5/1/26",
        ChargePeriodStart="4/2/26",
        ChargePeriodEnd="4/3/26",
    )
    assert american.charge_period_start == datetime(2026, 4, 2, tzinfo=UTC)


def test_cells_that_are_no_amount_no_category_or_no_period_are_refused_with_their_column():
    assert refusal(BilledCost="ten").startswith("BilledCost: ")
    assert refusal(ChargeCategory="Gift").startswith("ChargeCategory 'Gift' is none of Usage")
    assert refusal(ChargePeriodEnd="2026-10-04T00:00:00Z").startswith("the charge ends (2026-10-04)")
    assert refusal(Tags="[1]").startswith("Tags: ")


def test_a_charge_told_anew_with_another_amount_or_its_invoice_has_the_same_id():
    assert charge(BilledCost="7", InvoiceId="INV-1").charge_id == charge().charge_id
    assert charge(SkuId="other").charge_id != charge().charge_id


def test_equal_rows_are_two_charges_and_of_two_files_they_are_four():
    def ids(part):
        found = read_rows([(2, ROW), (3, ROW)], Given("aws:bill", part=part))
        return [one.charge_id for one in found]

    assert len({*ids("a.csv"), *ids("b.csv")}) == 4
    assert ids("a.csv") == ids("a.csv")


def allocated(part: str, cost: str, method: str = "m") -> dict[str, str]:
    return {
        **ROW,
        "BilledCost": cost,
        "EffectiveCost": cost,
        "AllocatedMethodId": method,
        "AllocatedResourceId": part,
    }


def test_an_origin_beside_the_parts_it_was_split_into_is_not_added_to_them():
    origin = {**ROW, "BilledCost": "10", "EffectiveCost": "10"}
    found = read_rows([(2, origin), (3, allocated("a", "4")), (4, allocated("b", "6"))], GIVEN)
    assert [type(one) for one in found] == [Rejected, Charge, Charge]
    assert "its money is in them" in found[0].why
    assert sum(one.billed_cost for one in found[1:]) == Decimal(10)


def test_parts_without_their_origin_and_an_unlike_charge_beside_parts_all_count():
    other = {**ROW, "BilledCost": "11", "EffectiveCost": "11"}
    found = read_rows([(2, other), (3, allocated("a", "4")), (4, allocated("b", "6"))], GIVEN)
    assert [type(one) for one in found] == [Charge, Charge, Charge]


def test_a_charge_split_by_two_methods_counts_once():
    found = read_rows([(2, allocated("a", "10", "by cpu")), (3, allocated("b", "10", "by memory"))], GIVEN)
    assert [isinstance(one, Charge) for one in found] == [True, False]


def test_parquet_with_typed_cells_reads_like_the_text(tmp_path):
    typed = {
        **ROW,
        "ChargePeriodStart": datetime(2026, 10, 5, tzinfo=UTC),
        "ChargePeriodEnd": datetime(2026, 10, 6, tzinfo=UTC),
        "BilledCost": Decimal("1.500"),
        "EffectiveCost": 1.25,
        "Tags": [("team", "search")],
    }
    kinds = {"Tags": pa.map_(pa.string(), pa.string())}
    table = pa.table({name: pa.array([cell], kinds.get(name)) for name, cell in typed.items()})
    pq.write_table(table, tmp_path / "bill.parquet")
    [found] = read(tmp_path / "bill.parquet", vendor="example")
    assert found == charge(Tags='{"team":"search"}')


amount = st.decimals(min_value=-(10**9), max_value=10**9, places=15)


@given(st.lists(st.tuples(st.sampled_from(["USD", "EUR"]), amount, amount), min_size=1, max_size=40))
def test_charges_add_up_to_the_exact_sum_at_nine_places_in_every_currency(amounts):
    rows = [
        (
            line,
            {**ROW, "BillingCurrency": currency, "BilledCost": f"{billed:f}", "EffectiveCost": f"{spread:f}"},
        )
        for line, (currency, billed, spread) in enumerate(amounts)
    ]
    found = read_rows(rows, GIVEN)
    for place, name in ((1, "billed_cost"), (2, "effective_cost")):
        for currency in ("USD", "EUR"):
            exact = sum((one[place] for one in amounts if one[0] == currency), Decimal(0))
            held = sum((getattr(one, name) for one in found if one.currency == currency), Decimal(0))
            assert held == exact.quantize(Decimal("1e-9"))
    told = {(total.currency, total.column): total.exact for total in sums(found)}
    for currency in {one[0] for one in amounts}:
        assert told[currency, "BilledCost"] == sum(one[1] for one in amounts if one[0] == currency)
