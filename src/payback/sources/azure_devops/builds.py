"""What pipelines ran and deployed: builds, deployments of classic releases, and deployments to environments of YAML pipelines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.delivery.repositories import name_of_remote
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Deployment
from payback.sources.azure_devops.asking import PREVIEW, path, release_host, rows, tokened
from payback.sources.azure_devops.place import branch, host, moment, projects, repositories, written
from payback.sources.source import Page, Slice, Stream, Updated, updated_since

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.sources.source import Ask, Context, Plan

    Told = dict[str, Any]

RESULTS = {
    "succeeded": "success", "partiallySucceeded": "success", "succeededWithIssues": "success", "failed": "failure",
    "canceled": "cancelled", "cancelled": "cancelled", "skipped": "cancelled", "abandoned": "cancelled", "rejected": "cancelled",
    "inProgress": "running", "notDeployed": "cancelled",
}  # fmt: skip
ELSEWHERE = {"github": "github.com", "githubenterprise": "", "bitbucket": "bitbucket.org"}
MOST = 1000
MOST_BUILDS = 200


def plan(told: Plan) -> Iterator[Slice]:
    """Each project, from its last time on."""
    for project in projects(told.http, told.told):
        since, until = told.window or (updated_since(told, project, Updated()), told.now)
        yield Slice(since, until, "" if told.window else told.now.isoformat(), project, project)


def _names(ask: Ask) -> dict[str, str]:
    """Names of the project's repositories by their ids."""
    return {one.id: one.name for one in repositories(ask.http, ask.told, ask.part.what)}


def fetch_builds(ask: Ask) -> Iterator[Page]:
    """Builds that finished since, oldest first; those of pull requests build what is not merged yet."""
    project, names = ask.part.what, _names(ask)
    params = {
        "minTime": written(ask.part.since),
        "maxTime": written(ask.part.until),
        "queryOrder": "finishTimeAscending",
        "statusFilter": "completed",
        "$top": MOST,
    }
    for page in tokened(ask.http, path(ask.told, project, "_apis/build/builds"), params):
        yield Page({"rows": page, "names": names}, f"builds of {project}", {"project": project})


def parse_builds(page: Page, context: Context) -> Iterable[Deployment | Rejected]:
    """A run of a pipeline per build."""
    return _each(page, context, _build, "build")


def _build(told: Told, page: Page, context: Context) -> Deployment | None:
    if told.get("reason") == "pullRequest":
        return None
    status = RESULTS[told["result"]]
    finished = moment(told.get("finishTime"))
    return Deployment(
        deployment_id=_id(context, page, "builds", told["id"]),
        repo=_repo(told["repository"], page, context),
        source=context.source,
        kind="workflow_run",
        sha=told.get("sourceVersion"),
        status=status,
        name=(told.get("definition") or {}).get("name"),
        ref=branch(told.get("sourceBranch")),
        url=((told.get("_links") or {}).get("web") or {}).get("href"),
        created_at=moment(told.get("startTime") or told.get("queueTime")),
        finished_at=finished if status == "success" else None,
    )


def fetch_releases(ask: Ask) -> Iterator[Page]:
    """Deployments of classic releases that changed since."""
    project, names = ask.part.what, _names(ask)
    address = release_host(ask.http.base) + path(ask.told, project, "_apis/release/deployments")
    params = {
        "minModifiedTime": written(ask.part.since),
        "maxModifiedTime": written(ask.part.until),
        "queryOrder": "ascending",
        "$top": 100,
    }
    for page in tokened(ask.http, address, params):
        yield Page({"rows": page, "names": names}, f"releases of {project}", {"project": project})


def parse_releases(page: Page, context: Context) -> Iterable[Deployment | Rejected]:
    """A deployment per deployment of a release to an environment."""
    return _each(page, context, _release, "deployment")


def _release(told: Told, page: Page, context: Context) -> Deployment:
    release, status = told["release"], RESULTS.get(told["deploymentStatus"])
    artifacts = release.get("artifacts") or ()
    primary = [one for one in artifacts if one.get("isPrimary")]
    artifact: Told = next(iter([*primary, *artifacts]), {})
    sha, repo = _shipped(artifact, page, context)
    return Deployment(
        deployment_id=_id(context, page, "releases", told["id"]),
        repo=repo,
        source=context.source,
        kind="deployment",
        environment=(told.get("releaseEnvironment") or {}).get("name"),
        sha=sha,
        status=status,
        name=(told.get("releaseDefinition") or {}).get("name") or release.get("name"),
        url=((release.get("_links") or {}).get("web") or {}).get("href"),
        created_at=moment(told.get("startedOn") or told.get("queuedOn")),
        finished_at=moment(told.get("completedOn")) if status == "success" else None,
    )


