"""The agent logs of this machine taken in: each home's readers, each file from where it was left, in bounded batches."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from payback.app.reading import Task, read_all, text_of
from payback.home import user_home
from payback.ledger.intake import Batch, Taken, take_in
from payback.prices.card import Card
from payback.prices.tier import Tier
from payback.settings import AgentHome
from payback.sources.agents import readers
from payback.sources.agents.reader import Places
from payback.sources.agents.table import FOLDED
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payback.app.application import App
    from payback.app.window import Window
    from payback.sources.agents.reader import AgentLog, Reading

ENOUGH = 20_000


@dataclass(slots=True)
class Looked:
    """Where one tool's logs were looked for and what was found."""

    tool: str
    title: str
    files: int = 0
    read: int = 0
    taken: Taken = field(default_factory=Taken)

    def told(self) -> dict[str, Any]:
        return {
            "source": f"agents:{self.tool}",
            "title": self.title,
            "files": self.files,
            "read": self.read,
            "rows": self.taken.usages,
            "rejected": self.taken.rejected,
        }


def homes(app: App) -> tuple[AgentHome, ...]:
    """The homes told in payback.toml, else the home of the person who runs payback, under their account's name."""
    if app.settings.agent_homes:
        return app.settings.agent_homes
    environ = app.around.environ
    account = environ.get("USER") or environ.get("LOGNAME") or environ.get("USERNAME")
    return (AgentHome(user_home(environ), account),)


def places(app: App, home: AgentHome) -> Places:
    """Where a home's logs lie. The tools' own environment variables speak only for the home of who runs payback."""
    own = home.path == user_home(app.around.environ)
    return Places(home.path, app.around.environ if own else {}, app.around.system)


def sync(
    app: App, locate: Callable[[str], str | None], window: Window | None = None
) -> Iterator[dict[str, Any]]:
    """Read what is new in every agent log. `locate` names the repository of a working directory."""
    for reader in readers():
        looked = Looked(reader.tool, reader.title)
        source = f"agents:{reader.tool}"
        marks = {} if window else app.warehouse.cursors(source)
        for batch in _batches(app, reader, looked, marks):
            for usage in batch.usages:
                if usage.repo is None and usage.working_directory:
                    usage.repo = locate(usage.working_directory)
            looked.taken += take_in(window.kept(batch) if window else batch, app.books, app.now())
        if looked.files:
            yield looked.told()


def _batches(app: App, reader: AgentLog, looked: Looked, marks: dict[str, str]) -> Iterator[Batch]:
    batch = Batch()
    owners: dict[str, AgentHome] = {}
    for home in homes(app):
        for path in reader.discover(places(app, home)):
            owners.setdefault(str(path), home)
    looked.files = len(owners)
    key_home = app.settings.home if app.settings.keep_digests else None
    tasks = [Task(reader.title, path, marks.get(path), key_home) for path in owners]
    for task, reading in read_all(tasks, app.around.processes):
        looked.read += 1
        _plain(app, reading)
        cursor = Cursor(f"agents:{reader.tool}", task.path, text_of(reading.mark))
        _add(batch, reading, owners[task.path], cursor)
        if len(batch.usages) + len(batch.steps) >= ENOUGH:
            app.around.progress(f"{reader.title}: {looked.read} of {looked.files} files")
            yield batch
            batch = Batch()
    if batch.cursors or batch.rejected:
        yield batch


def _plain(app: App, reading: Reading) -> None:
    """Cache writes that no price tells apart from input are input, where the tool counts them as a part of it."""
    for usage in reading.usages:
        if usage.tool not in FOLDED or not usage.cache_write_5m_tokens or usage.model is None:
            continue
        tier = Tier(usage.service_tier, usage.speed, usage.region)
        card = app.prices.schedule(usage.vendor, usage.model, tier).at(usage.occurred_at)
        if isinstance(card, Card) and card.bands[0].cache_write_5m_tokens in {
            None,
            card.bands[0].input_tokens,
        }:
            usage.input_tokens += usage.cache_write_5m_tokens
            usage.cache_write_5m_tokens = 0


def _add(batch: Batch, reading: Reading, home: AgentHome, cursor: Cursor) -> None:
    for step in reading.steps:
        step.source = cursor.source
    for usage in reading.usages:
        usage.source = cursor.source
        usage.actor = usage.actor or home.person
        usage.workflow = usage.workflow or home.workflow
        usage.environment = usage.environment or home.environment
    batch.usages += reading.usages
    batch.steps += reading.steps
    batch.rejected += [replace(one, source=cursor.source) for one in reading.rejected]
    if cursor.value is not None:
        batch.cursors.append(cursor)
