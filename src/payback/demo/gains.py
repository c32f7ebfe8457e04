"""What taking up AI does to the work of each team: how many changes it makes, and how long they wait. Planted, and told in
the truth.

The month in which a team takes up AI changes nothing yet; every month after it does. In a quiet company nothing ever does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.period import add_months

if TYPE_CHECKING:
    from datetime import date

    from payback.demo.people import Team
    from payback.demo.span import Span


@dataclass(frozen=True, slots=True)
class Gain:
    """Factors on what a team would do without AI: `changes` on how many changes a person makes, between 0 and 2, `wait` on the
    time from the last commit to the merge.
    """

    changes: float = 1.0
    wait: float = 1.0

    @property
    def percent(self) -> float:
        return round(100 * (self.changes - 1), 6)


NONE = Gain()
GAINS = {
    "infrastructure": Gain(1.25, 0.8),
    "storefront": Gain(1.3, 0.7),
    "payments": Gain(1.6, 1.0),
    "search": Gain(1.15, 0.9),
    "mobile": Gain(1.0, 2.0),
    "data": Gain(0.75, 1.0),
    "assist": Gain(1.15, 0.9),
}


def works_from(span: Span, team: Team) -> date | None:
    """The first day of the month from which on a team's gain is there; None if it never takes up AI."""
    return None if team.adopts is None else add_months(span.month_after(team.adopts), 1)


def gain(span: Span, team: Team, day: date) -> Gain:
    """What AI does to a team's work on a day."""
    begins = works_from(span, team)
    if span.is_quiet or begins is None or day < begins:
        return NONE
    return GAINS.get(team.id, NONE)
