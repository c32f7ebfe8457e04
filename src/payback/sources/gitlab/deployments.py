"""Deployments, with the merge requests that each brought to production, and releases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.delivery.shipping import is_production
from payback.ledger.work_entries import Deployment, Link
from payback.sources.amounts import instant
from payback.sources.gitlab.asking import listed, pages, walked
from payback.sources.gitlab.place import GONE, Changed, each, read, until
from payback.sources.gitlab.rows import moment
from payback.sources.http import RefusedError
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.gitlab.place import Project
    from payback.sources.source import Ask, Context, Page

    Told = dict[str, Any]

STATUSES = {
    "created": "running",
    "running": "running",
    "blocked": "running",
    "success": "success",
    "failed": "failure",
    "canceled": "cancelled",
    "skipped": "cancelled",
}
HELD = "brought"
LATE = timedelta(days=14)


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's project; each deployment that reached production with the numbers of its merge requests."""
    yield from read(ask, _changed)


def _changed(ask: Ask, one: Project) -> Iterator[list[Told]]:
    path, since = one.at("deployments"), ask.part.since.isoformat()
    for found in walked(ask.http, path, until(ask), "updated", since):
        yield [_whole(ask, one, told) for told in found]


def _whole(ask: Ask, one: Project, told: Told) -> Told:
    if "id" not in told or told.get("status") != "success" or not _reaches_production(told):
        return told
    try:
        brought = listed(ask.http, one.at("deployments", told["id"], "merge_requests"))
    except RefusedError as error:
        if error.status not in GONE:
            raise
        brought = []
    return {**told, HELD: [change["iid"] for change in brought if "iid" in change]}


def _reaches_production(told: Told) -> bool:
    """By the tier of its environment where GitLab tells one, else by its name."""
    where = told.get("environment") or {}
    return (
        where["tier"] == "production"
        if where.get("tier")
        else is_production({"environment": where.get("name")})
    )


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each deployment with its links, or why it could not be read."""
    return each(page, context, _deployment, "deployment")


def _deployment(told: Told, repo: str, context: Context) -> list[WorkEntry]:
    job, where = told.get("deployable") or {}, told.get("environment") or {}
    status = STATUSES[told["status"]]
    ended = moment(job, "finished_at") or moment(told, "updated_at")
    row = Deployment(
        deployment_id=deployment_id(repo, told["id"]),
        repo=repo,
        source=context.source,
        environment=where.get("name"),
        sha=told.get("sha"),
        status=status,
        name=job.get("name"),
        ref=told.get("ref"),
        url=where.get("external_url"),
        created_at=instant(told["created_at"]),
        finished_at=ended if status == "success" else None,
    )
    return [row, *(_link(row, number) for number in dict.fromkeys(told.get(HELD) or ()))]


def deployment_id(repo: str, number: int) -> str:
    """The id of a deployment, which is none of a release or a pipeline."""
    return f"{repo}/deployments/{number}"


def _link(row: Deployment, number: int) -> Link:
    return Link(
        link_id=f"{row.deployment_id}/merge_requests/{number}",
        from_kind="deployment",
        from_id=row.deployment_id,
        to_kind="pull_request",
        to_id=f"{row.repo}#{number}",
        how="vendor",
        source=row.source,
        valid_from=row.finished_at,
    )


def fetch_releases(ask: Ask) -> Iterator[Page]:
    """The releases of the slice's project, newest first, down to where they were read before."""
    yield from read(ask, _released)


def _released(ask: Ask, one: Project) -> Iterator[list[Told]]:
    for found in pages(ask.http, one.at("releases"), {"order_by": "released_at", "sort": "desc"}):
        fresh = [told for told in found if not _is_older(told, ask)]
        yield fresh
        if len(fresh) < len(found):
            return


def _is_older(told: Told, ask: Ask) -> bool:
    return bool(told.get("released_at")) and instant(told["released_at"]) < ask.part.since


def parse_releases(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each release that is out; one that is only announced is none."""
    return each(page, context, _release, "release")


def _release(told: Told, repo: str, context: Context) -> list[WorkEntry]:
    if told.get("upcoming_release") or not told.get("released_at"):
        return []
    return [
        Deployment(
            deployment_id=f"{repo}/releases/{told['tag_name']}",
            repo=repo,
            source=context.source,
            kind="release",
            sha=(told.get("commit") or {}).get("id"),
            status="success",
            name=told.get("name") or told["tag_name"],
            ref=told["tag_name"],
            url=(told.get("_links") or {}).get("self"),
            created_at=moment(told, "created_at"),
            finished_at=instant(told["released_at"]),
        )
    ]


DEPLOYMENTS = Stream(
    name="deployments",
    title="deployments and what they brought",
    tables=("deployments", "links"),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery",),
    plan=Changed(),
    fetch=fetch,
    parse=parse,
    by_id=True,
    optional=True,
)
RELEASES = Stream(
    name="releases",
    title="releases",
    tables=("deployments",),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery",),
    plan=Changed(LATE),
    fetch=fetch_releases,
    parse=parse_releases,
    by_id=True,
    optional=True,
)
