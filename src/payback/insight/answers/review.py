"""Did review become the bottleneck?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.insight.answers.saved import Mark, Picture, Saved, Told
from payback.insight.bottleneck import FEWEST
from payback.insight.course import PHASES, PICKUP, REVIEW, REWORK, WORDS
from payback.insight.saying import hours, percent
from payback.insight.split import split

if TYPE_CHECKING:
    from decimal import Decimal

    from payback.insight.answers.saved import Figures
    from payback.insight.course import Course, Courses
    from payback.insight.split import Part, Split

REVIEWED = (PICKUP, REVIEW, REWORK)
NAMES = {**WORDS, REVIEW: "review, wait and rework"}
COLUMNS = (
    ("name", "Phase", "text"),
    ("before", "Before, mean", "hours"),
    ("after", "Now, mean", "hours"),
    ("share", "Share now", "share"),
    ("within", "Like changes", "hours"),
    ("between", "95 % between", "text"),
)
NOTE = (
    "Review is the bottleneck where it takes more of the way than any other phase, and became it where like changes wait longer in it "
    "than in the 13 weeks before, beyond chance. Means; the longest 5 % are set aside."
)


def answer(figures: Figures) -> Told:
    """Yes, no, or that it cannot be told, with the share of the way that review takes and how it moved."""
    beside = split(_together(figures.before), _together(figures.after))
    if beside is None or min(beside.n) < FEWEST:
        says = (
            "It",
            "cannot be told",
            f"yet: {FEWEST} changes in each of the two stretches of 13 weeks are needed.",
        )
        return Told(says, is_told=False)
    parts = [part for part in beside.parts if part.phase not in {PICKUP, REWORK}]
    review = beside.part(REVIEW)
    largest = max(parts, key=lambda part: part.after)
    rows: tuple[dict[str, Any], ...] = tuple(
        {
            "name": NAMES[part.phase].capitalize(),
            "id": part.phase,
            "before": part.before,
            "after": part.after,
            "share": _share(part, beside),
            "within": part.within,
            "between": _between(part),
        }
        for part in parts
    )
    marks = tuple(Mark(row["name"], row["after"]) for row in rows)
    picture = Picture("Where the time of a change goes now, mean hours", "hours", marks)
    return Told(
        _says(beside, review, largest), is_told=True, columns=COLUMNS, rows=rows, picture=picture, note=NOTE
    )


def _says(beside: Split, review: Part, largest: Part) -> tuple[str, str, str]:
    is_longer = review.interval is not None and review.interval[0] > 0
    share = percent(_share(review, beside))
    moved = f"like changes take {hours(abs(review.within))} {'longer' if review.within > 0 else 'less'} in it than before"
    sure = f"(between {_between(review)}; n = {beside.n[1]:,})"
    if largest is review and is_longer:
        return (
            "",
            "Yes:",
            f"review takes {share} of a change's time, more than any phase, and {moved} {sure}.",
        )
    if largest is review:
        return (
            "",
            "It is, and was:",
            f"review takes {share} of a change's time, more than any phase; {moved} {sure}.",
        )
    word = "Not yet, but it grew:" if is_longer else "No:"
    most = f"{NAMES[largest.phase]} takes most ({percent(_share(largest, beside))})"
    return "", word, f"review takes {share} of a change's time, {most}; {moved} {sure}."


def _share(part: Part, beside: Split) -> Decimal:
    return (part.after / beside.after).quantize(part.after) if beside.after else part.after


def _between(part: Part) -> str:
    low, high = part.interval or (0.0, 0.0)
    return f"{hours(low)} and {hours(high)}"


def _together(held: Courses) -> Courses:
    """The three phases of review as one."""
    return replace(held, rows=tuple(_one(row) for row in held.rows))


def _one(row: Course) -> Course:
    reviewed = sum(row.phases[phase] for phase in REVIEWED)
    rest = {phase: row.phases[phase] for phase in PHASES if phase in row.phases and phase not in REVIEWED}
    return replace(row, phases={**rest, PICKUP: 0, REVIEW: reviewed, REWORK: 0})


SAVED = Saved("review", "Did review become the bottleneck?", {}, answer, "/bottlenecks?range=90d")
