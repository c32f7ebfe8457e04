"""What counts as a deployment to production, which change went out with which, and what broke. Pure.

What counts is a choice per repository, recorded in payback.toml; where nobody chose, one is proposed from what the host
tells: deployments to an environment that reads like production, else releases, else workflow runs that read like a
deployment, else merges to the default branch. A change is in production with the first counted deployment that holds it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, Any]

KINDS = ("deployment", "release", "workflow_run", "merge")
PRODUCTION = re.compile(r"(^|[^a-z])(prod|production|prd|live)([^a-z]|$)", re.IGNORECASE)
NOT_PRODUCTION = re.compile(r"(^|[^a-z])(non|pre|not)[-_ ]?prod", re.IGNORECASE)
DEPLOYING = re.compile(r"(^|[^a-z])(deploy|deployment|release|publish|ship)", re.IGNORECASE)
CAUSED_WITHIN = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Choice:
    """What counts as a deployment of the repositories that `repository` names (* for any). `proposed` says nobody chose."""

    repository: str
    kind: str
    environment: str | None = None
    name: str | None = None
    proposed: bool = False

    def counts(self, row: Row) -> bool:
        """Whether a row of `deployments` is one."""
        if row["kind"] != self.kind or row["status"] != "success":
            return False
        fits = (_fits(self.environment, row["environment"]), _fits(self.name, row["name"]))
        return all(fits) and (self.environment is not None or self.kind != "deployment" or is_production(row))


@dataclass(frozen=True, slots=True)
class Shipment:
    """One counted deployment. `reach` is the instant up to which merges are in it."""

    deployment_id: str
    repo: str
    finished_at: datetime
    reach: datetime
    name: str | None = None
    is_rework: bool | None = None


@dataclass(slots=True)
class Shipped:
    """Counted deployments by repository in order of time, changes by the deployment that held them first, and choices."""

    by_repo: dict[str, list[Shipment]] = field(default_factory=dict)
    of_change: dict[str, Shipment] = field(default_factory=dict)
    choices: dict[str, Choice] = field(default_factory=dict)


def is_production(row: Row) -> bool:
    """Whether an environment's name reads like production."""
    name = row["environment"] or ""
    return bool(PRODUCTION.search(name)) and not NOT_PRODUCTION.search(name)


def choice_for(repo: str, told: Sequence[Choice], rows: Iterable[Row]) -> Choice:
    """The recorded choice for a repository, the most exact pattern first, or the proposal."""
    fitting = [one for one in told if fnmatchcase(repo.lower(), one.repository.lower())]
    if fitting:
        return max(fitting, key=lambda one: (len(one.repository.replace("*", "")), one.repository))
    return proposal(repo, rows)


