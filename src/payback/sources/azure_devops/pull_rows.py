"""A pull request as rows, with its commits and the signs of AI in them. Descriptions and messages are read, never kept. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import (
    CommitText,
    sign_of_account,
    sign_of_branch,
    signs_of_commit,
    signs_of_description,
)
from payback.delivery.messages import merged_branches, reverted_commit, subject_of
from payback.delivery.registry import registry
from payback.delivery.ticket_keys import keys_named
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Commit, Evidence, PullRequest
from payback.sources.amounts import count, instant
from payback.sources.azure_devops.place import branch, is_service, moment, person, ticket_id
from payback.sources.azure_devops.threads import comments, is_bot, moves, reviews

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.work_entries import WorkEntry
    from payback.sources.source import Context, Page

STATES = {"active": "open", "completed": "merged", "abandoned": "closed"}
METHODS = {"noFastForward": "merge", "squash": "squash", "rebase": "rebase", "rebaseMerge": "rebase"}
_REVERTS = re.compile(r"^Reverts !(\d{1,9})\b", re.MULTILINE)
_NAMED = re.compile(r"\bAB#(\d{1,9})\b")


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each pull request with all that belongs to it, or why it could not be read."""
    if page.body is None:
        yield Rejected(
            context.source, f"{page.what}: it is not there any more; what is known of it stays", page.what
        )
        return
    for told in page.body:
        try:
            yield from _read(told, context, page)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            number = told.get("pullRequestId") if isinstance(told, dict) else None
            where = f"{page.what}#{number}" if number else page.what
            yield Rejected(context.source, f"pull request is not read: {error!r}"[:200], where)


def _read(told: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    pull = pull_request(told, context, page)
    return [pull, *_signs(told, pull), *_commits(told, pull), *reviews(told, pull), *moves(told, pull)]


def pull_request(told: dict[str, Any], context: Context, page: Page) -> PullRequest:
    """The row of one pull request. KeyError or ValueError where it lacks what it cannot be without."""
    repo, number, author = page.about["repository"], count(told["pullRequestId"]), told.get("createdBy")
    state, closed = STATES[told["status"]], moment(told.get("closedDate"))
    is_merged = state == "merged"
    signed = sign_of_account(person(author), None, registry())
    labels = [str(one["name"]) for one in told.get("labels") or () if one.get("active", True)]
    strategy = (told.get("completionOptions") or {}).get("mergeStrategy")
    reverted = _REVERTS.search((told.get("description") or "").replace("\r\n", "\n"))
    return PullRequest(
        pull_request_id=f"{repo}#{number}",
        repo=repo,
        number=number,
        state=state,
        source=context.source,
        title=told.get("title"),
        author=person(author),
        author_kind="agent" if signed else "bot" if is_service(author) else "person" if author else None,
        merged_by=person(told.get("closedBy")) if is_merged else None,
        vendor_id=str(told.get("codeReviewId") or number),
        head_branch=branch(told.get("sourceRefName")),
        base_branch=branch(told.get("targetRefName")),
        is_draft=told.get("isDraft"),
        created_at=instant(told["creationDate"]),
        merged_at=closed if is_merged else None,
        closed_at=closed,
        merge_commit=(told.get("lastMergeCommit") or {}).get("commitId") if is_merged else None,
        merge_method=METHODS.get(str(strategy)) if is_merged else None,
        files=told.get("files"),
        commits=len(told.get("commits") or ()) or None,
        comments=len(comments(told)) if "threads" in told else None,
        reverts=f"{repo}#{reverted[1]}" if reverted else None,
        tickets=",".join(_tickets(told, context, page.about["project"])) or None,
        labels=",".join(labels) or None,
        url=f"https://{repo.rpartition('/')[0]}/_git/{repo.rpartition('/')[2]}/pullrequest/{number}",
    )


def _tickets(told: dict[str, Any], context: Context, project: str) -> list[str]:
    """The work items tied to it, those that its texts name, and keys of other trackers; each once."""
    texts = (told.get("title"), told.get("description"))
    tied = [ticket_id(context.told, one["project"], one["id"]) for one in told.get("workItems") or ()]
    named = [
        ticket_id(context.told, project, number) for text in texts for number in _NAMED.findall(text or "")
    ]
    keys = keys_named(texts, branch(told.get("sourceRefName")))
    return list(dict.fromkeys([*tied, *named, *(key for key in keys if not key.startswith("AB-"))]))


def _signs(told: dict[str, Any], pull: PullRequest) -> Iterator[Evidence]:
    known = registry()
    found = [
        sign_of_account(pull.author, None, known),
        sign_of_branch(pull.head_branch, known),
        *signs_of_description(
            told.get("description") or "", known, by_automation=is_bot(told.get("createdBy"))
        ),
    ]
    signs = [sign for sign in found if sign is not None]
    for row in evidence_rows("pull_request", pull.pull_request_id, signs, pull.merged_at or pull.created_at):
        yield Evidence(**row, source=pull.source)


def _commits(told: dict[str, Any], pull: PullRequest) -> Iterator[Commit | Evidence]:
    """Each commit once, with its signs."""
    for one in {commit["commitId"]: commit for commit in told.get("commits") or ()}.values():
        message, author = one.get("comment") or "", one.get("author") or {}
        committer = one.get("committer") or author
        reverted = reverted_commit(message.replace("\r\n", "\n"))
        row = Commit(
            commit_id=f"{pull.repo}@{one['commitId']}",
            repo=pull.repo,
            sha=one["commitId"],
            authored_at=instant(author["date"]),
            committed_at=instant(committer.get("date") or author["date"]),
            source=pull.source,
            author_name=author.get("name"),
            author_email=author.get("email"),
            committer_email=committer.get("email"),
            subject=subject_of(message),
            branch=pull.head_branch,
            pull_request_id=pull.pull_request_id,
            parents=len(one["parents"]) if one.get("parents") else None,
            is_merge=True if merged_branches(message) else None,
            reverts=f"{pull.repo}@{reverted}" if reverted else None,
        )
        yield row
        signs = signs_of_commit(
            CommitText(row.author_name or "", row.author_email or "", message), registry()
        )
        for sign in evidence_rows("commit", row.commit_id, signs, row.committed_at):
            yield Evidence(**sign, source=pull.source)
