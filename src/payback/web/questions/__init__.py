"""The four questions of Home, one module each, over the figures that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.web.asking import number
from payback.web.definitions import knows
from payback.web.series import Cut, cut_of, sizes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from payback.metrics.question import Answer, Figure
    from payback.web.asking import Ask

SHARED = (
    "requests",
    "errors",
    "retries",
    "error_share",
    "cache_hit_share",
    "tokens_input",
    "unpriced_tokens",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What several questions need: totals of the days, spend by tool and model now and before."""

    totals: Mapping[str, Figure]
    cut: Cut
    course: Answer
    sizes_before: Mapping[str | None, Decimal]
    money: Figure
    money_before: Figure | None

    @property
    def nothing(self) -> bool:
        """No request, no failure and no charge in these days."""
        counted = (number(self.totals[name]) for name in ("requests", "errors", "retries"))
        return not any(counted) and not self.money.n and not self.money.excluded_n

    @property
    def at_least(self) -> bool:
        """Whether money at list price is a lower bound."""
        return bool(number(self.totals["unpriced_tokens"]))


def figures(ask: Ask, by: str = "") -> Figures:
    """The shared figures, cut as asked, else by tool where there are several and by model where there is one."""
    previous = ask.previous
    course = ask.answer(ask.money, by=(by or "tool",), grain=ask.filters.grain)
    if not by and len({row.keys["tool"] for row in course.rows}) < 2:
        by = "model"
        course = ask.answer(ask.money, by=(by,), grain=ask.filters.grain)
    by = by or "tool"
    earlier = ask.answer(ask.money, by=(by,), period=previous) if previous else None
    return Figures(
        totals=ask.answer(*SHARED).totals,
        cut=cut_of(course, ask.money, by, ask.names(by)),
        course=course,
        sizes_before=sizes_of(earlier, ask.money, by) if earlier else {},
        money=course.totals[ask.money],
        money_before=earlier.totals[ask.money] if earlier else None,
    )


def can_filter(ask: Ask, metric: str) -> bool:
    """Whether a metric knows the dimensions that the page is filtered by."""
    return knows(metric, set(ask.filters.where))
