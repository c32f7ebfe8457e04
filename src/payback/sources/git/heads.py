"""The branch each pull request came from, where its merge does not name it: said by a mirror's ref, by the merge's second
parent, or found for a squash (`squashes`). What an earlier reading knew is kept, for branches are deleted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from payback.sources.git.shape import Head, ancestors, first_parents
from payback.sources.git.squashes import LONGEST_STRETCH, Squash, Stretch, origins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.git.differences import Differences
    from payback.sources.git.shape import Merges, Node, Tips


def heads_of(
    nodes: Mapping[str, Node], span: tuple[Tips, Merges], known: Mapping[int, Head], asked: Differences
) -> dict[int, Head]:
    """Heads by pull request number, of those whose merge names no branch and of those not merged."""
    tips, merges = span
    found = _kept(nodes, tips, merges, known)
    names = tips.names()
    for number, tip in tips.pulls.items():
        if number not in found and tip in names and not _is_named(nodes, merges.by_number.get(number)):
            found[number] = Head(merges.by_number.get(number), names[tip], tip)
    for number, sha in merges.by_number.items():
        second = nodes[sha].parents[1:2]
        if number not in found and second and second[0] in names and not _is_named(nodes, sha):
            found[number] = Head(sha, names[second[0]], second[0])
    squashes = [one for one in _squashes(nodes, merges) if one.number not in found.keys() | tips.pulls.keys()]
    stretches = _stretches(nodes, tips, merges) if squashes else []
    if squashes and stretches:
        spent = {(head.branch, head.tip) for head in found.values()}
        left = [one for one in stretches if (one.branch, one.line[-1]) not in spent]
        for number, origin in origins(nodes, squashes, left, asked).items():
            found[number] = Head(merges.by_number[number], origin.branch, origin.tip, origin.base)
    return found


def _kept(
    nodes: Mapping[str, Node], tips: Tips, merges: Merges, known: Mapping[int, Head]
) -> dict[int, Head]:
    found = {}
    for number, head in known.items():
        merge = merges.by_number.get(number)
        if head.merge == merge and (merge is not None or number in tips.pulls):
            found[number] = head
        elif head.merge is None and merge is not None and not _is_named(nodes, merge):
            found[number] = replace(head, merge=merge)
    return found


def _is_named(nodes: Mapping[str, Node], merge: str | None) -> bool:
    mention = nodes[merge].mention if merge else None
    return mention is not None and mention.head_branch is not None


def _squashes(nodes: Mapping[str, Node], merges: Merges) -> Iterator[Squash]:
    for number, sha in merges.by_number.items():
        node = nodes[sha]
        before = nodes.get(node.parents[0]) if len(node.parents) == 1 else None
        if before and node.mention and node.mention.head_branch is None and before.tree != node.tree:
            title = node.mention.title or node.subject
            yield Squash(number, sha, (before.tree, node.tree), title)


def _stretches(nodes: Mapping[str, Node], tips: Tips, merges: Merges) -> list[Stretch]:
    """What each branch holds that the default branch does not, by its own line. Longer ones are no pull request's."""
    grounds = _Grounds(nodes, tips, merges)
    found: dict[tuple[str, str], Stretch] = {}
    for branch, tip in (*tips.branches, *tips.left):
        if tip not in nodes or tip in grounds.held or branch == tips.default_name or (branch, tip) in found:
            continue
        line = list(grounds.line(tip))
        if len(line) <= LONGEST_STRETCH and (below := grounds.of(line)):
            found[branch, tip] = Stretch(branch, tuple(reversed(line)), below)
    return list(found.values())


class _Grounds:
    """Commits that a branch may stand on: the newest of the default branch in it, and the nearest below its tip that
    another branch ends at or that a merge elsewhere holds.
    """

    def __init__(self, nodes: Mapping[str, Node], tips: Tips, merges: Merges) -> None:
        self.nodes = nodes
        self.held = ancestors(nodes, [tips.default] if tips.default else [])
        elsewhere = [sha for sha in merges.by_number.values() if sha not in self.held]
        self.marks = {tip for _, tip in (*tips.branches, *tips.left)} | ancestors(nodes, elsewhere)
        self.order = self._order(tips.default)

    def line(self, tip: str) -> Iterator[str]:
        """The branch's own commits, newest first, one more than is looked at where there are too many."""
        for count, sha in enumerate(first_parents(self.nodes, tip)):
            if sha in self.held or count > LONGEST_STRETCH:
                return
            yield sha

    def of(self, line: Iterable[str]) -> tuple[str, ...]:
        """The ground on the default branch first; () where there is none at all."""
        tip, *below = line
        mark = next((sha for sha in below if sha in self.marks), None)
        edge = self._edge(tip)
        newest = max(edge, key=lambda sha: (self.order.get(sha, -1), sha), default=None)
        return tuple(sha for sha in (newest, mark) if sha is not None)

    def _edge(self, tip: str) -> set[str]:
        edge: set[str] = set()
        seen: set[str] = set()
        stack = [tip]
        while stack and len(seen) <= 4 * LONGEST_STRETCH:
            sha = stack.pop()
            if sha in self.held:
                edge.add(sha)
            elif sha in self.nodes and sha not in seen:
                seen.add(sha)
                stack.extend(self.nodes[sha].parents)
        return edge

    def _order(self, tip: str | None) -> dict[str, int]:
        """When a commit came to the default branch, by the place of the commit that brought it."""
        order: dict[str, int] = {}
        for place, sha in enumerate(reversed(list(first_parents(self.nodes, tip)))):
            stack = [sha]
            while stack:
                at = stack.pop()
                if at in self.nodes and at not in order:
                    order[at] = place
                    stack.extend(self.nodes[at].parents)
        return order
