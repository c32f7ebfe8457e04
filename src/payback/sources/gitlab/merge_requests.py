"""Merge requests with their commits, reviews, moves and signs of AI, brought up to date by when they changed last."""

from __future__ import annotations

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
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Commit, Evidence
from payback.sources.amounts import instant
from payback.sources.gitlab.asking import listed, pages
from payback.sources.gitlab.notes import moves, reviews
from payback.sources.gitlab.place import repo_name
from payback.sources.gitlab.rows import merge_request
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest, WorkEntry
    from payback.sources.source import Ask, Context


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the project that the slice names by number and path, each merge request with its lists."""
    number, path = ask.part.what
    asked = {
        "state": "all",
        "scope": "all",
        "order_by": "updated_at",
        "sort": "asc",
        "updated_after": ask.part.since.isoformat(),
    }
    for found in pages(ask.http, f"projects/{number}/merge_requests", asked):
        whole = []
        for told in found:
            own = f"projects/{number}/merge_requests/{told['iid']}"
            notes = listed(ask.http, f"{own}/notes", {"order_by": "created_at", "sort": "asc"})
            whole.append({**told, "notes": notes, "commits": listed(ask.http, f"{own}/commits")})
        yield Page(whole, path, {"path": path})


def parse(page: Page, context: Context) -> Iterator[WorkEntry | Rejected]:
    """Each merge request with all that belongs to it, or why it could not be read."""
    repo = repo_name(context.told, page.about["path"])
    for told in page.body:
        try:
            found = _read(told, repo, context.source)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            number = told.get("iid") if isinstance(told, dict) else None
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            yield Rejected(context.source, f"merge request is not read: {why}", f"{page.what}#{number}")
        else:
            yield from found


def _read(told: dict[str, Any], repo: str, source: str) -> list[WorkEntry]:
    pull, notes = merge_request(told, repo, source), told.get("notes") or []
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
