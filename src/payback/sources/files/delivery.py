"""Files of changes: pull requests, reviews, commits.

Ids are those that hosts and trackers use, so that a file and a connection tell of the same thing; where a file has none, they
are made of what does not change when the row is told again (who reviewed what and when, not how).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.tables import BY_NAME
from payback.sources.files import delivery_words as words
from payback.sources.files.fields import COUNT, FLAG, INSTANT, TEXT, Field, FileRows, Kind, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Values = Mapping[str, Any]
    Row = dict[str, Any]

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
REPO = ("repository", "repositoryname", "reponame", "project", "repositoryurl", "repourl", "fullname")
HOST = Field("host", TEXT, ("githost",))
URL = Field("url", TEXT, ("link", "href", "weburl", "htmlurl", "permalink"))
CREATED = ("created", "createdon", "createddate", "opened", "openedat", "creationdate", "opendate")
LABELS = Field("labels", TEXT, ("label", "tags"))
CHANGE = Field(
    "pull_request",
    TEXT,
    ("pullrequestid", "pr", "prid", "mergerequest", "pullrequestnumber", "prnumber", "number"),
)


def kind_of(table: str, title: str, fields: tuple[Field, ...], row: Callable[[Values], Row]) -> Kind:
    """A kind whose rows go to the table of its name. Fields that are no columns of it only help to name things."""
    columns = [column.name for column in BY_NAME[table].columns if column.name != "synced_at"]

    def put(found: FileRows, values: Values, line: Line) -> None:
        told = {**values, **row(values), "source": line.source}
        found.add(table, {name: told.get(name) for name in columns})

    return Kind(table, title, fields, put)


def repository_of(values: Values) -> str:
    """The repository that a row names. ValueError where it names none."""
    found = words.repository(values["repo"], values["host"])
    if found is None:
        raise ValueError("repo is empty")
    return found


def _change(values: Values) -> str | None:
    repo = words.repository(values["repo"], values["host"])
    return words.change(values["pull_request"], repo, values["host"])


def own_id(values: Values, key: str, *parts: object) -> str:
    """The id told, or one made of parts that stay when the row is told anew."""
    told: str | None = values[key]
    return told or digest(key, *parts)


def _pull_request(values: Values) -> Row:
    repo, merged, closed = repository_of(values), values["merged_at"], values["closed_at"]
    state = words.state(values["state"])
    if state == "closed" and merged:
        state = "merged"
    return {
        "pull_request_id": f"{repo}#{values['number']}",
        "repo": repo,
        "state": state or ("merged" if merged else "closed" if closed else "open"),
        "merged_at": merged or (closed if state == "merged" else None),
        "tickets": words.listed(values["tickets"]),
    }


def _review(values: Values) -> Row:
    change = _change(values)
    told = (change, values["reviewer"], values["submitted_at"])
    return {
        "review_id": own_id(values, "review_id", *told),
        "pull_request_id": change,
        "state": words.review_state(values["state"]),
    }


def _commit(values: Values) -> Row:
    repo, sha = repository_of(values), values["sha"].lower()
    authored, committed = values["authored_at"], values["committed_at"]
    if not _SHA.fullmatch(sha):
        raise ValueError(f"sha: {sha[:40]!r} is no whole hash")
    if not (authored or committed):
        raise ValueError("authored_at and committed_at are empty")
    parents = values["parents"]
    return {
        "commit_id": f"{repo}@{sha}",
        "repo": repo,
        "sha": sha,
        "authored_at": authored or committed,
        "committed_at": committed or authored,
        "pull_request_id": _change(values),
        "is_merge": parents > 1 if values["is_merge"] is None and parents is not None else values["is_merge"],
    }


PULL_REQUESTS = kind_of(
    "pull_requests",
    "Changes offered for review",
    (
        Field("repo", TEXT, REPO, required=True),
        HOST,
        Field("number", COUNT, ("prnumber", "iid", "pr", "pullrequestnumber", "pullrequest", "pullrequestid", "id"), required=True),
        Field("state", TEXT, ("status", "prstate")),
        Field("title", TEXT, ("subject", "summary", "name")),
        Field("author", TEXT, ("user", "authorlogin", "createdby", "openedby", "authoremail", "login")),
        Field("author_kind", TEXT, ("authortype",)),
        Field("merged_by", TEXT, ("mergedbylogin", "merger", "closedby")),
        Field("vendor_id", TEXT, ("nodeid", "globalid")),
        Field("head_branch", TEXT, ("branch", "sourcebranch", "headref", "fromref", "sourcerefname")),
        Field("base_branch", TEXT, ("targetbranch", "baseref", "toref", "targetrefname", "destinationbranch")),
        Field("is_draft", FLAG, ("draft", "wip")),
        Field("created_at", INSTANT, CREATED),
        Field("updated_at", INSTANT, ("updated", "lastupdated")),
        Field("first_commit_at", INSTANT, ("firstcommit", "firstcommitdate")),
        Field("ready_at", INSTANT, ("readyforreview", "readyforreviewat")),
        Field("first_review_at", INSTANT, ("firstreview", "firstreviewdate")),
        Field("approved_at", INSTANT, ("approvedon", "approvaldate", "firstapprovalat")),
        Field("merged_at", INSTANT, ("merged", "mergedon", "mergedate", "mergeddate", "completedat")),
        Field("closed_at", INSTANT, ("closed", "closedon", "closeddate", "closedate")),
        Field("merge_commit", TEXT, ("mergecommitsha", "mergesha")),
        Field("merge_method", TEXT, ("mergestrategy",)),
        Field("commits", COUNT, ("commitcount", "numcommits")),
        Field("additions", COUNT, ("linesadded", "added", "loca")),
        Field("deletions", COUNT, ("linesremoved", "linesdeleted", "deleted", "removed")),
        Field("files", COUNT, ("changedfiles", "fileschanged", "filecount")),
        Field("comments", COUNT, ("commentcount", "numcomments", "reviewcomments")),
        Field("review_rounds", COUNT, ("rounds",)),
        Field("tickets", TEXT, ("ticket", "issuekeys", "issues", "issuekey", "workitems", "jirakey")),
        LABELS,
        URL,
    ),
    _pull_request,
)  # fmt: skip

REVIEWS = kind_of(
    "reviews",
    "Reviews of changes",
    (
        Field("review_id", TEXT, ("id", "reviewid")),
        Field("repo", TEXT, REPO),
        HOST,
        replace(CHANGE, required=True),
        Field("reviewer", TEXT, ("user", "author", "reviewerlogin", "reviewedby", "approver", "login", "email")),
        Field("state", TEXT, ("status", "decision", "verdict", "vote", "outcome")),
        Field("is_bot", FLAG, ("bot", "automation")),
        Field("comments", COUNT, ("commentcount", "numcomments")),
        Field("commit_sha", TEXT, ("sha", "commit", "commitid")),
        Field("submitted_at", INSTANT, ("submitted", "reviewedat", "date", "timestamp", *CREATED), required=True),
    ),
    _review,
)  # fmt: skip

COMMITS = kind_of(
    "commits",
    "Commits",
    (
        Field("repo", TEXT, REPO, required=True),
        HOST,
        Field("sha", TEXT, ("hash", "commit", "commithash", "commitsha", "commitid", "id", "revision"), required=True),
        Field("authored_at", INSTANT, ("authordate", "authoreddate", "date", "timestamp")),
        Field("committed_at", INSTANT, ("committerdate", "commitdate", "committeddate")),
        Field("author_name", TEXT, ("author",)),
        Field("author_email", TEXT, ("email", "authoraddress")),
        Field("committer_email", TEXT, ()),
        Field("subject", TEXT, ("title", "summary")),
        Field("branch", TEXT, ("ref",)),
        CHANGE,
        Field("parents", COUNT, ("parentcount",)),
        Field("additions", COUNT, ("linesadded", "added")),
        Field("deletions", COUNT, ("linesremoved", "linesdeleted", "deleted", "removed")),
        Field("files", COUNT, ("changedfiles", "fileschanged", "filecount")),
        Field("is_merge", FLAG, ("merge",)),
        Field("on_default_branch", FLAG, ("ondefault",)),
    ),
    _commit,
)  # fmt: skip

KINDS = (PULL_REQUESTS, REVIEWS, COMMITS)
