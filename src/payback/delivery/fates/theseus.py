"""Survival as git-of-theseus tells it: the lines of each commit counted once a week on the default branch.

The sampling is that of its `analyze` (from the tip back along first parents, a commit more than the interval older than
the last one taken); the estimator is that of its `survival_plot`, a product over ages of 1 + change ÷ lines still under
observation, in which the lines of a commit leave observation with its last count.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from payback.delivery.fates.history import History

INTERVAL = 7 * 86400
AGES = (365, 1826)
DAY = 86400
Counts = list[tuple[int, int]]


def weekly(history: History) -> dict[int, Counts]:
    """Of each commit (by its number) the second and the lines at the first sample that has any, at each that has another
    count, and at the last.
    """
    standing: dict[int, int] = defaultdict(int)
    found: dict[int, Counts] = defaultdict(list)
    events = iter(zip(history.moments, history.origins, history.changes, strict=True))
    event, second = next(events, None), 0
    for sample in _samples(history):
        second, moved = history.committed[sample], set()
        while event is not None and event[0] <= sample:
            standing[event[1]] += event[2]
            moved.add(event[1])
            event = next(events, None)
        for commit in moved:
            if standing[commit] or commit in found:
                found[commit].append((second, standing[commit]))
    for commit, counts in found.items():
        if counts[-1][0] != second:
            counts.append((second, standing[commit]))
    return dict(found)


def survival(told: Iterable[Counts], ages: Sequence[int]) -> tuple[int, dict[int, float | None]]:
    """Lines observed, and the share alive at each age in days; None where nothing was watched for that long."""
    changes: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    watched = 0
    for counts in told:
        begun, first = counts[0]
        watched, last = watched + first, first
        for second, lines in counts[1:]:
            changes[second - begun][0] += lines - last
            last = lines
        end = changes[counts[-1][0] - begun]
        end[0], end[1] = end[0] - last, end[1] - first
    share, left = 1.0, watched
    shares: dict[int, float | None] = dict.fromkeys(ages)
    for lived in sorted(changes):
        for age in ages:
            if lived <= age * DAY:
                shares[age] = share
        died, gone = changes[lived]
        if left > 0:
            share *= 1 + died / left
        left += gone
    longest = max(changes, default=-1)
    return watched, {age: shares[age] if longest >= age * DAY else None for age in ages}


def rows(
    histories: Iterable[History], ages: Sequence[int], by: str, kind_of: Callable[[History, int], str | None]
) -> list[dict[str, Any]]:
    """One row per kind of commit and age. `added` are the lines that were watched, `alive` the share of them."""
    told: dict[str | None, list[Counts]] = defaultdict(list)
    for history in histories:
        for commit, counts in weekly(history).items():
            told[kind_of(history, commit)].append(counts)
    found = []
    for kind in sorted(told, key=lambda one: (one is None, one or "")):
        watched, shares = survival(told[kind], ages)
        for age in ages:
            share = shares[age]
            alive = None if share is None else round(share * watched)
            found.append({
                by: kind, "age_days": age, "added": watched, "alive": alive, "share": share, "locked": 0,
            })  # fmt: skip
    return found


def _samples(history: History) -> list[int]:
    picked: list[int] = []
    last: int | None = None
    for commit in reversed(range(len(history.shas))):
        if history.on_trunk[commit] and (last is None or history.committed[commit] < last - INTERVAL):
            picked.append(commit)
            last = history.committed[commit]
    return picked[::-1]
