"""Vendors connected in payback.toml: each stream brought up to date slice by slice, from where it was left.

[sources.openai]
key = "env:OPENAI_ADMIN_KEY"
since = 2026-01-01            # optional: how far back the first sync goes

[sources.openai-eu]           # a second account of the same vendor
kind = "openai"
key = "file:keys/openai-eu"

A slice that is in is never read for nothing again; one that fails says why, and the other slices, streams and sources go on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.access.scope import Scope, Sight
from payback.app.gathering import Gathered, Kept
from payback.app.underway import Underway, share_of, told
from payback.errors import ForbiddenError, PaybackError, SettingsError, SourceError, UnknownNameError
from payback.sources.http import Http, RefusedError, UnreachableError
from payback.sources.secrets import all_secrets, secret
from payback.sources.sign_in import SignInError
from payback.sources.source import Ask, Context, Plan, Slice
from payback.sources.vendors import source as source_of
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payback.app.application import App
    from payback.app.gathering import Pages
    from payback.app.window import Window
    from payback.sources.http import Entrance
    from payback.sources.source import Source, Stream

    Write = Callable[[Callable[[], Any]], Any]

LAST = "last_sync"
AGAIN = 2


@dataclass(frozen=True, slots=True)
class Connection:
    """One table of [sources]: the vendor, its settings, its secrets and its address."""

    name: str
    source: Source
    told: Mapping[str, Any]
    secrets: Mapping[str, str]
    http: Http

    def rows_of(self, stream: Stream) -> str:
        """The name that rows of a stream carry as their source."""
        return f"{self.name}:{stream.name}"

    @property
    def streams(self) -> tuple[Stream, ...]:
        return _wanted(self.name, self.source, self.told)


def names(app: App) -> tuple[str, ...]:
    """The connections that payback.toml names."""
    return tuple(app.settings.sources)


def outlined(app: App, name: str) -> tuple[Source, tuple[Stream, ...]]:
    """The vendor of a connection and the streams it is to read, without its secrets. SettingsError, UnknownNameError."""
    told = app.settings.sources[name]
    if not isinstance(told, dict):
        raise SettingsError(f"sources.{name} is no table; write [sources.{name}]")
    source = source_of(str(told.get("kind", name)))
    return source, _wanted(name, source, told)


def _wanted(name: str, source: Source, told: Mapping[str, Any]) -> tuple[Stream, ...]:
    """Those wanted: all, or the ones that the setting `streams` names."""
    wanted = told.get("streams")
    known = {stream.name: stream for stream in source.streams}
    if wanted is None:
        return source.streams
    if not isinstance(wanted, list) or (strange := [one for one in wanted if one not in known]):
        held = repr(strange[0]) if isinstance(wanted, list) else "no list"
        raise SettingsError(f"streams of [sources.{name}] holds {held}; it is a list of {', '.join(known)}")
    return tuple(known[one] for one in wanted)


def connection(app: App, name: str) -> Connection:
    """One connection, its secrets resolved. SettingsError names the setting that is wrong or missing."""
    source, _ = outlined(app, name)
    told = app.settings.sources[name]
    known = {one.name for one in source.settings} | {"kind", "since", "streams", "base_url"}
    if strange := sorted(set(told) - known):
        raise SettingsError(
            f"[sources.{name}] has no setting {strange[0]!r}; it has {', '.join(sorted(known))}"
        )
    secrets = {
        one.name: secret(
            str(told[one.name]), f"{one.name} of [sources.{name}]", app.settings.home, app.around.environ
        )
        for one in source.settings
        if one.secret and one.name in told
    }
    given = {one.name: one.default for one in source.settings if one.default is not None} | dict(told)
    if missing := [one.name for one in source.settings if one.required and one.name not in given]:
        raise SettingsError(f"[sources.{name}] needs {missing[0]}: {_sentence(source, missing[0])}")
    base = str(given.get("base_url") or source.base)
    headers = _sendable(name, source.headers(secrets, given))
    hidden = all_secrets(secrets.values(), headers)
    entrance = _entrance(app, (name, source), secrets, given)
    http = Http(name, base, app.wire, headers, hidden, source.per_minute, entrance)
    return Connection(name, source, given, secrets, http)


def _entrance(
    app: App, what: tuple[str, Source], secrets: Mapping[str, str], told: Mapping[str, Any]
) -> Entrance | None:
    """How requests come by a token, where these settings need one; tried once, so that a wrong setting is told at once."""
    name, source = what
    if source.sign_in is None:
        return None
    try:
        question = source.sign_in(secrets, told, app.now())
    except SettingsError as error:
        raise SettingsError(f"[sources.{name}]: {error}") from None
    return None if question is None else partial(source.sign_in, secrets, told)


def _sendable(name: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers, if HTTP can carry them: a key copied with a line break or a letter from a text is told, not sent."""
    for value in headers.values():
        if not (value.isascii() and value.isprintable()):
            raise SettingsError(f"the key of [sources.{name}] holds signs that no key has; copy it again")
    return headers


