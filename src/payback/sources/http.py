"""The only seam through which HTTP leaves: one client, retries that honour `Retry-After`, and no key in any message.

A source asks for paths; base address, key and patience are bound here, and the token where one signs in for it. A reply that
came back cut or garbled is asked for again like any other passing fault. What the vendor refuses is a `RefusedError` that
says what to do.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import stamina

from payback.errors import SourceError
from payback.sources.secrets import all_secrets, without_secrets
from payback.sources.sign_in import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from payback.sources.sign_in import SignIn, Token

    Entrance = Callable[[datetime], SignIn | None]

ATTEMPTS = 6
TIMEOUT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 120.0
AUTHORIZATION = "authorization"
MOST_REDIRECTS = 10
LONGEST_REFUSAL = 64 * 1024
LARGEST_REPLY = 512 * 1024**2
LIMITED = b'"RATELIMITED"'
TOO_FAST, TOO_FAST_SECONDS = (
    b"secondary rate limit",
    60.0,
)  # GitHub's words, and how long it wants to be left alone
RETRY_LATER = b"Retry later"  # GitLab's whole answer, where a proxy before it left the headers out
LIMITS = ("x-ratelimit", "x-ratelimit-requests", "x-ratelimit-complexity", "ratelimit")
INSTANT, MILLISECONDS = 1e9, 1e11
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
MEANING = {
    401: "the key is wrong, expired or revoked",
    403: "the key may not read this",
    404: "there is nothing at this address, or the key's owner may not see it",
}
logging.getLogger("httpx2").setLevel(logging.WARNING)  # it tells whole addresses, and those may be signed
Params = "Mapping[str, object] | Sequence[tuple[str, object]]"


class RefusedError(SourceError):
    """The vendor answered, and the answer is no. `status` is HTTP's, `told` the vendor's own words without secrets."""

    def __init__(self, sentence: str, status: int, told: str) -> None:
        super().__init__(sentence)
        self.status, self.told = status, told


class UnreachableError(SourceError):
    """No usable answer came, after several attempts."""


class _PassingError(Exception):
    """A fault that may pass; `wait` is how long the vendor asked to be left alone, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: parsed JSON where it was asked for as JSON, else bytes. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def link(self, relation: str) -> str | None:
        """The address that the `Link` header gives for a relation such as next (RFC 8288)."""
        for part in self.headers.get("link", "").split(","):
            match = re.match(r'\s*<([^>]+)>\s*;.*rel="?([^";]+)"?', part)
            if match and match[2] == relation:
                return match[1]
        return None


