"""Whole columns and line by line give the same rows, ids and refusals, whatever the cells hold."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.app.files import Import
from payback.ledger.batches import table_of, usage_table
from payback.ledger.checks import fault
from payback.ledger.tables_money import CHARGES
from payback.sources.files import columnar, layout, mapping
from payback.sources.files.kinds import KINDS
from payback.sources.files.rows import convert
from tests.app.world import opened, rows

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, tzinfo=UTC)
WORDS = ["", " ", "n/a", "gpt-5", " gpt-5 ", "Ä=,;\"'", "NULL", "two\nlines", "x" * 40]
TIMES = [
    "2026-10-05T10:00:00Z", "2026-10-05T10:00:00.123Z", "2026-10-05 10:00:00.1+00:00", "2026-10-05", "05.10.2026",
    "2026-10-05T10:00:00+02:00", "1790000000", "2026-13-45T10:00:00Z", "soon", "", "1999-01-01T00:00:00Z",
]  # fmt: skip
COUNTS = ["", "0", "7", "007", "1,234", "12.0", "-3", "1.5", "99999999999999999999", "x"]
MONEY = [
    "",
    "1",
    "1.50",
    "0.0000008",
    "-2.5",
    "-0",
    "$1,234.50",
    "(12.30)",
    "1.234,50",
    "1e3",
    "0.0000000001",
    "x",
]
USES = {
    "request_id": ["", "a", "b", "c", "d", "e"], "timestamp": TIMES, "model": WORDS, "provider": WORDS, "user": WORDS,
    "input_tokens": COUNTS, "prompt_tokens": COUNTS, "cache_read_tokens": COUNTS, "output_tokens": COUNTS,
    "reasoning_tokens": COUNTS, "total_tokens": ["", "0", "7", "14", "x"], "num_requests": COUNTS, "error": WORDS,
    "attempt": COUNTS, "duration": MONEY, "cost": MONEY, "other": WORDS,
    "precedence": ["", "", "usage_api", "rumour"],
}  # fmt: skip
BILLS = {
    "id": ["", "", "", "a", "b"], "vendor": ["OpenAI", "acme", "", "ÄCME"], "project": WORDS, "sku": WORDS,
    "start": TIMES, "end": TIMES, "amount": MONEY, "amortised": MONEY, "list": MONEY, "currency": ["", "usd", "EUR"],
    "quantity": MONEY, "unit": WORDS, "category": ["", "Usage", "seat", "TAX", "other"],
    "precedence": ["", "billing_api"], "tags": ["", "{}", '{"team":"search"}', "a=1;b=2", "{broken"],
}  # fmt: skip


def written(path, columns, lines):
    with path.open("w", newline="", encoding="utf-8") as held:
        writer = csv.writer(held)
        writer.writerow(columns)
        writer.writerows(lines)


def both(path, name):
    wide = columnar.opened(path, name, least=0)
    sheet = layout.read(path)
    kind = KINDS[name]
    assert wide is None or wide.names == sheet.names
    columns = mapping.proposed(sheet.names, kind)
    told = (kind, columns, PARIS, path.name)
    return convert(sheet, *told), wide.convert(*told) if wide else None


def settled(name, found):
    """Rows by id, and refusals by line, however they came."""
    if name == "usage":
        sound = [one for one in found.usages if fault(one) is None]
        faulty = sorted((one.usage_id, fault(one)) for one in found.usages if fault(one))
        table = usage_table(sound, NOW)
    else:
        table, faulty = table_of(CHARGES, found.charges, None, NOW), []
    names = [one for one in table.column_names if one != "synced_at"]
    batch = found.batches.get(name)
    held = (
        pa.concat_tables([table.select(names), batch.select(names)])
        if batch is not None
        else table.select(names)
    )
    key = names[0]
    return (
        sorted(held.to_pylist(), key=lambda row: (row[key], repr(row))),
        sorted((one.line, one.why) for one in found.rejected),
        faulty,
    )


@pytest.mark.parametrize(("name", "cells"), [("usage", USES), ("charges", BILLS)])
def test_columns_and_lines_give_the_same(name, cells, tmp_path_factory):
    folder = tmp_path_factory.mktemp(name)
    line = st.tuples(*(st.sampled_from(told) for told in cells.values()))

    @settings(max_examples=80, deadline=None)
    @given(st.lists(line, min_size=1, max_size=25))
    def check(lines):
        path = folder / "file.csv"
        written(path, list(cells), lines)
        by_line, by_column = both(path, name)
        if by_column is not None:
            assert settled(name, by_column) == settled(name, by_line)

    check()


def plain(number):
    return (f"r{number}", "2026-10-05T10:00:00Z", "gpt-5", "openai", "ana", "10", "4")


def test_a_plain_file_is_read_as_columns_and_no_line_alone(tmp_path):
    path = tmp_path / "file.csv"
    written(
        path,
        ["request_id", "timestamp", "model", "provider", "user", "input_tokens", "output_tokens"],
        map(plain, range(50)),
    )
    _, found = both(path, "usage")
    assert (len(found.batches["usage"]), found.usages, found.rejected) == (50, [], [])


@pytest.mark.parametrize(
    "text",
    [
        "Title\nmodel,timestamp\nm,2026-10-05\n",
        "model,timestamp\nm\n",
        "model,model\nm,n\n",
        "model,\nm,n\n",
        "",
    ],
)
def test_a_file_that_is_no_plain_table_is_left_to_lines(tmp_path, text):
    (tmp_path / "file.csv").write_text(text, encoding="utf-8")
    assert columnar.opened(tmp_path / "file.csv", "usage", least=0) is None


def test_a_large_file_taken_in_twice_and_then_corrected_leaves_what_lines_would(tmp_path):
    head = ["request_id", "timestamp", "model", "provider", "user", "input_tokens", "output_tokens", "note"]
    path = tmp_path / "large.csv"
    long = "x" * 400

    def lines(tokens):
        return [(*plain(number)[:6], tokens if number == 7 else "4", long) for number in range(12_000)]

    with opened(tmp_path / "home") as app:
        written(path, head, lines("4"))
        assert path.stat().st_size > columnar.LEAST
        assert app.take_file(Import(path, "usage"))["rows"] == 12_000
        before = rows(app, "usage")
        app.take_file(Import(path, "usage"))
        assert rows(app, "usage") == before
        written(path, head, lines("9"))
        app.take_file(Import(path, "usage"))
        changed = [new for old, new in zip(before, rows(app, "usage"), strict=True) if old != new]
        assert [row["output_tokens"] for row in changed] == [9]
