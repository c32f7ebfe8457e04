"""Files of what people do and say: activity by day, hours, survey answers, and pieces of useful output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.sources.files.fields import (
    COUNT,
    DAY,
    FLAG,
    INSTANT,
    MONEY,
    REAL,
    TEXT,
    Field,
    FileRows,
    Kind,
    Line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WHO = ("user", "useremail", "email", "member", "login", "username", "employee", "author", "respondent")
TEAM = Field("team", TEXT, ("teamid", "teamname", "squad", "department"))
WORKFLOW = Field("workflow", TEXT, ("workflowid", "workflowname", "usecase"))


def row_of(table: str, values: Mapping[str, Any], line: Line, key: str | None = None) -> dict[str, Any]:
    """A row of a table from values of its columns; `key` is the id column, made of what the row says where it is empty."""
    row = {**values, "source": line.source}
    if key:
        row[key] = values.get(key) or digest(table, line.source, line.identity)
    return row


def _put(table: str, key: str | None = None) -> Callable[[FileRows, Mapping[str, Any], Line], None]:
    def put(found: FileRows, values: Mapping[str, Any], line: Line) -> None:
        found.add(table, row_of(table, values, line, key))

    return put


ACTIVITY = Kind(
    "activity",
    "Who used which tool on which day",
    (
        Field("day", DAY, ("date", "activitydate", "usagedate"), required=True),
        Field("person", TEXT, WHO, required=True),
        Field("tool", TEXT, ("product", "application", "app", "editor", "ide"), required=True),
        Field("active", FLAG, ("isactive",)),
        Field("sessions", COUNT, ("numsessions", "conversations")),
        Field("suggestions", COUNT, ("shown", "totalsuggestions", "suggestionscount", "completionsshown")),
        Field("acceptances", COUNT, ("accepted", "totalacceptances", "acceptancescount", "completionsaccepted")),
        Field("lines_suggested", COUNT, ("linesshown", "totallinessuggested")),
        Field("lines_accepted", COUNT, ("totallinesaccepted",)),
        Field("chats", COUNT, ("chatturns", "numchats", "chatrequests")),
        Field("edits_accepted", COUNT, ("totalaccepts", "appliesaccepted")),
        Field("edits_rejected", COUNT, ("totalrejects",)),
        Field("lines_added", COUNT, ("agentlinesadded",)),
        Field("lines_removed", COUNT, ("agentlinesremoved",)),
        Field("commits", COUNT, ("numcommits",)),
        Field("pull_requests", COUNT, ("numpullrequests", "prs")),
    ),
    _put("activity"),
)  # fmt: skip

EFFORT = Kind(
    "effort",
    "Hours of people that AI takes or saves",
    (
        Field("effort_id", TEXT, ("id", "entryid", "worklogid")),
        Field("day", DAY, ("date", "workdate", "started"), required=True),
        Field("kind", TEXT, ("type", "category", "activity", "task"), required=True),
        Field("person", TEXT, WHO),
        TEAM,
        WORKFLOW,
        Field("output_id", TEXT, ("output",)),
        Field("hours", REAL, ("duration", "time", "timespent", "timespenthours", "effort"), required=True),
        Field("rate", MONEY, ("hourlyrate", "rateperhour")),
        Field("currency", TEXT, ("ratecurrency", "curr")),
        Field("measured", FLAG, ("ismeasured",)),
    ),
    _put("effort", "effort_id"),
)  # fmt: skip

SURVEYS = Kind(
    "surveys",
    "Answers to questions",
    (
        Field("answer_id", TEXT, ("id", "responseid")),
        Field("day", DAY, ("date", "timestamp", "submittedat", "answeredat"), required=True),
        Field("question", TEXT, ("questionid", "item", "topic"), required=True),
        Field("value", REAL, ("answer", "score", "rating", "response"), required=True),
        TEAM,
        Field("person", TEXT, (*WHO, "pseudonym")),
        Field("licensed", FLAG, ("haslicence", "haslicense", "islicensed")),
        Field("uses_ai", FLAG, ("usesai", "aiuser")),
    ),
    _put("surveys", "answer_id"),
)  # fmt: skip

OUTPUTS = Kind(
    "outputs",
    "Pieces of useful output of workflows",
    (
        Field("output_id", TEXT, ("id", "outputid", "reference"), required=True),
        Field("workflow", TEXT, WORKFLOW.known_as, required=True),
        Field("run_id", TEXT, ("run", "traceid")),
        Field("kind", TEXT, ("type", "category")),
        Field("produced_at", INSTANT, ("createdat", "timestamp", "date", "day", "time"), required=True),
        Field("accepted_at", INSTANT, ("acceptedon", "approvedat")),
        Field("corrected", FLAG, ("wascorrected", "edited")),
        Field("reopened", FLAG, ("wasreopened",)),
        Field("rerouted", FLAG, ("wasrerouted", "reassigned")),
        Field("link", TEXT, ("url", "href")),
    ),
    _put("outputs", "output_id"),
)  # fmt: skip
