"""Commits of a pull request as GitHub tells them, and the signs of AI in them. Of a message only its first line is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import CommitText, signs_of_commit
from payback.delivery.messages import merged_branches, reverted_commit, subject_of
from payback.delivery.registry import registry
from payback.ledger.work_entries import Commit, Evidence
from payback.sources.amounts import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.ledger.work_entries import PullRequest


def commits(node: dict[str, Any], pull: PullRequest) -> Iterator[Commit | Evidence]:
    """Each commit once, with its signs. A pull request whose author rewrote it tells the commits it has now."""
    told = [one["commit"] for one in (node.get("commits") or {}).get("nodes") or () if one]
    for one in {commit["oid"]: commit for commit in told}.values():
        row = _commit(one, pull)
        yield row
        text = CommitText(row.author_name or "", row.author_email or "", one.get("message") or "")
        signs = signs_of_commit(text, registry())
        for sign in evidence_rows("commit", row.commit_id, signs, row.committed_at):
            yield Evidence(**sign, source=pull.source)


def _commit(told: dict[str, Any], pull: PullRequest) -> Commit:
    message, author = told.get("message") or "", told.get("author") or {}
    reverted = reverted_commit(message.replace("\r\n", "\n"))
    return Commit(
        commit_id=f"{pull.repo}@{told['oid']}",
        repo=pull.repo,
        sha=told["oid"],
        authored_at=instant(told["authoredDate"]),
        committed_at=instant(told["committedDate"]),
        source=pull.source,
        author_name=author.get("name"),
        author_email=author.get("email"),
        committer_email=(told.get("committer") or {}).get("email"),
        subject=subject_of(message),
        branch=pull.head_branch,
        pull_request_id=pull.pull_request_id,
        is_merge=True if merged_branches(message) else None,
        reverts=f"{pull.repo}@{reverted}" if reverted else None,
    )
