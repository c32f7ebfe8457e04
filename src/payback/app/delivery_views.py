"""Lists behind the pages of delivery: what counts as a deployment, the review queue, load on reviewers, signs of AI.

All of it is read through the reader's scope. Nobody is ranked: load is told by team.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as open_facts
from payback.delivery.sittings import sittings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.app.holdings import View

    Where = Mapping[str, Sequence[str | None]]
    Row = dict[str, Any]

HOUR = timedelta(hours=1)
CUTS = {"team": "team", "repo": "repo"}
MOST = 200


def deployment_choices(view: View) -> list[Row]:
    """What counts as a deployment of each repository: repo, counted_as, is_proposed, deployments, changes; most first."""
    rows = open_facts(view.ground, "production_deployments", view.scope)
    told = rows.group_by("repo", "counted_as", "is_proposed").aggregate(
        deployments=rows.count(), changes=rows.pull_requests.sum()
    )
    found: list[Row] = view.read(told)
    return sorted(found, key=lambda row: (-row["deployments"], row["repo"]))


def review_queue(view: View, where: Where) -> list[Row]:
    """Changes that wait for their first review when the period ends, the oldest first: the columns of `work` shown there,
    and `waiting_hours`.
    """
    work = open_facts(view.ground, "work", view.scope)
    rows = work.filter(work.ready_at.notnull(), work.first_review_at.isnull(), work.state == "open")
    names = (
        "pull_request_id", "title", "repo", "team", "size_band", "ai_class", "ready_at", "created_at", "synced_at",
        "additions", "deletions",
    )  # fmt: skip
    found = _kept(view.read(rows.select(*names)), where)
    for row in found:
        row["waiting_hours"] = (min(view.now, row["synced_at"]) - row["ready_at"]) / HOUR
    return sorted(found, key=lambda row: -row["waiting_hours"])[:MOST]


def review_load(view: View, where: Where) -> list[Row]:
    """Reviews by people in the period by the team of who gave them: team, reviews, reviewers, changes, per_reviewer, and
    `most`: the part of its reviews that the one who gave most of them gave. What is said in one sitting is one review.
    """
    reviews = open_facts(view.ground, "reviews", view.scope)
    since, until = view.period.instants(view.ground.zone)
    rows = reviews.filter(
        reviews.submitted_at >= since, reviews.submitted_at < until, reviews.is_bot.isnull() | ~reviews.is_bot
    )
    pulls = open_facts(view.ground, "work", view.scope).select("pull_request_id", "repo", "author")
    told = rows.select("pull_request_id", "reviewer", "submitted_at").inner_join(pulls, "pull_request_id")
    said, repos = [], {}
    for row in view.read(told):
        who = view.directory.person_of(row["reviewer"]) or row["reviewer"]
        author = view.directory.person_of(row["author"]) or row["author"]
        if who is not None and who != author:
            said.append((who, row["pull_request_id"], row["submitted_at"]))
            repos[row["pull_request_id"]] = row["repo"]
    given: dict[str | None, Counter[str]] = defaultdict(Counter)
    changes: dict[str | None, set[str]] = defaultdict(set)
    for who, change, at in sittings(said):
        team = view.directory.team_of(who, at)
        if _kept([{"team": team, "repo": repos[change]}], where):
            given[team][who] += 1
            changes[team].add(change)
    found = [
        {
            "team": team,
            "reviews": counts.total(),
            "reviewers": len(counts),
            "changes": len(changes[team]),
            "per_reviewer": counts.total() / len(counts),
            "most": max(counts.values()) / counts.total() if len(counts) > 1 else None,
        }
        for team, counts in given.items()
    ]
    return sorted(found, key=lambda row: -row["reviews"])


def signs(view: View, where: Where) -> list[Row]:
    """Signs of AI on changes merged in the period: kind, tool, grade, changes; most first."""
    rows = open_facts(view.ground, "work_signs", view.scope)
    rows = rows.filter(rows.merged_day >= view.period.since, rows.merged_day < view.period.until)
    held = Counter(
        (row["kind"], row["tool"], row["grade"])
        for row in _kept(view.read(rows.select("kind", "tool", "grade", "team", "repo")), where)
    )
    return [
        {"kind": kind, "tool": tool, "grade": grade, "changes": count}
        for (kind, tool, grade), count in sorted(held.items(), key=lambda one: (-one[1], one[0]))
    ]


def survival(view: View, by: str, where: Where) -> list[Row]:
    """Lines added in the period by a cut of `code_fates` and age: name, age_days, added, alive, share, locked (lines too young
    for the age), all_added. The share is of lines that are old enough.
    """
    fates = open_facts(view.ground, "code_fates", view.scope)
    since, until = view.period.instants(view.ground.zone)
    rows = fates.filter(fates.committed_at >= since, fates.committed_at < until)
    for name, values in where.items():
        if name in CUTS:
            known = [value for value in values if value is not None]
            chosen = rows[name].isin(known) if known else ibis.literal(False)
            rows = rows.filter((chosen | rows[name].isnull()) if None in values else chosen)
    told = rows.group_by(name=rows[by], age_days=rows.age_days).aggregate(
        added=rows.added.sum(where=rows.alive.notnull()).fill_null(0),
        alive=rows.alive.sum().fill_null(0),
        locked=rows.added.sum(where=rows.alive.isnull()).fill_null(0),
        all_added=rows.added.sum(),
    )
    found = view.read(told)
    for row in found:
        row["share"] = row["alive"] / row["added"] if row["added"] else None
    return sorted(found, key=lambda row: (row["name"] is None, row["name"] or "", row["age_days"]))


def course(view: View, change: str) -> Row | None:
    """The row of `work` of one change, with `items`: rows of `work_items` of its tickets. None where it is not known."""
    work = open_facts(view.ground, "work", view.scope)
    found = view.read(work.filter(work.pull_request_id == change))
    if not found:
        return None
    tickets = [one for one in (found[0]["tickets"] or "").split(",") if one]
    items = open_facts(view.ground, "work_items", view.scope)
    names = ("ticket_id", "title", "kind", "status_category", "active_hours", "queue_hours", "cost_list")
    held = view.read(items.filter(items.ticket_id.isin(tickets)).select(*names)) if tickets else []
    return {**found[0], "items": sorted(held, key=lambda row: row["ticket_id"])}


def _kept(rows: list[Row], where: Where) -> list[Row]:
    """The rows that the filters of a page keep."""
    asked = {CUTS[name]: set(values) for name, values in where.items() if name in CUTS}
    return [row for row in rows if all(row[name] in values for name, values in asked.items())]
