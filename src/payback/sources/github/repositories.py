"""Which repositories a connection reads, and which of them have anything new: one cheap question for a hundred of them.

What is remembered of each list of each repository is a `Mark`: how far it was read, and, while a long list is being read
from its newest entry down, from where to go on.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.sources.github.asking import Pages, asked, inside
from payback.sources.github.queries import ALL, ONE
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Slice, since_told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.http import Http
    from payback.sources.source import Plan

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
AGAIN = "again:"
MISSING = "it is not there, or the key's owner may not see it"


@dataclass(frozen=True, slots=True)
class Mark:
    """`read`: all up to this instant is in. `begun`, `after`: a reading that was under way, and its place in the list."""

    read: str | None = None
    begun: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        return json.dumps({name: told for name, told in asdict(self).items() if told is not None})

    @classmethod
    def of(cls, told: str | None) -> Mark:
        return cls(**json.loads(told)) if told else cls()


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: `owner/name`, its number, its default branch, and the newest instant of each of its lists."""

    name: str
    number: int | None = None
    branch: str | None = None
    newest: Mapping[str, datetime | None] | None = None

    @property
    def variables(self) -> dict[str, str]:
        owner, _, name = self.name.partition("/")
        return {"owner": owner, "name": name}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one slice reads: the repository, and the mark it goes on from. A repository that is not there has no number."""

    repository: Repository
    mark: Mark


@dataclass(frozen=True, slots=True)
class Lists:
    """A slice for each repository whose list `name` may hold something new; `overlap` of what was read is read again.

    A list that is read at most once in `rest` is read at once where GitHub said that something happened there.
    """

    name: str | None = None
    overlap: timedelta = DAY
    history: timedelta = timedelta(days=400)
    rest: timedelta = timedelta(0)

    def __call__(self, plan: Plan) -> Iterator[Slice]:
        """The slices, in the order of the repositories' names."""
        for one in repositories(plan.http, plan.told):
            mark = Mark() if plan.window else Mark.of(plan.marks.get(one.name))
            since, until = self._since(plan, mark), plan.now
            if plan.window:
                since, until = plan.window
            elif not self._is_due(plan, one, mark, since):
                continue
            begun = mark.begun or plan.now.isoformat()
            kept = "" if plan.window or one.number is None else str(Mark(read=begun))
            reading = Reading(one, Mark(mark.read, None if plan.window else begun, mark.after))
            yield Slice(since, until, kept, "" if one.number is None else one.name, reading)

    def _since(self, plan: Plan, mark: Mark) -> datetime:
        if mark.read:
            return datetime.fromisoformat(mark.read) - self.overlap
        return since_told(plan.told, plan.now - self.history)

    def _is_due(self, plan: Plan, one: Repository, mark: Mark, since: datetime) -> bool:
        if one.number is None or mark.read is None or mark.after:
            return True
        last = datetime.fromisoformat(mark.read)
        again = plan.marks.get(f"{AGAIN}{one.name}")
        if again and datetime.fromisoformat(again) >= last:
            return True
        newest = (one.newest or {}).get(self.name or "")
        return plan.now - last >= self.rest and (newest is None or newest >= since)


def repositories(http: Http, told: Mapping[str, Any]) -> Iterator[Repository]:
    """Those that the settings name, or all of an organisation or a person. Where none can be seen, a RefusedError."""
    named, owner = told.get("repositories"), told.get("organisation")
    if isinstance(named, list) and named:
        yield from _named(http, [str(one) for one in named])
    elif owner:
        yield from _all(http, str(owner))
    else:
        raise SettingsError(
            f'[sources.{http.name}] says not what to read; write organisation = "acme" or '
            'repositories = ["acme/app"]'
        )


def _named(http: Http, names: list[str]) -> Iterator[Repository]:
    found: list[Repository] = []
    refused: RefusedError | None = None
    for name in names:
        one = Repository(name)
        try:
            found.append(_read(inside(http, asked(http, ONE, one.variables, depth=1), "repository")))
        except RefusedError as error:
            if error.status != 404:
                raise
            refused = error
            found.append(one)
    if refused is not None and all(one.number is None for one in found):
        raise refused
    yield from sorted(found, key=lambda one: one.name)


def _all(http: Http, owner: str) -> Iterator[Repository]:
    pages, after, found = Pages(http, ALL, 100), None, []
    while True:
        listed = pages.page("repositoryOwner", "repositories", owner=owner, after=after)
        found += [_read(one) for one in listed["nodes"] if one]
        if not listed["pageInfo"]["hasNextPage"]:
            break
        after = listed["pageInfo"]["endCursor"]
    yield from sorted({one.name: one for one in found}.values(), key=lambda one: one.name)


def _read(told: Mapping[str, Any]) -> Repository:
    lists = ("pullRequests", "issues", "deployments", "releases")
    branch = (told.get("defaultBranchRef") or {}).get("name")
    newest = {name: _newest(told.get(name)) for name in lists}
    return Repository(told["nameWithOwner"], told["databaseId"], branch, newest)


def _newest(told: Any) -> datetime | None:
    """When the first entry of a list moved last; long ago where there is none, unknown where it may not be read."""
    if not isinstance(told, dict):
        return None
    times = [value for one in told.get("nodes") or () if one for value in one.values() if value]
    return max((datetime.fromisoformat(str(value)) for value in times), default=LONG_AGO)
