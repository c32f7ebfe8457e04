"""What has to be assumed to make hours of work of what systems know, with where each default comes from. Values only.

A system knows how much time passed, and how often something happened. Neither is an hour of work: a change that waits a
day for its review has taken nobody a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed number: None where nobody told it and no source is good enough for a default. `source` says whose it is,
    `read_on` when that was read; both are empty where the organisation told it.
    """

    id: str
    title: str
    unit: str
    value: float | None
    source: str = ""
    read_on: date | None = None

    @property
    def is_default(self) -> bool:
        """Whether it is payback's and not the organisation's."""
        return self.read_on is not None


READ_ON = date(2026, 11, 25)
SMARTBEAR = "SmartBear with Cisco, 2,500 reviews, in J. Cohen, Best Kept Secrets of Peer Code Review, 2006"
CODE_TIME = "Software.com, Code Time Report, 2022: 52 + 41 minutes a day in the editor, 250,000 developers"

DEFAULTS: tuple[Assumption, ...] = (
    Assumption(
        "review_lines_per_hour", "A reviewer reads at most", "changed lines an hour", 500, SMARTBEAR, READ_ON
    ),
    Assumption(
        "review_longest_minutes", "and stays with one review at most", "minutes", 60, SMARTBEAR, READ_ON
    ),
    Assumption("review_minutes", "Each review takes besides", "minutes", 0, "no source found", READ_ON),
    Assumption("comment_minutes", "Each comment takes besides", "minutes", 0, "no source found", READ_ON),
    Assumption("coding_hours_per_week", "A developer codes", "hours a week", 7.75, CODE_TIME, READ_ON),
    Assumption("rework_hours", "A change that is done again takes", "hours", None),
    Assumption("bug_hours", "Sorting out a defect takes", "hours", None),
    Assumption("incident_hours", "An incident takes all people together", "hours", None),
    Assumption("correction_minutes", "Correcting a piece of output takes", "minutes", None),
)

Assumed = Mapping[str, Assumption]


def defaults() -> dict[str, Assumption]:
    """Every assumption as it stands where nothing is told, by id."""
    return {one.id: one for one in DEFAULTS}
