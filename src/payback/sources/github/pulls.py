"""Pull requests with their commits, reviews and moves, and the signs of AI in them. Descriptions are read, never kept."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import sign_of_branch, signs_of_description
from payback.delivery.messages import reverted_pull
from payback.delivery.registry import registry
from payback.delivery.ticket_keys import keys_named
from payback.ledger.work_entries import Evidence, PullRequest
from payback.sources.amounts import count, instant
from payback.sources.github.accounts import account, login
from payback.sources.github.commits import commits
from payback.sources.github.place import repo_name
from payback.sources.github.queries import LISTS, PULLS
from payback.sources.github.repositories import Lists
from payback.sources.github.reviews import moves, reviews
from payback.sources.github.walking import Walk, each
from payback.sources.github.working import with_work
from payback.sources.source import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.github.accounts import Account
    from payback.sources.source import Context, Page

STATES = {"OPEN": "open", "CLOSED": "closed", "MERGED": "merged"}
CLAIMS = {"OPEN": 1, "MERGED": 2}
_REVERTING = re.compile(r"^revert-(\d{1,9})-")


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each pull request with all that belongs to it, or why it could not be read. Of several with the same commit the last
    one told holds it: a merged one before an open one, an open one before a closed one, and else the first that was opened.
    """
    if page.body is not None:
        page = replace(page, body=sorted(page.body, key=_claim))
    return each(page, context, _read, "pull request")


def _claim(node: dict[str, Any]) -> tuple[int, int]:
    number = node.get("number")
    return CLAIMS.get(str(node.get("state")), 0), -number if isinstance(number, int) else 0


def _read(node: dict[str, Any], context: Context, page: Page) -> list[WorkEntry]:
    pull = pull_request(node, context, repo_name(context.told, page.about["repository"]))
    return [
        pull,
        *_signs(node, pull, account(node.get("author"))),
        *commits(node, pull),
        *reviews(node, pull),
        *moves(node, pull),
    ]


def pull_request(node: dict[str, Any], context: Context, repo: str) -> PullRequest:
    """The row of one pull request. KeyError or ValueError where it lacks what it cannot be without."""
    author, number = account(node.get("author")), count(node["number"])
    labels = [one["name"] for one in (node.get("labels") or {}).get("nodes") or ()]
    return PullRequest(
        pull_request_id=f"{repo}#{number}",
        repo=repo,
        number=number,
        state=_state(node),
        source=context.source,
        title=node.get("title"),
        author=author.login,
        author_kind=author.kind,
        merged_by=login(node.get("mergedBy")),
        vendor_id=node.get("fullDatabaseId"),
        head_branch=node.get("headRefName"),
        base_branch=node.get("baseRefName"),
        is_draft=node.get("isDraft"),
        created_at=instant(node["createdAt"]),
        updated_at=moment(node, "updatedAt"),
        merged_at=moment(node, "mergedAt"),
        closed_at=moment(node, "closedAt"),
        merge_commit=(node.get("mergeCommit") or {}).get("oid"),
        commits=_size(node.get("commits") or {}, "totalCount"),
        additions=_size(node, "additions"),
        deletions=_size(node, "deletions"),
        files=_size(node, "changedFiles"),
        comments=_size(node, "totalCommentsCount"),
        reverts=_reverted(node, repo),
        tickets=",".join(_tickets(node, context)) or None,
        labels=",".join(labels) or None,
        url=node.get("url"),
    )


def _state(node: dict[str, Any]) -> str:
    """What became of it, by its state; where none is told, by its end."""
    if node.get("state") is None:
        return "merged" if node.get("mergedAt") else "closed" if node.get("closedAt") else "open"
    return STATES[node["state"]]


def moment(node: dict[str, Any], name: str) -> datetime | None:
    """An instant, where it is told."""
    return instant(node[name]) if node.get(name) else None


def _size(node: dict[str, Any], name: str) -> int | None:
    return None if node.get(name) is None else count(node[name])


def _reverted(node: dict[str, Any], repo: str) -> str | None:
    """The pull request that this one undoes, as GitHub's button writes it into the branch and the description."""
    branch = _REVERTING.match(node.get("headRefName") or "")
    number = int(branch[1]) if branch else reverted_pull((node.get("body") or "").replace("\r\n", "\n"))
    return None if number is None else f"{repo}#{number}"


def _tickets(node: dict[str, Any], context: Context) -> Iterator[str]:
    """The issues that it closes, and the keys of other trackers that it names."""
    closing = (node.get("closingIssuesReferences") or {}).get("nodes") or ()
    for one in closing:
        if one:
            yield f"{repo_name(context.told, one['repository']['nameWithOwner'])}#{one['number']}"
    yield from keys_named((node.get("title"), node.get("body")), node.get("headRefName"))


def _signs(node: dict[str, Any], pull: PullRequest, author: Account) -> Iterator[Evidence]:
    """Signs of AI in who opened it, in its branch and in its description."""
    known = registry()
    by_automation = author.kind == "bot"
    found = [
        author.sign,
        sign_of_branch(pull.head_branch, known),
        *signs_of_description(node.get("body") or "", known, by_automation=by_automation),
    ]
    signs = [sign for sign in found if sign is not None]
    at = pull.merged_at or pull.created_at
    for row in evidence_rows("pull_request", pull.pull_request_id, signs, at):
        yield Evidence(**row, source=pull.source)


PULL_REQUESTS = Stream(
    name="pull_requests",
    title="pull requests",
    tables=("pull_requests", "reviews", "pull_request_moves", "commits", "evidence"),
    needs="read access to Pull requests, Contents and Metadata (classic: the scope repo)",
    pages=("Delivery", "Changes", "Reviews"),
    plan=Lists("pullRequests"),
    fetch=Walk(PULLS, "pullRequests", "updatedAt", "PullRequest", LISTS, with_work),
    parse=parse,
    by_id=True,
)
