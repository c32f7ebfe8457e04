"""Pipelines that may be deployments, as runs of a workflow: of the default branch or a version's tag, and not for a merge request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Deployment
from payback.sources.amounts import count, instant
from payback.sources.gitlab.asking import walked
from payback.sources.gitlab.place import Changed, each, read, until
from payback.sources.gitlab.rows import moment
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.gitlab.place import Project
    from payback.sources.source import Ask, Context, Page

    Told = dict[str, Any]

VERSION = re.compile(r"^(release[-/])?v?\d+\.\d+")
FOR_CHANGES = frozenset({"merge_request_event", "external_pull_request_event", "parent_pipeline"})
STATUSES = {
    "success": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "canceling": "cancelled",
    "skipped": "cancelled",
}


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's project, those that changed last at the end."""
    yield from read(ask, _changed)


def _changed(ask: Ask, one: Project) -> Iterator[list[Told]]:
    yield from walked(ask.http, one.at("pipelines"), until(ask), "updated", ask.part.since.isoformat())


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each pipeline that may be a deployment, or why it could not be read."""
    branch = page.about["branch"]

    def one(told: Told, repo: str, context: Context) -> list[WorkEntry]:
        ref = str(told.get("ref") or "")
        may_ship = bool(ref) and (ref == branch or bool(VERSION.match(ref)))
        return [_run(told, repo, context)] if may_ship and told.get("source") not in FOR_CHANGES else []

    return each(page, context, one, "pipeline")


def _run(told: Told, repo: str, context: Context) -> Deployment:
    status = STATUSES.get(str(told["status"]), "running")
    return Deployment(
        deployment_id=f"{repo}/pipelines/{count(told['id'])}",
        repo=repo,
        source=context.source,
        kind="workflow_run",
        sha=told.get("sha"),
        status=status,
        name=told.get("name"),
        ref=told.get("ref"),
        url=told.get("web_url"),
        created_at=instant(told["created_at"]),
        finished_at=moment(told, "updated_at") if status == "success" else None,
    )


PIPELINES = Stream(
    name="pipelines",
    title="pipelines",
    tables=("deployments",),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery",),
    plan=Changed(),
    fetch=fetch,
    parse=parse,
    by_id=True,
    optional=True,
)
