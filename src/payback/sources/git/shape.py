"""The shape of a history: which commits are on the default branch, which branch made a commit, which pull request
brought it in. Pure: outlines of commits and tips in, one `Standing` per commit out, in time linear in the commits.

The first-parent line of the default branch is walked from its oldest commit; a merge brings in all that was not there
before. A merge inside what a merge brought (a stacked pull request, a release branch) keeps its own commits. A line
whose first parent was swapped by a fast-forward pull cannot be told apart and is read as git tells it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.delivery.messages import merged_branches, pull_mention

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.delivery.messages import PullMention
    from payback.sources.git.history import Outline

_GITHUB = "noreply@github.com"


@dataclass(frozen=True, slots=True)
class Node:
    """A commit's place in history and the pull request its message says it merges."""

    parents: tuple[str, ...]
    authored: int
    committed: int
    mention: PullMention | None
    merged_branch: str | None
    by_host: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a commit stands: on the default branch by first parent, its branch, the pull request it went in with."""

    on_default: bool = False
    branch: str | None = None
    pull: int | None = None


@dataclass(slots=True)
class Shape:
    """All standings, and per pull request number the commit that merged it and the commits it brought."""

    standings: dict[str, Standing] = field(default_factory=dict)
    merges: dict[int, str] = field(default_factory=dict)
    brought: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tips:
    """Where to start: the default branch's commit and name, other branches, heads of pull requests by number."""

    default: str | None
    default_name: str | None
    branches: Mapping[str, str]
    pulls: Mapping[int, str]
    others: tuple[str, ...] = ()


def node_of(outline: Outline) -> Node:
    """What the shape needs of a commit; its message is not kept."""
    is_merge = len(outline.parents) > 1
    merged = merged_branches(outline.message) if is_merge else None
    return Node(
        outline.parents,
        outline.authored,
        outline.committed,
        pull_mention(outline.message, is_merge=is_merge),
        merged[0] if merged else None,
        outline.committer_email.lower() == _GITHUB,
    )


def shape_of(nodes: Mapping[str, Node], tips: Tips) -> Shape:
    """Every commit's standing. Commits reachable from no tip have none."""
    walk = _Walk(nodes, _merges(nodes, tips))
    if tips.default is not None and tips.default in nodes:
        walk.claim(tips.default, Standing(on_default=True, branch=tips.default_name))
    names = {tip: branch for branch, tip in tips.branches.items()}
    for number, tip in sorted(tips.pulls.items()):
        walk.claim_pull(number, tip, names.get(tip))
    for branch, tip in sorted(tips.branches.items(), key=lambda item: (item[0].count("/"), item[0])):
        walk.claim(tip, Standing(branch=branch))
    for tip in tips.others:
        walk.claim(tip, Standing())
    return walk.shape


class _Walk:
    """One pass over history, each commit claimed once."""

    def __init__(self, nodes: Mapping[str, Node], merges: Mapping[str, int]) -> None:
        self.nodes, self.merges = nodes, merges
        self.shape = Shape(merges={number: sha for sha, number in merges.items()})
        self.seen: set[str] = set()

    def claim(self, tip: str, standing: Standing) -> None:
        stack = [(self._line(tip), standing)]
        while stack:
            line, standing = stack[-1]
            sha = next(line, None)
            if sha is None:
                stack.pop()
                continue
            own = self._stand(sha, standing)
            node = self.nodes[sha]
            inner = Standing(branch=self._branch_merged(node), pull=own.pull)
            stack.extend((self._line(parent), inner) for parent in reversed(node.parents[1:]))

    def claim_pull(self, number: int, tip: str, branch: str | None) -> None:
        """Commits of a pull request whose head a mirror holds, not reached by any merge (squash, rebase, open)."""
        merge = self.shape.merges.get(number)
        mention = self.nodes[merge].mention if merge else None
        self.claim(tip, Standing(branch=(mention.head_branch if mention else None) or branch, pull=number))

    def _stand(self, sha: str, standing: Standing) -> Standing:
        number = self.merges.get(sha)
        own = Standing(standing.on_default, standing.branch, number if number is not None else standing.pull)
        self.shape.standings[sha] = own
        if own.pull is not None and number is None:
            self.shape.brought.setdefault(own.pull, []).append(sha)
        return own

    def _line(self, tip: str) -> Iterator[str]:
        """The unclaimed first-parent line down from a tip, oldest first; claimed when it is begun."""
        line: list[str] = []
        at: str | None = tip
        while at is not None and at in self.nodes and at not in self.seen:
            self.seen.add(at)
            line.append(at)
            parents = self.nodes[at].parents
            at = parents[0] if parents else None
        yield from reversed(line)

    @staticmethod
    def _branch_merged(node: Node) -> str | None:
        return (node.mention.head_branch if node.mention else None) or node.merged_branch


def _merges(nodes: Mapping[str, Node], tips: Tips) -> dict[str, int]:
    """The commit that merged each number: one in the default branch's history before one of another branch, a merge
    commit before a squash, one by the host before others, then the earliest. Commits that only a pull request's head
    holds say nothing: a fork numbers its own. A squash by anyone but the host counts only on the default branch.
    """
    main = set(_first_parents(nodes, tips.default))
    held = ancestors(nodes, [tips.default] if tips.default else [])
    branches = ancestors(nodes, tips.branches.values()) | held
    best: dict[int, tuple[tuple[bool, bool, bool, int, str], str]] = {}
    for sha, node in nodes.items():
        mention = node.mention
        if mention is None or sha not in branches:
            continue
        is_squash = mention.form == "squash"
        if is_squash and sha not in main and not node.by_host:
            continue
        rank = (sha not in held, is_squash, not node.by_host, node.committed, sha)
        if mention.number not in best or rank < best[mention.number][0]:
            best[mention.number] = (rank, sha)
    return {sha: number for number, (_, sha) in best.items()}


def _first_parents(nodes: Mapping[str, Node], tip: str | None) -> Iterator[str]:
    seen: set[str] = set()
    while tip is not None and tip in nodes and tip not in seen:
        seen.add(tip)
        yield tip
        parents = nodes[tip].parents
        tip = parents[0] if parents else None


def furthest(nodes: Mapping[str, Node], candidates: Iterable[str]) -> str | None:
    """The first candidate, or a later one that holds it in its history (a local branch ahead of its remote)."""
    best: str | None = None
    for tip in candidates:
        if best is None or best in ancestors(nodes, [tip]):
            best = tip
    return best


def ancestors(nodes: Mapping[str, Node], tips: Iterable[str]) -> set[str]:
    """Commits and all that they are built on."""
    found: set[str] = set()
    stack = list(tips)
    while stack:
        sha = stack.pop()
        if sha in nodes and sha not in found:
            found.add(sha)
            stack.extend(nodes[sha].parents)
    return found
