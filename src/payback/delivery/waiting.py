"""How long things wait while some are still waiting: the Kaplan-Meier estimate, and the queue as it stood on each day. Pure.

Leaving out what is still open, or counting it as it stands, would make every queue look faster than it is.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def steps(waits: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
    """The share still waiting after each wait that ended, in order. `waits` are (length, whether it ended).

    Product-limit estimate: Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", 1958. What is
    censored at the length of an end counts as still waiting at it.
    """
    told = list(waits)
    ends = Counter(length for length, ended in told if ended)
    leaves = Counter(length for length, _ in told)
    at_risk, share, found = len(told), 1.0, []
    for length in sorted(leaves):
        if ends[length]:
            share *= 1 - ends[length] / at_risk
            found.append((length, share))
        at_risk -= leaves[length]
    return found


def quantile(waits: Iterable[tuple[float, bool]], part: float = 0.5) -> float | None:
    """The length within which `part` of all waits end; None where so many are still open that it cannot be told."""
    return next((length for length, share in steps(waits) if share <= 1 - part + 1e-12), None)


def standing(spans: Sequence[tuple[float, float | None]], moments: Iterable[float]) -> list[list[float]]:
    """At each moment, how long each span open then had been open. Spans are (begin, end or None), half open."""
    return [
        sorted(moment - begin for begin, end in spans if begin <= moment and (end is None or moment < end))
        for moment in moments
    ]
