"""Whether the dearest model of a kind of work is worth its price, from how much of its work had to be done again. Pure.

The interval of a difference of two shares is Newcombe's hybrid score interval at 95 % (Statistics in Medicine 17, 1998,
method 10), made of two Wilson intervals. It compares what models were used for, so it is an association, no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

FEWEST = 20
TOLERANCE = {"low": 0.10, "medium": 0.05, "high": 0.02}
UNTOLD = "medium"
WORTH, NOT, CANNOT_TELL = "premium worth it", "not", "cannot tell"
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Again:
    """Of `n` changes or pieces of which it is known, how many had to be done again."""

    bad: int
    n: int

    @property
    def share(self) -> float:
        return self.bad / self.n

    def wilson(self) -> tuple[float, float]:
        """Wilson's score interval of the share."""
        squared = _Z * _Z
        middle = self.share + squared / (2 * self.n)
        reach = _Z * sqrt(self.share * (1 - self.share) / self.n + squared / (4 * self.n * self.n))
        scale = 1 + squared / self.n
        return (middle - reach) / scale, (middle + reach) / scale


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the three answers with its reason, and the interval of the difference, premium less the others."""

    word: str
    why: str
    low: float | None = None
    high: float | None = None


def difference(first: Again, second: Again) -> tuple[float, float]:
    """The 95 % interval of the first share less the second."""
    (low_1, high_1), (low_2, high_2) = first.wilson(), second.wilson()
    between = first.share - second.share
    return (
        between - sqrt((first.share - low_1) ** 2 + (high_2 - second.share) ** 2),
        between + sqrt((high_1 - first.share) ** 2 + (second.share - low_2) ** 2),
    )


def verdict(premium: Again, others: Again, risk: str | None, *, is_dearer: bool) -> Verdict:
    """Worth it where less of its work is done again beyond chance, or where a change costs no more and it does no worse than
    the tolerance of the risk. Not, where a gain greater than that tolerance can be ruled out. `risk` is that of the task: low,
    medium, high, or None, read as medium.
    """
    fewest = min(premium.n, others.n)
    if fewest < FEWEST:
        return Verdict(CANNOT_TELL, f"{fewest} pieces on one side; {FEWEST} are needed on each")
    low, high = difference(premium, others)
    tolerance = TOLERANCE[risk or UNTOLD]
    if high < 0:
        return Verdict(WORTH, "less of its work is done again, beyond chance", low, high)
    if not is_dearer and high < tolerance:
        return Verdict(WORTH, "a change costs no more with it, and as much of its work holds", low, high)
    if is_dearer and low > -tolerance:
        return Verdict(
            NOT,
            f"at most {-low * 100:.1f} points less is done again" if low < 0 else "more is done again",
            low,
            high,
        )
    return Verdict(CANNOT_TELL, "the difference may be chance", low, high)