def _shipped(artifact: Mapping[str, Any], page: Page, context: Context) -> tuple[str | None, str]:
    """Commit and repository of a release's artifact: of Git itself, or of the build that made it."""
    held = artifact.get("definitionReference") or {}

    def of(name: str, what: str = "id") -> str | None:
        found = (held.get(name) or {}).get(what)
        return str(found) if found else None

    is_git = str(artifact.get("type")).casefold() in {"git", "github"}
    sha = of("version") if is_git else of("sourceVersion")
    where = "definition" if is_git else "repository"
    kind = of("repository.provider") or artifact.get("type")
    return sha, _repo({"id": of(where), "name": of(where, "name"), "type": kind}, page, context)


def fetch_environments(ask: Ask) -> Iterator[Page]:
    """Deployments to each environment, with the builds that made them."""
    project, names = ask.part.what, _names(ask)
    environments = path(ask.told, project, "_apis/distributedtask/environments")
    for listed in tokened(ask.http, environments, {"$top": MOST_BUILDS}, PREVIEW):
        for one in listed:
            records = f"{environments}/{one['id']}/environmentdeploymentrecords"
            for page in tokened(ask.http, records, {"top": MOST_BUILDS}, PREVIEW):
                fresh = [told for told in page if _since(told, ask.part.since)]
                body = {"rows": fresh, "names": names, "builds": _built(ask, project, fresh)}
                about = {"project": project, "environment": str(one.get("name") or one["id"])}
                yield Page(body, f"environment {about['environment']} of {project}", about)
                if len(fresh) < len(page):
                    break


def _since(told: Told, since: datetime) -> bool:
    """Whether a record is to be read; one without an end, or that does not read, is."""
    try:
        ended = moment(told.get("finishTime"))
    except ValueError:
        return True
    return ended is None or ended >= since


def _built(ask: Ask, project: str, records: Iterable[Told]) -> dict[str, Told]:
    numbers = sorted(
        {str((one.get("owner") or {}).get("id")) for one in records if (one.get("owner") or {}).get("id")}
    )
    found: dict[str, Told] = {}
    for start in range(0, len(numbers), MOST_BUILDS):
        wanted = ",".join(numbers[start : start + MOST_BUILDS])
        told = rows(ask.http, path(ask.told, project, "_apis/build/builds"), {"buildIds": wanted})
        found |= {str(one.get("id")): one for one in told}
    return found


def parse_environments(page: Page, context: Context) -> Iterable[Deployment | Rejected]:
    """A deployment per record whose build is still there."""
    return _each(page, context, _record, "record")


def _record(told: Told, page: Page, context: Context) -> Deployment | None:
    build = page.body["builds"].get(str((told.get("owner") or {}).get("id")))
    if build is None:
        return None
    result = told.get("result")
    status = RESULTS[result] if result else "running"
    return Deployment(
        deployment_id=_id(context, page, "environments", told["id"]),
        repo=_repo(build["repository"], page, context),
        source=context.source,
        kind="deployment",
        environment=page.about["environment"],
        sha=build.get("sourceVersion"),
        status=status,
        name=(told.get("definition") or {}).get("name"),
        ref=branch(build.get("sourceBranch")),
        url=((build.get("_links") or {}).get("web") or {}).get("href"),
        created_at=moment(told.get("startTime")),
        finished_at=moment(told.get("finishTime")) if status == "success" else None,
    )


def _each(page: Page, context: Context, read: Any, what: str) -> Iterator[Deployment | Rejected]:
    for number, told in enumerate(page.body["rows"], start=1):
        try:
            if (row := read(told, page, context)) is not None:
                yield row
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"{what} is not read: {error!r}"[:200], page.what, number)


def _id(context: Context, page: Page, what: str, number: object) -> str:
    return f"{host(context.told)}/{context.told['organisation']}/{page.about['project']}/{what}/{number}"


def _repo(told: Mapping[str, Any], page: Page, context: Context) -> str:
    """The repository as Git names it: by its id here, by its address, or by its name at another host."""
    if found := page.body["names"].get(str(told.get("id"))):
        return str(found)
    elsewhere = ELSEWHERE.get(str(told.get("type")).casefold())
    name = str(told.get("name") or told.get("id") or page.about["project"])
    if found := name_of_remote(told.get("url")):
        return found if elsewhere is None or "/" not in name else f"{found.partition('/')[0]}/{name}"
    if elsewhere:
        return f"{elsewhere}/{told.get('id') or name}"
    return f"{host(context.told)}/{context.told['organisation']}/{quote(page.about['project'])}/{quote(name)}"


def _stream(name: str, title: str, needs: str, work: tuple[Any, Any], *, optional: bool = False) -> Stream:
    return Stream(
        name=name,
        title=title,
        tables=("deployments",),
        needs=needs,
        pages=("Delivery",),
        plan=plan,
        fetch=work[0],
        parse=work[1],
        optional=optional,
        by_id=True,
    )


BUILDS = _stream("builds", "runs of pipelines", "the scope Build (Read)", (fetch_builds, parse_builds))
RELEASES = _stream(
    "releases",
    "deployments of classic releases",
    "the scope Release (Read)",
    (fetch_releases, parse_releases),
    optional=True,
)
ENVIRONMENTS = _stream(
    "environments",
    "deployments to environments",
    "the scope Environment (Read)",
    (fetch_environments, parse_environments),
    optional=True,
)