def _sentence(source: Source, name: str) -> str:
    return next(one.sentence for one in source.settings if one.name == name)


def at_once(work: Callable[[], Any]) -> Any:
    """The way to write where nobody else does: now, in this thread."""
    return work()


def sync(
    app: App, name: str, window: Window | None = None, write: Write = at_once
) -> Iterator[dict[str, Any]]:
    """Every stream of one connection brought up to date; one row each. `write` does what changes the warehouse."""
    try:
        held = connection(app, name)
    except PaybackError as error:
        write(partial(app.warehouse.apply, [_noted(app, name, "fails", str(error))]))
        raise
    if name in app.warehouse.cursors(LAST):
        write(partial(app.warehouse.apply, [Cursor(LAST, name, None)]))
    try:
        for stream in held.streams:
            yield _stream((app, held, write), stream, window)
    finally:
        held.http.close()


def _stream(where: tuple[App, Connection, Write], stream: Stream, window: Window | None) -> dict[str, Any]:
    app, held, write = where
    rows_of = held.rows_of(stream)
    plan = Plan(
        held.told,
        app.warehouse.cursors(rows_of),
        app.now(),
        held.http,
        (window.since, window.until) if window else None,
        held.secrets,
    )
    taking: Gathered | Kept
    taking = Kept(app, rows_of, write) if stream.by_id else Gathered(app, rows_of, stream.tables, write)
    read, errors = 0, list[PaybackError]()
    _tell(where, stream, taking, None)
    try:
        try:
            read = _slices(where, stream, stream.plan(plan), taking, errors)
        finally:
            taking.write()
    except PaybackError as error:
        errors.append(error)
    message = _told(stream, errors, read)
    taken = taking.taken
    state = "good" if not message else "missing" if stream.optional else "fails"
    write(partial(app.warehouse.apply, [_noted(app, rows_of, state, message)]))
    return {
        "source": rows_of,
        "title": f"{held.source.title}: {stream.title}",
        "files": 0,
        "read": read,
        "rows": taken.usages,
        "rejected": taken.rejected,
        "message": message,
        "failed": state == "fails",
    }


def _tell(
    where: tuple[App, Connection, Write],
    stream: Stream,
    taking: Gathered | Kept,
    parts: tuple[Slice, Slice] | None,
) -> None:
    """How far the connection is: `parts` are the slice that is in now and the first one, None before any is."""
    app, held, _ = where
    streams = held.streams
    done = share_of(*parts, app.now()) if parts else 0.0
    share = (streams.index(stream) + done) / len(streams)
    until = parts[0].until if parts else None
    title = held.source.title if held.name == held.source.kind else f"{held.source.title} ({held.name})"
    told(app.around, Underway(held.name, title, stream.title, until, taking.rows, share))


def _noted(app: App, name: str, state: str, message: str) -> Cursor:
    """What a sync of a stream, or of a whole connection that cannot begin, is remembered by."""
    told = {"at": app.now().isoformat(), "state": state, "message": message}
    return Cursor(LAST, name, json.dumps(told))


