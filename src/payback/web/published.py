"""Ranges that others have published, for a faint band beside one's own figures: never a target.

Each with its source, its date and what it must not be read as. A range is changed by adding a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

FIRST = 4


@dataclass(frozen=True, slots=True)
class Range:
    """One published range of a metric. `read_on` is the day it was read, `caveat` what it does not say.

    A `change` is told in parts of what was before: it is drawn on the median of the first weeks shown.
    """

    metric: str
    title: str
    low: float
    high: float
    source: str
    read_on: date
    caveat: str
    unit: str = "Per developer-week"
    change: bool = False

    @property
    def note(self) -> str:
        """What stands under the chart."""
        if self.change:
            low, high = (f"{100 * (1 - part):.0f}" for part in (self.high, self.low))
            band = f"Band: {low} to {high} % under the median of the first {FIRST} weeks shown"
            return f"{band}, {self.source}, read in {self.read_on:%B %Y}. {self.caveat}"
        return (
            f"Band: {self.low:g} to {self.high:g}, {self.source}, read in {self.read_on:%B %Y}. {self.caveat}"
        )

    def on(self, course: Sequence[Decimal]) -> Range:
        """The range as it lies on figures that are known, oldest first."""
        if not self.change:
            return self
        before = float(median(course[:FIRST]))
        return replace(self, low=self.low * before, high=self.high * before)


PUBLISHED = (
    Range(
        "cycle_time",
        "Cycle time in hours",
        0.7,
        0.8,
        "a vendor's claim for teams that adopt AI",
        date(2026, 11, 1),
        "Over which time and beside whom is not told, and your first weeks may be from after adoption. No target.",
        unit="Hours, median",
        change=True,
    ),
    Range(
        "merged_prs_per_dev_week",
        "Merged changes per developer and week",
        1.4,
        2.3,
        "a vendor's customers: people who use AI not at all and daily",
        date(2026, 11, 1),
        "Who uses AI daily differs in more than that. No target.",
    ),
    Range(
        "deploys_per_dev_week",
        "Deployments per developer and week",
        2.0,
        5.0,
        "a vendor's claim for teams that ship well",
        date(2026, 11, 1),
        "With it comes the claim of +15 to +30 % within three months; how it was measured is not told. No target.",
    ),
)
