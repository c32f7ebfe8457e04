"""What a workflow spent and brought in some days, and what came of it: the figures that findings about workflows read."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.metrics.premium import Again

MONTH = Decimal(365) / 12
SAID = {
    "correction_rate": "corrected",
    "reopened_output_rate": "reopened",
    "reroute_rate": "sent to someone else",
    "rework_rate": "done again",
}
_CENT = Decimal("0.01")
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some days of a workflow: how many, the pieces of useful output in them, its money on models (None: not known)."""

    days: int
    pieces: int
    model_cost: Decimal | None

    @property
    def unit_cost(self) -> Decimal | None:
        """Money on models ÷ pieces; None where either is missing."""
        return None if self.model_cost is None or not self.pieces else self.model_cost / self.pieces

    @property
    def unit_cost_between(self) -> tuple[Decimal, Decimal] | None:
        """The unit cost if the count of pieces is that of a steady flow: its 95 % bounds (Byar's, of a Poisson count)."""
        if self.model_cost is None or self.pieces < 1:
            return None
        fewest, most = (Decimal(str(end)) for end in poisson(self.pieces))
        return self.model_cost / most, self.model_cost / fewest

    def a_month(self, money: Decimal) -> Decimal:
        """Money of these days as that of one month, to the cent."""
        return (money * MONTH / self.days).quantize(_CENT, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Worked:
    """One workflow now and in the days before. `came_back` holds, by metric, how much of what is known was corrected,
    reopened or sent on; `downstream` the money of what came after the model (None: nobody told of any).
    """

    workflow: str
    name: str
    output: str
    now: Stretch
    before: Stretch | None = None
    task_type: str | None = None
    owner: str | None = None
    came_back: Mapping[str, Again] = field(default_factory=dict)
    downstream: Decimal | None = None
    currency: str = "USD"

    def say(self, money: Decimal) -> str:
        """An amount in the words of a sentence."""
        return amount(money, self.currency)


def poisson(count: int) -> tuple[float, float]:
    """Byar's 95 % bounds of the mean of a count above zero (Breslow and Day 1987, 2.13)."""
    above = count + 1
    low = count * (1 - 1 / (9 * count) - _Z / (3 * sqrt(count))) ** 3
    return low, above * (1 - 1 / (9 * above) + _Z / (3 * sqrt(above))) ** 3


def amount(money: Decimal, currency: str = "USD") -> str:
    """An amount in the words of a sentence: cents where they matter."""
    places = "0.0001" if abs(money) < _CENT else "0.01" if abs(money) < 100 else "1"
    sign = "$" if currency == "USD" else f"{currency} "
    return f"{sign}{money.quantize(Decimal(places), ROUND_HALF_EVEN):,}"


def times(ratio: Decimal) -> str:
    """How many times as much, in words of a sentence."""
    return f"{ratio.quantize(Decimal('0.1') if ratio < 10 else Decimal(1), ROUND_HALF_EVEN)} times"
