"""From an interval to a word. `improved` is said of the metric chosen before looking, and only where nothing guarded got
worse; without a calibrated interval, or with 0 inside it, the answer is that it cannot be told yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.insight.impact.quantiles import Interval

IMPROVED, MOVED, WORSE, UNKNOWN = "improved", "moved, not improved", "worse", "cannot tell yet"
POWER = 2.8  # standard errors that an effect must measure to be found four times of five at 95 %
LONGEST = 104


@dataclass(frozen=True)
class Guardrail:
    """A second metric that must not pay for the first. `interval` counts upwards as better; `margin` is what is borne.

    With its `point` known it is worse where 0 is outside the interval and the point beyond the margin; else where the whole
    interval is.
    """

    metric: str
    interval: Interval | None
    margin: float = 0.0
    point: float | None = None

    @property
    def is_worse(self) -> bool:
        """Whether it got worse by more than is borne."""
        if self.interval is None:
            return False
        if self.point is None:
            return self.interval[1] < -self.margin
        return self.interval[1] < 0 and self.point < -self.margin


def verdict(interval: Interval | None, more: str, guardrails: Sequence[Guardrail] = ()) -> str:
    """The word for an interval in which upwards is better; `more` says what is missing where it cannot be told."""
    if interval is None or interval[0] <= 0 <= interval[1]:
        return f"{UNKNOWN} ({more})"
    if interval[1] < 0:
        return WORSE
    return MOVED if any(guard.is_worse for guard in guardrails) else IMPROVED


def needed(effect: float, se: float, weeks: float) -> str:
    """How long to wait until an effect of this size would be found, were every further week like those seen."""
    if effect == 0 or weeks <= 0:
        return f"needs more than {LONGEST} more weeks"
    more = max(1, ceil(weeks * ((POWER * se / abs(effect)) ** 2 - 1)))
    return f"needs about {more} more weeks" if more <= LONGEST else f"needs more than {LONGEST} more weeks"