@dataclass(frozen=True, slots=True)
class Wire:
    """The outside world as HTTP sees it: how bytes travel (None is the network), what time it is, how one waits."""

    transport: httpx2.BaseTransport | None
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(slots=True)
class Http:
    """One vendor's address with its key. `secrets` are cut out of every message; `per_minute` keeps to a rate limit.

    `headers` go to `base` only: a signed link elsewhere, and a redirect there, is fetched without them. So does the token
    that `entrance` asks for: when there is none, when it is about to end, and once more when the vendor no longer takes it.
    """

    name: str
    base: str
    wire: Wire
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    per_minute: int | None = None
    entrance: Entrance | None = None
    _token: Token | None = None
    _client: httpx2.Client | None = None
    _last: datetime | None = None
    _rest: float = 0.0

    def get(self, path: str, params: Any = (), headers: Mapping[str, str] | None = None) -> Reply:
        """JSON from a path under the base, or from a whole address. RefusedError or UnreachableError otherwise."""
        return self._ask("GET", path, params=params, headers=headers)

    def post(self, path: str, body: Any, params: Any = (), headers: Mapping[str, str] | None = None) -> Reply:
        """JSON in, JSON out."""
        return self._ask("POST", path, params=params, headers=headers, json=body)

    def download(self, address: str, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes at an address, without the key where it lies outside the base."""
        body: bytes = self._ask("GET", address, headers=headers, raw=True).body
        return body

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, method: str, path: str, *, raw: bool = False, **more: Any) -> Reply:
        address = self._address(path)
        headers = {**(self.headers if self._is_own(address) else {}), **(more.pop("headers") or {})}
        request = self._opened().build_request(
            method, address, headers=headers, **{k: v for k, v in more.items() if v not in ((), None)}
        )
        try:
            for attempt in stamina.retry_context(
                on=_patience, attempts=ATTEMPTS, timeout=None, wait_max=30.0, wait_jitter=0.5
            ):
                with attempt:
                    return self._once(request, raw=raw)
        except _PassingError as error:
            raise UnreachableError(
                f"{self.name}: {bare(address)} gave no usable answer in {ATTEMPTS} attempts ({self.clean(str(error))}); "
                "it is tried again with the next sync"
            ) from None
        raise AssertionError("a retry context ends with an answer or an error")

    def _address(self, path: str) -> str:
        return path if "://" in path else f"{self.base.rstrip('/')}/{path.lstrip('/')}"

    def _once(self, request: httpx2.Request, *, raw: bool) -> Reply:
        self._pace()
        answer = self._sent(self._signed(request))
        if answer.status_code == 401 and self._token is not None and self._is_own(str(request.url)):
            self._token = None
            answer = self._sent(self._signed(request))
        if answer.status_code in PASSING or _is_limit(answer):
            raise _PassingError(f"status {answer.status_code}", _wait(answer, self.wire.clock()))
        if answer.status_code >= 400:
            raise self._refused(request, answer)
        if not raw and _is_sign_in(request, answer):
            raise RefusedError(
                f"{self.name}: {MEANING[401]} ({request.method} {bare(str(request.url))}); a page to sign in came instead",
                401,
                "",
            )
        self._rest = _asked_rest(answer, self.wire.clock())
        if len(answer.content) > LARGEST_REPLY:
            raise SourceError(f"{self.name}: {bare(str(request.url))} answered with more than 512 MiB")
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status_code, headers, answer.content if raw else _json(answer))

    def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, redirects followed; one that leads away from the vendor goes without the vendor's headers."""
        for _ in range(MOST_REDIRECTS):
            with _faults():
                answer = self._opened().send(request)
            if answer.next_request is None:
                return answer
            request = answer.next_request
            if not self._is_own(str(request.url)):
                for name in (*self.headers, AUTHORIZATION):
                    request.headers.pop(name, None)
        raise SourceError(f"{self.name}: {bare(str(request.url))} redirects without an end")

    def _signed(self, request: httpx2.Request) -> httpx2.Request:
        """The request with a token that is good for a while, where one signs in and the request goes to the vendor."""
        if self.entrance is not None and self._is_own(str(request.url)):
            now = self.wire.clock()
            if self._token is None or self._token.is_ending(now):
                question = self.entrance(now)
                self._token = self._handed_out(question, now) if question else None
            if self._token is not None:
                request.headers[AUTHORIZATION] = f"Bearer {self._token.value}"
        return request

    def _handed_out(self, question: SignIn, now: datetime) -> Token:
        """The token that the vendor answers with. SignInError where it gives none."""
        told = self._answered(question)
        try:
            token = question.read(told, now)
        except (KeyError, TypeError, ValueError):
            where = bare(self._address(question.path))
            raise SignInError(f"{self.name}: {where} answered without a token") from None
        self.secrets = all_secrets((*self.secrets, token.value))
        return token

    def _answered(self, question: SignIn) -> Any:
        """What signing in is answered with; asked apart, so that its headers and secrets go with no other request."""
        address = self._address(question.path)
        hidden = all_secrets(self.secrets, question.headers, question.form or {})
        apart = Http(self.name, address, self.wire, question.headers, hidden)
        body: dict[str, Any] = {"json": {}} if question.form is None else {"data": question.form}
        try:
            return apart._ask("POST", address, headers=None, **body).body
        except RefusedError as error:
            meaning = question.meaning.get(error.status, f"signing in was refused with status {error.status}")
            told = (
                f"{self.name}: {meaning} (POST {bare(address)}); the vendor says: {error.told or 'nothing'}"
            )
            raise SignInError(told) from None
        except UnreachableError as error:
            raise SignInError(str(error)) from None
        finally:
            apart.close()

    def _is_own(self, address: str) -> bool:
        """Whether an address lies under the base, so that the key may go there."""
        return f"{bare(address)}/".startswith(f"{self.base.rstrip('/')}/")

    def _refused(self, request: httpx2.Request, answer: httpx2.Response) -> RefusedError:
        told = self.clean(answer.text[:LONGEST_REFUSAL].replace("\n", " "))[:300]
        meaning = MEANING.get(answer.status_code, f"the request was refused with status {answer.status_code}")
        sentence = f"{self.name}: {meaning} ({request.method} {bare(str(request.url))}); the vendor says: {told or 'nothing'}"
        return RefusedError(sentence, answer.status_code, told)

    def clean(self, text: str) -> str:
        """The text without this source's secrets."""
        return without_secrets(text, self.secrets)

    def _opened(self) -> httpx2.Client:
        if self._client is None:
            self._client = httpx2.Client(
                transport=self.wire.transport, timeout=TIMEOUT_SECONDS, follow_redirects=False
            )
        return self._client

    def _pace(self) -> None:
        """Wait until the vendor's rate allows another request, and as long as it asked for beside its last answer."""
        now = self.wire.clock()
        if self._rest > 0:
            self.wire.sleep(self._rest)
            now += timedelta(seconds=self._rest)
            self._rest = 0.0
        if self.per_minute and self._last is not None:
            early = 60.0 / self.per_minute - (now - self._last).total_seconds()
            if early > 0:
                self.wire.sleep(early)
                now += timedelta(seconds=early)
        self._last = now


def unplugged() -> httpx2.BaseTransport:
    """A wire that leads nowhere."""

    def nobody(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no vendor answers here", request=request)

    return httpx2.MockTransport(nobody)


def bare(address: str) -> str:
    """An address without its query, which may be signed."""
    return address.partition("?")[0]


def _is_sign_in(request: httpx2.Request, answer: httpx2.Response) -> bool:
    """Whether a page came where an answer was asked for, by 203 or from another host: some vendors turn a wrong key away so."""
    is_page = answer.headers.get("content-type", "").startswith("text/html")
    return is_page and (answer.status_code == 203 or answer.request.url.host != request.url.host)


def _asked_rest(answer: httpx2.Response, now: datetime) -> float:
    """How long a vendor that did answer asks to be left alone, in seconds."""
    wait = _wait(answer, now) if "retry-after" in answer.headers else None
    return min(wait or 0.0, LONGEST_WAIT_SECONDS)


def _json(answer: httpx2.Response) -> Any:
    if not answer.content:
        return None
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise _PassingError("the answer was cut or is not JSON") from None


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever the wire did to the request, as a fault that may pass."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise _PassingError(type(error).__name__) from None


def _patience(error: Exception) -> bool | float:
    """How long to wait before the next attempt: what the vendor asked for, else stamina's own backoff."""
    if not isinstance(error, _PassingError):
        return False
    return True if error.wait is None else min(error.wait, LONGEST_WAIT_SECONDS)


def _is_limit(answer: httpx2.Response) -> bool:
    """GitHub answers 403 when a rate limit is used up, Linear 400 with a code of GraphQL."""
    if answer.status_code == 400:
        return LIMITED in answer.content[:LONGEST_REFUSAL]
    is_used_up = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    return answer.status_code == 403 and (is_used_up or _is_too_fast(answer))


def _is_too_fast(answer: httpx2.Response) -> bool:
    return TOO_FAST in answer.content[:LONGEST_REFUSAL]


def _is_told_to_retry_later(answer: httpx2.Response) -> bool:
    return answer.status_code == 429 and answer.content.strip().startswith(RETRY_LATER)


def _wait(answer: httpx2.Response, now: datetime) -> float | None:
    """Seconds until another try, by `Retry-After` (seconds or a date) or the reset of a limit that is used up."""
    told = answer.headers.get("retry-after")
    if told is None and answer.headers.get("x-ratelimit-remaining") != "0" and _is_too_fast(answer):
        return TOO_FAST_SECONDS
    if told is None:
        wait = _until_reset(answer, now) if answer.status_code in {400, 403, 429} else None
        return TOO_FAST_SECONDS if wait is None and _is_told_to_retry_later(answer) else wait
    if told.replace(".", "", 1).isdigit():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _until_reset(answer: httpx2.Response, now: datetime) -> float | None:
    """Seconds until a limit is filled again, from Unix seconds (GitHub, GitLab), milliseconds (Linear) or how many there are
    left; the used up one, of several.
    """
    told = [name for name in LIMITS if answer.headers.get(f"{name}-reset", "").isdigit()]
    used_up = [name for name in told if answer.headers.get(f"{name}-remaining") == "0"]
    for name in used_up or told:
        at = float(answer.headers[f"{name}-reset"])
        if at < INSTANT:
            return at
        return max(0.0, (at / 1000 if at > MILLISECONDS else at) - now.timestamp())
    return None
