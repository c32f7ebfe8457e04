"""Whole Arrow tables: the same amounts as one by one, unknown as NULL, nothing lost at the edges."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.tables_usage import USAGE
from payback.prices.card import Units, nano, prompt_size
from payback.prices.listed.source import version
from payback.prices.scalar import Card, found
from payback.prices.shelf import public
from payback.prices.table import READ, price, priced
from payback.prices.tier import Tier
from payback.prices.unpriced import unpriced
from tests.prices.invented import INSTANT, WHILE_LONG_PROMPTS_COST_MORE, row, table, with_book

MODELS = [
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-opus-4-6"),
    ("anthropic", "claude-opus-4-8"),
    ("aws", "eu.anthropic.claude-opus-4-5-20251101-v1:0"),
    ("openai", "gpt-5.6-sol"),
    ("google", "gemini-2.5-pro"),
    ("deepseek", "deepseek-chat"),
    ("huggingface_together", "deepseek-ai/DeepSeek-V4-Flash-0731"),
    ("perplexity", "sonar-deep-research"),
    ("voyageai", "voyage-3"),
    (None, "a-model-nobody-lists"),
    (None, None),
]
TOKENS = st.one_of(
    st.integers(0, 5), st.integers(0, 400_000), st.sampled_from([200_000, 200_001, 10**12, 10**15])
)
ROWS = st.builds(
    lambda named, instant, counts, tier, shape, window: row(
        *named,
        dict(zip(Units._fields, counts, strict=True)),
        occurred_at=instant.replace(tzinfo=UTC),
        service_tier=tier[0],
        speed=tier[1],
        region=tier[2],
        bucket_seconds=shape[0],
        quality=shape[1],
        context_window=window,
    ),
    st.sampled_from(MODELS),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)),  # noqa: DTZ001 - hypothesis wants them without a zone
    st.tuples(*[TOKENS] * 5, st.integers(0, 5), st.integers(0, 3), st.integers(0, 3)),
    st.tuples(
        st.sampled_from([None, "standard", "batch", "priority"]),
        st.sampled_from([None, "fast"]),
        st.sampled_from([None, "us", "not_available"]),
    ),
    st.sampled_from([(0, "exact"), (3600, "exact"), (0, "session_total")]),
    st.sampled_from([None, "0-200k", "200k-1M", "1M-10M"]),
)


def one_by_one(each):
    """What `scalar` says of a row: amount or None, and price_book."""
    units = Units(*(each[name] for name in Units._fields))
    if not any(units):
        return Decimal(0), "nothing to price"
    card = found(
        each["vendor"],
        each["model"],
        each["occurred_at"],
        Tier(each["service_tier"], each["speed"], each["region"]),
    )
    if not isinstance(card, Card):
        return None, f"unpriced: {card.why}"
    sized = each["bucket_seconds"] == 0 and each["quality"] != "session_total"
    window = each["context_window"]
    size = prompt_size(units, sized=sized, context_window=window)
    band = 0 if size is None else card.band(size)
    amount = card.price(units, sized=sized, context_window=window)
    label = card.label(band, sized=size is not None)
    if amount is None:
        return None, f"unpriced: no rate for {card.unknown(units, band)} in {label}"
    if nano(amount) >= 10**9:
        return None, "unpriced: the amount is more than one row can hold"
    return nano(amount), label


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, max_size=12))
def test_a_table_is_priced_as_its_rows_are_one_by_one(rows):
    answer = price(table(*rows), public())
    assert list(zip(answer["list_usd"].to_pylist(), answer["price_book"].to_pylist(), strict=True)) == [
        one_by_one(each) for each in rows
    ]
    assert answer["priced"].to_pylist() == [amount is not None for amount in answer["list_usd"].to_pylist()]


@settings(max_examples=30, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_and_the_cutting_of_rows_change_no_amount(rows, random):
    mixed = random.sample(rows, len(rows))
    pieces = pa.concat_tables([table(each) for each in mixed])
    whole = dict(zip(map(repr, rows), price(table(*rows), public())["list_usd"].to_pylist(), strict=True))
    assert price(pieces, public())["list_usd"].to_pylist() == [whole[repr(each)] for each in mixed]


def test_an_unknown_price_is_null_and_never_zero():
    answer = price(table(row(model="a-model-nobody-lists", units={"input_tokens": 5})), public())
    assert answer.to_pylist() == [
        {"list_usd": None, "price_book": "unpriced: no price book knows the model", "priced": False}
    ]


def test_a_request_that_used_nothing_costs_nothing_whatever_its_model():
    answer = price(table(row(model="<synthetic>", units={"requests": 0})), public())
    assert answer["list_usd"].to_pylist() == [Decimal(0)]


def test_a_bucket_takes_the_base_band_and_says_so():
    told = {"units": {"input_tokens": 5_000_000}, "occurred_at": WHILE_LONG_PROMPTS_COST_MORE}
    answer = price(table(row(**told, bucket_seconds=3600), row(**told)), public())
    assert answer["list_usd"].to_pylist() == [Decimal(15), Decimal(30)]
    assert "base band, request size unknown" in answer["price_book"][0].as_py()


def test_a_bucket_that_the_vendor_cut_by_prompt_length_is_priced_in_that_band():
    told = {"units": {"input_tokens": 5_000_000}, "occurred_at": WHILE_LONG_PROMPTS_COST_MORE}
    bands = (None, "0-200k", "200k-1M", "a band of later years")
    answer = price(
        table(*(row(**told, bucket_seconds=86_400, context_window=each) for each in bands)), public()
    )
    assert answer["list_usd"].to_pylist() == [Decimal(15), Decimal(15), Decimal(30), Decimal(15)]
    says = [label.rpartition("; ")[2] for label in answer["price_book"].to_pylist()]
    assert says[0] == says[3] == "base band, request size unknown"
    assert says[2] == "over 200000 prompt tokens"


def test_the_vendors_band_changes_nothing_where_the_request_itself_tells_its_size():
    told = {"units": {"input_tokens": 100_000}, "occurred_at": WHILE_LONG_PROMPTS_COST_MORE}
    answer = price(table(row(**told, context_window="200k-1M"), row(**told)), public())
    assert answer["list_usd"].to_pylist() == [Decimal("0.3"), Decimal("0.3")]


def test_text_by_dictionary_gives_the_same_amounts():
    rows = table(
        *(row(*named, {"input_tokens": 77}, bucket_seconds=60, context_window="200k-1M") for named in MODELS)
    )
    told = rows
    for name in ("vendor", "model", "service_tier", "quality", "context_window"):
        told = told.set_column(told.schema.get_field_index(name), name, told[name].dictionary_encode())
    assert price(told, public()).to_pylist() == price(rows, public()).to_pylist()


def test_no_rows_are_priced_as_no_rows():
    assert price(table(), public()).num_rows == 0
    assert priced(table(), public()).num_rows == 0


@pytest.mark.parametrize(
    "broken", [{"input_tokens": -1}, {"output_tokens": None}, {"occurred_at": None}, {"requests": None}]
)
def test_a_row_with_a_missing_or_negative_count_is_never_priced(broken):
    answer = price(
        table({**row(units={"input_tokens": 10}), **broken}, row(units={"input_tokens": 10})), public()
    )
    assert answer["list_usd"].to_pylist() == [None, Decimal("0.00003")]
    assert answer["price_book"][0].as_py().startswith("unpriced: a count or the instant is missing")


def test_an_amount_beyond_64_bits_is_exact_as_far_as_a_row_can_hold():
    rows = table(
        *(
            row("openai", "gpt-5.6-sol", {"input_tokens": 10**power}, quality="session_total")
            for power in (12, 13, 18)
        )
    )
    assert price(rows, public())["list_usd"].to_pylist()[2] is None
    exact = with_book(
        '[[price]]\nmodel = "own"\nfrom = 2026-01-01\ninput = 0.000777777777\nunit = "token"\noutput = 0'
    )
    answer = price(table(row(None, "own", {"input_tokens": 10**12})), exact)
    assert answer["list_usd"].to_pylist() == [Decimal("777777777.000000000")]


def test_a_table_as_the_ledger_declares_it_holds_every_column_that_is_read():
    assert set(READ) <= {column.name for column in USAGE.columns}


def test_priced_rows_keep_their_columns_and_their_types():
    rows = table(row(units={"input_tokens": 10}, occurred_at=WHILE_LONG_PROMPTS_COST_MORE))
    answer = priced(rows, public())
    assert answer.schema == rows.schema
    assert answer["price_book"].to_pylist() == [f"genai-prices {version()}: anthropic/claude-sonnet-4-5"]


def test_what_is_unpriced_is_summed_by_model_and_reason():
    rows = table(
        row("openai", "gpt-9", {"input_tokens": 5, "output_tokens": 2, "reasoning_tokens": 1}),
        row("openai", "gpt-9", {"cache_read_tokens": 3}),
        row("openai", "gpt-9", {}),
        row("anthropic", "claude-opus-4-5", {"input_tokens": 100}, service_tier="priority"),
        row("anthropic", "claude-opus-4-5", {"input_tokens": 100}),
        row(None, "<synthetic>", {"requests": 0}),
    )
    missing = unpriced(priced(rows, public()))
    assert [(each.vendor, each.model, each.tokens, each.rows) for each in missing] == [
        ("anthropic", "claude-opus-4-5", 100, 1),
        ("openai", "gpt-9", 10, 3),
    ]
    assert missing[0].why.startswith("no price for service priority")
    assert missing[1].why == "no price book knows the model"


def test_a_batch_of_many_rows_is_cut_and_joined_without_a_seam():
    rows = pa.concat_tables(
        [table(row(units={"input_tokens": 1}), row(None, "nobody", {"input_tokens": 1}))] * 40_000
    )
    answer = price(rows, public())
    assert answer.num_rows == rows.num_rows
    assert answer["list_usd"].combine_chunks().null_count == 40_000
    assert set(answer["list_usd"].unique().to_pylist()) == {None, Decimal("0.000003")}


def test_the_same_instant_prices_the_same_whatever_its_unit():
    rows = table(
        row(
            "anthropic",
            "claude-opus-4-6",
            {"input_tokens": 300_000},
            occurred_at=INSTANT.replace(month=3, day=12),
        )
    )
    at = rows.schema.get_field_index("occurred_at")
    coarse = rows.set_column(at, "occurred_at", rows["occurred_at"].cast(pa.timestamp("ms", tz="UTC")))
    assert (
        price(coarse, public())["list_usd"].to_pylist()
        == price(rows, public())["list_usd"].to_pylist()
        == [Decimal(3)]
    )


def test_half_a_nanodollar_is_rounded_to_even():
    books = with_book(
        '[[price]]\nmodel = "own"\nfrom = 2026-01-01\nunit = "token"\ninput = 0.0000000005\noutput = 0'
    )
    rows = table(*(row(None, "own", {"input_tokens": tokens}) for tokens in (1, 2, 3, 4, 5)))
    assert [amount.scaleb(9) for amount in price(rows, books)["list_usd"].to_pylist()] == [0, 1, 2, 2, 2]
