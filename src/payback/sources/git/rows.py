"""Rows of `commits` and `pull_requests` from what git tells. Pure.

What git alone cannot know is NULL: when a pull request was opened, who opened it, its reviews, requests that were never
merged, the commits of a squash whose head is gone. Lines of a merge commit are those of the commits it brings, so its
own counts are NULL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.delivery.messages import reverted_commit, reverted_pull, subject_of
from payback.sources.git.history import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.delivery.paths import PathRules
    from payback.sources.git.history import PathChange
    from payback.sources.git.shape import Node, Shape, Standing
    from payback.sources.git.sizes import Sized


@dataclass(frozen=True, slots=True)
class Size:
    """Lines and files of a change without excluded paths, and the lines of those. None: not known."""

    additions: int | None = None
    deletions: int | None = None
    files: int | None = None
    excluded_lines: int | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What rows of one repository are made against."""

    repo: str
    nodes: Mapping[str, Node]
    shape: Shape
    standings: Mapping[str, Standing]
    rules: PathRules
    shallow: frozenset[str]
    default_branch: str | None


def size_of(changes: list[PathChange], rules: PathRules) -> Size:
    """The size of a set of changed paths. A binary file is a file without lines."""
    additions = deletions = files = excluded = 0
    for change in changes:
        added, removed = change.added or 0, change.removed or 0
        if rules.why_excluded(change.path):
            excluded += added + removed
            continue
        additions += added
        deletions += removed
        files += 1
    return Size(additions, deletions, files, excluded)


def commit_row(sized: Sized, scene: Scene) -> dict[str, Any]:
    """One row of `commits`, without `source` and `synced_at`."""
    commit, standing = sized.commit, scene.standings[sized.commit.sha]
    is_boundary = commit.sha in scene.shallow
    unknown = is_boundary or sized.unsized is not None or len(commit.parents) > 1
    size = Size() if unknown else size_of(commit.changes, scene.rules)
    reverts = reverted_commit(commit.message)
    return {
        "commit_id": f"{scene.repo}@{commit.sha}",
        "repo": scene.repo,
        "sha": commit.sha,
        "author_name": commit.author_name,
        "author_email": commit.author_email.lower(),
        "committer_email": commit.committer_email.lower(),
        "authored_at": commit.authored_at,
        "committed_at": commit.committed_at,
        "subject": subject_of(commit.message),
        "branch": standing.branch,
        "pull_request_id": pull_id(scene.repo, standing.pull),
        "parents": None if is_boundary else len(commit.parents),
        "additions": size.additions,
        "deletions": size.deletions,
        "files": size.files,
        "excluded_lines": size.excluded_lines,
        "is_merge": None if is_boundary else len(commit.parents) > 1,
        "on_default_branch": standing.on_default,
        "reverts": f"{scene.repo}@{reverts}" if reverts else None,
    }


def pull_row(sized: Sized, number: int, scene: Scene) -> dict[str, Any]:
    """One row of `pull_requests` from the commit that merged it, without `source` and `synced_at`."""
    commit, node = sized.commit, scene.nodes[sized.commit.sha]
    is_squash = len(node.parents) < 2
    said = node.mention if node.mention and node.mention.number == number else None
    brought = scene.shape.brought.get(number, [])
    unknown = sized.unsized is not None or commit.sha in scene.shallow
    size = Size() if unknown else size_of(commit.changes, scene.rules)
    on_default = scene.standings[commit.sha].on_default
    reverts = reverted_pull(commit.message)
    return {
        "pull_request_id": pull_id(scene.repo, number),
        "repo": scene.repo,
        "number": number,
        "title": (said.title if said else None) or subject_of(commit.message),
        "author": commit.author_email.lower() if is_squash else None,
        "head_branch": (said.head_branch if said else None) or _head(number, scene),
        "base_branch": (said.base_branch if said else None) or (scene.default_branch if on_default else None),
        "state": "merged",
        "first_commit_at": _first(brought, scene),
        "merged_at": commit.committed_at,
        "closed_at": commit.committed_at,
        "merge_commit": commit.sha,
        "merge_method": _method(number, node),
        "commits": len(brought) or None,
        "additions": size.additions,
        "deletions": size.deletions,
        "files": size.files,
        "reverts": pull_id(scene.repo, reverts),
    }


def offered_row(number: int, scene: Scene) -> dict[str, Any]:
    """One row of `pull_requests` that no merge is known of, from the commits at its head: titled as its first commit is.
    A head that was left behind long ago counts as closed, for hosts keep the heads of closed ones.
    """
    brought, offer = scene.shape.brought[number], scene.shape.offered[number]
    own = [scene.nodes[sha] for sha in brought if len(scene.nodes[sha].parents) < 2]
    first = min(own or [scene.nodes[offer.tip]], key=lambda node: node.authored)
    return {
        "pull_request_id": pull_id(scene.repo, number),
        "repo": scene.repo,
        "number": number,
        "title": first.subject,
        "author": first.author[1],
        "head_branch": _head(number, scene),
        "base_branch": None,
        "state": "closed" if offer.is_stale else "open",
        "first_commit_at": _first(brought, scene),
        "merged_at": None,
        "commits": len(brought),
    }


def pull_id(repo: str, number: int | None) -> str | None:
    """`repo#number`, or None."""
    return None if number is None else f"{repo}#{number}"


def _head(number: int, scene: Scene) -> str | None:
    head = scene.shape.heads.get(number)
    return head.branch if head else None


def _method(number: int, node: Node) -> str:
    said = node.mention is not None and node.mention.number == number
    return ("squash" if len(node.parents) < 2 else "merge") if said else "rebase"


def _first(brought: list[str], scene: Scene) -> Any:
    known = [scene.nodes[sha].authored for sha in brought if sha not in scene.shallow]
    return instant(min(known)) if known else None
