"""What workflows brought forth, piece by piece, and what people had to do to it afterwards: the part of the cost that no call shows.

One workflow, whose calls are among the cheapest, has half of its output corrected and a part of it sent back. None does in a
quiet company.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from payback.demo.workloads import TESTS, WORKLOADS, as_run, working_days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.people import Company
    from payback.demo.span import Span
    from payback.demo.workloads import Workload

ACCEPTED = 0.85
RATES = {"": 85, "review": 95, "incident": 110}
"""What an hour costs, in dollars, by what it is spent on; first what an hour of any other kind does."""


@dataclass(frozen=True, slots=True)
class Fate:
    """The shares of a workflow's output that come back in some way, and the most minutes that mending a piece takes."""

    corrected: float
    reopened: float
    rerouted: float
    minutes: int


USUAL, DEAR = Fate(0.12, 0.04, 0.05, 6), Fate(0.5, 0.2, 0.15, 60)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of output that was written down."""

    id: str
    work: Workload
    made_at: datetime
    accepted_at: datetime | None
    corrected: bool
    reopened: bool
    rerouted: bool

    def row(self) -> dict[str, str]:
        """By the columns of the sheet."""
        return {
            "output_id": self.id, "workflow": self.work.id, "kind": self.work.output,
            "produced_at": self.made_at.isoformat(),
            "accepted_at": self.accepted_at.isoformat() if self.accepted_at else "",
            "corrected": str(self.corrected).lower(), "reopened": str(self.reopened).lower(),
            "rerouted": str(self.rerouted).lower(),
        }  # fmt: skip


def fate(span: Span, work: Workload) -> Fate:
    """What becomes of a workflow's output."""
    return DEAR if work == TESTS and not span.is_quiet else USUAL


def pieces(span: Span) -> Iterator[Piece]:
    """A sample of what each workflow brought forth on the days on which it ran."""
    for work in (as_run(span, one) for one in WORKLOADS):
        for day in working_days(span, work):
            for number in range(work.pieces):
                yield _piece(span, work, day, number)


def _piece(span: Span, work: Workload, day: date, number: int) -> Piece:
    chance, told = span.chance("output", work.id, day, number), fate(span, work)
    made = datetime.combine(day, time(8), UTC) + timedelta(seconds=chance.randrange(8 * 3600))
    accepted = chance.random() < ACCEPTED
    return Piece(
        f"{work.id}/{day}/{number}", work, made,
        made + timedelta(minutes=chance.randint(5, 300)) if accepted else None,
        chance.random() < told.corrected, accepted and chance.random() < told.reopened, chance.random() < told.rerouted,
    )  # fmt: skip


def afterwards(span: Span, company: Company) -> Iterator[dict[str, str]]:
    """Hours of correcting, testing again and reading what came out, by piece, as people wrote them down."""
    for piece in pieces(span):
        chance, told = span.chance("afterwards", piece.id), fate(span, piece.work)
        day = piece.made_at.date()
        mates = company.members(piece.work.team, day)
        spent = {
            "correction": piece.corrected and chance.randint(told.minutes // 2, told.minutes),
            "qa": piece.reopened and chance.randint(told.minutes // 3, told.minutes),
            "review": piece.rerouted and chance.randint(2, 10),
        }
        for kind, minutes in spent.items():
            if minutes and mates:
                yield {
                    "effort_id": f"{kind}/{piece.id}", "day": day.isoformat(), "kind": kind,
                    "person": chance.choice(mates).email, "team": piece.work.team, "hours": f"{minutes / 60:.4f}",
                    "measured": "false", "workflow": piece.work.id, "output_id": piece.id,
                }  # fmt: skip
