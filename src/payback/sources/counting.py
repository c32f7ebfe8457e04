"""What a tracker or a host still has, at most once a day: what was deleted for good never comes up as changed.

Half a census would be no census: all keys of a project come in one piece, and a list with an issue without its key proves
nothing. A project that is no longer there keeps what was known of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census
from payback.sources.source import Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from payback.sources.http import Http
    from payback.sources.source import Ask, Context, Plan

OFTEN = timedelta(hours=20)


class Project(Protocol):
    """What a tracker keeps issues in: a project, a team."""

    @property
    def id(self) -> str: ...

    @property
    def key(self) -> str: ...


def census_of(
    projects: Callable[[Http, Any], Iterable[Project]], keys: Callable[[Ask], Iterable[Any]], needs: str
) -> Stream:
    """The stream that counts the issues of each project of a tracker. `keys` gives those of the slice's project, which is the
    slice's `what`.
    """

    def plan(told: Plan) -> Iterator[Slice]:
        for project in projects(told.http, told.told):
            last = told.marks.get(project.id)
            if last is None or told.now - datetime.fromisoformat(last) >= OFTEN:
                yield Slice(told.now, told.now, told.now.isoformat(), project.id, project)

    def fetch(ask: Ask) -> Iterator[Page]:
        key = ask.part.what.key
        yield Page(list(keys(ask)), f"project {key}", {"project": key})

    return Stream(
        name="census",
        title="which issues are still there",
        tables=("tickets",),
        needs=needs,
        pages=("Delivery",),
        plan=plan,
        fetch=fetch,
        parse=_parsed,
        by_id=True,
    )


def _parsed(page: Page, context: Context) -> Iterable[Census | Rejected]:
    """The census of one project."""
    if all(page.body):
        yield Census(
            "tickets", "project", page.about["project"], tuple(sorted(set(page.body))), context.source
        )
        return
    why = "the list holds an issue without its key, so nothing is concluded from it"
    yield Rejected(context.source, why, page.what)


NAMED = (("pull_requests", "repo"), ("tickets", "project"), ("deployments", "repo"), ("commits", "repo"))
"""What a host names by its repository: table and column."""


def repository_counted(
    repo: str, before: str, held: Mapping[str, Sequence[Any]], source: str
) -> Iterator[Census]:
    """A census of the numbers of each table of a host's repository, and an empty one of all under a name that it had before.
    A list with an entry without its number proves nothing.
    """
    if before != repo:
        for table, column in NAMED:
            yield Census(table, column, before, (), source)
    columns = dict(NAMED)
    for table, numbers in held.items():
        if all(numbers):
            yield Census(table, columns[table], repo, tuple(f"{repo}#{number}" for number in numbers), source)
