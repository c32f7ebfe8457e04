"""Runs of workflows that may be deployments: on the default branch or a version's tag, and not for a pull request.

GitHub shows at most 1,000 runs for one question, so a stretch that holds more is asked for in halves.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Deployment
from payback.sources.amounts import count, instant
from payback.sources.github.deployments import HOUR
from payback.sources.github.place import repo_name, rest
from payback.sources.github.repositories import Lists, Mark, Reading
from payback.sources.github.walking import about, each, missing
from payback.sources.http import RefusedError
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Ask, Context

MOST, PER_PAGE = 1000, 100
LONGEST, SHORTEST = timedelta(days=31), timedelta(seconds=1)
VERSION = re.compile(r"^(release[-/])?v?\d+\.\d+")
FOR_CHANGES = frozenset({"pull_request", "pull_request_target", "pull_request_review", "merge_group"})
CONCLUSIONS = {
    "success": "success",
    "failure": "failure",
    "timed_out": "failure",
    "startup_failure": "failure",
    "cancelled": "cancelled",
    "skipped": "cancelled",
    "stale": "cancelled",
    "neutral": "cancelled",
    "action_required": "running",
}


def fetch(ask: Ask) -> Iterator[Page]:
    """Runs stretch by stretch, oldest first, so that one can go on where it was stopped."""
    reading: Reading = ask.part.what
    if reading.repository.number is None:
        yield missing(reading)
        return
    since = ask.part.since.astimezone(UTC).replace(microsecond=0)
    try:
        while since < ask.part.until:
            until = min(since + LONGEST, ask.part.until)
            yield from _stretch(ask, reading, since, until)
            since = until
    except RefusedError as error:
        if error.status != 404:
            raise
        yield missing(reading)


def _stretch(ask: Ask, reading: Reading, since: datetime, until: datetime) -> Iterator[Page]:
    """All runs that began within a stretch, or its halves where it holds too many."""
    first = _page(ask, reading, (since, until), 1)
    whole = count(first.get("total_count"))
    if whole > MOST and until - since > SHORTEST:
        middle = (since + (until - since) / 2).replace(microsecond=0)
        yield from _stretch(ask, reading, since, max(middle, since + SHORTEST))
        yield from _stretch(ask, reading, max(middle, since + SHORTEST), until)
        return
    held = list(first.get("workflow_runs") or ())
    for number in range(2, -(-min(whole, MOST) // PER_PAGE) + 1):
        held += _page(ask, reading, (since, until), number).get("workflow_runs") or ()
    place = str(Mark(read=until.isoformat())) if ask.part.mark else None
    yield Page(held, reading.repository.name, about(reading), place)


def _page(ask: Ask, reading: Reading, stretch: tuple[datetime, datetime], number: int) -> dict[str, Any]:
    since, until = (moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in stretch)
    params = (
        ("created", f"{since}..{until}"),
        ("exclude_pull_requests", "true"),
        ("per_page", PER_PAGE),
        ("page", number),
    )
    path = rest(ask.told, f"repos/{reading.repository.name}/actions/runs")
    found: dict[str, Any] = ask.http.get(path, params).body or {}
    return found


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each run that may be a deployment, or why it could not be read."""
    return each(page, context, _read, "workflow run")


def _read(node: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    branch = node.get("head_branch")
    may_ship = branch == page.about["branch"] or bool(VERSION.match(branch or ""))
    if node.get("event") in FOR_CHANGES or not (may_ship or node.get("event") == "release"):
        return []
    repo = repo_name(context.told, page.about["repository"])
    is_done = node["status"] == "completed"
    return [
        Deployment(
            deployment_id=f"{repo}/actions/runs/{count(node['id'])}",
            repo=repo,
            source=context.source,
            kind="workflow_run",
            sha=node.get("head_sha"),
            status=CONCLUSIONS.get(str(node.get("conclusion"))) if is_done else "running",
            name=node.get("name"),
            ref=branch,
            url=node.get("html_url"),
            created_at=instant(node.get("run_started_at") or node["created_at"]),
            finished_at=instant(node["updated_at"]) if is_done and node.get("updated_at") else None,
        )
    ]


WORKFLOW_RUNS = Stream(
    name="workflow_runs",
    title="workflow runs",
    tables=("deployments",),
    needs="read access to Actions (classic: the scope repo)",
    pages=("Delivery",),
    plan=Lists(overlap=timedelta(days=3), rest=HOUR),
    fetch=fetch,
    parse=parse,
    by_id=True,
    optional=True,
)
