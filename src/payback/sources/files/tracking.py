"""Files of what trackers and pipelines tell: tickets and their moves, sprints, deployments, incidents. Ids as in `delivery`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.sources.files import delivery_words as words
from payback.sources.files.delivery import CREATED, HOST, LABELS, REPO, URL, kind_of, own_id, repository_of
from payback.sources.files.fields import COUNT, FLAG, INSTANT, REAL, TEXT, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    Values = Mapping[str, Any]
    Row = dict[str, Any]

TICKET = (
    "ticket",
    "issuekey",
    "key",
    "issue",
    "ticketkey",
    "workitemid",
    "workitem",
    "identifier",
    "issueid",
    "id",
)
TEAM = Field("team", TEXT, ("teamname", "squad", "areapath"))
_KEY = re.compile(r"^([A-Za-z][A-Za-z0-9_]*)-\d+$")


def _ticket(values: Values) -> Row:
    key = _KEY.match(values["ticket_id"])
    return {
        "project": values["project"] or (key[1] if key else None),
        "status_category": words.category(values["status_category"], values["status"]),
    }


def _move(values: Values) -> Row:
    told = (values["ticket_id"], values["moved_at"], values["to_status"] or values["to_category"])
    return {
        "move_id": own_id(values, "move_id", *told),
        "from_category": words.category(values["from_category"], values["from_status"]),
        "to_category": words.category(values["to_category"], values["to_status"]),
    }


def _sprint(values: Values) -> Row:
    if not (values["sprint_id"] or values["name"]):
        raise ValueError("sprint_id and name are empty")
    return {"sprint_id": values["sprint_id"] or values["name"]}


def _deployment(values: Values) -> Row:
    repo, created, finished = repository_of(values), values["created_at"], values["finished_at"]
    if not (created or finished):
        raise ValueError("created_at and finished_at are empty")
    status = words.status(values["status"]) or "success"
    told = (repo, values["environment"], values["name"], values["sha"], created or finished)
    return {
        "deployment_id": own_id(values, "deployment_id", *told),
        "repo": repo,
        "kind": words.deployment_kind(values["kind"]),
        "status": status,
        "sha": values["sha"] and values["sha"].lower(),
        "created_at": created or finished,
        "finished_at": finished or (created if status == "success" else None),
    }


def _incident(values: Values) -> Row:
    told = (values["service"], values["title"], values["opened_at"])
    return {
        "incident_id": own_id(values, "incident_id", *told),
        "repo": words.repository(values["repo"], values["host"]),
    }


TICKETS = kind_of(
    "tickets",
    "Work items",
    (
        Field("ticket_id", TEXT, TICKET, required=True),
        Field("project", TEXT, ("projectkey", "projectname", "teamproject")),
        Field("title", TEXT, ("summary", "name", "subject")),
        Field("kind", TEXT, ("issuetype", "workitemtype", "type", "tickettype")),
        Field("work_type", TEXT, ()),
        Field("priority", TEXT, ("priorityname",)),
        Field("status", TEXT, ("state", "statusname")),
        Field("status_category", TEXT, ("statecategory", "statustype", "statetype")),
        Field("assignee", TEXT, ("assignedto", "owner", "assigneeemail", "assigneename")),
        TEAM,
        LABELS,
        Field("vendor_id", TEXT, ("issueid", "internalid")),
        Field("parent", TEXT, ("epic", "epiclink", "parentkey", "parentid", "customfieldepiclink")),
        Field("points", REAL, ("storypoints", "estimate", "customfieldstorypoints", "storypointestimate", "effort", "size")),
        Field("created_at", INSTANT, CREATED),
        Field("updated_at", INSTANT, ("updated", "lastupdated", "changeddate")),
        Field("started_at", INSTANT, ("started", "startdate", "activateddate", "inprogressat")),
        Field("resolved_at", INSTANT, (
            "resolved", "resolutiondate", "closeddate", "completed", "completedat", "closedat", "closed", "resolveddate", "doneat",
        )),
        Field("reopened", COUNT, ("reopencount", "timesreopened")),
        URL,
    ),
    _ticket,
)  # fmt: skip

TICKET_MOVES = kind_of(
    "ticket_moves",
    "Changes of the status of work items",
    (
        Field("move_id", TEXT, ("changeid", "historyid")),
        Field("ticket_id", TEXT, TICKET, required=True),
        Field("moved_at", INSTANT, ("changedat", "changed", "transitionedat", "date", "timestamp", "created", "at"), required=True),
        Field("from_status", TEXT, ("from", "fromstring", "oldstatus", "oldvalue", "fromstate")),
        Field("to_status", TEXT, ("to", "tostring", "newstatus", "newvalue", "status", "tostate"), required=True),
        Field("from_category", TEXT, ("fromstatuscategory",)),
        Field("to_category", TEXT, ("tostatuscategory", "statuscategory")),
        Field("actor", TEXT, ("author", "changedby", "user", "by")),
    ),
    _move,
)  # fmt: skip

SPRINTS = kind_of(
    "sprints",
    "Work items in sprints",
    (
        Field("sprint_id", TEXT, ("sprintnumber", "iterationid", "cycleid")),
        Field("ticket_id", TEXT, TICKET, required=True),
        Field("name", TEXT, ("sprint", "sprintname", "iteration", "iterationpath", "cycle", "cyclename")),
        TEAM,
        Field("started_at", INSTANT, ("sprintstart", "startdate", "start", "started")),
        Field("ended_at", INSTANT, ("sprintend", "enddate", "end", "finishdate", "ended")),
        Field("committed", FLAG, ("planned", "iscommitted", "instartscope")),
        Field("completed", FLAG, ("done", "iscompleted", "finished")),
    ),
    _sprint,
)  # fmt: skip

DEPLOYMENTS = kind_of(
    "deployments",
    "Deployments and releases",
    (
        Field("deployment_id", TEXT, ("id", "deployid", "runid", "buildid", "releaseid")),
        Field("repo", TEXT, REPO, required=True),
        HOST,
        Field("kind", TEXT, ("type",)),
        Field("environment", TEXT, ("env", "stage", "target", "environmentname")),
        Field("sha", TEXT, ("commit", "commitsha", "revision", "commitid", "hash")),
        Field("status", TEXT, ("result", "state", "outcome", "conclusion")),
        Field("name", TEXT, ("pipeline", "workflow", "release", "version", "service", "application", "title")),
        Field("ref", TEXT, ("branch", "tag")),
        URL,
        Field("created_at", INSTANT, ("started", "startedat", "starttime", "begin", *CREATED)),
        Field("finished_at", INSTANT, (
            "finished", "deployedat", "deployed", "completedat", "endtime", "ended", "date", "timestamp", "time", "releasedat",
        )),
        Field("is_rework", FLAG, ("rework", "hotfix", "unplanned")),
    ),
    _deployment,
)  # fmt: skip

INCIDENTS = kind_of(
    "incidents",
    "Failures in production",
    (
        Field("incident_id", TEXT, ("id", "incidentnumber", "number", "reference", "incident")),
        Field("title", TEXT, ("summary", "name", "description", "message")),
        Field("service", TEXT, ("servicename", "component", "application", "impactedservice")),
        Field("severity", TEXT, ("sev", "priority", "urgency", "impact")),
        TEAM,
        Field("repo", TEXT, ("repository", "repositoryname", "reponame")),
        HOST,
        Field("deployment_id", TEXT, ("deployment", "causedby", "deployid")),
        URL,
        Field("opened_at", INSTANT, (
            "detectedat", "startedat", "triggeredat", "started", "start", "begin", "date", "reportedat", *CREATED,
        ), required=True),
        Field("acknowledged_at", INSTANT, ("acknowledged", "ackat", "acknowledgedon")),
        Field("resolved_at", INSTANT, ("resolved", "resolvedon", "endedat", "ended", "end", "fixedat", "closedat", "closed")),
    ),
    _incident,
)  # fmt: skip

KINDS = (TICKETS, TICKET_MOVES, SPRINTS, DEPLOYMENTS, INCIDENTS)
