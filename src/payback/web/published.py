"""Ranges that others have published, for a faint band beside one's own figures: never a target.

Each with its source, its date and what it must not be read as. A range is changed by adding a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Range:
    """One published range of a metric. `read_on` is the day it was read, `caveat` what it does not say."""

    metric: str
    title: str
    low: float
    high: float
    source: str
    read_on: date
    caveat: str

    @property
    def note(self) -> str:
        """What stands under the chart."""
        return (
            f"Band: {self.low:g} to {self.high:g}, {self.source}, read in {self.read_on:%B %Y}. {self.caveat}"
        )


PUBLISHED = (
    Range(
        "merged_prs_per_dev_week",
        "Merged changes per developer and week",
        1.4,
        2.3,
        "a vendor's customers: people who use AI not at all and daily",
        date(2026, 11, 1),
        "Who uses AI daily differs in more than that; the vendor also tells of cycle times 20 to 30 % shorter. No target.",
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
