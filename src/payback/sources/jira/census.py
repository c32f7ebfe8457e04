"""The keys of all issues of a project: a deleted issue, and one that moved away, never comes up in a search for changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.counting import census_of
from payback.sources.jira.asking import MOST_KEYS, Search, searched
from payback.sources.jira.site import deployment, projects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.sources.source import Ask


def keys(ask: Ask) -> Iterator[Any]:
    """The key of every issue of the slice's project."""
    where = deployment(ask.told)
    most = MOST_KEYS if where.is_cloud else 1000
    search = Search(f"project = {ask.part.what.id} ORDER BY key ASC", ("key",), most)
    return (issue.get("key") for page in searched(ask, where, search) for issue in page)


CENSUS = census_of(projects, keys, "the right to browse the projects (scope read:jira-work)")
