"""The shape of a history: which commits are on the default branch, which branch made a commit, which pull request
brought it in. Pure: outlines of commits and tips in, one `Standing` per commit out, in time linear in the commits.

The first-parent line of the default branch is walked from its oldest commit; a merge brings in all that was not there
before. A merge inside what a merge brought (a stacked pull request, a release branch) keeps its own commits. A line
whose first parent was swapped by a fast-forward pull cannot be told apart and is read as git tells it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING

from payback.delivery.messages import listed_subjects, merged_branches, pull_mention, subject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.delivery.messages import PullMention
    from payback.sources.git.history import Outline

STALE_AFTER = 90 * 24 * 3600
_GITHUB = "noreply@github.com"


@dataclass(frozen=True, slots=True)
class Node:
    """A commit's place in history, the pull request its message says it merges, and what tells its branch: the tree,
    name and address of its author, its subject, and the subjects that a squash lists.
    """

    parents: tuple[str, ...]
    tree: str
    authored: int
    committed: int
    author: tuple[str, str]
    subject: str
    mention: PullMention | None = None
    merged_branch: str | None = None
    by_host: bool = False
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a commit stands: on the default branch by first parent, its branch, the pull request it went in with."""

    on_default: bool = False
    branch: str | None = None
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The branch that a pull request came from where its merge does not say so: at `tip`, without what `base` holds.
    `merge` is the commit that merged it, None while it is not merged.
    """

    merge: str | None
    branch: str
    tip: str
    base: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A pull request that only its head tells of. `is_stale`: the default branch went on without it for long."""

    tip: str
    is_stale: bool


