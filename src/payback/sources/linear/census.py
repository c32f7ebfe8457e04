"""The keys of all issues of a team: what was deleted for good never comes up as changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.counting import census_of
from payback.sources.linear.asking import Question, pages
from payback.sources.linear.queries import KEYS
from payback.sources.linear.teams import teams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.source import Ask


def keys(ask: Ask) -> Iterator[Any]:
    """The key of every issue of the slice's team that is not in the bin."""
    question = Question(KEYS, "issues", {"filter": {"team": {"id": {"eq": ask.part.what.id}}}})
    listed = (one for page in pages(ask.http, question) for one in page)
    return (one.get("identifier") for one in listed if not one.get("trashed"))


CENSUS = census_of(teams, keys, "a key that may read (scope read)")
