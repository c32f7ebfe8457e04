"""Deployments with their statuses, and releases. A deployment is done with its first success; a later one makes it inactive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Deployment
from payback.sources.amounts import instant
from payback.sources.github.place import repo_name
from payback.sources.github.pulls import moment
from payback.sources.github.queries import DEPLOYMENTS as DEPLOYMENTS_QUESTION
from payback.sources.github.queries import RELEASES as RELEASES_QUESTION
from payback.sources.github.repositories import Lists
from payback.sources.github.walking import Walk, each
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Context, Page

HOUR = timedelta(hours=1)
UNFINISHED = timedelta(days=14)
STATUSES = {
    "SUCCESS": "success",
    "ACTIVE": "success",
    "INACTIVE": "success",
    "FAILURE": "failure",
    "ERROR": "failure",
    "IN_PROGRESS": "running",
    "PENDING": "running",
    "QUEUED": "running",
    "WAITING": "running",
    "ABANDONED": "cancelled",
    "DESTROYED": "cancelled",
}


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each deployment, or why it could not be read."""
    return each(page, context, _deployment, "deployment")


def _deployment(node: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    repo = repo_name(context.told, page.about["repository"])
    told = [one for one in (node.get("statuses") or {}).get("nodes") or () if one]
    done = [instant(one["createdAt"]) for one in told if one["state"] == "SUCCESS"]
    latest = node.get("latestStatus") or {}
    return [
        Deployment(
            deployment_id=deployment_id(repo, node["databaseId"]),
            repo=repo,
            source=context.source,
            environment=node.get("environment") or node.get("originalEnvironment"),
            sha=node.get("commitOid"),
            status="success" if done else STATUSES.get(str(node.get("state"))),
            name=node.get("task"),
            ref=(node.get("ref") or {}).get("name"),
            url=latest.get("environmentUrl") or latest.get("logUrl"),
            created_at=instant(node["createdAt"]),
            finished_at=min(done, default=None),
        )
    ]


def deployment_id(repo: str, number: int) -> str:
    """The id of a deployment, which is none of a release or a run."""
    return f"{repo}/deployments/{number}"


def parse_releases(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each release that is out; drafts and previews are none."""
    return each(page, context, _release, "release")


def _release(node: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    if node.get("isDraft") or node.get("isPrerelease") or not node.get("publishedAt"):
        return []
    repo = repo_name(context.told, page.about["repository"])
    return [
        Deployment(
            deployment_id=f"{repo}/releases/{node['databaseId']}",
            repo=repo,
            source=context.source,
            kind="release",
            sha=(node.get("tagCommit") or {}).get("oid"),
            status="success",
            name=node.get("name") or node.get("tagName"),
            ref=node.get("tagName"),
            url=node.get("url"),
            created_at=moment(node, "createdAt"),
            finished_at=moment(node, "publishedAt"),
        )
    ]


DEPLOYMENTS = Stream(
    name="deployments",
    title="deployments",
    tables=("deployments",),
    needs="read access to Deployments (classic: the scope repo_deployment)",
    pages=("Delivery",),
    plan=Lists("deployments", overlap=UNFINISHED, rest=HOUR),
    fetch=Walk(DEPLOYMENTS_QUESTION, "deployments", "createdAt"),
    parse=parse,
    by_id=True,
    optional=True,
)
RELEASES = Stream(
    name="releases",
    title="releases",
    tables=("deployments",),
    needs="read access to Contents (classic: the scope repo)",
    pages=("Delivery",),
    plan=Lists("releases", overlap=UNFINISHED),
    fetch=Walk(RELEASES_QUESTION, "releases", "createdAt"),
    parse=parse_releases,
    by_id=True,
)
