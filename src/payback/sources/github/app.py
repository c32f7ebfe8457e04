"""Signing in as a GitHub App: a JSON Web Token (RFC 7519), signed with the App's private key, asks for a token of one hour
that may read what the installation was granted.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from payback.errors import SettingsError
from payback.sources.github.place import rest
from payback.sources.sign_in import SignIn, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAMES = ("app_id", "installation_id", "private_key")
WAYS = "write key, or app_id, installation_id and private_key"
SKEW = timedelta(seconds=60)
LENGTH = timedelta(minutes=9)  # from now; GitHub refuses what ends more than ten minutes from its own now
PEM = "the file that GitHub gave when the key was generated begins with -----BEGIN RSA PRIVATE KEY-----"
MEANING = {
    401: "private_key is none of the App that app_id names, or this machine's clock is wrong",
    403: "the installation is suspended",
    404: "there is no such App, or it has no such installation; look at app_id and installation_id",
}


def sign_in(secrets: Mapping[str, str], told: Mapping[str, Any], now: datetime) -> SignIn | None:
    """The question for a token; None where a key is set. SettingsError where neither a key nor an App is, or both are."""
    given = [name for name in NAMES if name in told]
    if "key" in told:
        if given:
            raise SettingsError(f"key and {given[0]} are both set; {WAYS}")
        return None
    if missing := [name for name in NAMES if name not in told]:
        raise SettingsError(f"{missing[0] if given else 'key'} is missing; {WAYS}")
    number = str(told["installation_id"])
    if not (number.isascii() and number.isdigit()):
        raise SettingsError(
            "installation_id is a number: the last part of the address of the installation's settings"
        )
    bearer = assertion(str(told["app_id"]), secrets["private_key"], now)
    return SignIn(
        rest(told, f"app/installations/{number}/access_tokens"),
        _read,
        {
            "authorization": f"Bearer {bearer}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
        },
        meaning=MEANING,
    )


def assertion(app_id: str, pem: str, now: datetime) -> str:
    """Who asks, signed (RS256): begun a minute ago, because clocks differ, and over within ten minutes of that."""
    claims = {"iat": _seconds(now - SKEW), "exp": _seconds(now + LENGTH), "iss": app_id}
    head = ".".join(_written(orjson.dumps(part)) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    return f"{head}.{_written(_signed(head.encode(), pem))}"


def _signed(what: bytes, pem: str) -> bytes:
    try:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256
    except ModuleNotFoundError:
        raise SettingsError(
            "signing in as a GitHub App needs a library that signs; pip install 'payback[github-app]'"
        ) from None
    return _private_key(pem).sign(what, PKCS1v15(), SHA256())


def _private_key(pem: str) -> RSAPrivateKey:
    """The key of a PEM; one that stands in the environment may have its line breaks written as backslash and n."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, RSAPrivateKey):
        raise SettingsError(f"private_key leads to no RSA key in PEM without a password; {PEM}")
    return found


def _read(body: Any, _now: datetime) -> Token:
    return Token(str(body["token"]), datetime.fromisoformat(body["expires_at"]))


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _written(part: bytes) -> str:
    return urlsafe_b64encode(part).rstrip(b"=").decode()
