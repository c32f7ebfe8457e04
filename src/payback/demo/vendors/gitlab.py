"""The company's own GitLab, where it keeps its code there: what lies in its projects. `gitlab_api` answers from it.

Values are kept by the names of GitLab's REST API. What happened to a merge request is told by system notes, in English, as
GitLab tells it; it knows no dismissal of a review, and a push by force is a push.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.demo import agents, issues
from payback.demo.merging import OWNER
from payback.demo.people import BOT, CLAUDE
from payback.demo.records import whole
from payback.demo.repositories import FOOTER, HOST
from payback.demo.seats import login
from payback.demo.shipments import DEPLOY
from payback.demo.tickets import DOING, DONE, TO_DO
from payback.demo.vendors.filing import accounts, filed
from payback.demo.vendors.gitlab_notes import notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.demo.people import Company, Person
    from payback.demo.records import Change
    from payback.demo.shipments import Shipment
    from payback.demo.tickets import Ticket

Row = dict[str, Any]
GROUP = 41
GHOST = {"id": 11, "username": "ghost", "name": "Ghost User"}
READER = {"id": 31, "username": "coderabbitai", "name": "CodeRabbit"}
STAGED = timedelta(minutes=1)
CLOSED, REOPENED = "closed", "reopened"
STATES = {DONE: CLOSED, TO_DO: REOPENED}
TIERS = {"production": "production", "staging": "staging"}


def on_file(
    company: Company, changes: Iterable[Change], shipped: Iterable[Shipment], tickets: Iterable[Ticket]
) -> Row:
    """Everything that the server can be asked for, as JSON."""
    people = accounts(company)
    told = filed(
        company,
        lambda place, name: _Project(700 + place, name, people),
        (changes, shipped, tickets),
    )
    members = [
        {
            "id": people[one.id],
            "username": login(one),
            "name": one.name,
            "access_level": 30,
            "state": "active",
        }
        for one in company.people
        if one.until is None
    ]
    return {
        "group": {"id": GROUP, "path": OWNER},
        "members": members,
        "projects": [one.row for one in told],
    }


def _at(instant: datetime | None) -> str | None:
    return f"{whole(instant):%Y-%m-%dT%H:%M:%S}.000Z" if instant else None


class _Project:
    def __init__(self, number: int, name: str, people: Mapping[str, int]) -> None:
        self.name, self.people, self.number = name, people, number
        self.web = f"https://{HOST}/{OWNER}/{name}/-"
        self.row: Row = {
            "id": number, "path_with_namespace": f"{OWNER}/{name}", "default_branch": "main",
            "merge_requests": [], "issues": [], "deployments": [], "releases": [], "pipelines": [],
            "notes": {}, "commits": {}, "sizes": {}, "brought": {},
            "resource_state_events": {}, "resource_label_events": {},
        }  # fmt: skip

    def account(self, person: Person | None) -> Row:
        """Who left is the ghost, who opens changes of dependencies a bot with a token of the project."""
        if person is None:
            return READER
        if person.id == BOT.id:
            return {
                "id": 90 + self.number,
                "username": f"project_{self.number}_bot_4f1d2c",
                "name": person.name,
            }
        if person.id in agents.NUMBERS:
            return {
                "id": 21 + list(agents.NUMBERS).index(person.id),
                "username": person.id,
                "name": person.name,
            }
        if person.until is not None:
            return GHOST
        return {"id": self.people[person.id], "username": login(person), "name": person.name}

    def add_change(self, change: Change) -> None:
        course, key = change.course, str(change.number)
        if course is None:
            return
        closed, written, merged = course.closed_at, change.written, change.ended_at
        begin = self.number * 100_000 + change.number
        said = list(notes(change, course, self.account))
        self.row["notes"][key] = [
            {"id": begin * 100 + place, "body": note.body, "system": note.system, "author": note.author,
             "created_at": _at(note.at), "noteable_iid": change.number}
            for place, note in enumerate(said)
        ]  # fmt: skip
        self.row["commits"][key] = list(_commits(change))
        self.row["sizes"][key] = {
            "additions": written.added, "deletions": written.dropped, "fileCount": written.files,
        }  # fmt: skip
        last = max(
            filter(
                None,
                (course.opened_at, whole(change.commits[-1]), closed, merged, *(note.at for note in said)),
            )
        )
        self.row["merge_requests"].append({
            "id": begin, "iid": change.number, "project_id": self.number, "title": change.title,
            "description": _description(change), "draft": False, "created_at": _at(course.opened_at),
            "state": "merged" if merged else CLOSED if closed else "opened", "updated_at": _at(last),
            "merged_at": _at(merged), "closed_at": _at(closed), "author": self.account(change.author),
            "source_branch": change.branch, "target_branch": "main", "sha": written.commits[-1],
            "merge_user": self.account(change.merger or change.author) if merged else None,
            "merge_commit_sha": None if change.squashed else written.merge,
            "squash_commit_sha": written.merge if change.squashed else None, "squash": change.squashed,
            "labels": ["dependencies"] if change.kind == "bot" else [], "changes_count": str(written.files),
            "user_notes_count": sum(not note.system for note in said),
            "web_url": f"{self.web}/merge_requests/{change.number}",
        })  # fmt: skip

    def add_issue(self, issue: Ticket) -> None:
        number, done = int(issue.key.rpartition("#")[2]), issue.resolved_at
        key, user = self.number * 100_000 + number, self.account(issue.assignee)
        labels = [issues.LABEL, *(["bug"] if issue.kind == "Bug" else [])]
        self.row["issues"].append({
            "id": key, "iid": number, "project_id": self.number, "title": issue.title, "issue_type": "issue",
            "state": CLOSED if done else "opened", "created_at": _at(issue.created_at), "labels": labels,
            "updated_at": _at(issue.updated_at), "closed_at": _at(done), "assignees": [user], "author": user,
            "weight": None, "severity": "UNKNOWN", "moved_to_id": None, "web_url": f"{self.web}/issues/{number}",
        })  # fmt: skip
        events = [
            (status, {"id": key * 10 + place, "user": user, "created_at": _at(at)})
            for place, (at, status) in enumerate(issue.moves)
        ]
        self.row["resource_state_events"][str(number)] = [
            {**one, "state": STATES[status]} for status, one in events if status in STATES
        ]
        self.row["resource_label_events"][str(number)] = [
            {**one, "action": "add", "label": {"id": 1, "name": issues.LABEL}}
            for status, one in events
            if status == DOING
        ]

    def add_shipment(self, one: Shipment) -> None:
        match one.kind:
            case "deployment":
                self.add_deployment(one, "staging", one.created_at - STAGED)
                self.add_deployment(one, "production", one.created_at)
            case "release":
                self.add_release(one)
            case "workflow_run":
                self.row["pipelines"].append({
                    "id": self.number * 10_000 + one.number, "iid": one.number, "project_id": self.number, "name": DEPLOY,
                    "sha": one.last.written.merge, "ref": "main", "source": "push",
                    "status": "success" if one.succeeded else "failed", "created_at": _at(one.created_at),
                    "updated_at": _at(one.finished_at), "web_url": f"{self.web}/pipelines/{one.number}",
                })  # fmt: skip

    def add_deployment(self, one: Shipment, environment: str, begin: datetime) -> None:
        is_live = environment == "production"
        end = one.finished_at if is_live else begin + STAGED / 2
        number = (self.number * 10_000 + one.number) * 10 + is_live
        self.row["deployments"].append({
            "id": number, "iid": one.number * 2 + is_live, "ref": "main", "sha": one.last.written.merge,
            "status": "success" if one.succeeded or not is_live else "failed",
            "created_at": _at(begin), "updated_at": _at(end),
            "environment": {"id": 1 + is_live, "name": environment, "tier": TIERS[environment], "external_url": None},
            "deployable": {"id": number, "name": "deploy", "finished_at": _at(end)},
        })  # fmt: skip
        self.row["brought"][str(number)] = [change.number for change in one.holds]

    def add_release(self, one: Shipment) -> None:
        tag = f"v1.{one.number}.0"
        self.row["releases"].append({
            "tag_name": tag, "name": f"Version 1.{one.number}.0", "created_at": _at(one.created_at),
            "released_at": _at(one.finished_at), "upcoming_release": False,
            "commit": {"id": one.last.written.merge}, "_links": {"self": f"{self.web}/releases/{tag}"},
        })  # fmt: skip


def _description(change: Change) -> str:
    """What it takes back or closes, and the mark that Claude Code leaves there."""
    if change.reverts is not None:
        return f"This reverts merge request !{change.reverts.number}"
    closes = f"Closes #{change.closes.rpartition('#')[2]}" if change.closes else ""
    return "\n\n".join(filter(None, ("As discussed.", closes, FOOTER if change.mark == CLAUDE else "")))


def _commits(change: Change) -> Iterator[Row]:
    """The last one first."""
    written = change.written
    told = zip(written.commits, written.messages, change.commits, strict=True)
    for sha, message, at in reversed(list(told)):
        name, email = change.author.name, change.author.email
        yield {
            "id": sha, "title": message.partition("\n")[0], "message": message, "author_name": name, "author_email": email,
            "committer_name": name, "committer_email": email, "authored_date": _at(at), "committed_date": _at(at),
        }  # fmt: skip
