"""Pull requests with their activity, commits and size, brought up to date by when they changed last.

When one was merged is told by its activity alone; its merge commit is cut to twelve digits and asked for whole.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest, evidence_rows
from payback.delivery.markers import CommitText, sign_of_branch, signs_of_commit, signs_of_description
from payback.delivery.messages import reverted_commit, subject_of
from payback.delivery.registry import registry
from payback.delivery.ticket_keys import keys_named
from payback.ledger.work_entries import Commit, Evidence, PullRequest, PullRequestMove, Review
from payback.sources.amounts import count, instant
from payback.sources.bitbucket.place import GONE, changed, each, is_bot, listed, moment, pages, who
from payback.sources.http import RefusedError
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Rejected
    from payback.ledger.work_entries import WorkEntry
    from payback.sources.http import Http
    from payback.sources.source import Ask, Context

    Told = dict[str, Any]

STATES = {"OPEN": "open", "MERGED": "merged", "DECLINED": "closed", "SUPERSEDED": "closed"}
VERDICTS = {"approval": "approved", "changes_requested": "changes_requested"}


def fetch(ask: Ask) -> Iterator[Page]:
    """Pages of the slice's repository, oldest change first, each pull request with its lists."""
    name = ask.part.what
    query = f'updated_on>"{ask.part.since.isoformat()}"'
    if ask.part.until < ask.now:
        query += f' AND updated_on<"{ask.part.until.isoformat()}"'
    params = [("q", query), ("sort", "updated_on"), ("pagelen", 50), *(("state", one) for one in STATES)]
    for found in _changed(ask.http, f"repositories/{name}/pullrequests", params):
        whole = [_whole(ask.http, f"repositories/{name}", told) for told in found]
        last = next((told["updated_on"] for told in reversed(found) if told.get("updated_on")), None)
        yield Page(whole, name, {"repository": name}, last if ask.part.mark else None)


def _whole(http: Http, repository: str, told: Told) -> Told:
    if "id" not in told:
        return told
    own = f"{repository}/pullrequests/{told['id']}"
    lists = {name: listed(http, f"{own}/{name}") for name in ("activity", "commits", "diffstat")}
    return {**told, **lists, "merged_with": _merged_with(http, repository, told)}


def _changed(http: Http, path: str, params: Any) -> Iterator[list[Told]]:
    """The pages of the list; none where the repository is gone."""
    try:
        yield from pages(http, path, params)
    except RefusedError as error:
        if error.status not in GONE:
            raise


def _merged_with(http: Http, repository: str, told: Told) -> str | None:
    """The whole hash of the merge commit; None where it is no longer there."""
    short = (told.get("merge_commit") or {}).get("hash")
    if not short:
        return None
    try:
        return str(http.get(f"{repository}/commit/{short}").body["hash"])
    except RefusedError as error:
        if error.status not in GONE:
            raise
        return None


def parse(page: Page, context: Context) -> Iterable[WorkEntry | Rejected]:
    """Each pull request with all that belongs to it, or why it could not be read."""
    return each(page, context, _read, "pull request")


def _read(told: Told, repo: str, source: str) -> list[WorkEntry]:
    pull = _pull(told, repo, source)
    return [pull, *_signs(told, pull), *_commits(told, pull), *_reviews(told, pull), *_moves(told, pull)]


