"""A difference between two sets of changes in mean time to merge or to production, split exactly by phase and by mix. Pure.

Changes are compared within strata: repository, kind of work and size, or the last two alone. With the share w and the mean m of a stratum
on each side, each phase differs by the sum over strata of

    (w₀ + w₁)/2 · (m₁ − m₀)   the same kind of change takes longer or shorter (`within`)
    (w₁ − w₀) · (m₀ + m₁)/2   there are more of one kind and less of another (`mix`)

which is the whole difference, without a rest (Kitagawa 1955). A stratum that only one side has is wholly mix. Sums are made of whole
microseconds and fractions, so the parts add up to the last digit; hours are rounded once, at the end, and the largest part takes what
rounding leaves.

Means, because medians do not add up: of all changes of both sides together, the longest 5 % are set aside, so that one forgotten
change makes no difference; how many is told.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

from payback.insight.course import HOUR, PHASES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from payback.insight.course import Course, Courses

SET_ASIDE = Fraction(1, 20)
PLACES = Decimal("0.0001")
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Part:
    """One phase: its mean hours on both sides, and the difference of the whole that it makes within kinds of changes (with
    its standard error, None where it cannot be told) and by their mix.
    """

    phase: str
    before: Decimal
    after: Decimal
    within: Decimal
    mix: Decimal
    error: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of `within`, in hours."""
        if self.error is None:
            return None
        return float(self.within) - Z * self.error, float(self.within) + Z * self.error

    @property
    def score(self) -> float:
        """How many standard errors `within` is from nothing; 0 where it cannot be told."""
        return float(self.within) / self.error if self.error else 0.0


@dataclass(frozen=True, slots=True)
class Split:
    """The difference of mean hours and its parts, which add up to it exactly. `aside` changes were set aside, `common` is the
    share of the changes of both sides in strata that both have; `error` is the standard error of `within`, all phases together.
    """

    before: Decimal
    after: Decimal
    parts: tuple[Part, ...]
    n: tuple[int, int]
    aside: int
    unmeasured: int
    common: float
    error: float | None = None

    @property
    def change(self) -> Decimal:
        """Hours from before to after."""
        return self.after - self.before

    @property
    def within(self) -> Decimal:
        """What like changes take longer or shorter."""
        return sum((part.within for part in self.parts), Decimal(0))

    @property
    def mix(self) -> Decimal:
        """What other kinds of changes make."""
        return sum((part.mix for part in self.parts), Decimal(0))

    def part(self, phase: str) -> Part:
        """The part of one phase."""
        return next(part for part in self.parts if part.phase == phase)


def by_everything(one: Course) -> Hashable:
    """Strata of one team over time: repository, kind of work, size."""
    return one.stratum


def by_kind_and_size(one: Course) -> Hashable:
    """Strata of one team beside others, who work on other repositories."""
    return one.stratum[1:]


def split(
    before: Courses, after: Courses, stratum: Callable[[Course], Hashable] = by_everything
) -> Split | None:
    """The difference from one set of changes to the other; None where a side has none."""
    sides, aside = _kept(before.rows, after.rows)
    if not all(sides):
        return None
    phases = [phase for phase in PHASES if any(phase in one.phases for one in sides[0])]
    strata = [_by_stratum(side, stratum) for side in sides]
    exact = {phase: _exact(strata, phase) for phase in phases}
    told = _rounded({(phase, kind): value for phase, pair in exact.items() for kind, value in pair.items()})
    means = [{phase: _mean(side, phase) for phase in phases} for side in sides]
    first = _hours(sum(means[0].values(), Fraction(0)))
    parts = tuple(
        Part(
            phase,
            _hours(means[0][phase]),
            _hours(means[1][phase]),
            told[phase, "within"],
            told[phase, "mix"],
            _error(strata, phase),
        )
        for phase in phases
    )
    both = strata[0].keys() & strata[1].keys()
    common = sum(len(held[key]) for held in strata for key in both) / sum(map(len, sides))
    change = sum(told.values(), Decimal(0))
    n = len(sides[0]), len(sides[1])
    unmeasured = before.unmeasured + after.unmeasured
    return Split(first, first + change, parts, n, aside, unmeasured, common, _error(strata, None))


