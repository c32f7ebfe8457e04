"""The row of a merge request. Its description is read for what it names, and not kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.delivery.markers import sign_of_account
from payback.delivery.registry import registry
from payback.delivery.repositories import name_of_remote
from payback.delivery.ticket_keys import keys_named
from payback.ledger.work_entries import PullRequest
from payback.sources.amounts import count, instant
from payback.sources.gitlab.accounts import is_bot, login
from payback.sources.gitlab.notes import merge_sha

if TYPE_CHECKING:
    from datetime import datetime

STATES = {"opened": "open", "locked": "open", "closed": "closed", "merged": "merged"}
_ONE = r"(?:[\w.-]+(?:/[\w.-]+)+)?#\d{1,9}\b"
_CLOSING = re.compile(
    r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing)|implement(?:s|ed|ing)?):?\s+(?:issues?\s+)?"
    rf"{_ONE}(?:(?:,\s*|\s+and\s+){_ONE})*",
    re.IGNORECASE,
)
_ISSUE = re.compile(r"((?:[\w.-]+(?:/[\w.-]+)+)?)#(\d{1,9})\b")
_REVERTED = re.compile(r"^This reverts merge request !(\d{1,9})\b", re.MULTILINE)


def merge_request(told: dict[str, Any], repo: str, source: str) -> PullRequest:
    """The row of one merge request. KeyError or ValueError where it lacks what it cannot be without."""
    author, number = told.get("author") or {}, count(told["iid"])
    size, lists = told.get("size") or {}, told.get("commits")
    return PullRequest(
        pull_request_id=f"{repo}#{number}",
        repo=repo,
        number=number,
        state=STATES[told["state"]],
        source=source,
        title=told.get("title"),
        author=login(author),
        author_kind=author_kind(author),
        merged_by=login(told.get("merge_user") or told.get("merged_by")),
        vendor_id=str(told["id"]),
        head_branch=told.get("source_branch"),
        base_branch=told.get("target_branch"),
        is_draft=told.get("draft", told.get("work_in_progress")),
        created_at=instant(told["created_at"]),
        updated_at=moment(told, "updated_at"),
        merged_at=moment(told, "merged_at"),
        closed_at=moment(told, "closed_at"),
        merge_commit=merge_sha(told),
        merge_method=_method(told),
        commits=len(lists) if lists else None,
        additions=size.get("additions"),
        deletions=size.get("deletions"),
        files=size["fileCount"] if size.get("fileCount") is not None else _files(told.get("changes_count")),
        comments=told.get("user_notes_count"),
        reverts=_reverted(told, repo),
        tickets=",".join(_tickets(told, repo)) or None,
        labels=",".join(told.get("labels") or ()) or None,
        url=told.get("web_url"),
    )


def author_kind(user: dict[str, Any]) -> str | None:
    """Agent, bot or person; None for nobody. Numbers of accounts known elsewhere say nothing of GitLab's."""
    name = login(user)
    if not name:
        return None
    if sign_of_account(name, None, registry()) is not None:
        return "agent"
    return "bot" if is_bot(user) else "person"


def moment(told: dict[str, Any], name: str) -> datetime | None:
    """An instant, where it is told."""
    return instant(told[name]) if told.get(name) else None


def _tickets(told: dict[str, Any], repo: str) -> list[str]:
    """The issues that its description says it closes, and the keys of other trackers that it names; each once."""
    host = repo.partition("/")[0]
    found = []
    for said in _CLOSING.finditer(told.get("description") or ""):
        for path, number in _ISSUE.findall(said[0]):
            found.append(f"{name_of_remote(f'https://{host}/{path}') if path else repo}#{int(number)}")
    texts = (told.get("title"), told.get("description"))
    return list(dict.fromkeys([*found, *keys_named(texts, told.get("source_branch"))]))


def _method(told: dict[str, Any]) -> str | None:
    """How it was brought in: squashed where there is a commit of that, else by the commit of a merge. A fast-forward of its own
    commits is not told apart from those.
    """
    if told.get("state") != "merged":
        return None
    if told.get("squash_commit_sha"):
        return "squash"
    return "merge" if told.get("merge_commit_sha") else None


def _files(changes: Any) -> int | None:
    """How many files changed. `1000+` is no number."""
    return int(changes) if isinstance(changes, str) and changes.isdigit() else None


def _reverted(told: dict[str, Any], repo: str) -> str | None:
    found = _REVERTED.search((told.get("description") or "").replace("\r\n", "\n"))
    return f"{repo}#{int(found[1])}" if found else None
