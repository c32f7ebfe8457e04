"""Forms that change something: sent by this server's own pages alone, answered with a redirect that says what became of it.

A page that holds forms sets a random cookie and writes its keyed digest into each form. A form counts only if both agree and
the browser does not say that another site sent it. What was done is told once, in a signed cookie.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from payback.errors import PaybackError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

COOKIE, SAID, FIELD = "payback_form", "payback_said", "form"
LARGEST = 64 * 1024
LONGEST_SAID = 600
KIND, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
MOST_FIELDS = 100
BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
NAMES = re.compile(r'\b(name|filename)="([^"]*)"')


class StaleFormError(PaybackError):
    """A form that this server's pages did not make, or made too long ago."""


class WrongFieldsError(PaybackError):
    """A form whose fields cannot be so: it is shown again with what was typed, and what is wrong beside each field."""

    def __init__(self, fields: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(wrong.values()))
        self.typed = Typed(fields, wrong)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it was sent, and what is wrong with it: a sentence by field, that of the whole under an empty name."""

    fields: Mapping[str, str]
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: what it was called, and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a form, told on the next page: done, or (good False) why not."""

    words: str
    good: bool = True


@dataclass(frozen=True, slots=True)
class Forms:
    """The secret of this server's forms, and where random cookies come from."""

    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    random: Callable[[], str] = secrets.token_urlsafe

    def cookie(self, request: Request) -> str:
        """The cookie that the reader's browser has, or is to get."""
        return request.cookies.get(COOKIE) or self.random()

    def token(self, cookie: str) -> str:
        """What each form of a page holds."""
        return self._sealed("form", cookie)

    def admit(self, request: Request, body: bytes) -> tuple[Mapping[str, str], Upload | None]:
        """The fields of a form that one of our pages made, without its token, and the file that came with it, if any.
        StaleFormError for any other form.
        """
        told = request.headers.get("content-type", "")
        kind = told.partition(";")[0].strip()
        if kind not in {KIND, PARTS} or _is_foreign(request):
            raise StaleFormError("this form was not sent by a page of payback")
        fields, upload = _parts(told, body) if kind == PARTS else (_pairs(body), None)
        cookie = request.cookies.get(COOKIE, "")
        token = fields.pop(FIELD, "").encode()
        if not cookie or not hmac.compare_digest(token, self.token(cookie).encode()):
            raise StaleFormError("this form is out of date; open its page again and repeat")
        return {name: value.strip() for name, value in fields.items()}, upload

    def give(self, response: Response, cookie: str) -> None:
        """Let the browser keep the cookie of its forms."""
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", path="/")

    def say(self, response: Response, said: Said) -> None:
        """Have the next page say what became of it."""
        text = f"{int(said.good)}{said.words[:LONGEST_SAID]}"
        told = base64.urlsafe_b64encode(text.encode()).decode()
        response.set_cookie(
            SAID,
            f"{told}.{self._sealed('said', told)}",
            max_age=60,
            httponly=True,
            samesite="strict",
            path="/",
        )

    def said(self, request: Request) -> Said | None:
        """What the page before wants said; None where it is nothing, or not ours."""
        told, _, seal = request.cookies.get(SAID, "").partition(".")
        if not told or not hmac.compare_digest(seal, self._sealed("said", told)):
            return None
        text = base64.urlsafe_b64decode(told.encode()).decode()
        return Said(text[1:], text[0] == "1")

    def _sealed(self, what: str, text: str) -> str:
        return hmac.new(self.secret, f"{what}:{text}".encode(), hashlib.sha256).hexdigest()


def _pairs(body: bytes) -> dict[str, str]:
    return dict(
        parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    )


def _parts(told: str, body: bytes) -> tuple[dict[str, str], Upload | None]:
    """The fields and the one file of a multipart form (RFC 7578), as browsers write it."""
    boundary = BOUNDARY.search(told)
    if boundary is None:
        raise StaleFormError("this form has no boundary")
    fields: dict[str, str] = {}
    upload = None
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:-1][:MOST_FIELDS]:
        head, _, content = part.partition(b"\r\n\r\n")
        names = dict(NAMES.findall(head.decode("utf-8", "replace")))
        if "filename" not in names:
            fields[names.get("name", "")] = content.decode("utf-8", "replace")
        elif names["filename"]:
            upload = Upload(names["filename"], content)
    return fields, upload


def _is_foreign(request: Request) -> bool:
    """Whether the browser says that another site sent the form."""
    if site := request.headers.get("sec-fetch-site"):
        return site != "same-origin"
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc != request.headers.get("host")
