"""The likely cause of a phase that grew or stands out, by what grew or stands out with it, and the one step to take. Pure.

Each phase has its suspects in order; the first that is a quarter higher is named, with both figures. A suspect is no proof: it goes
along with the delay, and the step is what usually helps there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.insight.course import CODING, HOUR, MERGE, PICKUP, RELEASE, REVIEW, REWORK
from payback.insight.saying import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.insight.course import Courses

    Signals = Mapping[str, float]

HIGHER = 1.25
SIZE, BACK, UNDER_WAY, LOAD, BATCH, CADENCE, QUEUE = (
    "size", "sent_back", "under_way", "reviews_per_reviewer", "changes_per_release", "days_between_releases", "waiting",
)  # fmt: skip
SAID = {
    SIZE: "lines a change",
    BACK: "of the changes sent back",
    UNDER_WAY: "changes under way per person at a time",
    LOAD: "reviews a week per reviewer",
    BATCH: "changes a release",
    CADENCE: "days between releases",
    QUEUE: "changes waiting for a review now per person",
}
FIRST_REVIEW = "Review first: look at what waits before beginning something new."
SMALLER = "Make smaller changes: split what is over 250 lines before it is asked to be reviewed."
LIMIT = "Limit work in progress: finish a change before the next one is begun."
MORE_REVIEWERS = "Share the reviews: name more reviewers, and let the queue assign them."
STRICTER = "Check before review: run tests and linters, and have the author review what AI wrote, before anyone else is asked."
OFTENER = "Deploy more often: release each merged change, or every day, by a pipeline."
APPROVE = "Agree on what an approval takes, and finish a review in one sitting."
AT_ONCE = "Merge when approved: let the host merge by itself once checks have passed."
SUSPECTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    CODING: ((SIZE, SMALLER), (UNDER_WAY, LIMIT)),
    PICKUP: ((LOAD, MORE_REVIEWERS), (QUEUE, FIRST_REVIEW), (SIZE, SMALLER)),
    REVIEW: ((SIZE, SMALLER), (LOAD, MORE_REVIEWERS)),
    REWORK: ((BACK, STRICTER), (SIZE, SMALLER)),
    MERGE: ((UNDER_WAY, LIMIT),),
    RELEASE: ((CADENCE, OFTENER), (BATCH, OFTENER)),
}
USUAL = {
    CODING: SMALLER,
    PICKUP: FIRST_REVIEW,
    REVIEW: APPROVE,
    REWORK: STRICTER,
    MERGE: AT_ONCE,
    RELEASE: OFTENER,
}


@dataclass(frozen=True, slots=True)
class Cause:
    """What goes along with the delay (None: nothing known does), in words with both figures, and the step to take."""

    signal: str | None
    evidence: tuple[str, ...]
    action: str


def cause(phase: str, before: Signals, after: Signals) -> Cause:
    """The first suspect of a phase that is a quarter higher than before, or than elsewhere."""
    for signal, action in SUSPECTS[phase]:
        a, b = before.get(signal), after.get(signal)
        if a is not None and b is not None and b > a * HIGHER and b > 0:
            return Cause(signal, (f"{_said(signal, b)}, {_figure(signal, a)} on the other side",), action)
    return Cause(None, (), USUAL[phase])


def of_courses(held: Courses, days: int) -> dict[str, float]:
    """The signals that changes themselves tell: mean size, share sent back, how many are under way per person."""
    rows = held.rows
    if not rows or days <= 0:
        return {}
    sizes = [one.lines for one in rows if one.lines is not None]
    people = len({one.author for one in rows})
    found = {
        BACK: sum(one.sent_back for one in rows) / len(rows),
        UNDER_WAY: sum(one.whole for one in rows) / HOUR / 24 / days / people,
    }
    return found | ({SIZE: sum(sizes) / len(sizes)} if sizes else {})


def _said(signal: str, value: float) -> str:
    return f"{_figure(signal, value)} {SAID[signal]}"


def _figure(signal: str, value: float) -> str:
    if signal == BACK:
        return percent(value)
    return f"{value:,.0f}" if signal == SIZE else f"{value:.1f}"
