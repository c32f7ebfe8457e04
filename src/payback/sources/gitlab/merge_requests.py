"""Merge requests with their commits, reviews, moves and signs of AI, brought up to date by when they changed last."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import (
    CommitText,
    sign_of_account,
    sign_of_branch,
    signs_of_commit,
    signs_of_description,
)
from payback.delivery.messages import reverted_commit, subject_of
from payback.delivery.registry import registry
from payback.ledger.work_entries import Commit, Evidence
from payback.sources.amounts import instant
from payback.sources.gitlab.asking import listed, walked
from payback.sources.gitlab.notes import moves, reviews
from payback.sources.gitlab.place import GONE, Changed, each, read, until
from payback.sources.gitlab.rows import merge_request
from payback.sources.gitlab.sizes import sizes
from payback.sources.http import RefusedError
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import PullRequest, WorkEntry
    from payback.sources.gitlab.place import Project
    from payback.sources.http import Http
    from payback.sources.source import Ask, Context, Page

CLAIMS = {"opened": 1, "locked": 1, "merged": 2}


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's project, each merge request with its notes, its commits and its size."""
    yield from read(ask, _changed)


def _changed(ask: Ask, one: Project) -> Iterator[list[dict[str, Any]]]:
    asked = {"state": "all", "scope": "all", **until(ask)}
    for found in walked(ask.http, one.at("merge_requests"), asked, "updated", ask.part.since.isoformat()):
        numbers = [str(told["iid"]) for told in found if "iid" in told]
        measured = sizes(ask.http, one.path, numbers)
        yield [_whole(ask.http, one, told, measured) for told in found]


def _whole(http: Http, one: Project, told: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    """A merge request with its lists. One that was deleted meanwhile is left out of them, and found by the census."""
    if "iid" not in told:
        return told
    own = one.at("merge_requests", told["iid"])
    try:
        notes = listed(http, f"{own}/notes", {"order_by": "created_at", "sort": "asc"})
        commits = listed(http, f"{own}/commits")
    except RefusedError as error:
        if error.status not in GONE:
            raise
        notes, commits = [], []
    return {**told, "notes": notes, "commits": commits, "size": measured.get(str(told["iid"]))}


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each merge request with all that belongs to it, or why it could not be read. Of several with the same commit the last
    one told holds it: a merged one before an open one, an open one before a closed one, and else the first that was opened.
    """
    if page.body is not None:
        page = replace(page, body=sorted(page.body, key=_claim))
    return each(page, context, _read, "merge request")


def _claim(told: dict[str, Any]) -> tuple[int, int]:
    number = told.get("iid")
    return CLAIMS.get(str(told.get("state")), 0), -number if isinstance(number, int) else 0


def _read(told: dict[str, Any], repo: str, context: Context) -> list[WorkEntry]:
    pull, notes = merge_request(told, repo, context.source), told.get("notes") or []
    return [pull, *_signs(told, pull), *_commits(told, pull), *reviews(notes, pull), *moves(notes, pull)]


def _signs(told: dict[str, Any], pull: PullRequest) -> Iterator[Evidence]:
    known = registry()
    by_automation = pull.author_kind == "bot"
    found = [
        sign_of_account(pull.author, None, known),
        sign_of_branch(pull.head_branch, known),
        *signs_of_description(told.get("description") or "", known, by_automation=by_automation),
    ]
    signs = [sign for sign in found if sign is not None]
    for row in evidence_rows("pull_request", pull.pull_request_id, signs, pull.merged_at or pull.created_at):
        yield Evidence(**row, source=pull.source)


def _commits(told: dict[str, Any], pull: PullRequest) -> Iterator[Commit | Evidence]:
    for one in told.get("commits") or ():
        message = one.get("message") or ""
        reverted = reverted_commit(message.replace("\r\n", "\n"))
        row = Commit(
            commit_id=f"{pull.repo}@{one['id']}",
            repo=pull.repo,
            sha=one["id"],
            authored_at=instant(one["authored_date"]),
            committed_at=instant(one["committed_date"]),
            source=pull.source,
            author_name=one.get("author_name"),
            author_email=one.get("author_email"),
            committer_email=one.get("committer_email"),
            subject=subject_of(message),
            branch=pull.head_branch,
            pull_request_id=pull.pull_request_id,
            reverts=f"{pull.repo}@{reverted}" if reverted else None,
        )
        yield row
        signs = signs_of_commit(
            CommitText(row.author_name or "", row.author_email or "", message), registry()
        )
        for sign in evidence_rows("commit", row.commit_id, signs, row.committed_at):
            yield Evidence(**sign, source=pull.source)


MERGE_REQUESTS = Stream(
    name="merge_requests",
    title="merge requests",
    tables=("pull_requests", "reviews", "pull_request_moves", "commits", "evidence"),
    needs="the scope read_api, and the role Reporter in the projects",
    pages=("Delivery", "Changes", "Reviews"),
    plan=Changed(),
    fetch=fetch,
    parse=parse,
    by_id=True,
)
