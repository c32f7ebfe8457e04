"""Where a finding stands, and what became of what was decided about it: before beside after, which alone shows no effect.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.finding import LESS
from payback.insight.saying import figure, percent
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from payback.insight.effect import Effect
    from payback.metrics.vocabulary import Unit
    from payback.state.decided import Decided, Kept

ACCEPT, DISMISS, SNOOZE, REOPEN = "accept", "dismiss", "snooze", "reopen"
ACTS = (ACCEPT, DISMISS, SNOOZE, REOPEN)
OPEN, DECIDED, DISMISSED, SNOOZED, GONE = "open", "decided", "dismissed", "snoozed", "gone"
STANDINGS = (OPEN, SNOOZED, DECIDED, DISMISSED, GONE)
WINDOW = 28
FEWEST = 5
WAITING, REACHED, SHORT, AGAINST, UNTOLD = "waiting", "reached", "short", "against", "cannot tell"
NO_EFFECT = "Before beside after is no effect: whatever else changed is in it."


def standing(kept: Kept, made: Sequence[Decided], today: date) -> str:
    """One of STANDINGS. What was decided stands when a finding is gone; what was accepted and came back is open again."""
    last = made[-1] if made else None
    came_back = last is not None and kept.found_at > last.occurred_at
    if last is None or last.act == REOPEN or (last.act == ACCEPT and came_back):
        return OPEN if kept.gone_on is None else GONE
    if last.act == SNOOZE:
        if kept.gone_on is not None:
            return GONE
        return SNOOZED if last.until and today < last.until else OPEN
    return DECIDED if last.act == ACCEPT else DISMISSED


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric of the subject in some days: its value (None: unknown) and how many rows it was measured on."""

    period: Period
    value: Decimal | None
    n: int


@dataclass(frozen=True, slots=True)
class Checked:
    """How a decision is doing: WAITING until it is due, then what the metric did, in words with its n."""

    state: str
    says: str
    due: date
    before: Measured | None = None
    after: Measured | None = None
    change: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Unitary:
    """How the values of a metric are said: its title, unit and currency; `counts` where a sum of few rows is told as well as of many."""

    title: str
    unit: Unit
    currency: str
    counts: bool


def windows(decided_on: date, due: date) -> tuple[Period, Period]:
    """The days before the decision and the days before it is due: four weeks each, or as many as lie between."""
    days = timedelta(days=max(1, min(WINDOW, (due - decided_on).days)))
    return Period(decided_on - days, decided_on), Period(due - days, due)


def waiting(made: Decided, due: date) -> Checked:
    """What is said of a decision before its day."""
    return Checked(WAITING, f"Looked at on {due.isoformat()} by {made.metric}.", due)


def checked(
    made: Decided, pair: tuple[Measured, Measured], meant: Unitary, effects: Iterable[Effect] = ()
) -> Checked:
    """What the metric did from before the decision to when it was due. An effect is told only where an estimate says one."""
    before, after = pair
    due = made.due or after.period.until
    few = not meant.counts and min(before.n, after.n) < FEWEST
    if before.value is None or after.value is None or few:
        says = f"Cannot be told: {_both(meant, before, after)}. At least {FEWEST} on each side are needed."
        return Checked(UNTOLD, says, due, before, after)
    moved = after.value - before.value
    change = moved / abs(before.value) if before.value else None
    state = _state(made, moved, change)
    word = {REACHED: "as expected", SHORT: "less than expected", AGAINST: "not as expected"}[state]
    much = (
        "unchanged"
        if not moved
        else f"{percent(abs(change))} {'less' if moved < 0 else 'more'}"
        if change
        else "more"
    )
    says = f"{_both(meant, before, after)}: {much}, {word} ({expectation(made)}). {_estimate(effects)}"
    return Checked(state, says, due, before, after, change)


def expectation(made: Decided) -> str:
    """What was expected, in words."""
    size = f"at least {made.size} % " if made.size else ""
    return f"{size}{made.direction or LESS} of {made.metric} expected"


def _state(made: Decided, moved: Decimal, change: Decimal | None) -> str:
    toward = -moved if (made.direction or LESS) == LESS else moved
    if toward <= 0:
        return AGAINST
    if made.size is None or change is None:
        return REACHED
    return REACHED if abs(change) * 100 >= Decimal(made.size) else SHORT


def _both(meant: Unitary, before: Measured, after: Measured) -> str:
    told = (
        f"{figure(one.value, meant.unit, meant.currency)} in the {one.period.days} days to "
        f"{(one.period.until - timedelta(days=1)).isoformat()} (n = {one.n:,})"
        for one in (before, after)
    )
    return f"{meant.title}: {', then '.join(told)}"


def _estimate(effects: Iterable[Effect]) -> str:
    for one in effects:
        if one.is_told and one.percent is not None and one.interval is not None:
            low, high = one.interval
            return (
                f"An estimate ({one.method}, {one.label}) says {one.percent:+.1f} % "
                f"[{low:+.1f}, {high:+.1f}] of {one.metric}: {one.verdict}."
            )
    return NO_EFFECT