def proposal(repo: str, rows: Iterable[Row]) -> Choice:
    """What would count, from what the host tells of this repository."""
    held = [row for row in rows if row["status"] == "success"]
    if any(row["kind"] == "deployment" and is_production(row) for row in held):
        return Choice(repo, "deployment", proposed=True)
    if any(row["kind"] == "release" for row in held):
        return Choice(repo, "release", proposed=True)
    if any(row["kind"] == "workflow_run" and DEPLOYING.search(row["name"] or "") for row in held):
        return Choice(repo, "workflow_run", name=DEPLOYING.pattern, proposed=True)
    return Choice(repo, "merge", proposed=True)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What shipping is read from: deployments, merged changes, commits (for their dates), and links that vendors tell."""

    deployments: Sequence[Row]
    pulls: Sequence[Row]
    commits: Mapping[str, datetime]
    default_branches: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()


def shipped(held: Deliveries, told: Sequence[Choice] = ()) -> Shipped:
    """Counted deployments and the first that held each merged change."""
    found, rows, pulls = Shipped(), _by_repo(held.deployments), _by_repo(held.pulls)
    merged_with = {
        (pull["repo"], pull["merge_commit"]): pull["merged_at"]
        for pull in held.pulls
        if pull["merge_commit"] and pull["merged_at"]
    }
    linked = defaultdict(set)
    for deployment, change in held.links:
        linked[change].add(deployment)
    for repo in rows.keys() | pulls.keys():
        choice = found.choices[repo] = choice_for(repo, told, rows.get(repo, ()))
        into = [pull for pull in pulls.get(repo, ()) if _is_on_default(pull, held.default_branches)]
        if choice.kind == "merge":
            shipments = [_merge(pull) for pull in into]
            found.of_change |= {pull["pull_request_id"]: _merge(pull) for pull in into}
        else:
            counted = [row for row in rows.get(repo, ()) if choice.counts(row)]
            shipments = [_shipment(row, held.commits, merged_with) for row in counted if _ended(row)]
            shipments.sort(key=_order)
            found.of_change |= dict(_first_holding(into, shipments, linked))
        found.by_repo[repo] = sorted(shipments, key=_order)
    return found


def _by_repo(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["repo"]].append(row)
    return found


def _order(shipment: Shipment) -> tuple[datetime, str]:
    return shipment.finished_at, shipment.deployment_id


def _ended(row: Row) -> datetime | None:
    ended: datetime | None = row["finished_at"] or row["created_at"]
    return ended


def _is_on_default(pull: Row, default_branches: Mapping[str, str]) -> bool:
    """Whether a merged change went to the default branch; where that is not known, that it is no back-port is believed."""
    default = default_branches.get(pull["repo"])
    if pull["merged_at"] is None:
        return False
    return default is None or pull["base_branch"] in {None, default}


def _merge(pull: Row) -> Shipment:
    moment = pull["merged_at"]
    return Shipment(f"merge:{pull['pull_request_id']}", pull["repo"], moment, moment, pull["title"])


def _shipment(row: Row, commits: Mapping[str, datetime], merged: Mapping[Any, datetime]) -> Shipment:
    """A counted deployment; it reaches to the merge its commit made, else to the commit's date, else to its beginning."""
    ended = _ended(row)
    if ended is None:
        raise AssertionError(f"{row['deployment_id']} has no time")
    reach = merged.get((row["repo"], row["sha"])) or commits.get(f"{row['repo']}@{row['sha']}")
    return Shipment(
        row["deployment_id"],
        row["repo"],
        ended,
        reach or row["created_at"] or ended,
        row["name"] or row["environment"],
        row["is_rework"],
    )


def _first_holding(
    pulls: Iterable[Row], shipments: Sequence[Shipment], linked: Mapping[str, set[str]]
) -> Iterable[tuple[str, Shipment]]:
    ends = [one.finished_at for one in shipments]
    for pull in pulls:
        named = linked.get(pull["pull_request_id"], set())
        told = [one for one in shipments if one.deployment_id in named] if named else []
        after = shipments[bisect_left(ends, pull["merged_at"]) :]
        first = told[0] if told else next((one for one in after if one.reach >= pull["merged_at"]), None)
        if first is not None:
            yield pull["pull_request_id"], first


@dataclass(frozen=True, slots=True)
class Failure:
    """An incident on the deployment that caused it; `how` is told, or time (the last deployment in 72 hours before)."""

    incident_id: str
    deployment_id: str
    how: str
    opened_at: datetime
    resolved_at: datetime | None


def failures(incidents: Iterable[Row], found: Shipped, services: Mapping[str, str]) -> list[Failure]:
    """Incidents on deployments: as told; else by the repository told or meant by the service, the last one before."""
    known = {one.deployment_id for shipments in found.by_repo.values() for one in shipments}
    names = {repo.rsplit("/", 1)[-1].casefold(): repo for repo in found.by_repo}
    names |= {service.casefold(): repo for service, repo in services.items()}
    placed = []
    for row in incidents:
        repo = row["repo"] or names.get((row["service"] or "").casefold())
        cause, how = row["deployment_id"], "told"
        if cause not in known:
            cause, how = _last_before(row["opened_at"], found.by_repo.get(repo or "", ())), "time"
        if cause is not None:
            placed.append(Failure(row["incident_id"], cause, how, row["opened_at"], row["resolved_at"]))
    return placed


def _last_before(moment: datetime, shipments: Sequence[Shipment]) -> str | None:
    place = bisect_right([one.finished_at for one in shipments], moment)
    if not place or moment - shipments[place - 1].finished_at > CAUSED_WITHIN:
        return None
    return shipments[place - 1].deployment_id


def _fits(pattern: str | None, text: str | None) -> bool:
    return pattern is None or bool(re.search(pattern, text or "", re.IGNORECASE))
