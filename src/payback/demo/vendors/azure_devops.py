"""The company's own Azure DevOps Server, where it keeps its code there: what lies in its collection. `azure_devops_api` answers
from it.

Each repository has a project of its name. Values are kept by the names of the REST API 7.1. Pull requests have numbers that
no two of the collection share. People sign in by their domain, which is how the server names them, also after they left;
what dependencies need is opened by the build service. Issues are work items of the process Agile: bugs and tasks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.merging import AZURE_DEVOPS, OWNER
from payback.demo.people import BOT
from payback.demo.records import whole
from payback.demo.repositories import HOST
from payback.demo.seats import login
from payback.demo.shipments import DEPLOY
from payback.demo.tickets import DOING, DONE, TO_DO
from payback.demo.vendors.azure_devops_pulls import pull
from payback.demo.vendors.filing import filed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from payback.demo.people import Company, Person
    from payback.demo.records import Change
    from payback.demo.shipments import Shipment
    from payback.demo.tickets import Ticket

Row = dict[str, Any]
BASE, DOMAIN = f"https://{HOST}", "LUMEN"
STAGED, STAGING, PRODUCTION = timedelta(minutes=1), "staging", "production"
STATES = {TO_DO: "New", DOING: "Active", DONE: "Closed"}
TYPE_OF = {"Bug": "Bug", "Issue": "Task"}
NEVER = "9999-01-01T00:00:00Z"


def account(person: Person) -> str:
    """The name that a person signs in with."""
    return f"{DOMAIN}\\{login(person)}"


def identity(person: Person | None) -> Row:
    """Who somebody is to the server; None is the reader that is a machine."""
    if person is None:
        name, shown = "coderabbitai", "CodeRabbit"
    elif person.id == BOT.id:
        shown = f"Project Collection Build Service ({OWNER})"
        return {"id": BOT.id, "displayName": shown, "uniqueName": "Build\\5c8e", "descriptor": "svc.QnVpbGQ"}
    elif person.kind == "service":
        name, shown = person.id, person.name
    else:
        name, shown = login(person), person.name
    return {"id": name, "displayName": shown, "uniqueName": f"{DOMAIN}\\{name}", "descriptor": f"win.{name}"}


def at(instant: datetime | None) -> str | None:
    """An instant as the server writes it."""
    return f"{whole(instant):%Y-%m-%dT%H:%M:%SZ}" if instant else None


def on_file(
    company: Company, changes: Iterable[Change], shipped: Iterable[Shipment], tickets: Iterable[Ticket]
) -> Row:
    """Everything that the server can be asked for, as JSON."""
    told = filed(company, lambda place, name: _Project(place + 1, name), (changes, shipped, tickets))
    return {"collection": OWNER, "projects": [one.row for one in told]}


class _Project:
    def __init__(self, number: int, name: str) -> None:
        self.number, self.name = number, name
        self.web = f"{BASE}/{OWNER}/{name}"
        self.repository = {
            "id": f"{number:08x}-0000-4000-8000-000000000001",
            "name": name,
            "remoteUrl": f"{BASE}/{OWNER}/_git/{name}",
            "defaultBranch": "refs/heads/main",
        }
        self.environments = [
            {"id": number * 10 + place, "name": shown} for place, shown in enumerate((STAGING, PRODUCTION))
        ]
        self.row: Row = {
            "id": f"{number:08x}-0000-4000-8000-000000000000", "name": name, "repository": self.repository,
            "environments": self.environments, "pulls": {}, "commits": {}, "builds": [], "releases": [],
            "records": {str(one["id"]): [] for one in self.environments}, "items": {}, "updates": {},
        }  # fmt: skip

    def add_change(self, change: Change) -> None:
        if change.course is None:
            return
        number = AZURE_DEVOPS.number(change)
        told = pull(change, change.course, (number, identity, at))
        told["pull"]["repository"] = {"id": self.repository["id"], "name": self.name}
        self.row["pulls"][str(number)] = told
        self.row["commits"] |= {one["commitId"]: one for one in told["commits"]}

    def add_shipment(self, one: Shipment) -> None:
        """A run of a pipeline; for a deployment it goes to both environments, a release to production alone."""
        number = self.number * 10_000 + one.number
        made = self.build(one, number)
        self.row["builds"].append(made)
        if one.kind == "release":
            self.row["releases"].append(self.release(one, number))
        elif one.kind == "deployment":
            begun = one.created_at - STAGED
            made["startTime"] = made["queueTime"] = at(begun)
            staging, production = (str(told["id"]) for told in self.environments)
            self.row["records"][staging].insert(
                0, _record(number * 10, made, (begun, begun + STAGED / 2), "succeeded")
            )
            self.row["records"][production].insert(
                0, _record(number * 10 + 1, made, (one.created_at, one.finished_at), made["result"])
            )

    def build(self, one: Shipment, number: int) -> Row:
        return {
            "id": number, "buildNumber": f"1.{one.number}", "status": "completed", "reason": "individualCI",
            "result": "succeeded" if one.succeeded else "failed", "queueTime": at(one.created_at),
            "startTime": at(one.created_at), "finishTime": at(one.finished_at), "sourceBranch": "refs/heads/main",
            "sourceVersion": one.last.written.merge, "definition": {"id": self.number, "name": DEPLOY},
            "repository": {"id": self.repository["id"], "type": "TfsGit", "name": self.name, "url": self.repository["remoteUrl"]},
            "_links": {"web": {"href": f"{self.web}/_build/results?buildId={number}"}},
        }  # fmt: skip

    def release(self, one: Shipment, number: int) -> Row:
        """A deployment of a classic release, by the build that made what it brings."""
        reference = {
            "version": {"id": str(number)}, "sourceVersion": {"id": one.last.written.merge},
            "repository": {"id": self.repository["id"], "name": self.name}, "repository.provider": {"id": "TfsGit"},
        }  # fmt: skip
        links = {"web": {"href": f"{self.web}/_release?releaseId={number}"}}
        return {
            "id": number, "deploymentStatus": "succeeded" if one.succeeded else "failed", "queuedOn": at(one.created_at),
            "startedOn": at(one.created_at), "completedOn": at(one.finished_at), "lastModifiedOn": at(one.finished_at),
            "releaseEnvironment": {"id": number, "name": PRODUCTION}, "releaseDefinition": {"id": self.number, "name": DEPLOY},
            "release": {"id": number, "name": f"Version 1.{one.number}.0", "_links": links, "artifacts": [
                {"type": "Build", "isPrimary": True, "definitionReference": reference}
            ]},
        }  # fmt: skip

    def add_issue(self, issue: Ticket) -> None:
        """A work item with every change of its state."""
        number, user = int(issue.key.rpartition("#")[2]), identity(issue.assignee)
        moves = [(issue.created_at, TO_DO), *issue.moves]
        self.row["items"][str(number)] = {"id": number, "rev": len(moves), "fields": {
            "System.Id": number, "System.TeamProject": self.name, "System.WorkItemType": TYPE_OF[issue.kind],
            "System.State": STATES[moves[-1][1]], "System.Title": issue.title, "System.AssignedTo": user,
            "System.CreatedDate": at(issue.created_at), "System.CreatedBy": user, "System.ChangedDate": at(issue.updated_at),
            "System.IterationPath": self.name, "System.AreaPath": self.name, "Microsoft.VSTS.Common.Priority": 2,
            **({"Microsoft.VSTS.Common.ClosedDate": at(issue.resolved_at)} if issue.resolved_at else {}),
        }}  # fmt: skip
        before: tuple[datetime, str] | None = None
        told = self.row["updates"].setdefault(str(number), [])
        for rev, (when, status) in enumerate(moves, start=1):
            last = rev == len(moves)
            told.append({
                "id": rev, "rev": rev, "workItemId": number, "revisedBy": user,
                "revisedDate": NEVER if last else at(moves[rev][0]),
                "fields": {
                    "System.State": _moved(STATES[before[1]] if before else None, STATES[status]),
                    "System.ChangedDate": _moved(at(before[0]) if before else None, at(when)),
                },
            })  # fmt: skip
            before = when, status


def _moved(before: str | None, after: str | None) -> Row:
    return {"newValue": after} if before is None else {"oldValue": before, "newValue": after}


def _record(number: int, build: Row, when: tuple[datetime, datetime], result: str) -> Row:
    begin, end = when
    return {
        "id": number, "definition": build["definition"], "owner": {"id": build["id"], "name": build["buildNumber"]},
        "stageName": "deploy", "queueTime": at(begin), "startTime": at(begin), "finishTime": at(end), "result": result,
    }  # fmt: skip
