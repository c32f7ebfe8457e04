"""What must hold of every vendor that payback can be connected to."""

from __future__ import annotations

from pathlib import Path

import pytest

from payback.ledger.tables import BY_NAME
from payback.sources.vendors import source, sources

DOCS = Path(__file__).resolve().parents[2] / "docs" / "connect"
EVERY = sources()
IDS = [one.kind for one in EVERY]
ELSEWHERE = {"opencost": "gpu", "vllm": "gpu", "langfuse": "tracing", "helicone": "tracing"}


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_each_setting_has_a_sentence_and_each_secret_is_marked(one):
    assert all(setting.sentence.strip() for setting in one.settings)
    assert len({setting.name for setting in one.settings}) == len(one.settings)
    assert one.note.strip()
    assert one.title.strip()


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_each_stream_names_tables_that_exist_the_right_it_needs_and_the_pages_it_fills(one):
    assert one.streams
    assert len({stream.name for stream in one.streams}) == len(one.streams)
    for stream in one.streams:
        assert stream.tables
        assert set(stream.tables) <= set(BY_NAME)
        assert stream.needs.strip(), stream.name
        assert stream.pages, stream.name


@pytest.mark.parametrize("one", EVERY, ids=IDS)
def test_each_vendor_has_a_page_that_shows_its_table_of_payback_toml(one):
    page = DOCS / f"{ELSEWHERE.get(one.kind, one.kind)}.md"
    assert page.exists()
    assert one.kind in page.read_text(encoding="utf-8")


def test_each_kind_is_found_by_its_name_once():
    assert len(set(IDS)) == len(IDS)
    assert [source(kind) for kind in IDS] == list(EVERY)
