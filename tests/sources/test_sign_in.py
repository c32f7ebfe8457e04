"""Signing in for a token, whoever the vendor is: here one that grants by client credentials (RFC 6749, section 4.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx2
import pytest

from payback.sources.http import Http, RefusedError, Wire
from payback.sources.sign_in import SignIn, SignInError, Token
from tests.sources.installation import NOW

BASE, LOGIN = "https://api.acme.example/v1", "https://login.acme.example/oauth2/token"
SECRET = "planted-client-secret-0123456789"
FORM = {"grant_type": "client_credentials", "client_id": "payback", "client_secret": SECRET}


def granted(body, now):
    return Token(body["access_token"], now + timedelta(seconds=body["expires_in"]))


class Vendor:
    """Grants tokens of five minutes at one address, and is asked with them at another."""

    def __init__(self, grant=None):
        self.now, self.seen, self.grants, self.grant = NOW, [], 0, grant

    def __call__(self, request):
        self.seen.append((request.url.host, request.url.path, request.headers.get("authorization")))
        if str(request.url) == LOGIN:
            assert parse_qs(request.content.decode()) == {name: [value] for name, value in FORM.items()}
            self.grants += 1
            return self.grant or httpx2.Response(
                200, json={"access_token": f"planted-token-{self.grants}", "expires_in": 300}
            )
        if request.url.path == "/v1/away":
            return httpx2.Response(302, headers={"location": "/nearby"})
        if request.url.path == "/v1/echo":
            return httpx2.Response(403, text=str(dict(request.headers)))
        return httpx2.Response(200, json={})

    @property
    def http(self):
        wire = Wire(httpx2.MockTransport(self), lambda: self.now, print)
        return Http(
            "acme", BASE, wire, secrets=(SECRET,), entrance=lambda _now: SignIn(LOGIN, granted, form=FORM)
        )


def test_a_token_is_asked_for_at_the_first_request_and_again_shortly_before_it_ends():
    vendor = Vendor()
    http = vendor.http
    assert vendor.seen == []
    for minutes in (0, 1, 2.9, 3, 4, 7):
        vendor.now = NOW + timedelta(minutes=minutes)
        http.get("/x")
    carried = [told for host, _, told in vendor.seen if host == "api.acme.example"]
    assert carried == [f"Bearer planted-token-{number}" for number in (1, 1, 1, 2, 2, 3)]
    assert [told for host, _, told in vendor.seen if host == "login.acme.example"] == [None] * 3


def test_a_token_goes_to_its_own_vendor_only():
    vendor = Vendor()
    http = vendor.http
    http.download("https://store.example/signed")
    assert vendor.grants == 0
    http.get("/away")
    assert vendor.grants == 1
    assert [told for _, path, told in vendor.seen if path in {"/signed", "/nearby"}] == [None, None]


def test_a_token_is_cut_out_of_what_the_vendor_says_and_of_what_it_is_shown_as():
    vendor = Vendor()
    http = vendor.http
    http.get("/x")
    vendor.now += timedelta(minutes=10)
    with pytest.raises(RefusedError, match=r"\[secret\]") as refused:
        http.get("/echo")
    assert "planted" not in str(refused.value)
    assert "planted" not in http.clean("planted-token-1 and planted-token-2")
    assert "planted" not in repr([Token("planted", NOW), SignIn(LOGIN, granted, form=FORM)])


@pytest.mark.parametrize(
    "grant",
    [
        {"json": {"token": "planted"}},
        {"json": ["planted"]},
        {"json": {"access_token": "planted\nx", "expires_in": 300}},
        {"json": {"access_token": "", "expires_in": 300}},
        {"json": {"access_token": "planted", "expires_in": "soon"}},
        {"content": b""},
    ],
)
def test_an_answer_that_holds_no_token_is_told_without_it(grant):
    with pytest.raises(SignInError, match="answered without a token") as told:
        Vendor(httpx2.Response(200, **grant)).http.get("/x")
    assert "planted" not in str(told.value)


def test_a_refusal_names_the_status_and_says_nothing_that_was_sent():
    refusal = httpx2.Response(400, json={"error": "invalid_client", "sent": FORM})
    with pytest.raises(SignInError, match="signing in was refused with status 400") as told:
        Vendor(refusal).http.get("/x")
    assert "invalid_client" in str(told.value)
    assert SECRET not in str(told.value)


def test_a_token_without_an_end_in_a_time_zone_is_none():
    with pytest.raises(ValueError, match="without an end"):
        Token("planted", datetime(2026, 1, 1))  # noqa: DTZ001  on purpose
    assert Token("planted", datetime(2026, 1, 1, tzinfo=UTC)).is_ending(NOW)
