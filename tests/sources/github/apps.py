"""An invented GitHub that is signed in to as an App: it checks who signed, hands out tokens of one hour, and takes no other."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sources.installation import NOW

APP, INSTALLATION = "2601", "70055"
TOKEN = "ghs_plantedToken0123456789"
HOUR = timedelta(hours=1)
TOLD = (
    f'[sources.github]\napp_id = {APP}\ninstallation_id = {INSTALLATION}\nprivate_key = "file:app.pem"\n'
    'organisation = "acme"\nsince = 2026-09-01\n'
)


@functools.cache
def private_key(whose: str) -> rsa.RSAPrivateKey:
    """A key for each name, made once."""
    assert whose
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(whose: str = "acme") -> str:
    """As GitHub hands it out: PKCS#1."""
    return (
        private_key(whose)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        .decode()
    )


def home_with(place: Path, key: str) -> Path:
    place.mkdir(exist_ok=True)
    (place / "app.pem").write_text(key, encoding="utf-8")
    return place


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Clock:
    """What time it is, for GitHub and for payback."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Apps:
    """`vendor` answers those with a token that holds. `per_request` is how long each answer takes."""

    def __init__(
        self,
        vendor: Callable[[httpx2.Request], httpx2.Response],
        clock: Clock,
        per_request: timedelta = timedelta(0),
    ) -> None:
        self.vendor, self.clock, self.per_request = vendor, clock, per_request
        self.tokens: dict[str, datetime] = {}
        self.signed_in: list[httpx2.Request] = []
        self.refused = 0
        self.suspended = False

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if "/app/installations/" in request.url.path:
            self.signed_in.append(request)
            return self.hand_out(request, bearer)
        if not self.clock() < self.tokens.get(bearer, self.clock()):
            self.refused += 1
            return httpx2.Response(401, json={"message": "Bad credentials"})
        self.clock.now += self.per_request
        return self.vendor(request)

    def hand_out(self, request: httpx2.Request, bearer: str) -> httpx2.Response:
        head, claims, signature = bearer.split(".")
        try:
            private_key("acme").public_key().verify(
                base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)),
                f"{head}.{claims}".encode(),
                PKCS1v15(),
                SHA256(),
            )
        except InvalidSignature:
            return httpx2.Response(401, json={"message": "A JSON web token could not be decoded"})
        told, now = part(claims), self.clock().timestamp()
        assert part(head) == {"alg": "RS256", "typ": "JWT"}
        if told["iss"] != APP:
            return httpx2.Response(404, json={"message": "Integration not found"})
        if not (told["iat"] <= now < told["exp"] <= now + 600):
            return httpx2.Response(401, json={"message": "'Expiration time' claim ('exp') is too far off"})
        if request.url.path.rsplit("/", 2)[1] != INSTALLATION:
            return httpx2.Response(404, json={"message": "Not Found"})
        if self.suspended:
            return httpx2.Response(403, json={"message": "This installation has been suspended"})
        value, until = f"{TOKEN}-{len(self.tokens)}", self.clock() + HOUR
        self.tokens[value] = until
        told = {
            "token": value,
            "expires_at": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            "permissions": {"contents": "read"},
        }
        return httpx2.Response(201, json=told)