def _kept(before: Sequence[Course], after: Sequence[Course]) -> tuple[tuple[list[Course], list[Course]], int]:
    """Both sides without the longest changes of both together."""
    lengths = sorted(one.whole for one in (*before, *after))
    aside = int(len(lengths) * SET_ASIDE)
    longest = lengths[len(lengths) - aside - 1] if lengths else 0
    kept = [one for one in before if one.whole <= longest], [one for one in after if one.whole <= longest]
    return kept, len(lengths) - len(kept[0]) - len(kept[1])


def _by_stratum(
    side: Iterable[Course], stratum: Callable[[Course], Hashable]
) -> Mapping[Hashable, list[Course]]:
    found: dict[Hashable, list[Course]] = defaultdict(list)
    for one in side:
        found[stratum(one)].append(one)
    return found


def _mean(side: Sequence[Course], phase: str) -> Fraction:
    return Fraction(sum(one.phases[phase] for one in side), len(side))


def _exact(strata: Sequence[Mapping[Hashable, list[Course]]], phase: str) -> dict[str, Fraction]:
    totals = [sum(map(len, held.values())) for held in strata]
    within = mix = Fraction(0)
    for key in sorted(strata[0].keys() | strata[1].keys(), key=repr):
        shares = [Fraction(len(held.get(key, ())), total) for held, total in zip(strata, totals, strict=True)]
        means = [_mean(held[key], phase) if held.get(key) else None for held in strata]
        first = means[0] if means[0] is not None else means[1]
        second = means[1] if means[1] is not None else means[0]
        if first is None or second is None:
            continue
        within += (shares[0] + shares[1]) / 2 * (second - first)
        mix += (shares[1] - shares[0]) * (first + second) / 2
    return {"within": within, "mix": mix}


def _error(strata: Sequence[Mapping[Hashable, list[Course]]], phase: str | None) -> float | None:
    """The standard error of `within` in hours (None: of all phases), from the spread of the changes within their strata."""
    both = strata[0].keys() & strata[1].keys()
    spreads = [_spread(held, phase) for held in strata]
    if not both or None in spreads:
        return None
    totals = [sum(map(len, held.values())) for held in strata]
    variance = 0.0
    for key in both:
        weight = sum(len(held[key]) / total for held, total in zip(strata, totals, strict=True)) / 2
        variance += weight**2 * sum(
            (s or 0) / len(held[key]) for s, held in zip(spreads, strata, strict=True)
        )
    return sqrt(variance) / HOUR


def _spread(held: Mapping[Hashable, list[Course]], phase: str | None) -> float | None:
    """The variance of a phase (None: of the whole) within strata; None where no stratum has two changes."""
    squares, freedom = 0.0, 0
    for rows in held.values():
        lengths = [one.phases[phase] if phase else one.whole for one in rows]
        mean = sum(lengths) / len(lengths)
        squares += sum((length - mean) ** 2 for length in lengths)
        freedom += len(lengths) - 1
    return squares / freedom if freedom else None


def _hours(length: Fraction) -> Decimal:
    return (Decimal(length.numerator) / Decimal(length.denominator) / HOUR).quantize(PLACES, ROUND_HALF_EVEN)


def _rounded(exact: Mapping[tuple[str, str], Fraction]) -> dict[tuple[str, str], Decimal]:
    """Parts in hours that add up to the rounded sum; the largest takes what rounding leaves."""
    told = {key: _hours(value) for key, value in exact.items()}
    whole = _hours(sum(exact.values(), Fraction(0)))
    largest = max(told, key=lambda key: (abs(told[key]), key))
    told[largest] += whole - sum(told.values(), Decimal(0))
    return told