def _pull(told: Told, repo: str, source: str) -> PullRequest:
    number, ended, size = count(told["id"]), _ended(told), told.get("diffstat") or ()
    branch = _branch(told, "source")
    texts = (told.get("title"), (told.get("summary") or {}).get("raw"))
    return PullRequest(
        pull_request_id=f"{repo}#{number}",
        repo=repo,
        number=number,
        state=STATES[told["state"]],
        source=source,
        title=told.get("title"),
        author=who(told.get("author")),
        author_kind="bot" if is_bot(told.get("author")) else "person" if told.get("author") else None,
        merged_by=who(told.get("closed_by")) if told["state"] == "MERGED" else None,
        head_branch=branch,
        base_branch=_branch(told, "destination"),
        is_draft=told.get("draft"),
        created_at=instant(told["created_on"]),
        updated_at=moment(told.get("updated_on")),
        merged_at=ended if told["state"] == "MERGED" else None,
        closed_at=ended if told["state"] != "OPEN" else None,
        merge_commit=told.get("merged_with"),
        commits=len(told.get("commits") or ()) or None,
        additions=sum(one.get("lines_added") or 0 for one in size) if size else None,
        deletions=sum(one.get("lines_removed") or 0 for one in size) if size else None,
        files=len(size) or None,
        comments=told.get("comment_count"),
        tickets=",".join(keys_named(texts, branch)) or None,
        url=((told.get("links") or {}).get("html") or {}).get("href"),
    )


def _branch(told: Told, side: str) -> str | None:
    name = ((told.get(side) or {}).get("branch") or {}).get("name")
    return str(name) if name else None


def _updates(told: Told) -> list[Told]:
    """What the activity says of the pull request itself, oldest first."""
    found = [one["update"] for one in told.get("activity") or () if isinstance(one.get("update"), dict)]
    return sorted((one for one in found if one.get("date")), key=lambda one: str(one["date"]))


def _ended(told: Told) -> Any:
    """When it came to the state it is in; where the activity does not tell, when it changed last."""
    ends = [one["date"] for one in _updates(told) if one.get("state") == told["state"]]
    return moment(ends[0] if ends else told.get("updated_on"))


def _reviews(told: Told, pull: PullRequest) -> Iterator[Review]:
    for one in told.get("activity") or ():
        for kind, state in VERDICTS.items():
            if isinstance(said := one.get(kind), dict):
                user, at = said.get("user"), instant(said["date"])
                key = digest(pull.pull_request_id, kind, who(user), said["date"])
                yield _review(pull, key, (user, state, at))
        said = one.get("comment")
        if isinstance(said, dict) and not said.get("deleted"):
            key = f"{pull.pull_request_id}:{said['id']}"
            yield _review(pull, key, (said.get("user"), "commented", instant(said["created_on"])))


def _review(pull: PullRequest, key: str, said: tuple[Any, str, Any]) -> Review:
    user, state, at = said
    return Review(
        review_id=key,
        pull_request_id=pull.pull_request_id,
        submitted_at=at,
        source=pull.source,
        reviewer=who(user),
        state=state,
        is_bot=is_bot(user),
    )


def _moves(told: Told, pull: PullRequest) -> Iterator[PullRequestMove]:
    """Pushes, drafts and ends, from one update to the next."""
    before: Told = {}
    for update in _updates(told):
        commit = ((update.get("source") or {}).get("commit") or {}).get("hash")
        held = ((before.get("source") or {}).get("commit") or {}).get("hash")
        kinds = ["pushed"] if commit and held and commit != held else []
        if (
            before
            and None not in (update.get("draft"), before.get("draft"))
            and update["draft"] != before["draft"]
        ):
            kinds.append("draft" if update["draft"] else "ready")
        if STATES.get(str(update.get("state"))) == "closed" and before.get("state") != update.get("state"):
            kinds.append("closed")
        for kind in kinds:
            yield PullRequestMove(
                move_id=digest(pull.pull_request_id, kind, str(update["date"])),
                pull_request_id=pull.pull_request_id,
                kind=kind,
                moved_at=instant(update["date"]),
                source=pull.source,
                actor=who(update.get("author")),
            )
        before = update


def _signs(told: Told, pull: PullRequest) -> Iterator[Evidence]:
    known, text = registry(), (told.get("summary") or {}).get("raw") or ""
    branch = sign_of_branch(pull.head_branch, known)
    signs = [
        *signs_of_description(text, known, by_automation=pull.author_kind == "bot"),
        *([branch] if branch else []),
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
