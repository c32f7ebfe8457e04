"""Pull requests with their activity, commits and size, brought up to date by when they changed last.

When one was merged is told by its activity alone; its merge commit is cut to twelve digits and asked for whole.
"""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import CommitText, sign_of_branch, signs_of_commit, signs_of_description
from payback.delivery.messages import reverted_commit, subject_of
from payback.delivery.registry import registry
from payback.delivery.ticket_keys import keys_named
from payback.ledger.work_entries import Commit, Evidence, PullRequest
from payback.sources.amounts import count, instant
from payback.sources.bitbucket.accounts import account, who
from payback.sources.bitbucket.activity import STATES, ended, moves, reviews
from payback.sources.bitbucket.place import GONE, about, changed, each, listed, moment, pages
from payback.sources.http import RefusedError
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.bitbucket.place import Repository
    from payback.sources.http import Http
    from payback.sources.source import Ask, Context

    Told = dict[str, Any]

_CLOSING = re.compile(r"\b(?:clos|fix|resolv)[a-z]*:?\s+(?:issue\s+|bug\s+)?#(\d{1,9})\b", re.IGNORECASE)


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's repository, oldest change first, each pull request with its lists."""
    one: Repository = ask.part.what
    if one.number is None:
        yield Page(None, one.name, about(one))
        return
    query = f'updated_on>"{ask.part.since.isoformat()}"'
    if ask.part.until < ask.now:
        query += f' AND updated_on<"{ask.part.until.isoformat()}"'
    params = [("q", query), ("sort", "updated_on"), ("pagelen", 50), *(("state", state) for state in STATES)]
    try:
        for found in pages(ask.http, one.at("pullrequests"), params):
            whole = [_whole(ask.http, one, told) for told in found]
            last = next((told["updated_on"] for told in reversed(found) if told.get("updated_on")), None)
            yield Page(whole, one.name, about(one), last if ask.part.mark else None)
    except RefusedError as error:
        if error.status not in GONE:
            raise
        yield Page(None, one.name, about(one))


def _whole(http: Http, one: Repository, told: Told) -> Told:
    if "id" not in told:
        return told
    own = one.at("pullrequests", told["id"])
    lists = {name: listed(http, f"{own}/{name}") for name in ("activity", "commits", "diffstat")}
    return {**told, **lists, "merged_with": _merged_with(http, one, told)}


def _merged_with(http: Http, one: Repository, told: Told) -> str | None:
    """The whole hash of the merge commit; None where it is no longer there."""
    short = (told.get("merge_commit") or {}).get("hash")
    if not short:
        return None
    try:
        return str(http.get(one.at("commit", short)).body["hash"])
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return None


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each pull request with all that belongs to it, or why it could not be read."""
    return each(page, context, _read, "pull request")


def _read(told: Told, repo: str, source: str) -> list[WorkEntry]:
    pull = _pull(told, repo, source)
    return [pull, *_signs(told, pull), *_commits(told, pull), *reviews(told, pull), *moves(told, pull)]


def _pull(told: Told, repo: str, source: str) -> PullRequest:
    number, end, size = count(told["id"]), ended(told), told.get("diffstat") or ()
    author, branch = account(told.get("author")), _branch(told, "source")
    texts = (told.get("title"), (told.get("summary") or {}).get("raw"))
    return PullRequest(
        pull_request_id=f"{repo}#{number}",
        repo=repo,
        number=number,
        state=STATES[told["state"]],
        source=source,
        title=told.get("title"),
        author=author.id,
        author_kind=author.kind,
        merged_by=who(told.get("closed_by")) if told["state"] == "MERGED" else None,
        head_branch=branch,
        base_branch=_branch(told, "destination"),
        is_draft=told.get("draft"),
        created_at=instant(told["created_on"]),
        updated_at=moment(told.get("updated_on")),
        merged_at=end if told["state"] == "MERGED" else None,
        closed_at=end if told["state"] != "OPEN" else None,
        merge_commit=told.get("merged_with"),
        commits=len(told.get("commits") or ()) or None,
        additions=sum(one.get("lines_added") or 0 for one in size) if size else None,
        deletions=sum(one.get("lines_removed") or 0 for one in size) if size else None,
        files=len(size) or None,
        comments=told.get("comment_count"),
        tickets=",".join([*_closed(texts, repo), *keys_named(texts, branch)]) or None,
        url=((told.get("links") or {}).get("html") or {}).get("href"),
    )


def _closed(texts: tuple[Any, ...], repo: str) -> list[str]:
    """The issues of the repository's own tracker that a title or a description says it closes."""
    numbers = [number for text in texts for number in _CLOSING.findall(text or "")]
    return list(dict.fromkeys(f"{repo}#{int(number)}" for number in numbers))


def _branch(told: Told, side: str) -> str | None:
    name = ((told.get(side) or {}).get("branch") or {}).get("name")
    return str(name) if name else None


def _signs(told: Told, pull: PullRequest) -> Iterator[Evidence]:
    known, text = registry(), (told.get("summary") or {}).get("raw") or ""
    found = (account(told.get("author")).sign, sign_of_branch(pull.head_branch, known))
    signs = [
        *(sign for sign in found if sign is not None),
        *signs_of_description(text, known, by_automation=pull.author_kind == "bot"),
    ]
    for row in evidence_rows("pull_request", pull.pull_request_id, signs, pull.merged_at or pull.created_at):
        yield Evidence(**row, source=pull.source)


def _commits(told: Told, pull: PullRequest) -> Iterator[Commit | Evidence]:
    for one in told.get("commits") or ():
        message, at = one.get("message") or "", instant(one["date"])
        name, address = parseaddr((one.get("author") or {}).get("raw") or "")
        reverted, key = reverted_commit(message.replace("\r\n", "\n")), f"{pull.repo}@{one['hash']}"
        yield Commit(
            commit_id=key,
            repo=pull.repo,
            sha=one["hash"],
            authored_at=at,
            committed_at=at,
            source=pull.source,
            author_name=name or None,
            author_email=address or None,
            subject=subject_of(message),
            branch=pull.head_branch,
            pull_request_id=pull.pull_request_id,
            parents=len(one["parents"]) if "parents" in one else None,
            is_merge=len(one["parents"]) > 1 if "parents" in one else None,
            reverts=f"{pull.repo}@{reverted}" if reverted else None,
        )
        for row in evidence_rows(
            "commit", key, signs_of_commit(CommitText(name, address, message), registry()), at
        ):
            yield Evidence(**row, source=pull.source)


PULL_REQUESTS = Stream(
    name="pull_requests",
    title="pull requests",
    tables=("pull_requests", "reviews", "pull_request_moves", "commits", "evidence"),
    needs="the right Pull requests: Read of an access token",
    pages=("Delivery", "Changes", "Reviews"),
    plan=changed,
    fetch=fetch,
    parse=parse,
    by_id=True,
)
