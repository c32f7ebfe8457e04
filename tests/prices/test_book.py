"""Own price books: dated, never overwritten, and refused with the way out where they cannot be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.errors import SettingsError
from payback.prices.book_file import books_in, read
from payback.prices.card import Units
from payback.prices.scalar import card, found
from payback.prices.shelf import SHIPPED, open_books
from payback.prices.tier import Tier
from tests.prices.invented import INSTANT, with_book

MILLION = 1_000_000
TOP = 'book = "acme"\nsource = "contract 7"\n'
HOUSE = """
[[price]]
vendor = "house"
model = "llama-*"
from = 2026-01-01
input = 0.4
output = "1.2"
cache_read = 0.04

[[price]]
vendor = "house"
model = "llama-*"
from = 2026-09-01T12:00:00+02:00
input = 0.3
output = 0.9
"""
CHANGE = datetime(2026, 9, 1, 10, tzinfo=UTC)


@given(st.integers(-(10**10), 10**10))
def test_a_later_block_takes_over_at_its_instant_and_the_earlier_one_stands_before(away):
    known = card("house", "llama-4", CHANGE + timedelta(microseconds=away), books=with_book(HOUSE))
    assert known.price(Units(input_tokens=MILLION)) == (Decimal("0.3") if away >= 0 else Decimal("0.4"))


def test_before_its_first_block_a_model_is_unpriced():
    books = with_book(HOUSE)
    assert found("house", "llama-4", datetime(2025, 12, 31, 23, tzinfo=UTC), books=books).why
    assert card("house", "llama-4", datetime(2026, 1, 1, tzinfo=UTC), books=books)


def test_the_same_instant_in_another_zone_has_the_same_price():
    books, away = with_book(HOUSE), timezone(timedelta(hours=-7))
    assert card("house", "llama-4", CHANGE, books=books) == card(
        "house", "llama-4", CHANGE.astimezone(away), books=books
    )


def test_a_rate_that_a_block_leaves_out_is_unknown_and_not_free():
    known = card("house", "llama-4", INSTANT, books=with_book(HOUSE))
    assert known.price(Units(cache_read_tokens=1)) is None
    assert known.unknown(Units(cache_read_tokens=1)) == "cache reads"


def test_price_book_names_the_book_and_since_when():
    assert (
        card("house", "llama-4", INSTANT, books=with_book(HOUSE)).label()
        == "acme since 2026-09-01T10:00:00+00:00"
    )


def test_the_organisations_block_goes_before_the_list():
    books = with_book(
        '[[price]]\nvendor = "anthropic"\nmodel = "claude-opus-4-5*"\nfrom = 2026-10-01\ninput = 4\noutput = 20'
    )
    assert (
        card("anthropic", "claude-opus-4-5-20251101", INSTANT, books=books).price(Units(input_tokens=MILLION))
        == 4
    )
    earlier = INSTANT - timedelta(days=30)
    assert (
        card("anthropic", "claude-opus-4-5-20251101", earlier, books=books).price(Units(input_tokens=MILLION))
        == 5
    )


def test_a_longer_band_reprices_the_whole_request():
    books = with_book(
        '[[price]]\nmodel = "own"\nfrom = 2026-01-01\ninput = 1\noutput = 2\n[[price.over]]\ntokens = 1000\ninput = 3\noutput = 4'
    )
    known = card(None, "own", INSTANT, books=books)
    assert known.price(Units(input_tokens=1_000)) == Decimal("0.001")
    assert known.price(Units(input_tokens=1_001)) == Decimal("0.003003")


def test_a_block_for_a_tier_goes_before_a_factor_and_a_factor_before_nothing():
    text = '[[price]]\nmodel = "own"\nfrom = 2026-01-01\ninput = 10\noutput = 10\n'
    block = '[[price]]\nmodel = "own"\nfrom = 2026-01-01\ninput = 7\noutput = 7\nservice = "batch"\n'
    factor = '[[factor]]\nmodel = "own"\nfrom = 2026-01-01\nservice = "batch"\ntimes = 0.5\n'
    units, batch = Units(input_tokens=MILLION), Tier("batch")
    assert card(None, "own", INSTANT, batch, with_book(text)) is None
    assert card(None, "own", INSTANT, batch, with_book(text + factor)).price(units) == 5
    assert card(None, "own", INSTANT, batch, with_book(text + factor + block)).price(units) == 7
    assert card(None, "own", INSTANT, Tier(), with_book(text + factor + block)).price(units) == 10


def test_a_discount_shows_in_the_negotiated_view_only():
    books = with_book(
        '[[discount]]\nvendor = "anthropic"\nfrom = 2026-10-01\nuntil = 2026-11-01\npercent = 12.5'
    )
    units = Units(input_tokens=MILLION, web_searches=100)
    assert card("anthropic", "claude-opus-4-5", INSTANT, books=books).price(units) == 6
    known = card("anthropic", "claude-opus-4-5", INSTANT, books=books.negotiated())
    assert known.price(units) == Decimal("5.375")
    assert "− 12.5 % by acme" in known.label()
    after = datetime(2026, 11, 1, tzinfo=UTC)
    assert card("anthropic", "claude-opus-4-5", after, books=books.negotiated()).price(units) == 6


def test_a_negotiated_rate_is_not_the_public_price():
    books = with_book(
        '[[price]]\nmodel = "gpt-5"\nfrom = 2026-01-01\ninput = 1\noutput = 8\nnegotiated = true'
    )
    units = Units(input_tokens=MILLION)
    assert card("openai", "gpt-5", INSTANT, books=books).price(units) == Decimal("1.25")
    assert card("openai", "gpt-5", INSTANT, books=books.negotiated()).price(units) == 1


def test_an_alias_says_what_a_deployment_runs():
    books = with_book('[[alias]]\nvendor = "azure"\nmodel = "team-chat"\nis = "gpt-5"')
    assert card("azure", "team-chat", INSTANT) is None
    assert card("azure", "team-chat", INSTANT, books=books) == card("azure", "gpt-5", INSTANT)


def test_an_addition_gives_a_rate_the_list_leaves_out_and_changes_none_it_has():
    books = with_book('[[addition]]\nvendor = "aws"\nfrom = 2026-01-01\nunit = "web_search"\nrate = 0.02')
    known = card("aws", "amazon.nova-pro-v1:0", INSTANT, books=books)
    assert known.price(Units(web_searches=3)) == Decimal("0.06")
    assert known.bands[0].input_tokens == card("aws", "amazon.nova-pro-v1:0", INSTANT).bands[0].input_tokens


REFUSED = {
    "a rate per token": ("[[price]]\nfrom = 2026-01-01\ninput = 0.000003\noutput = 15", "write 3"),
    "a rate per million called per token": (
        '[[price]]\nfrom = 2026-01-01\nunit = "token"\ninput = 3\noutput = 15',
        "drop unit",
    ),
    "an absurd rate": ("[[price]]\nfrom = 2026-01-01\ninput = 30000\noutput = 15", "more than"),
    "a negative rate": ("[[price]]\nfrom = 2026-01-01\ninput = -1\noutput = 15", "is a number"),
    "a rate in words": ('[[price]]\nfrom = 2026-01-01\ninput = "three"\noutput = 15', "is a number"),
    "no date": ("[[price]]\ninput = 3\noutput = 15", "`from` is missing"),
    "an instant without a zone": (
        "[[price]]\nfrom = 2026-01-01T00:00:00\ninput = 3\noutput = 15",
        "does not say its zone",
    ),
    "a date in quotes": ('[[price]]\nfrom = "2026-01-01"\ninput = 3\noutput = 15', "without quotes"),
    "no output rate": ("[[price]]\nfrom = 2026-01-01\ninput = 3", "at least `input` and `output`"),
    "an unknown key": (
        "[[price]]\nfrom = 2026-01-01\ninput = 3\noutput = 15\ncached = 1",
        "'cached' is not known",
    ),
    "an unknown kind": ("[[prices]]\nfrom = 2026-01-01", "a price book knows"),
    "bands out of order": (
        "[[price]]\nfrom = 2026-01-01\ninput = 3\noutput = 15\n[[price.over]]\ntokens = 0\ninput = 1\noutput = 1",
        "above the band before",
    ),
    "a discount over everything": ("[[discount]]\nfrom = 2026-01-01\npercent = 101", "0 to 100"),
    "a factor for nothing": ("[[factor]]\nfrom = 2026-01-01\ntimes = 2", "one `service`"),
    "an end before its start": (
        "[[discount]]\nfrom = 2026-02-01\nuntil = 2026-01-01\npercent = 1",
        "comes after",
    ),
    "another currency": ('currency = "EUR"', "in USD"),
    "a block overwritten": (
        "[[price]]\nfrom = 2026-01-01\ninput = 3\noutput = 15\n[[price]]\nfrom = 2026-01-01\ninput = 2\noutput = 9",
        "a new entry with a later `from`",
    ),
    "not TOML": ("[[price]\n", "is not TOML"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_book_that_cannot_be_right_is_refused_with_the_way_out(what):
    text, way_out = REFUSED[what]
    with pytest.raises(SettingsError, match=r"acme\.toml") as refused:
        read(TOP + text, "acme.toml")
    assert way_out in str(refused.value)


def test_a_book_without_its_source_is_refused():
    with pytest.raises(SettingsError, match="source"):
        read('book = "acme"', "acme.toml")


def test_rates_are_never_rounded_through_a_float():
    book = read(
        TOP + '[[price]]\nfrom = 2026-01-01\ninput = 0.10000000000000001\noutput = "1e1"', "acme.toml"
    )
    assert book.blocks[0].bands[0].input_tokens == Decimal("0.10000000000000001").scaleb(-6)


def test_books_of_a_home_are_read_and_an_absent_folder_is_no_error(tmp_path):
    assert open_books(tmp_path / "prices").own == open_books(tmp_path / "nowhere").own
    (tmp_path / "acme.toml").write_text(TOP + HOUSE, encoding="utf-8")
    books = open_books(tmp_path)
    assert card("house", "llama-4", INSTANT, books=books).price(Units(output_tokens=MILLION)) == Decimal(
        "0.9"
    )


def test_a_book_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "acme.toml").write_bytes(TOP.encode("utf-16"))
    with pytest.raises(SettingsError, match="cannot be read"):
        books_in(tmp_path)


def test_shipped_books_say_where_their_facts_come_from():
    books = books_in(SHIPPED)
    assert {book.name for book in books} == {"payback/anthropic", "payback/clouds"}
    assert all("read 2026-" in book.source for book in books)
    assert all(not book.blocks for book in books), (
        "a price of a model comes from the list, never from our own file"
    )


def test_the_book_in_the_handbook_is_read_as_it_stands():
    page = (Path(__file__).parents[2] / "docs/understand/prices.md").read_text(encoding="utf-8")
    book = read(page.partition("```toml\n")[2].partition("```")[0], "handbook.toml")
    kinds = (book.blocks, book.factors, book.additions, book.discounts, book.aliases)
    assert [len(each) for each in kinds] == [2, 1, 1, 1, 1]
    assert book.blocks[1].thresholds == (200_000,)
