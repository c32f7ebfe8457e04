"""Files of the organisation: people (HR lists), teams, workflows, owners. Rows as told; since when they hold is settled
against what is known (`ledger.dated`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.org.what import OWNED, STAGES
from payback.sources.files.fields import INSTANT, MONEY, TEXT, Field, FileRows, Kind, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FROM = Field("valid_from", INSTANT, ("from", "since", "start", "startdate", "validfrom", "effectivefrom", "effectivedate", "hiredate", "joined"))  # fmt: skip
UNTIL = Field("valid_until", INSTANT, ("until", "to", "end", "enddate", "validuntil", "effectiveuntil", "terminationdate", "lastday", "left"))  # fmt: skip
LOGINS = ("github", "gitlab", "jira", "cursor", "slack")


def put_person(found: FileRows, values: Mapping[str, Any], _line: Line) -> None:
    """Add the person of a row, the accounts it names as theirs, and the team it puts them in."""
    person = values["person_id"] or values["email"]
    if not person:
        raise ValueError("neither person_id nor email says who it is")
    span = {name: values[name] for name in ("valid_from", "valid_until")}
    kind = (values["kind"] or "person").casefold()
    if kind not in {"person", "bot", "service"}:
        raise ValueError(f"kind {kind!r} is none of person, bot, service")
    told = {name: values[name] for name in ("name", "email", "cost_center", "manager")}
    found.add("people", {"person_id": person, "kind": kind, **told, **span})
    for system in LOGINS:
        if identity := values[system]:
            row = {"system": system, "identity": identity, "kind": "user", "person_id": person}
            found.add(
                "identities", {**row, "state": "confirmed", "reason": "named in a file of people", **span}
            )
    if values["team"]:
        found.add("memberships", {"person_id": person, "team_id": values["team"], **span})


def _row(
    table: str, check: Callable[[dict[str, Any]], None]
) -> Callable[[FileRows, Mapping[str, Any], Line], None]:
    def put(found: FileRows, values: Mapping[str, Any], _line: Line) -> None:
        row = dict(values)
        check(row)
        found.add(table, row)

    return put


def _team(row: dict[str, Any]) -> None:
    row["name"] = row["name"] or row["team_id"]


def _workflow(row: dict[str, Any]) -> None:
    row["name"] = row["name"] or row["workflow_id"]
    row["stage"] = (row["stage"] or "experiment").casefold()
    if row["stage"] not in STAGES:
        raise ValueError(f"stage {row['stage']!r} is none of {', '.join(STAGES)}")


def _owner(row: dict[str, Any]) -> None:
    row["kind"] = row["kind"].casefold()
    if row["kind"] not in OWNED:
        raise ValueError(f"kind {row['kind']!r} is none of {', '.join(OWNED)}")


PEOPLE = Kind(
    "people",
    "People, their accounts and the teams they are in",
    (
        Field("person_id", TEXT, ("id", "employeeid", "personnelnumber", "personid", "workerid", "employeenumber", "uid")),
        Field("name", TEXT, ("fullname", "displayname", "employee", "employeename", "worker")),
        Field("email", TEXT, ("emailaddress", "mail", "workemail", "primaryemail")),
        Field("kind", TEXT, ("type", "workertype")),
        Field("team", TEXT, ("teamid", "teamname", "department", "orgunit", "squad", "supervisoryorganization")),
        Field("manager", TEXT, ("manageremail", "managerid", "reportsto", "supervisor")),
        Field("cost_center", TEXT, ("costcentre", "costcentreid", "costcentercode")),
        Field("github", TEXT, ("githublogin", "githubuser", "githubusername", "githubid")),
        Field("gitlab", TEXT, ("gitlablogin", "gitlabuser", "gitlabusername")),
        Field("jira", TEXT, ("jirauser", "jiraaccountid")),
        Field("cursor", TEXT, ("cursoruser",)),
        Field("slack", TEXT, ("slackid", "slackuser")),
        FROM,
        UNTIL,
    ),
    put_person,
)  # fmt: skip

TEAMS = Kind(
    "teams",
    "Teams and what they are part of",
    (
        Field("team_id", TEXT, ("id", "team", "code", "key"), required=True),
        Field("name", TEXT, ("teamname", "displayname", "title")),
        Field("parent", TEXT, ("parentid", "parentteam", "partof", "department", "division")),
        Field("cost_center", TEXT, ("costcentre", "costcentercode")),
        Field("constraint", TEXT, ("bottleneck",)),
        Field("primary_metric", TEXT, ("metric",)),
        Field("guardrail_metrics", TEXT, ("guardrails",)),
        FROM,
        UNTIL,
    ),
    _row("teams", _team),
)  # fmt: skip

WORKFLOWS = Kind(
    "workflows",
    "Uses of AI with an owner and a useful output",
    (
        Field("workflow_id", TEXT, ("id", "workflow", "key", "slug"), required=True),
        Field("name", TEXT, ("workflowname", "title", "usecase")),
        Field("owner", TEXT, ("ownedby", "owneremail", "responsible", "accountable")),
        Field("team", TEXT, ("teamid", "teamname", "squad", "department")),
        Field("stage", TEXT, ("environment", "status", "phase")),
        Field("useful_output", TEXT, ("output",)),
        Field("task_type", TEXT, ("task", "type")),
        Field("risk", TEXT, ("risklevel",)),
        Field("data_class", TEXT, ("dataclassification", "classification")),
        Field("constraint", TEXT, ("bottleneck",)),
        Field("primary_metric", TEXT, ("metric", "kpi")),
        Field("guardrail_metrics", TEXT, ("guardrails",)),
        Field("budget", MONEY, ("monthlybudget", "budgetpermonth")),
        Field("currency", TEXT, ("budgetcurrency",)),
        FROM,
        UNTIL,
    ),
    _row("workflows", _workflow),
)  # fmt: skip

OWNERS = Kind(
    "owners",
    "Who answers for tools, licences, keys, projects, workflows",
    (
        Field("kind", TEXT, ("type", "what"), required=True),
        Field("subject", TEXT, ("id", "name", "resource", "key", "project", "tool", "asset"), required=True),
        Field("owner", TEXT, ("ownedby", "owneremail", "responsible", "accountable", "person", "email"), required=True),
        Field("team", TEXT, ("teamid", "teamname", "squad", "department")),
        FROM,
        UNTIL,
    ),
    _row("owners", _owner),
)  # fmt: skip
