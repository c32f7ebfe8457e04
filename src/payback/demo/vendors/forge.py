"""The company's own GitHub Enterprise Server: pull requests with all that happened to them, deployments, releases, runs.

GraphQL where GitHub has it, REST for runs of workflows. Values are kept by the names of GitHub's schema.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.demo import agents, issues
from payback.demo.merging import OWNER, WEB
from payback.demo.people import BOT, CLAUDE
from payback.demo.records import whole
from payback.demo.repositories import FOOTER, HOST
from payback.demo.seats import login
from payback.demo.shipments import DEPLOY
from payback.demo.tickets import DOING, DONE, TO_DO
from payback.demo.vendors.filing import accounts, filed
from payback.demo.vendors.graphql import WrongError, answered
from payback.demo.vendors.replies import Asked, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.demo.people import Company, Person
    from payback.demo.records import Change, Course, Look
    from payback.demo.shipments import Shipment
    from payback.demo.tickets import Ticket

Row = dict[str, Any]
BASE = f"https://{HOST}/api"
READER = {"__typename": "Bot", "login": "coderabbitai", "databaseId": 136622811}
ROBOT = {"__typename": "Bot", "login": "dependabot", "databaseId": 49699333}
PER_PAGE, MOST_RUNS = 100, 1000
STAGED = timedelta(minutes=1)
MOVES = {DOING: "LabeledEvent", DONE: "ClosedEvent", TO_DO: "ReopenedEvent"}
FAULTS = {
    "cursor": Told(
        200,
        {
            "data": None,
            "errors": [
                {
                    "type": "INVALID_CURSOR_ARGUMENTS",
                    "message": "`after` does not appear to be a valid cursor.",
                }
            ],
        },
    )
}
"""How its GraphQL says that a cursor is none any more."""
COPILOT_BODY = "What was asked for.\n\n<!-- START COPILOT CODING AGENT TIPS -->"


def on_file(
    company: Company, changes: Iterable[Change], shipped: Iterable[Shipment], tickets: Iterable[Ticket]
) -> Row:
    """Everything that the server can be asked for, as JSON."""
    people = accounts(company)
    told = filed(
        company,
        lambda place, name: _Repository(700 + place, name, people),
        (changes, shipped, tickets),
    )
    members = [
        {
            "__typename": "User",
            "databaseId": people[one.id],
            "login": login(one),
            "name": one.name,
            "email": one.email,
        }
        for one in company.people
        if one.until is None
    ]
    return {"repositories": [one.row for one in told], "members": members}


def _at(instant: datetime | None) -> str | None:
    return f"{whole(instant):%Y-%m-%dT%H:%M:%SZ}" if instant else None


class _Repository:
    def __init__(self, number: int, name: str, people: Mapping[str, int]) -> None:
        self.name, self.people, self.number = name, people, number
        self.row: Row = {
            "databaseId": number, "nameWithOwner": f"{OWNER}/{name}", "defaultBranchRef": {"name": "main"},
            "pullRequests": [], "issues": [], "deployments": [], "releases": [], "runs": [],
            "agentWork": {},
        }  # fmt: skip

    def account(self, person: Person | None) -> Row | None:
        if person is None:
            return READER
        if person.id == BOT.id:
            return ROBOT
        if person.id in agents.NUMBERS:
            return {"__typename": "Bot", "login": person.id, "databaseId": agents.NUMBERS[person.id]}
        if person.until is not None:  # who has left has no account any more; GitHub shows a ghost
            return None
        return {"__typename": "User", "login": login(person), "databaseId": self.people[person.id]}

    def add_change(self, change: Change) -> None:
        course = change.course
        if course is None:
            return
        if change.author.id == agents.COPILOT.id:
            self.row["agentWork"][str(change.number)] = list(_worked(change))
        closed, written = change.ended_at or course.closed_at, change.written
        key = str(self.number * 100_000 + change.number)
        events = list(self.events(change, course, key))
        last = max(filter(None, (whole(change.commits[-1]), course.ready_at, closed)))
        self.row["pullRequests"].append({
            "__typename": "PullRequest", "id": f"PR_{key}", "fullDatabaseId": key, "number": change.number,
            "url": f"https://{HOST}/{OWNER}/{self.name}/pull/{change.number}", "title": change.title,
            "body": _body(change), "isDraft": False, "createdAt": _at(course.opened_at), "updatedAt": _at(last),
            "state": "MERGED" if change.ended_at else "CLOSED" if closed else "OPEN", "closedAt": _at(closed),
            "mergedAt": _at(change.ended_at), "additions": written.added, "deletions": written.dropped,
            "changedFiles": written.files, "headRefName": change.branch, "baseRefName": "main",
            "totalCommentsCount": sum(look.comments for look in course.looks),
            "author": self.account(change.author),
            "mergedBy": self.account(change.merger or change.author) if change.ended_at else None,
            "mergeCommit": {"oid": written.merge} if written.merge else None,
            "labels": [{"name": "dependencies"}] if change.kind == "bot" else [],
            "closingIssuesReferences": _closing(change), "commits": list(_commits(change)), "comments": [],
            "reviews": [self.review(look, key, number) for number, look in enumerate(course.looks)],
            "timelineItems": events,
        })  # fmt: skip

    def events(self, change: Change, course: Course, key: str) -> Iterator[Row]:
        """What happened to it, and which of its reviews were dismissed."""
        who = self.account(change.author)
        if course.was_draft:
            yield {"__typename": "ReadyForReviewEvent", "id": f"RFR_{key}", "createdAt": _at(course.ready_at),
                   "actor": who}  # fmt: skip
        for number, look in enumerate(course.looks):
            if look.state == "DISMISSED":
                yield {"__typename": "ReviewDismissedEvent", "id": f"RDE_{key}{number}", "createdAt": _at(look.at),
                       "previousReviewState": "CHANGES_REQUESTED",
                       "review": {"fullDatabaseId": f"{key}{number}"}}  # fmt: skip
        if course.forced_at is not None:
            yield {"__typename": "HeadRefForcePushedEvent", "id": f"HRFPE_{key}", "createdAt": _at(course.forced_at),
                   "actor": who}  # fmt: skip
        closed = change.ended_at or course.closed_at
        if closed:
            yield {"__typename": "ClosedEvent", "id": f"CE_{key}", "createdAt": _at(closed), "actor": who}

    def review(self, look: Look, key: str, number: int) -> Row:
        return {
            "fullDatabaseId": f"{key}{number}", "state": look.state, "submittedAt": _at(look.at),
            "author": self.account(look.person), "commit": None, "comments": [{}] * look.comments,
        }  # fmt: skip

    def add_issue(self, issue: Ticket) -> None:
        number, done = int(issue.key.rpartition("#")[2]), issue.resolved_at
        key, labels = (
            f"{self.number * 100_000 + number}",
            [issues.LABEL, *(["bug"] if issue.kind == "Bug" else [])],
        )
        self.row["issues"].append({
            "__typename": "Issue", "id": f"I_{key}", "fullDatabaseId": key, "number": number,
            "url": f"https://{HOST}/{OWNER}/{self.name}/issues/{number}", "title": issue.title,
            "state": "CLOSED" if done else "OPEN", "stateReason": "COMPLETED" if done else None,
            "createdAt": _at(issue.created_at), "updatedAt": _at(issue.updated_at), "closedAt": _at(done),
            "assignees": [self.account(issue.assignee)], "labels": [{"name": label} for label in labels], "parent": None,
            "timelineItems": [
                {"__typename": MOVES[status], "id": f"IE_{key}{place}", "createdAt": _at(at), "stateReason": "COMPLETED",
                 "label": {"name": issues.LABEL}, "actor": self.account(issue.assignee)}
                for place, (at, status) in enumerate(issue.moves)
            ],
        })  # fmt: skip

    def add_shipment(self, one: Shipment) -> None:
        match one.kind:
            case "deployment":
                self.add_deployment(one, "staging", one.created_at - STAGED)
                self.add_deployment(one, "production", one.created_at)
            case "release":
                self.row["releases"].append({
                    "databaseId": self.number * 10_000 + one.number, "tagName": f"v1.{one.number}.0",
                    "name": f"Version 1.{one.number}.0", "url": None, "isDraft": False, "isPrerelease": False,
                    "createdAt": _at(one.created_at), "publishedAt": _at(one.finished_at),
                    "tagCommit": {"oid": one.last.written.merge},
                })  # fmt: skip
            case "workflow_run":
                self.add_run(one)

    def add_deployment(self, one: Shipment, environment: str, begin: datetime) -> None:
        is_live = environment == "production"
        state = "SUCCESS" if one.succeeded or not is_live else "FAILURE"
        end = one.finished_at if is_live else begin + STAGED / 2
        statuses = [
            {"state": "IN_PROGRESS", "createdAt": _at(begin)},
            {"state": state, "createdAt": _at(end)},
        ]
        self.row["deployments"].append({
            "databaseId": (self.number * 10_000 + one.number) * 10 + is_live, "task": "deploy",
            "environment": environment, "originalEnvironment": environment,
            "state": "INACTIVE" if state == "SUCCESS" else state, "createdAt": _at(begin),
            "commitOid": one.last.written.merge, "ref": {"name": "main"}, "statuses": statuses,
            "latestStatus": {"environmentUrl": None, "logUrl": None},
        })  # fmt: skip

    def add_run(self, one: Shipment) -> None:
        self.row["runs"].append({
            "id": self.number * 10_000 + one.number, "name": DEPLOY, "event": "push", "head_branch": "main",
            "head_sha": one.last.written.merge, "status": "completed",
            "conclusion": "success" if one.succeeded else "failure",
            "html_url": f"https://{HOST}/{OWNER}/{self.name}/actions/runs/{one.number}",
            "created_at": _at(one.created_at), "run_started_at": _at(one.created_at),
            "updated_at": _at(one.finished_at),
        })  # fmt: skip


def _body(change: Change) -> str:
    """What stands in a description: what it takes back, and the mark that Claude Code leaves there."""
    if change.author.id == agents.COPILOT.id:
        return COPILOT_BODY
    if change.reverts is not None:
        return f"Reverts {OWNER}/{change.repo}#{change.reverts.number}"
    return f"As discussed.\n\n{FOOTER}" if change.mark == CLAUDE else "As discussed."


def _closing(change: Change) -> list[Row]:
    """The issue that its merge closes."""
    if change.closes is None:
        return []
    number = int(change.closes.rpartition("#")[2])
    return [{"number": number, "repository": {"nameWithOwner": f"{OWNER}/{change.repo}"}}]


def _worked(change: Change) -> Iterator[Row]:
    """The agent begins a moment before its first commit and ends a moment after its last."""
    for event, at in (
        ("copilot_work_started", change.commits[0] - STAGED),
        ("copilot_work_finished", change.commits[-1] + STAGED),
    ):
        yield {"id": f"{event}_{change.repo}_{change.number}", "event": event, "created_at": _at(at)}


def _commits(change: Change) -> Iterator[Row]:
    written = change.written
    for sha, message, at in zip(written.commits, written.messages, change.commits, strict=True):
        who = {"name": change.author.name, "email": change.author.email, "user": None}
        yield {
            "commit": {
                "oid": sha, "authoredDate": _at(at), "committedDate": _at(at), "message": message, "author": who,
                "committer": {"email": WEB.partition("<")[2].rstrip(">")},
            }
        }  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "Bad credentials")
    if asked.path == "/api/graphql" and isinstance(asked.body, dict):
        return _graphql(asked, held)
    name, _, rest = asked.path.removeprefix(f"/api/v3/repos/{OWNER}/").partition("/")
    if rest == "actions/runs":
        return _runs(asked, _find(held, f"{OWNER}/{name}"))
    if rest.startswith("issues/") and rest.endswith("/timeline"):
        return _timeline(asked, _find(held, f"{OWNER}/{name}"), rest.split("/")[1])
    return _error(404, "Not Found")


def _error(status: int, message: str) -> Told:
    return Told(
        status,
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)},
    )


def _graphql(asked: Asked, held: Mapping[str, Any]) -> Told:
    shown = held if "repo" in (asked.rights or ()) else {"repositories": [], "members": []}

    def owned(arguments: Mapping[str, Any]) -> Row | None:
        own = arguments.get("login") == OWNER
        return {"repositories": shown["repositories"], "membersWithRole": shown["members"]} if own else None

    root = {
        "rateLimit": {"cost": 1, "remaining": 4999, "resetAt": None},
        "repository": lambda told: _find(shown, f"{told['owner']}/{told['name']}"),
        "repositoryOwner": owned,
        "organization": owned,
    }
    try:
        data = answered(str(asked.body["query"]), asked.body.get("variables") or {}, root)
    except WrongError as error:
        return Told(200, {"data": None, "errors": [{"message": str(error), "type": error.kind}]})
    lost = [name for name, value in data.items() if value is None]
    errors = [
        {"type": "NOT_FOUND", "path": [name], "message": f"Could not resolve to a {name}."} for name in lost
    ]
    return Told(200, {"data": data, **({"errors": errors} if errors else {})})


def _find(held: Mapping[str, Any], name: str) -> Row | None:
    return next((one for one in held["repositories"] if one["nameWithOwner"] == name), None)


def _timeline(asked: Asked, repository: Row | None, number: str) -> Told:
    """When Copilot worked on a pull request of its own."""
    if repository is None or "repo" not in (asked.rights or ()):
        return _error(404, "Not Found")
    events = repository["agentWork"].get(number, [])
    begin = (asked.number("page", 1, MOST_RUNS, _error(422, "Validation Failed")) - 1) * PER_PAGE
    return Told(200, events[begin : begin + PER_PAGE])


def _runs(asked: Asked, repository: Row | None) -> Told:
    if repository is None or "repo" not in (asked.rights or ()):
        return _error(404, "Not Found")
    refusal = _error(422, "Validation Failed")
    page = asked.number("page", 1, MOST_RUNS, refusal)
    size = asked.number("per_page", 30, PER_PAGE, refusal)
    since, _, until = asked.one("created", "0000..9999").partition("..")
    rows = [run for run in repository["runs"] if since <= run["created_at"] <= until]
    rows.sort(key=lambda run: str(run["created_at"]), reverse=True)
    begin = (page - 1) * size
    return Told(200, {"total_count": len(rows), "workflow_runs": rows[begin : begin + size][:MOST_RUNS]})
