"""GitHub read as a GitHub App: signed in, renewed in time and out of time, and each wrong setting told in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from payback.app import Surroundings, connections, open_app
from payback.errors import SettingsError
from payback.sources.github.app import sign_in
from tests.sources.github.apps import APP, HOUR, INSTALLATION, TOLD, Apps, Clock, home_with, part, pem
from tests.sources.github.hub import Hub, at, issue, pull
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, rows, synced


def hub():
    many = [pull(number, at(1 + number % 20)) for number in range(1, 61)]
    return Hub(app={"pullRequests": many, "issues": [issue(100, at(20))]}, empty={})


def opened(home, vendor, clock, told=TOLD, key=None):
    home_with(home, pem() if key is None else key)
    (home / "payback.toml").write_text(told, encoding="utf-8")
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana", "VENDOR_KEY": KEY, "PEM": pem()}
    around = Surroundings(
        environ, "linux", clock, transport=httpx2.MockTransport(vendor), sleep=lambda _seconds: None
    )
    return open_app(home, around)


def read(app):
    assert {row["message"] for row in synced(app, "github")} == {""}
    return rows(app, "pull_requests"), rows(app, "tickets")


def test_one_token_carries_a_whole_sync_and_brings_what_a_key_brings(tmp_path):
    clock = Clock()
    vendor = Apps(Recorder(hub()), clock)
    with opened(tmp_path / "home", vendor, clock) as app:
        changes, tickets = read(app)
    assert (len(changes), len(tickets)) == (60, 1)
    assert (len(vendor.signed_in), vendor.refused) == (1, 0)
    asked = vendor.signed_in[0]
    assert (asked.method, asked.url.path) == ("POST", f"/app/installations/{INSTALLATION}/access_tokens")
    assert asked.headers["accept"] == "application/vnd.github+json"
    claims = part(asked.headers["authorization"].split(".")[1])
    assert claims == {"iss": APP, "iat": NOW.timestamp() - 60, "exp": NOW.timestamp() + 540}


def test_a_token_is_renewed_before_it_ends_while_a_sync_goes_on(tmp_path):
    clock = Clock()
    vendor = Apps(hub(), clock, timedelta(seconds=1170))
    with opened(tmp_path / "home", vendor, clock) as app:
        assert len(read(app)[0]) == 60
    assert len(vendor.signed_in) > 2
    assert vendor.refused == 0
    ends = list(vendor.tokens.values())
    assert {later - earlier for earlier, later in pairwise(ends)} == {timedelta(seconds=3 * 1170)}


def test_a_token_that_is_no_longer_taken_is_renewed_once_and_the_request_asked_again(tmp_path):
    clock = Clock()
    vendor = Apps(hub(), clock)

    def revoking(request):
        reply = vendor(request)
        if len(vendor.tokens) == 1 and "additions" in request.content.decode():
            vendor.tokens = dict.fromkeys(vendor.tokens, NOW - HOUR)
        return reply

    with opened(tmp_path / "home", revoking, clock) as app:
        assert len(read(app)[0]) == 60
    assert (len(vendor.signed_in), vendor.refused) == (2, 1)


def test_a_key_that_may_never_read_is_not_asked_for_without_an_end(tmp_path):
    clock = Clock()
    asked = []

    def refusing(request):
        asked.append(request)
        return httpx2.Response(401, json={"message": "Bad credentials"})

    vendor = Apps(refusing, clock)
    with opened(tmp_path / "home", vendor, clock) as app:
        told = synced(app, "github")
    assert all("the key is wrong, expired or revoked" in row["message"] for row in told)
    assert len(asked) == 2 * len(told)


def test_faults_while_signing_in_give_the_same_end(tmp_path):
    clock = Clock()
    with opened(tmp_path / "sound", Apps(hub(), clock), clock) as app:
        sound = read(app)
    with opened(tmp_path / "faulty", Recorder(Apps(hub(), clock), [*FAULTS, None, *FAULTS]), clock) as app:
        assert read(app) == sound


@pytest.mark.parametrize("told", ['private_key = "env:PEM"', 'private_key = "env:ONE_LINE"'])
def test_the_key_may_stand_in_the_environment_in_one_line_too(told):
    key = pem() if "PEM" in told else pem().replace("\n", "\\n")
    names = {"app_id": "Iv23", "installation_id": 7, "private_key": told}
    question = sign_in({"private_key": key}, names, NOW)
    assert part(question.headers["authorization"].split(".")[1])["iss"] == "Iv23"


def test_a_company_own_github_hands_out_tokens_at_its_own_address(tmp_path):
    clock = Clock()
    vendor = Apps(hub(), clock)
    told = f'{TOLD}base_url = "https://git.acme.example/api"\n'
    with opened(tmp_path / "home", vendor, clock, told) as app:
        read(app)
    (asked,) = vendor.signed_in
    assert str(asked.url) == f"https://git.acme.example/api/v3/app/installations/{INSTALLATION}/access_tokens"


def test_a_line_of_the_key_is_cut_out_of_messages_like_the_whole(tmp_path):
    with opened(tmp_path / "home", hub(), Clock()) as app:
        http = connections.connection(app, "github").http
    shown = {http.clean(f"near {line} it is wrong") for line in pem().splitlines()[1:-2]}
    assert shown == {"near [secret] it is wrong"}


REFUSALS = {
    "another key": (TOLD, "private_key is none of the App that app_id names", "could not be decoded"),
    "another app": (TOLD.replace(APP, "9"), "there is no such App", "Integration not found"),
    "another installation": (TOLD.replace(INSTALLATION, "9"), "no such installation", "Not Found"),
    "suspended": (TOLD, "the installation is suspended", "has been suspended"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_whoever_is_not_let_in_is_told_why_in_one_sentence(tmp_path, case):
    told, why, words = REFUSALS[case]
    clock, key = Clock(), pem("somebody else" if case == "another key" else "acme")
    vendor = Apps(hub(), clock)
    vendor.suspended = case == "suspended"
    with opened(tmp_path / "home", vendor, clock, told, key) as app:
        messages = [row["message"] for row in synced(app, "github")]
        tested = connections.tested(app, "github")
        assert rows(app, "pull_requests") == []
    for message in [*messages, *(row["missing"] for row in tested)]:
        assert message.count(why) == message.count(words) == 1
        assert "needs" not in message, "no right is missing"
        assert "\n" not in message


def test_a_repository_is_not_taken_for_gone_where_signing_in_fails(tmp_path):
    clock = Clock()
    told = TOLD.replace('organisation = "acme"', 'repositories = ["acme/app", "acme/empty"]')
    vendor = Apps(hub(), clock)
    with opened(tmp_path / "home", vendor, clock, told) as app:
        assert len(read(app)[0]) == 60
    clock.now += timedelta(hours=25)
    state = {"asked": 0}

    def gone(request):
        state["asked"] += 1
        if state["asked"] == 2:
            vendor.tokens.clear()
        if state["asked"] > 2 and "/app/installations/" in request.url.path:
            return httpx2.Response(404, json={"message": "Not Found"})
        return vendor(request)

    with opened(tmp_path / "home", gone, clock, told) as app:
        messages = [row["message"] for row in synced(app, "github") if row["source"] != "github:members"]
        assert all("no such installation" in message for message in messages)
        assert len(rows(app, "pull_requests")) == 60
        assert rows(app, "rejected") == []


def elliptic():
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        .decode()
    )


def locked():
    return (
        serialization.load_pem_private_key(pem().encode(), None)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"word"),
        )
        .decode()
    )


@pytest.mark.parametrize(
    "key", [lambda: "ghp_no_pem_at_all_0123", lambda: pem()[:400], elliptic, locked], ids=range(4)
)
def test_what_is_no_rsa_key_is_told_before_anything_is_asked_and_not_repeated(tmp_path, key):
    clock, asked, held = Clock(), [], key()
    with (
        opened(tmp_path / "home", asked.append, clock, key=held) as app,
        pytest.raises(SettingsError, match=r"\[sources.github\]: private_key leads to no RSA key") as refused,
    ):
        synced(app, "github")
    assert asked == []
    assert all(line not in str(refused.value) for line in held.splitlines()[1:-1] or [held])


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ("", "key is missing; write key, or app_id, installation_id and private_key"),
        ('private_key = "env:PEM"\napp_id = 1', "installation_id is missing"),
        ('private_key = "env:PEM"\napp_id = 1\ninstallation_id = "acme/../x"', "installation_id is a number"),
        ('app_id = 1\nkey = "env:VENDOR_KEY"', "key and app_id are both set"),
    ],
)
def test_settings_that_do_not_go_together_are_told(tmp_path, told, sentence):
    whole = f'[sources.github]\norganisation = "acme"\n{told}\n'
    with (
        opened(tmp_path / "home", hub(), Clock(), whole) as app,
        pytest.raises(SettingsError, match=sentence),
    ):
        synced(app, "github")


def test_without_the_library_that_signs_one_sentence_says_what_to_install():
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from datetime import UTC, datetime\n"
        "from payback.errors import SettingsError\n"
        "from payback.sources.github import SOURCE\n"
        "told = {'app_id': 1, 'installation_id': 2, 'private_key': 'env:X'}\n"
        "try: SOURCE.sign_in({'private_key': 'x'}, told, datetime.now(UTC))\n"
        "except SettingsError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.count("pip install 'payback[github-app]'") == 1
