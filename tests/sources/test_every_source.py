"""What must hold of every vendor that payback can be connected to."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from payback.ledger.tables import BY_NAME
from payback.sources.vendors import source, sources
from tests.sources.installation import KEY, everything, opened, synced

DOCS = Path(__file__).resolve().parents[2] / "docs" / "connect"
EVERY = sources()
IDS = [one.kind for one in EVERY]
ELSEWHERE = {
    "pagerduty": "incidents",
    "opsgenie": "incidents",
    "incident_io": "incidents",
    "opencost": "gpu",
    "vllm": "gpu",
    "langfuse": "tracing",
    "helicone": "tracing",
}


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


def connected(one):
    """The table of a connection with every required setting, and the planted key for each secret."""
    told = [
        f'{setting.name} = "env:VENDOR_KEY"' if setting.secret else f'{setting.name} = "acme"'
        for setting in one.settings
        if setting.required or setting.secret
    ]
    base = [] if one.base else ['base_url = "https://vendor.example"']
    return "\n".join([f"[sources.{one.kind}]", *told, *base, "since = 2026-11-24"])


@pytest.mark.parametrize(
    "reply", [(401, f"no {KEY}"), (403, f"no {KEY}"), (200, f'{{"data": ["{KEY}"')], ids=str
)
@pytest.mark.parametrize("kind", ["anthropic", "openai", "openrouter"])
def test_no_key_appears_in_any_message_row_or_cursor(tmp_path, kind, reply):
    status, text = reply
    with opened(
        tmp_path / "home", connected(source(kind)), lambda _r: httpx2.Response(status, text=text)
    ) as app:
        told = synced(app, kind)
        assert any(row["message"] for row in told)
        kept = [everything(app), [app.warehouse.cursors(name) for name in ("last_sync", told[0]["source"])]]
    assert KEY not in json.dumps([told, kept], default=str)
