"""Deployments of Pipelines, latest first, until they are older than what may still change."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.work_entries import Deployment
from payback.sources.bitbucket.place import about, changed, each, listed, moment, pages
from payback.sources.http import RefusedError
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.bitbucket.place import Repository
    from payback.sources.source import Ask, Context

    Told = dict[str, Any]

STATUSES = {"SUCCESSFUL": "success", "FAILED": "failure", "STOPPED": "cancelled"}
LATE = timedelta(days=14)


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's repository. One that does not use Pipelines has none."""
    repository: Repository = ask.part.what
    if repository.number is None:
        return
    names = {one.get("uuid"): one.get("name") for one in listed(ask.http, repository.at("environments/"))}
    try:
        for found in pages(
            ask.http, repository.at("deployments/"), {"sort": "-state.started_on", "pagelen": 100}
        ):
            told = [{**one, "named": names.get((one.get("environment") or {}).get("uuid"))} for one in found]
            yield Page(told, repository.name, about(repository))
            last = next((at for one in reversed(found) if (at := _begun(one))), None)
            if last is not None and last < ask.part.since - LATE:
                return
    except RefusedError as error:
        if error.status != 404:
            raise


def _begun(told: Told) -> Any:
    return moment((told.get("state") or {}).get("started_on"))


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each deployment, or why it could not be read."""
    return each(page, context, _read, "deployment")


def _read(told: Told, repo: str, source: str) -> list[WorkEntry]:
    state, release = told.get("state") or {}, told.get("release") or {}
    status = (state.get("status") or {}).get("name")
    return [
        Deployment(
            deployment_id=f"{repo}:{told['uuid']}",
            repo=repo,
            source=source,
            environment=told.get("named") or (told.get("environment") or {}).get("name"),
            sha=(release.get("commit") or {}).get("hash"),
            status=STATUSES.get(str(status), "running"),
            name=release.get("name"),
            url=release.get("url"),
            created_at=_begun(told),
            finished_at=moment(state.get("completed_on")),
        )
    ]


DEPLOYMENTS = Stream(
    name="deployments",
    title="deployments",
    tables=("deployments",),
    needs="the right Pipelines: Read of an access token",
    pages=("Delivery",),
    plan=changed,
    fetch=fetch,
    parse=parse,
    optional=True,
    by_id=True,
)
