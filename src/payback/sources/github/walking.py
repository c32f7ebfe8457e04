"""A list of a repository read from its newest entry down to where it was read before, resuming where it was stopped.

What moves while it is read goes to the front and is read with the next sync: the next one begins before this one did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.sources.github.asking import Pages, asked, inside
from payback.sources.github.queries import rest_of
from payback.sources.github.repositories import MISSING, Mark, Reading
from payback.sources.http import RefusedError
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.sources.github.repositories import Repository
    from payback.sources.http import Http
    from payback.sources.source import Ask, Context

    Node = dict[str, Any]

EXPIRED = 410


@dataclass(frozen=True, slots=True)
class Walk:
    """One kind of list: the question, its name, by which instant it is ordered, and the lists that its entries hold.

    `added` gives an entry what the question cannot ask for.
    """

    query: str
    name: str
    moved: str
    kind: str = ""
    lists: Mapping[str, tuple[str, str]] | None = None
    added: Callable[[Ask, Repository, Node], Node] | None = None

    def __call__(self, ask: Ask) -> Iterator[Page]:
        """Its pages, each entry whole, with the mark to go on from. A repository that is not there is a page without body."""
        reading: Reading = ask.part.what
        if reading.repository.number is None:
            yield missing(reading)
            return
        try:
            yield from self._down(ask, reading, reading.mark.after)
        except RefusedError as error:
            if error.status != EXPIRED or reading.mark.after is None:
                raise
            yield from self._down(ask, reading, None)

    def _down(self, ask: Ask, reading: Reading, after: str | None) -> Iterator[Page]:
        pages, one, mark = Pages(ask.http, self.query), reading.repository, reading.mark
        while True:
            try:
                listed = pages.page("repository", self.name, **one.variables, after=after)
            except RefusedError as error:
                if error.status != 404:
                    raise
                yield missing(reading)
                return
            nodes = [node for node in listed["nodes"] or () if node]
            fresh = [node for node in nodes if self._moved(node) >= ask.part.since]
            after = listed["pageInfo"]["endCursor"]
            is_last = len(fresh) < len(nodes) or not listed["pageInfo"]["hasNextPage"]
            place = None if is_last or mark.begun is None else str(Mark(mark.read, mark.begun, after))
            whole = [self._whole(ask.http, node) for node in fresh]
            if self.added is not None:
                whole = [self.added(ask, one, node) for node in whole]
            yield Page(whole, one.name, about(reading), place)
            if is_last:
                return

    def _moved(self, node: Node) -> datetime:
        return datetime.fromisoformat(node[self.moved])

    def _whole(self, http: Http, node: Node) -> Node:
        """An entry with all that its lists hold, however long they are."""
        lists = dict(self.lists or {})
        for name in lists:
            held = node.get(name) or {}
            ends = held.get("pageInfo") or {}
            while ends.get("hasNextPage"):
                question = rest_of(self.kind, name, lists)
                told = asked(http, question, {"id": node["id"], "after": ends["endCursor"]})
                more = inside(http, told, "node", name)
                held["nodes"] += more["nodes"]
                ends = more["pageInfo"]
        return node


def missing(reading: Reading) -> Page:
    """The page of a repository that is named and cannot be seen."""
    return Page(None, reading.repository.name, about(reading))


def about(reading: Reading) -> dict[str, str]:
    one = reading.repository
    return {"repository": one.name, "branch": one.branch or ""}


def each(
    page: Page, context: Context, read: Callable[[Node, Context, Page], list[Any]], what: str
) -> Iterator[Any]:
    """What `read` makes of each entry of a page, all of it or a Rejected with the entry's place."""
    if page.body is None:
        yield Rejected(context.source, f"{page.what}: {MISSING}", page.what)
        return
    for node in page.body:
        try:
            found = read(node, context, page)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            number = node.get("number") if isinstance(node, dict) else None
            where = f"{page.what}#{number}" if number else page.what
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            yield Rejected(context.source, f"{what} is not read: {why}", where)
        else:
            yield from found
