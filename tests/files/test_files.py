"""Files of any layout: proposed mappings, exact values, refusals by line, the same rows however often taken in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.errors import UnreadableFileError
from payback.sources.files import cells, layout, mapping
from payback.sources.files.kinds import CHARGES, KINDS, USAGE
from payback.sources.files.rows import convert

PARIS = ZoneInfo("Europe/Paris")
BILL = """\ufeffInvoice Number;Provider;Description;Service start;Service end;Net;Currency
INV-7;Anthropic;API usage;2026-10-01;2026-11-01;"1.234,56";EUR
INV-7;Anthropic;API usage;2026-10-01;2026-11-01;"1.234,56";EUR
INV-7;Anthropic;Support;tomorrow;2026-11-01;"10,00";EUR
"""
USES = """timestamp,model,prompt_tokens,cached_tokens,completion_tokens,total_tokens,team
2026-10-05T10:00:00Z,gpt-5,1000,200,100,1100,search
2026-10-05T11:00:00Z,gpt-5,100,200,10,110,search
"""


def taken(tmp_path, text, kind, name="file.csv", **constants):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    sheet = layout.read(path)
    found = mapping.proposed(sheet.names, kind)
    columns = mapping.Columns(found.columns, constants)
    return columns, convert(sheet, kind, columns, PARIS, path.name)


def test_a_bill_with_foreign_words_signs_and_separators_is_understood(tmp_path):
    columns, found = taken(tmp_path, BILL, CHARGES)
    assert columns.columns["billed_cost"] == "Net"
    row = found.charges[0]
    assert (row["vendor"], row["billed_cost"], row["currency"]) == ("anthropic", Decimal("1234.56"), "EUR")
    assert row["charge_period_start"] == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert (row["effective_cost"], row["precedence"]) == (Decimal("1234.56"), "invoice")


def test_equal_lines_of_one_file_are_two_charges_and_the_same_two_next_time(tmp_path):
    first = [row["charge_id"] for row in taken(tmp_path, BILL, CHARGES)[1].charges]
    again = [row["charge_id"] for row in taken(tmp_path, BILL, CHARGES, name="renamed.csv")[1].charges]
    assert len(set(first)) == 2
    assert first == again


def test_a_row_that_cannot_be_read_is_refused_alone_with_its_line_and_why(tmp_path):
    _, found = taken(tmp_path, BILL, CHARGES)
    assert [(one.line, one.why[:20]) for one in found.rejected] == [(4, "charge_period_start:")]


def test_a_total_input_is_made_disjoint_where_the_cached_part_is_known(tmp_path):
    columns, found = taken(tmp_path, USES, USAGE, total_input_tokens="")
    assert columns.columns["total_input_tokens"] == "prompt_tokens"
    usage = found.usages[0]
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens, usage.reported_tokens) == (
        800,
        200,
        100,
        1100,
    )
    assert "more than the whole input" in found.rejected[0].why


def test_a_charge_without_a_vendor_says_how_to_give_one(tmp_path):
    _, found = taken(tmp_path, "date,amount\n2026-10-01,5\n", CHARGES)
    assert "--set vendor=NAME" in found.rejected[0].why


def test_a_charge_of_the_first_covers_its_month_and_any_other_its_day(tmp_path):
    _, found = taken(tmp_path, "date,amount,vendor\n2026-10-01,5,x\n2026-10-07,5,x\n", CHARGES)
    days = [(row["charge_period_end"] - row["charge_period_start"]).days for row in found.charges]
    assert days == [31, 1]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.tsv"])
def test_the_same_rows_come_out_of_every_form(tmp_path, name):
    forms = {
        "a.json": '{"data": [{"date": "2026-10-01", "amount": 5, "vendor": "x"}]}',
        "a.jsonl": '{"date": "2026-10-01", "amount": 5, "vendor": "x"}\n',
        "a.tsv": "date\tamount\tvendor\n2026-10-01\t5\tx\n",
    }
    _, found = taken(tmp_path, forms[name], CHARGES, name=name)
    assert [row["billed_cost"] for row in found.charges] == [Decimal(5)]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.pdf", "x", "payback reads"),
        ("a.csv", "", "no header"),
        ("a.csv", "a,a\n1,2\n", "two columns"),
        ("a.json", "{", "cannot be read"),
        ("a.json", "[1, 2]", "no list of objects"),
    ],
)
def test_a_file_that_cannot_be_taken_in_says_why(tmp_path, name, text, why):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=why):
        layout.read(path)


def test_a_mapping_written_by_a_person_is_checked_against_the_file(tmp_path):
    path = tmp_path / "map.toml"
    path.write_text('[columns]\nbilled_cost = "Amount"\n', encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="no column 'Amount'"):
        mapping.read(path, CHARGES, ["Net"])
    path.write_text('[columns]\nbilled = "Net"\n', encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="no column 'billed'"):
        mapping.read(path, CHARGES, ["Net"])


@given(
    st.dictionaries(st.sampled_from([one.name for one in CHARGES.fields]), st.text(max_size=20), max_size=5),
    st.dictionaries(st.sampled_from(["vendor", "currency"]), st.text(max_size=20)),
)
def test_a_saved_mapping_reads_back_as_it_was(columns, constants):
    import tomllib

    told = mapping.Columns(columns, constants)
    if any(
        ord(letter) < 32 or ord(letter) == 127
        for text in (*columns.values(), *constants.values())
        for letter in text
    ):
        return  # no file has such a column name
    assert mapping.parsed(tomllib.loads(told.text()), CHARGES, columns.values(), "test") == told


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("$ 12", "12"),
        ("(3.10)", "-3.10"),
        ("€1 000,5", "1000.5"),
        ("0.0000000004", "0"),
        ("1e3", "1000"),
        ("", None),
        ("n/a", None),
    ],
)
def test_amounts_are_read_as_people_write_them(cell, amount):
    assert cells.money(cell) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("cell", ["abc", "1,2,3", "NaN", "Infinity", "1e99", "12-3"])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(ValueError, match="not a"):
        cells.money(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-10-05",
        "05.10.2026",
        "2026/10/05",
        "20261005",
        "5 Oct 2026",
        "Oct 5, 2026",
        date(2026, 10, 5),
        "2026-10-04T22:00:00Z",
        "1791151200",
        "1791151200000",
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(cell):
    assert cells.instant(cell, PARIS) == datetime(2026, 10, 4, 22, tzinfo=UTC)


@given(
    st.one_of(
        st.none(), st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.binary(max_size=9)
    )
)
def test_a_cell_is_a_value_or_a_refusal_and_nothing_else(cell):
    for kind in KINDS.values():
        for one in kind.fields:
            try:
                one.cell(cell, PARIS)
            except ValueError as refusal:
                assert str(refusal)  # noqa: PT017


@pytest.mark.parametrize("cell", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"])
def test_an_instant_beyond_the_calendar_is_refused_like_any_cell_that_does_not_read(cell):
    for read in (cells.instant, cells.day):
        with pytest.raises(ValueError, match="lies outside the years 1 to 9999"):
            read(cell, PARIS)
