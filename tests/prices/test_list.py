"""The list prices are genai-prices' own, to the last digit."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal

import pytest
from benchmarks.pricing import differences, sweep, usage_of
from genai_prices import Usage, calc_price
from genai_prices.data import providers as their_providers
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.prices.card import Units
from payback.prices.listed import source
from payback.prices.listed.search import find
from payback.prices.scalar import card
from payback.prices.shelf import public
from payback.prices.tier import Tier
from tests.prices.invented import INSTANT

HALF_A_NANO = Decimal("0.0000000005")


@pytest.mark.parametrize("offset", [3, 57])
def test_entries_tiers_dates_and_thresholds_cost_what_genai_prices_says(offset):
    found = sweep(every=100, offset=offset)
    single, columns = differences(found)
    assert found.entries >= 20
    assert single == 0
    assert columns <= HALF_A_NANO


@pytest.mark.soak
@pytest.mark.skipif(not os.environ.get("PAYBACK_SOAK"), reason="the whole list is compared by `make soak`")
def test_every_entry_tier_date_and_threshold_costs_what_genai_prices_says():
    found = sweep()
    single, columns = differences(found)
    assert found.entries == sum(len(provider.models) for provider in their_providers)
    assert single == 0
    assert columns <= HALF_A_NANO


def test_every_vendor_finds_the_entry_that_genai_prices_finds():
    snapshot, listed = get_snapshot(), public().listed
    names = [
        (provider.id, name)
        for provider in their_providers
        for model in provider.models[::7]
        for name in _names(model)
    ]
    differing = []
    for vendor, name in names:
        try:
            provider, model = snapshot.find_provider_model(name, None, vendor, None)
        except LookupError:
            continue
        ours = find(listed, vendor, name)
        if ours is None or (ours.provider.id, ours.model.id) != (provider.id, model.id):
            differing.append((vendor, name))
    assert differing == []
    assert len(names) > 300


def _names(model):
    found, clauses = {model.id}, [model.match]
    while clauses:
        clause = clauses.pop()
        clauses += getattr(clause, "or_", None) or getattr(clause, "and_", None) or []
        found |= {
            getattr(clause, key)
            for key in ("equals", "starts_with", "ends_with", "contains")
            if hasattr(clause, key)
        }
    return found


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from(
        ["claude-opus-4-5-20251101", "claude-haiku-4-5-20251001", "claude-opus-4-6", "claude-haiku-5-5"]
    ),
    instant=st.datetimes(
        min_value=INSTANT.replace(year=2025, tzinfo=None), max_value=INSTANT.replace(year=2027, tzinfo=None)
    ),
    counts=st.tuples(*[st.integers(0, 400_000)] * 5, st.just(0), st.integers(0, 9), st.just(1)),
)
def test_a_request_by_name_costs_what_genai_prices_says(model, instant, counts):
    instant, units = instant.replace(tzinfo=INSTANT.tzinfo), Units(*counts)
    theirs = calc_price(
        usage_of(units),
        model,
        provider_id="anthropic",
        genai_request_timestamp=instant,
    )
    assert card("anthropic", model, instant).price(units) == theirs.total_price


def test_where_a_list_gives_no_one_hour_rate_ours_is_twice_input_and_theirs_is_the_five_minute_rate():
    model, units = "global.anthropic.claude-sonnet-4-20250514-v1:0", Units(cache_write_1h_tokens=1_000_000)
    theirs = calc_price(
        Usage(input_tokens=1_000_000, cache_write_tokens=1_000_000, cache_write_1h_tokens=1_000_000),
        model,
        provider_id="aws",
        genai_request_timestamp=INSTANT,
    )
    ours = card("aws", model, INSTANT)
    assert theirs.total_price == Decimal("3.75")
    assert ours.price(units) == 6
    assert "cache_write_1h by payback/anthropic" in ours.label()


def test_a_batch_before_the_list_prices_batches_is_half_here_and_full_there():
    units = Units(output_tokens=1_000_000)
    theirs = calc_price(
        Usage(output_tokens=1_000_000),
        "claude-opus-4-5",
        provider_id="anthropic",
        genai_request_timestamp=INSTANT,
        price_context={"processing": "batch"},
    )
    assert theirs.total_price == 25
    assert card("anthropic", "claude-opus-4-5", INSTANT, Tier("batch")).price(units) == Decimal("12.5")


def test_a_unit_that_the_list_does_not_price_is_unknown_where_theirs_counts_as_nothing():
    theirs = calc_price(
        Usage(input_tokens=10, output_tokens=1_000_000),
        "voyage-3",
        provider_id="voyageai",
        genai_request_timestamp=INSTANT,
    )
    ours = card("voyageai", "voyage-3", INSTANT)
    assert theirs.total_price == ours.price(Units(input_tokens=10))
    assert ours.price(Units(input_tokens=10, output_tokens=1_000_000)) is None


def test_the_light_classes_hold_the_whole_list():
    light = [(provider.id, [model.id for model in provider.models]) for provider in source.providers()]
    assert light == [(provider.id, [model.id for model in provider.models]) for provider in their_providers]
    assert type(source.providers()[0]).__module__ == "payback.prices.listed.types"


def test_the_version_that_price_book_names_is_the_installed_one():
    from importlib.metadata import version

    assert source.version() == version("genai-prices")


def test_one_price_is_found_without_any_heavy_import():
    program = (
        "import sys\nfrom datetime import datetime, UTC\nfrom payback.prices.scalar import card\n"
        "assert card('anthropic', 'claude-opus-4-5', datetime(2026, 10, 5, tzinfo=UTC))\n"
        "heavy = {'pyarrow', 'numpy', 'pydantic', 'httpx2', 'genai_prices', 'ibis', 'duckdb'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
