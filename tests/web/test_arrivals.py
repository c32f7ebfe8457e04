"""Programs send outputs and survey answers: with a token, or signed. The same again changes nothing; who may not is told why."""

from __future__ import annotations

import hmac
import json
import logging
from datetime import timedelta
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from payback.app import open_app
from payback.app.checks import checks
from payback.app.tokens import create, revoke
from payback.errors import UnknownNameError
from payback.state.watched import Token, add_token, audited
from payback.web.pages import PAGES
from payback.web.site import create_web
from tests.app.world import NOW, rows, surroundings
from tests.web.conftest import HERE
from tests.web.reading import address, twin

SHARED = "planted-shared-secret-0123456789"
SECRET = "planted-token-0123456789"
TRIAGE = {"id": "T-1", "workflow": "triage", "created_at": "2026-11-20T10:00:00Z", "edited": True}
TRUST = {"date": "2026-11-20", "question": "trust", "answer": 4, "team": "search", "licensed": True}
TOLD = '[hooks]\noutputs = "file:hook.key"\nsurveys = "env:NOWHERE"\n'


@pytest.fixture
def app(tmp_path):
    (tmp_path / "payback.toml").write_text(TOLD)
    (tmp_path / "hook.key").write_text(SHARED + "\n")
    with open_app(tmp_path, surroundings(tmp_path)) as held:
        yield held


@pytest.fixture
def client(app):
    return TestClient(create_web(app), base_url=HERE, raise_server_exceptions=False)


@pytest.fixture
def token(app):
    return create(app, "ci", "import", 30, SECRET)


def sent(client, token, told, kind="outputs"):
    return client.post(f"/api/import/{kind}", json=told, headers={"Authorization": f"Bearer {token}"})


def signature(body: bytes, key: str = SHARED) -> str:
    return "sha256=" + hmac.new(key.encode(), body, sha256).hexdigest()


def hooked(client, told, signed=None, kind="outputs"):
    body = json.dumps(told).encode()
    headers = {"X-Payback-Signature": signature(body) if signed is None else signed}
    return client.post(f"/hooks/{kind}", content=body, headers=headers)


def test_an_output_sent_with_a_token_is_taken_in_once_and_may_be_told_anew(client, app, token):
    for _ in range(2):
        answer = sent(client, token, TRIAGE)
        assert answer.status_code == 200
        assert answer.json() == {"kind": "outputs", "rows": 1, "rejected": 0, "refused": []}
    [row] = rows(app, "outputs")
    assert (row["output_id"], row["workflow"], row["corrected"], row["accepted_at"]) == (
        "T-1", "triage", True, None,
    )  # fmt: skip
    sent(client, token, {**TRIAGE, "accepted_at": "2026-11-21T10:00:00Z"})
    [row] = rows(app, "outputs")
    assert row["accepted_at"] == NOW.replace(day=21, hour=10)
    assert [(one.actor, one.details) for one in audited(app.state, "import.outputs")] == [
        ("token ci", {"rows": 1, "rejected": 0})
    ] * 3


def test_answers_without_an_id_are_known_by_what_they_say(client, app, token):
    for _ in range(2):
        told = sent(client, token, [TRUST, {**TRUST, "answer": 2, "team": "shop"}], "surveys").json()
        assert (told["rows"], told["refused"]) == (2, [])
    assert sorted((row["team"], row["value"], row["licensed"]) for row in rows(app, "surveys")) == [
        ("search", 4.0, True), ("shop", 2.0, True),
    ]  # fmt: skip


