"""GitHub says that something happened: what it signed is read again with the next sync, and nothing else is believed."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from payback.sources.github.hook import EVENTS, heard
from payback.sources.vendors import source
from payback.web.site import create_web
from tests.desk import desk
from tests.sources.github.hub import TOLD, Hub, at, run
from tests.sources.installation import NOW, Recorder, opened, rows, synced

SHARED = "planted-shared-secret-0123456789"
HERE = "http://127.0.0.1:8642"
HOOKED = f'{TOLD}streams = ["workflow_runs", "issues"]\nwebhook_secret = "file:hook.key"\n'


def signature(body: bytes, key: str = SHARED) -> str:
    return "sha256=" + hmac.new(key.encode(), body, sha256).hexdigest()


def said(app, event, told, signed=None, name="github"):
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    headers = {"x-github-event": event, "x-hub-signature-256": signature(body) if signed is None else signed}
    client = TestClient(create_web(app), base_url=HERE, raise_server_exceptions=False)
    return client.post(f"/hooks/{name}", content=body, headers=headers)


@pytest.fixture
def home(tmp_path):
    place = tmp_path / "home"
    place.mkdir()
    (place / "hook.key").write_text(SHARED + "\n", encoding="utf-8")
    return place


def test_what_happened_is_read_with_the_next_sync_though_it_was_read_within_the_hour(home):
    hub = Hub(app={"runs": [run(1, at(25, 9), status="in_progress", conclusion=None)]})
    vendor, told = Recorder(hub), {"action": "completed", "repository": {"full_name": "acme/app"}}
    with opened(home, HOOKED, vendor) as app:
        synced(app, "github")
        hub.repositories["acme/app"]["runs"] = [run(1, at(25, 9))]
        asked = len(vendor.asked)
    with opened(home, HOOKED, vendor, NOW + timedelta(minutes=5)) as app:
        synced(app, "github")
        assert rows(app, "deployments", "status") == [("running",)]
        answer = said(app, "workflow_run", told)
        assert answer.json() == {"connection": "github", "read_again": ["workflow_runs"]}
        assert len(vendor.asked) == asked + 2, "a hook asks GitHub nothing"
    with opened(home, HOOKED, vendor, NOW + timedelta(minutes=6)) as app:
        synced(app, "github")
        assert rows(app, "deployments", "status") == [("success",)]
    with opened(home, HOOKED, vendor, NOW + timedelta(minutes=10)) as app:
        asked = len(vendor.asked)
        synced(app, "github")
        assert len(vendor.asked) == asked + 2, "once it was read, it rests again"


@pytest.mark.parametrize(
    "signed", ["", "sha256=", "sha256=00", signature(b"other"), signature(b"{}", "x" * 16)]
)
def test_what_is_not_signed_is_turned_away_and_nothing_is_noted(home, signed):
    with opened(home, HOOKED, Hub(app={})) as app:
        answer = said(app, "workflow_run", {"repository": {"full_name": "acme/app"}}, signed)
        assert (answer.status_code, SHARED in answer.text) == (401, False)
        assert app.warehouse.cursors("github:workflow_runs") == {}


def test_a_form_or_a_body_without_a_repository_is_told_what_to_send(home):
    with opened(home, HOOKED, Hub(app={})) as app:
        assert "choose the content type application/json" in said(app, "issues", b"payload=%7B%7D").text
        for told in ([], {}, {"repository": 7}, {"repository": {"full_name": None}}):
            answer = said(app, "issues", told)
            assert (answer.status_code, answer.json()["error"]) == (400, "the body names no repository.")
        assert said(app, "ping", {"zen": "Keep it logically awesome."}).json()["read_again"] == []
        assert said(app, "release", {"repository": {"full_name": "acme/app"}}).json()["read_again"] == []


def test_a_hook_is_closed_where_no_secret_is_named_and_503_where_it_is_gone(home):
    with opened(home, TOLD, Hub(app={})) as app:
        assert said(app, "issues", {}).status_code == 404
        assert said(app, "issues", {}, name="nobody").status_code == 404
    (home / "hook.key").write_text("short", encoding="utf-8")
    with opened(home, HOOKED, Hub(app={})) as app:
        assert said(app, "issues", {}, signature(b"{}", "short")).status_code == 503


def test_every_example_of_githubs_own_webhooks_is_understood():
    told = json.loads(desk("data/delivery/github-webhooks/webhook-examples.json").read_text(encoding="utf-8"))
    streams = {stream.name for stream in source("github").streams}
    seen = set()
    for kind in told:
        for example in kind["examples"]:
            found = list(heard({"x-github-event": kind["name"]}, json.dumps(example).encode()))
            where = f"again:{example['repository']['full_name']}"
            assert found == [(stream, where) for stream in EVENTS.get(kind["name"], ())]
            seen |= {stream for stream, _ in found}
    assert seen == {"pull_requests", "issues", "deployments", "releases", "workflow_runs"} <= streams
    assert {kind["name"] for kind in told} - set(EVENTS) == {"check_run", "status", "workflow_job"}
