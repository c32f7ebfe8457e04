"""What a source is: one vendor, its settings, and its streams. Each stream says what it brings, which right it needs, how
far back the vendor remembers, and has two functions: `fetch` (I/O, raw pages) and `parse` (pure, page to entries).

Everything else (sync, resuming, restated windows, the connection test, its page and its docs) follows from the value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from payback.ledger.entries import Entry, Rejected
    from payback.ledger.work_entries import Census, WorkEntry
    from payback.sources.http import Http
    from payback.sources.sign_in import SignIn

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Page:
    """One raw reply (or a part of a file). `about` is what the request knew and the reply does not repeat.

    `mark` is remembered under the slice's key once the page is in, where a stream is kept by id: a backfill that is
    stopped then goes on from there.
    """

    body: Any
    what: str
    about: Mapping[str, str] = field(default_factory=dict)
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """One stretch taken in whole or not at all: half open, in UTC. `mark` is remembered under `key` once it is in.

    `what` holds what `fetch` needs besides the stretch, such as the names of files.
    """

    since: datetime
    until: datetime
    mark: str
    key: str = ""
    what: Any = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What `fetch` is given: the vendor's address, this connection's settings, the stretch wanted, and the time.

    `source` is the name rows carry (`connection:stream`), `connection` the name in payback.toml. `secrets` are the
    resolved secret settings; they go into requests and nowhere else.
    """

    http: Http
    told: Mapping[str, Any]
    part: Slice
    now: datetime
    source: str
    connection: str
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What `parse` may know besides the page: the source's name, the connection's name and settings, the time."""

    source: str
    connection: str
    told: Mapping[str, Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch next is planned from: settings, what is remembered (key to mark), the time, and a window asked for."""

    told: Mapping[str, Any]
    marks: Mapping[str, str]
    now: datetime
    http: Http
    window: tuple[datetime, datetime] | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Every:
    """Windows of at most `most`, oldest first, aligned to whole UTC days. The last `restated` is read again each time;
    a first sync goes back `history`, or to the setting `since`, and no later one goes further.
    `until_today` leaves the running day out.
    """

    most: timedelta = timedelta(days=31)
    restated: timedelta = timedelta(days=3)
    history: timedelta = timedelta(days=400)
    until_today: bool = False

    def __call__(self, plan: Plan) -> Iterator[Slice]:
        """The slices still to be read."""
        midnight = plan.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        end = midnight if self.until_today else midnight + DAY
        oldest = midnight - self.history
        if plan.window:
            since, end = _whole_days(*plan.window, end)
        else:
            begun, since = plan.marks.get(""), since_told(plan.told, oldest)
            since = max(datetime.fromisoformat(begun) - self.restated, since) if begun else since
        since = max(since.replace(hour=0, minute=0, second=0, microsecond=0), oldest)
        while since < end:
            until = min(since + self.most, end)
            yield Slice(since, until, until.isoformat() if plan.window is None else "")
            since = until


@dataclass(frozen=True, slots=True)
class Updated:
    """What changed since the last time, less `overlap`, because clocks and indexes of vendors run late; at first all that
    changed within `history`, or since the setting `since`.
    """

    overlap: timedelta = DAY
    history: timedelta = timedelta(days=400)
    key: str = ""

    def __call__(self, plan: Plan) -> Iterator[Slice]:
        """The one slice: until now."""
        since, until = updated_since(plan, self.key, self), plan.now
        if plan.window:
            since, until = plan.window
        yield Slice(since, until, plan.now.isoformat() if plan.window is None else "", self.key)


def updated_since(plan: Plan, key: str, how: Updated) -> datetime:
    """From when on the list under `key` is to be read again."""
    begun = plan.marks.get(key)
    if begun:
        return datetime.fromisoformat(begun) - how.overlap
    return since_told(plan.told, plan.now - how.history)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A list that is read whole each time, because the vendor forgets: what is no longer in it ended by now."""

    def __call__(self, plan: Plan) -> Iterator[Slice]:
        """The one slice: now."""
        yield Slice(plan.now, plan.now, plan.now.isoformat())


@dataclass(frozen=True, slots=True)
class Stream:
    """One list or report of a vendor. `needs` is the least right that opens it, `pages` what stays empty without it.

    `tables` are replaced whole for each slice read; with `by_id` their rows are kept by id instead and brought up to date
    page by page, as `ledger.kept` says. `optional` says that many accounts cannot have it (a plan, a beta):
    then a refusal is told, and is no failure.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    needs: str
    pages: tuple[str, ...]
    plan: Callable[[Plan], Iterable[Slice]]
    fetch: Callable[[Ask], Iterable[Page]]
    parse: Callable[[Page, Context], Iterable[Entry | WorkEntry | Census | Rejected]]
    optional: bool = False
    by_id: bool = False

    @property
    def is_snapshot(self) -> bool:
        return isinstance(self.plan, Snapshot)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a connection's table in payback.toml. A secret one holds a reference, never the secret."""

    name: str
    sentence: str
    secret: bool = False
    required: bool = False
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """How a vendor says that something happened. `secret` is the setting that holds what it signs with, `signature` the
    header of the HMAC-SHA256; `heard` gives stream and key of what is then read again, from headers (lower case) and body.
    """

    secret: str
    signature: str
    heard: Callable[[Mapping[str, str], bytes], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Source:
    """One vendor. `base` is its address (a setting `base_url` overrides it); `headers` makes the request headers from
    secrets and settings; `note` says what a person must know to grant access. `sign_in` makes of secrets, settings and the
    time the question for a token that requests then carry, or None where these settings need none.
    """

    kind: str
    title: str
    vendor: str
    base: str
    settings: tuple[Setting, ...]
    streams: tuple[Stream, ...]
    headers: Callable[[Mapping[str, str], Mapping[str, Any]], Mapping[str, str]]
    note: str
    per_minute: int | None = None
    hook: Hook | None = None
    sign_in: Callable[[Mapping[str, str], Mapping[str, Any], datetime], SignIn | None] | None = None

    def stream(self, name: str) -> Stream:
        return next(stream for stream in self.streams if stream.name == name)


def since_told(told: Mapping[str, Any], oldest: datetime) -> datetime:
    """The day that the setting `since` names, else `oldest`. SettingsError for what is no day."""
    since = told.get("since")
    if since is None:
        return oldest
    try:
        return datetime.fromisoformat(str(since)).replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"since = {json.dumps(str(since))} is not a day; write 2026-01-31") from None


def _whole_days(since: datetime, until: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The UTC days that hold a window."""
    last = until.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last = last if last == until else last + DAY
    return since.astimezone(UTC), min(last, end)