def test_rows_that_do_not_read_are_told_by_place_and_reason_and_the_others_kept(client, app, token):
    told = [
        TRIAGE,
        "T-2",
        {"id": "T-3", "created_at": "2026-11-20"},
        {**TRIAGE, "id": "T-4", "created_at": "yesterday"},
        {**TRIAGE, "id": "T-5", "url": {"of": "it"}},
        {**TRIAGE, "id": "T-6", "url": "x" * 501},
        {**TRIAGE, "id": "T-7", "created_at": "0001-01-01T00:00:00+14:00"},
        {"output_id": "T-8", "workflow_id": "triage", "produced_at": "2026-11-20"},
    ]
    answer = sent(client, token, told)
    assert (answer.status_code, answer.json()["rows"], answer.json()["rejected"]) == (200, 2, 6)
    why = {one["index"]: one["why"] for one in answer.json()["refused"]}
    assert list(why) == [1, 2, 3, 4, 5, 6]
    assert why[1] == "a row is an object of names and values"
    assert why[2] == "workflow is empty"
    assert why[3].startswith("produced_at: 'yesterday' is not a date")
    assert why[4] == "url is no plain value"
    assert "longer than 500" in why[5]
    assert "years 1 to 9999" in why[6]
    assert {row["output_id"] for row in rows(app, "outputs")} == {"T-1", "T-8"}
    held = {(row["line"], row["file"], row["source"]) for row in rows(app, "rejected")}
    assert held == {(place, "outputs sent by token ci", "file:outputs") for place in range(2, 8)}


def test_a_request_of_which_nothing_reads_says_so(client, app, token):
    answer = sent(client, token, {"id": "T-1"})
    assert (answer.status_code, answer.json()["rejected"]) == (422, 1)
    assert sent(client, token, []).json()["rows"] == 0
    assert rows(app, "outputs") == []


def test_whoever_has_no_token_for_it_is_refused(client, app, token):
    add_token(app.state, "reads", Token("reader", "read", NOW, NOW + timedelta(days=1)))
    add_token(app.state, "pushes", Token("okta", "scim", NOW, NOW + timedelta(days=1)))
    add_token(app.state, "late", Token("late", "import", NOW - timedelta(days=2), NOW - timedelta(days=1)))
    for told, status in ((SECRET, 401), ("", 401), ("late", 401), ("reads", 403), ("pushes", 403)):
        assert sent(client, told, TRIAGE).status_code == status, told
    assert client.post("/api/import/outputs", json=TRIAGE).headers["WWW-Authenticate"].startswith("Bearer")
    assert "opens read" in sent(client, "reads", TRIAGE).json()["error"]
    revoke(app, "ci")
    assert sent(client, token, TRIAGE).status_code == 401
    assert rows(app, "outputs") == []