def _slices(
    where: tuple[App, Connection, Write],
    stream: Stream,
    parts: Iterable[Slice],
    taking: Gathered | Kept,
    errors: list[PaybackError],
) -> int:
    """How many slices went in. One that is refused is put among `errors` and keeps its place; the others go on, but for later
    ones of its key. A wrong key ends the stream, and so does a vendor that nobody reaches twice in a row.
    """
    read, first, refused, is_away = 0, None, set[str](), False
    for part in parts:
        if part.key in refused:
            continue
        first = first or part
        try:
            _read((where[0], where[1], stream), part, taking)
        except SourceError as error:
            if _ends_all(error) or (is_away and isinstance(error, UnreachableError)):
                raise
            is_away = isinstance(error, UnreachableError)
            errors.append(error)
            refused.add(part.key)
        else:
            read, is_away = read + 1, False
            _tell(where, stream, taking, (part, first))
    return read


def _ends_all(error: SourceError) -> bool:
    """Whether what one slice met, every other one will meet too."""
    return isinstance(error, SignInError) or (isinstance(error, RefusedError) and error.status == 401)


def _told(stream: Stream, errors: Sequence[PaybackError], read: int) -> str:
    """What went wrong: a sentence for each slice, or one where all were refused alike; with the right that the stream needs and
    the pages that stay empty.
    """
    statuses = {error.status if isinstance(error, RefusedError) else None for error in errors}
    alike = read == 0 and len(statuses) == 1 and None not in statuses
    told = "; ".join(dict.fromkeys(map(str, errors[:1] if alike else errors)))
    if statuses & {401, 403, 404}:
        return f"{told}. {stream.title} needs {stream.needs}; without it these stay empty: {', '.join(stream.pages)}"
    return told


def _read(where: tuple[App, Connection, Stream], part: Slice, taking: Gathered | Kept) -> None:
    """Take in what one slice holds. A page cursor that expired on the way means the slice begins again."""
    for attempt in range(AGAIN + 1):
        try:
            taking.add(part, _pages(where, part))
        except RefusedError as error:
            if error.status not in {400, 410} or attempt == AGAIN:
                raise
        else:
            return


def _pages(where: tuple[App, Connection, Stream], part: Slice) -> Iterator[Pages]:
    """The pages of one slice as they come: the mark of each, and what it holds."""
    app, held, stream = where
    source = held.rows_of(stream)
    ask = Ask(held.http, held.told, part, app.now(), source, held.name, held.secrets)
    context = Context(source, held.name, held.told, app.now())
    for page in stream.fetch(ask):
        yield page.mark, list(stream.parse(page, context))


def tested_for(app: App, name: str, scope: Scope) -> list[dict[str, Any]]:
    """The connection test as somebody asks for it; only who may see every row may have a vendor asked."""
    if scope.sight is not Sight.EVERYTHING:
        raise ForbiddenError("test a connection", scope.reason)
    if name not in app.settings.sources:
        raise UnknownNameError("connection", name, names(app))
    return tested(app, name)


def tested(app: App, name: str) -> list[dict[str, Any]]:
    """The connection test: each stream asked for its least; what is found, what is missing, which pages that empties."""
    held = connection(app, name)
    try:
        return [_tried(app, held, stream) for stream in held.streams]
    finally:
        held.http.close()


def _tried(app: App, held: Connection, stream: Stream) -> dict[str, Any]:
    """What the first page of one stream says about the right to read it."""
    state, found, missing = "good", stream.needs, ""
    window = None if stream.is_snapshot else _yesterday(app)
    plan = Plan(held.told, {}, app.now(), held.http, window, held.secrets)
    try:
        part = next(iter(stream.plan(plan)), None)
        if part is None:
            state, found, missing = "nothing yet", "", "as it is set up, there is nothing to ask for"
        else:
            rows_of = held.rows_of(stream)
            ask = Ask(held.http, held.told, part, app.now(), rows_of, held.name, held.secrets)
            next(iter(stream.fetch(ask)), None)
    except PaybackError as error:
        state, found, missing = "nothing yet" if stream.optional else "fails", "", _told(stream, [error], 0)
    return {
        "check": f"{held.name}: {stream.title}",
        "state": state,
        "found": found,
        "missing": missing,
        "pages": "" if state == "good" else ", ".join(stream.pages),
    }


def _yesterday(app: App) -> tuple[Any, Any]:
    from datetime import timedelta

    return app.now() - timedelta(days=2), app.now() - timedelta(days=1)