@dataclass(slots=True)
class Shape:
    """All standings; per pull request number the commit that merged it, the commits it brought, its head's branch; and
    those that no merge is known of.
    """

    standings: dict[str, Standing] = field(default_factory=dict)
    merges: dict[int, str] = field(default_factory=dict)
    brought: dict[int, list[str]] = field(default_factory=dict)
    heads: Mapping[int, Head] = field(default_factory=dict)
    offered: dict[int, Offer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tips:
    """Where to start: the default branch's commit and name, other branches (a name may stand at several commits, the
    first counts first), heads of pull requests by number, more commits whose history counts, and branches that are
    deleted, as they were last seen.
    """

    default: str | None
    default_name: str | None
    branches: tuple[tuple[str, str], ...]
    pulls: Mapping[int, str]
    others: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()

    def names(self) -> dict[str, str]:
        """The branch at a commit, where there is just one besides the default branch."""
        found: dict[str, set[str]] = defaultdict(set)
        for branch, tip in (*self.branches, *self.left):
            if branch != self.default_name:
                found[tip].add(branch)
        return {tip: next(iter(names)) for tip, names in found.items() if len(names) == 1}


@dataclass(frozen=True, slots=True)
class Merges:
    """The commit that merged each pull request, and further commits that a rebase of one put on the default branch."""

    by_number: Mapping[int, str]
    rebased: Mapping[str, int]

    def by_commit(self) -> dict[str, int]:
        return {sha: number for number, sha in self.by_number.items()}


def node_of(outline: Outline) -> Node:
    """What the shape needs of a commit; its message is not kept."""
    is_merge = len(outline.parents) > 1
    merged = merged_branches(outline.message) if is_merge else None
    mention = pull_mention(outline.message, is_merge=is_merge)
    return Node(
        outline.parents,
        outline.tree,
        outline.authored,
        outline.committed,
        (intern(outline.author_name), intern(outline.author_email.lower())),
        subject_of(outline.message),
        mention,
        merged[0] if merged else None,
        outline.committer_email.lower() == _GITHUB,
        listed_subjects(outline.message) if mention and not is_merge else (),
    )


def shape_of(
    nodes: Mapping[str, Node],
    tips: Tips,
    merges: Merges | None = None,
    heads: Mapping[int, Head] | None = None,
) -> Shape:
    """Every commit's standing. Commits reachable from no tip have none."""
    walk = _Walk(nodes, merges or merges_of(nodes, tips), heads or {}, tips)
    if tips.default is not None and tips.default in nodes:
        walk.claim(tips.default, Standing(on_default=True, branch=tips.default_name))
    held = set(walk.seen)
    for number in walk.pulls_in_order():
        walk.claim_pull(number)
    for branches in (tips.branches, tips.left):
        for branch, tip in sorted(branches, key=lambda item: (item[0].count("/"), item[0])):
            walk.claim(tip, Standing(branch=branch))
    for tip in tips.others:
        walk.claim(tip, Standing())
    newest = nodes[tips.default].committed if tips.default and tips.default in nodes else 0
    walk.shape.offered = {
        number: Offer(tip, newest - nodes[tip].committed > STALE_AFTER)
        for number, tip in tips.pulls.items()
        if number not in walk.shape.merges and number in walk.shape.brought and tip not in held
    }
    return walk.shape


class _Walk:
    """One pass over history, each commit claimed once."""

    def __init__(
        self, nodes: Mapping[str, Node], merges: Merges, heads: Mapping[int, Head], tips: Tips
    ) -> None:
        self.nodes, self.heads, self.pulls, self.names = nodes, heads, tips.pulls, tips.names()
        self.merges, self.rebased = merges.by_commit(), merges.rebased
        self.shape = Shape(merges=dict(merges.by_number), heads=heads)
        self.seen: set[str] = set()

    def claim(self, tip: str, standing: Standing, base: str | None = None) -> None:
        stack = [(self._line(tip, base), standing)]
        while stack:
            line, standing = stack[-1]
            sha = next(line, None)
            if sha is None:
                stack.pop()
                continue
            own = self._stand(sha, standing)
            node = self.nodes[sha]
            inner = Standing(branch=self._branch_merged(sha, node), pull=own.pull)
            stack.extend((self._line(parent), inner) for parent in reversed(node.parents[1:]))

    def pulls_in_order(self) -> list[int]:
        """Pull requests whose commits a ref or a branch holds, the first merged first, those not merged last."""

        def order(number: int) -> tuple[bool, int, int]:
            merge = self.nodes.get(self.shape.merges.get(number, ""))
            return merge is None, merge.committed if merge else 0, number

        return sorted({*self.pulls, *self.heads}, key=order)

    def claim_pull(self, number: int) -> None:
        """Commits of a pull request that no merge brought in (squash, rebase, open): they lie at the head that a mirror
        holds, else at the branch found to be its head.
        """
        merge, head = self.shape.merges.get(number), self.heads.get(number)
        mention = self.nodes[merge].mention if merge else None
        branch = mention.head_branch if mention and mention.number == number else None
        standing = Standing(branch=branch or (head.branch if head else None), pull=number)
        if number in self.pulls:
            self.claim(self.pulls[number], standing)
        elif head is not None:
            self.claim(head.tip, standing, head.base)

    def _stand(self, sha: str, standing: Standing) -> Standing:
        number = self.merges.get(sha, self.rebased.get(sha))
        own = Standing(standing.on_default, standing.branch, number if number is not None else standing.pull)
        self.shape.standings[sha] = own
        if own.pull is not None and number is None:
            self.shape.brought.setdefault(own.pull, []).append(sha)
        return own

    def _line(self, tip: str, base: str | None = None) -> Iterator[str]:
        """The unclaimed first-parent line down from a tip to above `base`, oldest first; claimed when it is begun."""
        line: list[str] = []
        at: str | None = tip
        while at is not None and at != base and at in self.nodes and at not in self.seen:
            self.seen.add(at)
            line.append(at)
            parents = self.nodes[at].parents
            at = parents[0] if parents else None
        yield from reversed(line)

    def _branch_merged(self, sha: str, node: Node) -> str | None:
        head = self.heads.get(self.merges.get(sha, -1))
        said = (node.mention.head_branch if node.mention else None) or node.merged_branch
        return said or (head.branch if head else None)


def merges_of(nodes: Mapping[str, Node], tips: Tips) -> Merges:
    """The commit that merged each number: one in the default branch's history before one of another branch, a merge
    commit before a squash, one by the host before others, then the earliest. Commits that only a pull request's head
    holds say nothing: a fork numbers its own. A squash by anyone but the host counts only on the default branch. A head
    whose commits stand on the default branch once more, by the same author at the same second, was merged by a rebase.
    """
    main = set(first_parents(nodes, tips.default))
    held = ancestors(nodes, [tips.default] if tips.default else [])
    branches = ancestors(nodes, [tip for _, tip in tips.branches]) | held
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
    said = {number: sha for number, (_, sha) in best.items()}
    offered = {number: tip for number, tip in tips.pulls.items() if number not in said and tip not in held}
    return _with_rebased(nodes, (main, held), said, offered)


def _with_rebased(
    nodes: Mapping[str, Node],
    default: tuple[set[str], set[str]],
    said: dict[int, str],
    offered: Mapping[int, str],
) -> Merges:
    """Only the default branch's own line is asked: what another pull request's merge brought is that one's."""

    def name(sha: str) -> tuple[int, str, str]:
        return nodes[sha].authored, nodes[sha].author[1], nodes[sha].subject

    (main, held), rebased = default, dict[str, int]()
    taken = set(said.values())
    twins = {name(sha): sha for sha in nodes if sha in main and sha not in taken} if offered else {}
    for number, tip in sorted(offered.items()):
        found: list[str | None] = []
        for sha in first_parents(nodes, tip):
            if sha in held or (found and found[-1] is None):
                break
            if len(nodes[sha].parents) < 2:
                found.append(twins.get(name(sha)))
        shas = [sha for sha in found if sha is not None and sha not in rebased]
        if shas and len(shas) == len(found):
            said[number] = shas[0]
            rebased |= dict.fromkeys(shas, number)
    return Merges(said, rebased)


def first_parents(nodes: Mapping[str, Node], tip: str | None) -> Iterator[str]:
    """A commit and its first parents down to the root."""
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
