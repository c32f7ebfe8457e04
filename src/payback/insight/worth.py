"""What an effect is worth against what it cost: hours returned, money, payback time, and the signal for who decides. Pure.

An effect of x on what a contributor finishes returns x ÷ (1 + x) of the hours that go into it: what is left over when as much
is finished as before. A shorter wait returns no hours, so it is never turned into money by itself. Figures are low, point, high;
the low end takes the low end of the effect and the high end of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from payback.insight.effect import CONTROLLED, RANDOMISED
from payback.insight.impact.verdict import IMPROVED, MOVED, WORSE

if TYPE_CHECKING:
    from payback.insight.effect import Effect

CENT, TENTH = Decimal("0.01"), Decimal("0.1")
FINISHED = ("merged_prs", "merged_prs_per_dev_week", "tickets_resolved", "stories_completed")
"""Metrics of what is finished: an effect on one of them returns hours."""
SCALE, KEEP, REBALANCE, RESTRICT, UNKNOWN = "scale", "keep", "rebalance", "restrict", "cannot tell yet"


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with both ends of its interval."""

    low: Decimal
    point: Decimal
    high: Decimal

    def less(self, other: Range) -> Range:
        """This less the other, as wide as it can be."""
        return Range(self.low - other.high, self.point - other.point, self.high - other.low)


@dataclass(frozen=True, slots=True)
class Exposed:
    """Hours of coding, and their price, of those whom the effect reached: None where no rate card says what an hour costs."""

    hours: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What some days cost: the invoice, full cost with its interval, and of it what is spent once (enablement, security
    review); `begun` is what was ever spent once up to their end. None is unknown.
    """

    invoice: Decimal | None
    full: Range | None
    once: Decimal
    begun: Decimal
    months: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What the days brought: `hours` returned, `value` their price, `net` value less full cost, `net_of_invoice` value less
    invoice only. `payback` is months until what is spent once is earned back at this pace: None for an end that never does.
    `missing` says what stands in the way where anything is None.
    """

    hours: Range | None = None
    value: Range | None = None
    net: Range | None = None
    net_of_invoice: Range | None = None
    payback: tuple[Decimal | None, Decimal | None, Decimal | None] | None = None
    missing: str = ""
    by: Effect | None = None

    def ratio(self, net: Range | None, cost: Decimal | None) -> Range | None:
        """A net value ÷ the cost it is net of (return on investment); None without a cost above zero."""
        if net is None or cost is None or cost <= 0:
            return None
        return Range(net.low / cost, net.point / cost, net.high / cost)


@dataclass(frozen=True, slots=True)
class Signal:
    """One word for who decides, and why it is this one."""

    word: str
    why: str


def is_credible(effect: Effect | None) -> bool:
    """Whether an effect may be turned into money: told, with an interval, and against a comparison."""
    return effect is not None and effect.is_told and effect.label in {RANDOMISED, CONTROLLED}


def returning(effect: Effect | None) -> Effect | None:
    """The effect that returns hours: this one, or one of its guardrails, on a metric of what is finished; None where none of
    them is credible.
    """
    if effect is None:
        return None
    told = [one for one in (effect, *effect.guardrails) if one.metric in FINISHED and is_credible(one)]
    return told[0] if told else None


def share_returned(percent: float) -> Decimal | None:
    """What an effect of x in percent returns, x ÷ (1 + x); None where nothing at all would be left."""
    x = Decimal(repr(percent)) / 100
    return None if x <= -1 else x / (1 + x)


def worth(effect: Effect | None, exposed: Exposed | None, spent: Spent) -> Worth:
    """What an effect is worth in days that cost this much, or what is missing to tell."""
    own = returning(effect)
    if own is None or own.percent is None or own.interval is None:
        return Worth(missing=_why_none(effect))
    ends = [share_returned(one) for one in (own.interval[0], own.percent, own.interval[1])]
    if exposed is None or not exposed.hours or None in ends:
        return Worth(missing="nobody developed in these days since it was taken up", by=own)
    low, point, high = (one for one in ends if one is not None)
    hours = _range((low, point, high), exposed.hours, TENTH)
    if exposed.price is None:
        return Worth(hours, missing="no rate card says what an hour of coding costs on every day", by=own)
    value = _range((low, point, high), exposed.price, CENT)
    invoice = spent.invoice
    only = None if invoice is None else value.less(Range(invoice, invoice, invoice))
    if spent.full is None or invoice is None:
        why = (
            "no bill is known"
            if invoice is None
            else "a measured line of cost has too few authors for an interval"
        )
        return Worth(hours, value, None, only, missing=why, by=own)
    net = value.less(spent.full)
    return Worth(hours, value, net, only, _payback(value, spent.full, spent), by=own)


def _why_none(effect: Effect | None) -> str:
    if effect is None:
        return "no effect is known"
    if not effect.is_told:
        return effect.verdict
    if not is_credible(effect):
        return f"its effect is {effect.label}, not held against a comparison"
    return f"an effect on {effect.metric} returns no hours by itself"


def _range(shares: tuple[Decimal, Decimal, Decimal], of: Decimal, places: Decimal) -> Range:
    low, point, high = ((share * of).quantize(places, rounding=ROUND_HALF_EVEN) for share in shares)
    return Range(low, point, high)


def _payback(
    value: Range, full: Range, spent: Spent
) -> tuple[Decimal | None, Decimal | None, Decimal | None] | None:
    """Months, soonest first: what was spent once ÷ what a month leaves over besides. None without anything spent once."""
    if spent.begun <= 0 or spent.months <= 0:
        return None
    running = Range(full.low - spent.once, full.point - spent.once, full.high - spent.once)
    left = value.less(running)
    soon, point, late = (
        (spent.begun / (one / spent.months)).quantize(TENTH, rounding=ROUND_HALF_EVEN) if one > 0 else None
        for one in (left.high, left.point, left.low)
    )
    return soon, point, late


def signal(effect: Effect | None, found: Worth) -> Signal:
    """The word for who decides: by the verdict first, then by whether what came back outweighs what it cost."""
    if effect is None or not is_credible(effect):
        return Signal(UNKNOWN, _why_none(effect))
    if effect.verdict == WORSE:
        return Signal(RESTRICT, f"{effect.metric} got worse; find out why before more is spent")
    if effect.verdict == MOVED:
        return Signal(REBALANCE, f"{effect.metric} improved, and {_worse(effect)} pays for it")
    return _improved(effect.metric, found) if effect.verdict == IMPROVED else Signal(UNKNOWN, effect.verdict)


def _improved(metric: str, found: Worth) -> Signal:
    if found.net is None:
        return Signal(KEEP, f"{metric} improved; what that is worth cannot be told: {found.missing}")
    if found.net.low > 0:
        return Signal(SCALE, f"{metric} improved, and it brings more than it costs with all it takes")
    if found.net.high < 0:
        return Signal(REBALANCE, f"{metric} improved, and it costs more than it brings")
    return Signal(KEEP, f"{metric} improved; whether it brings more than it costs is not certain")


def _worse(effect: Effect) -> str:
    names = [one.metric for one in effect.guardrails if one.verdict == WORSE]
    return " and ".join(names) or "a guardrail"