def test_a_token_of_this_door_opens_no_other(client, token):
    assert client.get("/scim/v2/Users", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    with pytest.raises(UnknownNameError, match="scope of tokens"):
        create(None, "x", "everything", 1, "y")


def test_only_outputs_and_surveys_are_taken_in_and_only_by_post(client, token):
    assert sent(client, token, {}, "charges").status_code == 404
    assert hooked(client, {}, kind="charges").status_code == 404
    for path in ("/api/import/outputs", "/hooks/outputs"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (405, {"error": "Rows are sent with POST."})


def test_what_is_too_large_or_no_json_is_turned_away(client, app, token):
    large = {**TRIAGE, "more": "x" * (4 * 1024 * 1024)}
    assert sent(client, token, large).status_code == 413
    assert hooked(client, large).status_code == 413
    assert sent(client, token, [TRIAGE] * 10_001).status_code == 400
    headers = {"Authorization": f"Bearer {token}"}
    for body in (b"", b"{", b"[1,", b'{"a": NaN}', b"\xff", b"[" * 5000):
        assert client.post("/api/import/outputs", content=body, headers=headers).status_code == 400, body
    assert rows(app, "outputs") == []


def test_a_signed_output_is_taken_in_and_only_as_it_was_signed(client, app):
    good = hooked(client, [TRIAGE])
    assert (good.status_code, good.json()["rows"]) == (200, 1)
    other = {**TRIAGE, "id": "T-2"}
    body = json.dumps(other).encode()
    wrong = (
        "", "sha256=", "sha256=" + "0" * 64, signature(body, "another-secret-0123456789"), signature(body + b" "),
        signature(body).removeprefix("sha256="), signature(body).upper(),
    )  # fmt: skip
    for one in wrong:
        assert hooked(client, other, one).status_code == 401, one
    assert client.post("/hooks/outputs", content=body).status_code == 401
    odd = {b"X-Payback-Signature": "sha256=é".encode("latin-1")}
    assert client.post("/hooks/outputs", content=body, headers=odd).status_code == 401
    assert [row["output_id"] for row in rows(app, "outputs")] == ["T-1"]
    assert hooked(client, other).status_code == 200
    assert [one.actor for one in audited(app.state, "import.outputs")] == ["hook outputs"] * 2


def timed(client, told, sent_at, signed=None):
    body = json.dumps(told).encode()
    headers = {
        "X-Payback-Timestamp": str(sent_at),
        "X-Payback-Signature": signature(str(signed or sent_at).encode() + b"." + body),
    }
    return client.post("/hooks/outputs", content=body, headers=headers)


def test_a_delivery_that_signs_its_time_cannot_undo_later_what_was_told_since(client, app):
    now = int(NOW.timestamp())
    for sent_at in (now - 300, now, now + 300):
        assert timed(client, TRIAGE, sent_at).status_code == 200
    told = {**TRIAGE, "accepted_at": "2026-11-21T10:00:00Z"}
    assert timed(client, told, now).status_code == 200
    for sent_at in (now - 301, now + 301, "", "soon", "-1", f"{now}.5", "9" * 400):
        answer = timed(client, TRIAGE, sent_at)
        assert answer.status_code == 401, sent_at
        assert "Unix seconds" in answer.json()["error"]
    [row] = rows(app, "outputs")
    assert row["accepted_at"] == NOW.replace(day=21, hour=10)


def test_the_time_of_a_delivery_is_part_of_what_is_signed(client, app):
    now = int(NOW.timestamp())
    assert timed(client, TRIAGE, now, signed=now - 3600).status_code == 401
    body = json.dumps(TRIAGE).encode()
    stripped = {"X-Payback-Signature": signature(str(now).encode() + b"." + body)}
    assert client.post("/hooks/outputs", content=body, headers=stripped).status_code == 401
    added = {"X-Payback-Signature": signature(body), "X-Payback-Timestamp": str(now)}
    assert client.post("/hooks/outputs", content=body, headers=added).status_code == 401
    assert rows(app, "outputs") == []


def test_a_hook_without_a_secret_is_closed_and_the_check_says_why(client, app, tmp_path):
    answer = hooked(client, TRUST, kind="surveys")
    assert (answer.status_code, answer.json()["error"]) == (
        503,
        "the secret of this hook cannot be read; payback check says why.",
    )
    said = {row["check"]: row for row in checks(app) if row["check"].startswith("hook ")}
    assert (said["hook outputs"]["state"], said["hook surveys"]["state"]) == ("good", "fails")
    assert said["hook surveys"]["missing"] == "hooks.surveys is env:NOWHERE, and nothing is there"
    (tmp_path / "hook.key").write_text("short")
    assert hooked(client, TRIAGE, "sha256=0").status_code == 503
    [short] = [row for row in checks(app) if row["check"] == "hook outputs"]
    assert "less than 16 characters" in short["missing"]


def test_hooks_that_nobody_named_are_closed(tmp_path):
    with open_app(tmp_path, surroundings(tmp_path)) as app:
        client = TestClient(create_web(app), base_url=HERE)
        answer = hooked(client, TRIAGE)
        assert (answer.status_code, "[hooks] outputs" in answer.json()["error"]) == (404, True)


def test_neither_the_secret_nor_the_token_shows_anywhere(client, app, token, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    said = [
        sent(client, token, TRIAGE), sent(client, token, "x"), sent(client, token + "x", TRIAGE), hooked(client, TRIAGE),
        hooked(client, ["x"]), hooked(client, TRIAGE, SHARED), sent(client, token, TRIAGE, "charges"),
    ]  # fmt: skip
    shown = [answer.text + repr(answer.headers) for answer in said]
    for page in PAGES:
        shown += [client.get(address(page)).text, client.get(twin(page)).text]
    shown += [json.dumps(checks(app), default=str), caplog.text]
    shown += [json.dumps(rows(app, table), default=str) for table in ("outputs", "rejected")]
    (tmp_path / "hook.key").write_text("short-planted")
    shown += [hooked(client, TRIAGE).text, json.dumps(checks(app), default=str)]
    for part in shown:
        for planted in (SHARED, SECRET, token, "short-planted", signature(json.dumps(TRIAGE).encode())):
            assert planted not in part
    app.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "hook.key"]
    assert [path for path in files if SHARED.encode() in path.read_bytes()] == []
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
