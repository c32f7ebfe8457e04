"""How many of the lines that a commit brought are still there at an age, by commit date; and those counts by what a commit
was.

The lines of a commit are those of it that came to the default branch. One is alive at an age if the default branch has
not lost it by the commit's date plus that many days; one that a later merge brings back was not lost. A commit that is not
that old yet is locked: nothing is known.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from payback.delivery.fates.history import History

AGES = (14, 30, 60, 90)
DAY = 86400


@dataclass(frozen=True, slots=True)
class Fate:
    """Of one commit (by its number), lines added and those alive at an age; `alive` None where it is not that old yet."""

    commit: int
    age: int
    added: int
    alive: int | None


@dataclass(slots=True)
class Group:
    """Commits of one kind at one age: lines of those old enough, and lines of those that are not."""

    added: int = 0
    alive: int = 0
    locked: int = 0
    commits: int = 0

    def add(self, fate: Fate) -> None:
        """One more commit."""
        if fate.alive is None:
            self.locked += fate.added
            return
        self.added += fate.added
        self.alive += fate.alive
        self.commits += 1

    def __add__(self, other: Group) -> Group:
        return Group(
            self.added + other.added,
            self.alive + other.alive,
            self.locked + other.locked,
            self.commits + other.commits,
        )

    @property
    def share(self) -> float | None:
        """Alive ÷ added; None where nothing is old enough."""
        return self.alive / self.added if self.added else None


def fates(history: History, ages: Sequence[int], now: int, since: int | None = None) -> list[Fate]:
    """The fate of every commit that brought lines, at every age, in the order of the commits. `now` and `since` are Unix
    seconds; only commits from `since` on are told.
    """
    limits = [age * DAY for age in ages]
    added, gone = [0] * len(history.shas), [0] * len(history.shas)
    died = [[0] * len(history.shas) for _ in ages]
    oldest, committed = max(limits, default=0), history.committed
    for moment, origin, change in zip(history.moments, history.origins, history.changes, strict=True):
        if change > 0:
            lost = -min(change, gone[origin])
            added[origin] += change + lost
        else:
            lost = -change
        gone[origin] += lost
        if lost and (lived := committed[moment] - committed[origin]) <= oldest:
            for number, limit in enumerate(limits):
                if lived <= limit:
                    died[number][origin] += lost
    return [
        Fate(
            commit,
            age,
            lines,
            lines - died[number][commit] if now - committed[commit] >= limits[number] else None,
        )
        for commit, lines in enumerate(added)
        if lines and (since is None or committed[commit] >= since)
        for number, age in enumerate(ages)
    ]


def grouped(
    found: Iterable[Fate], kind_of: Callable[[int], str | None]
) -> dict[tuple[str | None, int], Group]:
    """Fates added up by the kind of their commit and by age."""
    groups: dict[tuple[str | None, int], Group] = defaultdict(Group)
    for fate in found:
        groups[kind_of(fate.commit), fate.age].add(fate)
    return groups


def rows(groups: Mapping[tuple[str | None, int], Group], by: str) -> list[dict[str, Any]]:
    """One row per kind and age: what its commits added, what is alive of it, the share, and the lines of those too young."""
    order = sorted(groups, key=lambda one: (one[0] is None, one[0] or "", one[1]))
    return [
        {
            by: kind,
            "age_days": age,
            "added": groups[kind, age].added,
            "alive": groups[kind, age].alive if groups[kind, age].commits else None,
            "share": groups[kind, age].share,
            "locked": groups[kind, age].locked,
        }
        for kind, age in order
    ]


def replacements(history: History, within: int) -> dict[tuple[int, int], int]:
    """Lines by the commit that took them away and the commit they had come with, where no more than `within` seconds lie
    between the two. A commit that takes back its own lines is none.
    """
    found: dict[tuple[int, int], int] = defaultdict(int)
    when = history.committed
    for moment, origin, change in zip(history.moments, history.origins, history.changes, strict=True):
        if change < 0 and moment != origin and 0 <= when[moment] - when[origin] <= within:
            found[moment, origin] -= change
    return found
