"""How the invented vendors are reached: a transport that answers requests to their real hosts from what lies in the home.

Nothing here opens a connection. Keys are looked up in `company/vendors/access.json`; what a vendor has on file is read from
`company/vendors/<vendor>.json` when it is first asked; what another version of payback wrote there and this one does not read
is a SourceError. `Faults` makes the wire a bad one, for a while.
"""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import httpx2
import orjson

from payback.demo.hosts import FORGES, TRACKERS
from payback.demo.making import UNREAD, earlier, is_of_this_version
from payback.demo.vendors import anthropic, cursor, github, litellm, openai, opencost, pagerduty
from payback.demo.vendors.replies import PAGING, Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Site:
    """Who answers at a host: the vendor's file, its answers, and its own words for what goes wrong on the wire."""

    name: str
    answer: Callable[[Asked, Mapping[str, Any]], Told]
    faults: Mapping[str, Told] = field(default_factory=dict)


CHOSEN = (*FORGES.values(), *TRACKERS.values())
SITES: dict[str, tuple[_Site, ...]] = {
    "api.anthropic.com": (_Site("anthropic", anthropic.answer),),
    "api.openai.com": (_Site("openai", openai.answer),),
    "api.github.com": (_Site("github", github.answer),),
    github.LINKS: (_Site("github", github.download),),
    "api.pagerduty.com": (_Site("pagerduty", pagerduty.answer),),
    "api.cursor.com": (_Site("cursor", cursor.answer),),
    litellm.HOST: (_Site("litellm", litellm.answer),),
    opencost.HOST: (_Site("opencost", opencost.answer),),
    **{
        site: tuple(_Site(one.name, one.answer, one.faults) for one in CHOSEN if one.site == site)
        for site in {one.site for one in CHOSEN}
    },
}
"""By host, who may answer there: whichever of them has a file in the home."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on the wire, the same for the same seed. Of `share` of the requests the first one to `most` tries
    fail or come garbled; after that they are answered, so that nothing fails for ever.
    """

    seed: int
    share: float = 0.2
    most: int = 2


def transport(home: Path, faults: Faults | None = None) -> httpx2.BaseTransport:
    """The wire to the vendors of the invented company in a home."""
    vendors = _Vendors(home)
    reply = vendors.reply if faults is None else _Unreliable(faults, vendors).reply
    return httpx2.MockTransport(reply)


class _Vendors:
    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / "company" / "vendors"
        self.held: dict[str, Any] = {}
        self.lock = threading.Lock()

    def reply(self, request: httpx2.Request) -> httpx2.Response:
        site = self.site(request)
        asked = _asked(request, self.file("access").get(site.name, {}))
        try:
            told = site.answer(asked, self.file(site.name))
        except Refused as refused:
            told = refused.told
        except UNREAD as error:
            if is_of_this_version(self.home / "company"):
                raise
            raise earlier(self.home, site.name) from error
        return _response(told)

    def site(self, request: httpx2.Request) -> _Site:
        """Who answers at the host of a request. ConnectError where nobody does."""
        host = request.url.host
        found = next((one for one in SITES.get(host, ()) if self.path(one.name).exists()), None)
        if found is None:
            raise httpx2.ConnectError(f"no invented vendor answers at {host}", request=request)
        return found

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def file(self, name: str) -> Any:
        """What lies in a file, read once."""
        with self.lock:
            if name not in self.held:
                self.held[name] = orjson.loads(self.path(name).read_bytes())
            return self.held[name]


def _asked(request: httpx2.Request, keys: Mapping[str, list[str]]) -> Asked:
    body = request.read()
    rights = keys.get(_key(request.headers))
    if not keys:
        rights = []
    return Asked(
        request.method,
        request.url.host,
        request.url.path,
        tuple(parse_qsl(request.url.query.decode(), keep_blank_values=True)),
        {name.lower(): value for name, value in request.headers.items()},
        orjson.loads(body) if body else None,
        None if rights is None else tuple(rights),
    )


def _key(headers: httpx2.Headers) -> str:
    """The key of a request, by whichever of the vendors' ways it came."""
    told = str(headers.get("x-api-key") or headers.get("authorization") or "")
    kind, _, key = told.rpartition(" ")
    key = key.removeprefix("token=")
    if kind.lower() != "basic":
        return key
    try:
        user, _, word = b64decode(key).decode().partition(":")
    except ValueError:
        return ""
    return user or word


