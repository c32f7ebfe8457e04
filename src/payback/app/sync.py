"""Every source brought up to date, one after the other; a source that fails is told of and never stops the others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from payback.app import agents, changes, connections, derivation, fates, files
from payback.app.abreast import MOST, abreast
from payback.errors import PaybackError, UnknownNameError
from payback.ledger.placing import place_anew
from payback.ledger.repair import price_the_unpriced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payback.app.application import App
    from payback.app.changes import Repositories
    from payback.app.window import Window

    Source = Callable[[App, Repositories, Window | None], Iterable[dict[str, Any]]]

SOURCES: Mapping[str, Source] = {
    "agents": lambda app, known, window: agents.sync(app, known.name_at, window),
    "files": lambda app, _known, window: files.sync(app, window),
    "git": changes.sync,
}


def sync(app: App, names: Sequence[str] = (), window: Window | None = None) -> list[dict[str, Any]]:
    """One row per source and tool: what was looked at, what came in, what was refused, what went wrong; `failed` where a
    connection could not begin, or a stream that any account of the vendor can have was not read to its end.
    """
    connected = connections.names(app)
    if strange := sorted(set(names) - {*SOURCES, *connected}):
        raise UnknownNameError("source", strange[0], (*SOURCES, *connected))
    known = changes.Repositories()
    place_anew(app.organise())
    price_the_unpriced(app.books)
    found = _connections(app, [name for name in connected if not names or name in names], window)
    place_anew(app.organise())
    for name, source in SOURCES.items():
        if not names or name in names:
            found += _safely(name, partial(source, app, known, window))
    found += _safely("fates", partial(fates.sync, app, known))
    found += _safely("links", partial(changes.link, app, known))
    derivation.bring_up_to_date(app)
    return found


def _connections(app: App, names: Sequence[str], window: Window | None) -> list[dict[str, Any]]:
    """The connections read side by side, their rows in the order of payback.toml. Invented vendors answer one at a time."""

    def task(name: str) -> Callable[[Any], list[dict[str, Any]]]:
        return lambda write: _safely(name, partial(connections.sync, app, name, window, write))

    told = abreast([task(name) for name in names], 1 if app.settings.invented else MOST)
    return [row for rows in told for row in rows]


def take_file(app: App, asked: files.Import) -> dict[str, Any]:
    """A file taken in, and what follows from it derived at once; nothing where it told nothing new."""
    before = app.warehouse.edition
    told = files.take_file(app, asked)
    if asked.kind in files.DELIVERY and not asked.dry_run:
        if app.warehouse.edition != before:
            app.warehouse.apply([changes.AT_ONCE])
        app.settle()
    else:
        derivation.bring_up_to_date(app)
    return told


def settle(app: App) -> bool:
    """Everything placed by the organisation as it is told now, and derived where that is owed; False when it was already."""
    moved = place_anew(app.organise())
    if moved:
        app.warehouse.apply([changes.TO_LINK])
    if changes.is_waited_for(app):
        known = changes.Repositories()  # Git knows the default branches
        _safely("git", partial(changes.sync, app, known))
        _safely("links", partial(changes.link, app, known))
    return derivation.bring_up_to_date(app) or moved


def _safely(name: str, source: Callable[[], Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows of a source, or the one that says why there are none."""
    try:
        return list(source())
    except PaybackError as error:
        return [
            {
                "source": name,
                "title": name,
                "files": 0,
                "read": 0,
                "rows": 0,
                "rejected": 0,
                "message": str(error),
                "failed": True,
            }
        ]
