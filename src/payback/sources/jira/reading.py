"""Issues of a search with all that belongs to them, as pages: their histories, and the sprints they ever were in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.jira.asking import Search, histories, searched, sprint
from payback.sources.jira.timeline import ids, is_of_sprints, sprints_of
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.jira.site import Fields, Site
    from payback.sources.source import Ask

FIELDS = (
    "summary", "issuetype", "status", "priority", "resolution", "resolutiondate", "created", "updated", "assignee",
    "creator", "labels", "components", "parent", "project",
)  # fmt: skip
Sprints = dict[str, "dict[str, Any] | None"]


def pages(ask: Ask, site: Site, jql: str, known: Sprints) -> Iterator[Page]:
    """Pages of issues. `known` holds the sprints met so far, and None for those that cannot be read."""
    for issues in searched(ask, site.deployment, Search(jql, (*FIELDS, *site.fields.ids))):
        told = histories(ask, site.deployment, issues, site.fields.sprint)
        _meet(ask, site.fields, issues, known)
        for number in sorted(_named(told, site.fields.sprint)):
            if number not in known:
                known[number] = sprint(ask.http, number)
        yield Page(
            {
                "issues": issues,
                "histories": told,
                "sprints": dict(known),
                "categories": site.categories,
                "fields": site.fields,
            },
            jql,
        )


def _meet(ask: Ask, fields: Fields, issues: list[dict[str, Any]], known: Sprints) -> None:
    """The sprints that issues are in now; Cloud tells of them there and then, and that is the newest word."""
    for issue in issues:
        for number, told in sprints_of(fields_of(issue).get(fields.sprint or "")):
            if told is not None:
                known[number] = dict(told)
            elif number not in known:
                known[number] = sprint(ask.http, number)


def fields_of(issue: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of an issue; none where it has none that can be read."""
    held = issue.get("fields")
    return held if isinstance(held, dict) else {}


def _named(told: Mapping[str, list[dict[str, Any]]], sprint_field: str | None) -> set[str]:
    """The sprints that histories name."""
    items = (item for held in told.values() for one in held for item in one.get("items") or ())
    held = (item for item in items if is_of_sprints(item, sprint_field))
    return {
        number for item in held for end in ("from", "to") for number in ids(item.get(end)) if number.isdigit()
    }