def _response(told: Told) -> httpx2.Response:
    if isinstance(told.body, bytes):
        return httpx2.Response(told.status, content=told.body, headers=told.headers)
    if told.body is None:
        return httpx2.Response(told.status, headers=told.headers)
    headers = {"content-type": "application/json", **told.headers}
    return httpx2.Response(told.status, content=orjson.dumps(told.body), headers=headers)


class _Unreliable:
    """Answers that come wrong at first. Which way, and how often, follows from the seed and the request."""

    def __init__(self, faults: Faults, vendors: _Vendors) -> None:
        self.faults, self.vendors = faults, vendors
        self.tries: dict[str, int] = {}
        self.lock = threading.Lock()

    def reply(self, request: httpx2.Request) -> httpx2.Response:
        told = f"{self.faults.seed}/{request.method}/{request.url}/".encode() + request.read()
        name = hashlib.sha256(told).hexdigest()
        with self.lock:
            number = self.tries[name] = self.tries.get(name, 0) + 1
        chance = Random(name)  # noqa: S311  invented faults, no secret
        wrong = chance.randint(1, self.faults.most) if chance.random() < self.faults.share else 0
        if number > wrong:
            return self.vendors.reply(request)
        return self.wrong(request, chance.choice(KINDS))

    def wrong(self, request: httpx2.Request, kind: str) -> httpx2.Response:
        if kind == "slow":
            raise httpx2.ReadTimeout("the vendor did not answer in time", request=request)
        said = _expired(request) if kind == "expired" else kind
        if said in FAULTS:
            return _response(self.vendors.site(request).faults.get(said, FAULTS[said]))
        answer = self.vendors.reply(request)
        if kind == "cut":
            return httpx2.Response(answer.status_code, content=answer.content[: len(answer.content) // 2])
        return _garbled(answer, again=kind == "twice")


PAGED = frozenset(
    {
        "data",
        "usageEvents",
        "items",
        "seats",
        "teamMembers",
        "keys",
        "users",
        "workflow_runs",
        "incidents",
        "value",
        "values",
    }
)
FAULTS = {
    "busy": Told(429, {"error": "rate limited"}, {"retry-after": "1"}),
    "broken": Told(500, {"error": "internal error"}),
    "page": Told(400, {"error": "the page cursor has expired"}),
    "cursor": Told(400, {"error": "the page cursor has expired"}),
}
"""Answers that say that something is wrong, where a vendor has no words of its own for it."""
PLACES = frozenset({"link", "x-ms-continuationtoken"})
KINDS = ("slow", "busy", "broken", "expired", "cut", "twice", "out of order")


def _expired(request: httpx2.Request) -> str:
    """How a page cursor is told to have expired: of an address, of the variables of GraphQL; empty where none was sent."""
    if any(key in PAGING for key in request.url.params):
        return "page"
    body = request.read()
    told = orjson.loads(body) if body else None
    variables = told.get("variables") if isinstance(told, dict) else None
    is_later = isinstance(variables, dict) and any(variables.get(key) for key in PAGING)
    return "cursor" if is_later else ""


def _lists(body: Any) -> Iterator[tuple[dict[str, Any], str, list[Any]]]:
    """The paged lists of an answer with where they stand: at its top, or one or two steps below the `data` of GraphQL."""
    if not isinstance(body, dict):
        return
    for name, rows in body.items():
        if name in PAGED and isinstance(rows, list):
            yield body, name, rows
    data = body.get("data")
    for owner in data.values() if isinstance(data, dict) else ():
        for page in (owner, *(owner.values() if isinstance(owner, dict) else ())):
            if isinstance(page, dict) and isinstance(page.get("nodes"), list):
                yield page, "nodes", page["nodes"]


def _garbled(answer: httpx2.Response, *, again: bool) -> httpx2.Response:
    """The same reply with the rows of its list told twice, or in another order."""
    if answer.status_code != 200 or answer.headers.get("content-type") != "application/json":
        return answer
    body = orjson.loads(answer.content)
    for held, name, rows in list(_lists(body)):
        held[name] = [*rows, *rows] if again else rows[::-1]
    headers = {name: value for name, value in answer.headers.items() if name in PLACES}
    return httpx2.Response(200, content=orjson.dumps(body), headers=headers)
