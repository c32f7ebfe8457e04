"""Delivery as it is derived, for this organisation: changes, tickets, commitments, deployments to production.

[[deployments]]                        # what counts, per repository, unless chosen on a page; else it is proposed
repository = "github.com/acme/*"
kind = "workflow_run"                  # deployment, release, workflow_run, merge
name = "^Deploy"                       # of the workflow, pipeline or release
environment = "^production$"

[[work_types]]                         # before the built-in rules
work_type = "debt"
label = "cleanup"                      # title, branch, label or kind, with a regular expression

[ai_labels]                            # labels of changes by which people say that AI took part
"ai-assisted" = "claude_code"

[services]                             # which repository a service of the incident tool is
checkout = "github.com/acme/checkout"
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.app.shipping_choices import choices
from payback.delivery.belonging import Belonging
from payback.delivery.delivered import FATES, READ, Delivered, People, Reading
from payback.delivery.developers import developer_rows
from payback.delivery.kinds_of_work import FIELDS, Rule
from payback.delivery.releases import deployment_rows
from payback.delivery.shipping import KINDS, Choice
from payback.delivery.ties import tie_rows
from payback.delivery.work import sign_rows, work_rows
from payback.delivery.work_items import sprint_item_rows, work_item_rows
from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import pyarrow as pa

    from payback.app.application import App


AGE = 30


def derived(app: App, assigned_usage: pa.Table, default_branches: Mapping[str, str]) -> dict[str, pa.Table]:
    """Every derived table of delivery, by name, from all that is held now; of `links`, the rows that are derived here."""
    held = delivered(app, default_branches)
    works = work_rows(held, assigned_usage)
    told = works.to_pylist()
    items = work_item_rows(held, told)
    return {
        "work": works,
        "work_signs": sign_rows(held, told),
        "work_items": items,
        "sprint_items": sprint_item_rows(held, items.to_pylist()),
        "production_deployments": deployment_rows(held, told),
        "developer_days": developer_rows(held, told),
        "links": tie_rows(held),
    }


def delivered(app: App, default_branches: Mapping[str, str]) -> Delivered:
    """All that is held of delivery, and how this organisation reads it."""
    directory = app.books.directory
    return Delivered(
        tables={name: app.warehouse.read(app.warehouse.table(name)) for name in READ},
        zone=app.settings.zone,
        now=app.now(),
        reading=_reading(app),
        people=People(directory.person_of, directory.team_of, directory.team_of_repo, directory.team_named),
        default_branches=default_branches,
        replaced=_replaced(app),
        read_lines=frozenset(app.warehouse.cursors(FATES)),
        used=_used(app),
        lines=_lines(app),
        belonging=Belonging(directory.workflows.values()),
    )


def _reading(app: App) -> Reading:
    """What payback.toml says, and what was chosen on a page."""
    told = reading_of(app.settings.told)
    return replace(told, deployments=(*choices(app.state), *told.deployments))


def _changes_of_commits(app: App) -> dict[str, str | None]:
    """The change that each commit went in with; the merge of a squash is its change."""
    pulls = app.warehouse.table("pull_requests").select("pull_request_id", "repo", "merge_commit")
    commits = app.warehouse.table("commits").select("commit_id", "pull_request_id")
    change_of = {row["commit_id"]: row["pull_request_id"] for row in app.warehouse.read(commits).to_pylist()}
    for pull in app.warehouse.read(pulls).to_pylist():
        if pull["merge_commit"]:
            change_of[f"{pull['repo']}@{pull['merge_commit']}"] = pull["pull_request_id"]
    return change_of


def _used(app: App) -> dict[str, set[date]]:
    """The days (UTC) on which each person, or account that nobody stands behind, used AI."""
    usage, activity = app.warehouse.table("usage"), app.warehouse.table("activity")
    usage, activity = usage.filter(usage.requests > 0), activity.filter(activity.active)
    asked = (
        usage.select(who=usage.actor, day=usage.occurred_at.cast("timestamp").date()).distinct(),
        activity.select(who=activity.person, day=activity.day).distinct(),
    )
    found: dict[str, set[date]] = defaultdict(set)
    for row in (row for rows in asked for row in app.warehouse.read(rows).to_pylist()):
        if row["who"] is not None:
            found[app.books.directory.person_of(row["who"]) or row["who"]].add(row["day"])
    return found


def _lines(app: App) -> dict[str, tuple[int, int]]:
    """Lines added by each change, and those alive after 30 days; a change of which a commit is younger is left out."""
    change_of, fates = _changes_of_commits(app), app.warehouse.table("code_fates")
    rows = app.warehouse.read(fates.filter(fates.age_days == AGE).select("commit_id", "added", "alive"))
    found: dict[str, tuple[int, int]] = {}
    young: set[str] = set()
    for row in rows.to_pylist():
        change = change_of.get(row["commit_id"])
        if change is None:
            continue
        if row["alive"] is None:
            young.add(change)
        added, alive = found.get(change, (0, 0))
        found[change] = (added + row["added"], alive + (row["alive"] or 0))
    return {change: lines for change, lines in found.items() if change not in young}


def _replaced(app: App) -> dict[str, frozenset[str]]:
    """For each change, the earlier changes whose lines it took away within 14 days."""
    change_of = _changes_of_commits(app)
    found: dict[str, set[str]] = defaultdict(set)
    rows = app.warehouse.read(
        app.warehouse.table("line_replacements").select("commit_id", "replaced_commit_id")
    )
    for row in rows.to_pylist():
        by, of = change_of.get(row["commit_id"]), change_of.get(row["replaced_commit_id"])
        if by and of and by != of:
            found[by].add(of)
    return {change: frozenset(held) for change, held in found.items()}


def reading_of(told: Mapping[str, Any]) -> Reading:
    """What payback.toml says about deployments, kinds of work and services. SettingsError for what it cannot mean."""
    services = told.get("services", {})
    if not isinstance(services, dict) or not all(isinstance(repo, str) for repo in services.values()):
        raise SettingsError('[services] names repositories by service: checkout = "github.com/acme/checkout"')
    labels = told.get("ai_labels", {})
    if not isinstance(labels, dict) or not all(isinstance(tool, str) for tool in labels.values()):
        raise SettingsError('[ai_labels] names tools by label: "ai-assisted" = "claude_code"')
    return Reading(
        tuple(_choice(one) for one in _tables(told, "deployments")),
        tuple(_rule(one) for one in _tables(told, "work_types")),
        services,
        labels,
    )


def _tables(told: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    found = told.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(f"{name} is a list of tables; write [[{name}]]")
    return found


def _choice(one: Mapping[str, Any]) -> Choice:
    known = {"repository", "kind", "environment", "name"}
    if strange := sorted(set(one) - known):
        raise SettingsError(f"[[deployments]] has no {strange[0]!r}; it has {', '.join(sorted(known))}")
    if one.get("kind") not in KINDS or not isinstance(one.get("repository"), str):
        raise SettingsError(
            f'[[deployments]] needs repository = "github.com/acme/*" and kind, one of {", ".join(KINDS)}'
        )
    environment, name = (
        pattern(one[key], "deployments") if key in one else None for key in ("environment", "name")
    )
    return Choice(one["repository"], one["kind"], environment, name)


def _rule(one: Mapping[str, Any]) -> Rule:
    fields = [name for name in FIELDS if name in one]
    if not isinstance(one.get("work_type"), str) or len(fields) != 1 or set(one) - {"work_type", *FIELDS}:
        raise SettingsError(f"[[work_types]] needs work_type and one of {', '.join(FIELDS)}")
    return Rule(one["work_type"], fields[0], pattern(one[fields[0]], "work_types"))


def pattern(text: object, where: str) -> str:
    """The text, where it is a regular expression. SettingsError otherwise."""
    try:
        return re.compile(str(text)).pattern
    except re.error as error:
        raise SettingsError(f"{text!r} in [[{where}]] is no regular expression: {error}") from error
