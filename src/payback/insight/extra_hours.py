"""Extra hours of changes with AI, held against like changes without: same repository, kind of work and quarter. Pure.

Each change with AI has its own hours less the mean of those it is like, so that extras add up over any cut. It is an
association and no effect: people choose what they give to AI. The size of a change is no part of being like, since AI
changes it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import TYPE_CHECKING

from payback.insight.impact.quantiles import around

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.insight.impact.quantiles import Interval

FEWEST_MATCHED = 5
FEWEST_AUTHORS = 2
FEWEST_FOR_INTERVAL = 3
"""Like changes, and authors of them, without which nothing is held against them; authors without whom no interval is told."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One change: its id, what makes it like others, its author, its hours."""

    id: str
    like: str
    author: str
    hours: float


@dataclass(frozen=True, slots=True)
class Extra:
    """One change with AI beside those it is like: `error` is the standard error of `expected`, by author."""

    id: str
    like: str
    author: str
    took: float
    expected: float
    error: float
    matched: int
    authors: int

    @property
    def hours(self) -> float:
        """More than expected; below zero, less."""
        return self.took - self.expected


@dataclass(frozen=True, slots=True)
class _Mean:
    value: float
    error: float
    n: int
    authors: int


def extras(with_ai: Iterable[Piece], without: Iterable[Piece]) -> list[Extra]:
    """Each change with AI that has enough like it; the others cannot be told."""
    like: dict[str, list[Piece]] = defaultdict(list)
    for piece in without:
        like[piece.like].append(piece)
    means = {name: found for name, held in like.items() if (found := _mean(held))}
    return [
        Extra(one.id, one.like, one.author, one.hours, mean.value, mean.error, mean.n, mean.authors)
        for one in with_ai
        if (mean := means.get(one.like))
    ]


def _mean(held: Sequence[Piece]) -> _Mean | None:
    by_author: dict[str, float] = defaultdict(float)
    value = fmean(piece.hours for piece in held)
    for piece in held:
        by_author[piece.author] += piece.hours - value
    if len(held) < FEWEST_MATCHED or len(by_author) < FEWEST_AUTHORS:
        return None
    return _Mean(value, sqrt(_spread(by_author)) / len(held), len(held), len(by_author))


def _spread(by_author: Mapping[str, float]) -> float:
    count = len(by_author)
    return count / (count - 1) * sum(part**2 for part in by_author.values())


def interval(found: Sequence[Extra], weights: Sequence[float]) -> Interval | None:
    """The 95 % interval of the sum of extras × weights (a price for each): what differs between the authors of the changes,
    and what is not known of the means they are held against; degrees of freedom by Satterthwaite. None with too few authors.
    """
    total = sum(weight * one.hours for one, weight in zip(found, weights, strict=True))
    whole = sum(weights)
    by_author: dict[str, float] = defaultdict(float)
    by_mean: dict[str, list[float]] = defaultdict(list)
    for one, weight in zip(found, weights, strict=True):
        by_author[one.author] += weight * (one.hours - total / whole) if whole else 0.0
        by_mean[one.like].append(weight)
    if len(by_author) < FEWEST_FOR_INTERVAL:
        return None
    known = {one.like: one for one in found}
    parts = [(_spread(by_author), len(by_author) - 1)]
    parts += [
        ((sum(held) * known[like].error) ** 2, known[like].authors - 1) for like, held in by_mean.items()
    ]
    variance = sum(part for part, _ in parts)
    if not variance:
        return total, total
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    return around(total, sqrt(variance), int(freedom))
