"""The dearest model of each kind of work held against all others on it: what a piece costs, how much had to be done again, and
whether that is worth its price. Pure; metrics.premium says when.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.metrics.premium import Again, Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.metrics.question import Row

RISKS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """By what models are compared: the cut that tells kinds of work apart, the cost of a piece, the share that was touched again."""

    kind: str
    cost: str
    again: str


CHANGES = Yardstick("work_type", "cost_per_merged_pr", "rework_rate")
PIECES = Yardstick("task_type", "workflow_unit_cost", "came_back_rate")


@dataclass(frozen=True, slots=True)
class Side:
    """What was done with some models: how much of it had to be done again, its money, and the pieces of known cost."""

    models: tuple[str, ...]
    again: Again
    spent: Decimal = Decimal(0)
    pieces: int = 0

    @property
    def cost(self) -> Decimal | None:
        """Money ÷ pieces of known cost; None where there is none."""
        return self.spent / self.pieces if self.pieces else None

    @property
    def share(self) -> Decimal | None:
        """The share that had to be done again; None where it is known of none."""
        return Decimal(self.again.bad) / self.again.n if self.again.n else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind of work (None: not told) with its risk, the dearest model on it, all others, and the verdict; by which yardstick."""

    work: str | None
    risk: str | None
    premium: Side
    others: Side
    verdict: Verdict
    by: Yardstick = CHANGES


def sides(rows: Iterable[Row], by: Yardstick = CHANGES) -> Iterable[tuple[str | None, Side]]:
    """Rows of an answer cut by kind of work and model, as sides of one model each; those without a model, and money that brought nothing, are
    left out.
    """
    for row in rows:
        model, cost, again = row.keys["model"], row.figures[by.cost], row.figures[by.again]
        if model is not None and (cost.denominator or again.denominator):
            told = Again(int(again.numerator or 0), int(again.denominator or 0))
            spent = Decimal(str(cost.numerator or 0))
            yield row.keys[by.kind], Side((model,), told, spent, int(cost.denominator or 0))


def comparisons(
    used: Iterable[tuple[str | None, Side]],
    prices: Mapping[str | None, Decimal | None],
    risks: Mapping[str, str],
    by: Yardstick = CHANGES,
) -> tuple[Comparison, ...]:
    """A comparison per kind of work that two priced models or more took part in. `prices` are per million tokens."""
    by_work: dict[str | None, list[Side]] = defaultdict(list)
    for work, side in used:
        if prices.get(side.models[0]) is not None:
            by_work[work].append(side)
    found = []
    for work, own in by_work.items():
        known = {model: price for side in own if (price := prices[model := side.models[0]]) is not None}
        if len(known) < 2:
            continue
        dearest = max(known, key=lambda model: (known[model], model))
        premium = _together([side for side in own if side.models == (dearest,)])
        others = _together([side for side in own if side.models != (dearest,)])
        risk = risks.get(work or "")
        is_dearer = premium.cost is None or others.cost is None or premium.cost > others.cost
        told = verdict(premium.again, others.again, risk, is_dearer=is_dearer)
        found.append(Comparison(work, risk, premium, others, told, by))
    return tuple(found)


def _together(parts: Sequence[Side]) -> Side:
    again = Again(sum(part.again.bad for part in parts), sum(part.again.n for part in parts))
    models = tuple(sorted({model for part in parts for model in part.models}))
    spent = sum((part.spent for part in parts), Decimal(0))
    return Side(models, again, spent, sum(part.pieces for part in parts))


def risks_of(told: Iterable[tuple[str | None, str | None]]) -> dict[str, str]:
    """The risk of each task type, from pairs of both: the greatest that is told of it."""
    found: dict[str, str] = {}
    for task_type, risk in told:
        if task_type and risk in RISKS:
            found[task_type] = max(found.get(task_type, risk), risk, key=RISKS.index)
    return found
