"""Which teams raised adoption while cycle time stayed flat?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.insight.answers.saved import Mark, Picture, Saved, Told
from payback.insight.bottleneck import FEWEST
from payback.insight.saying import hours, listed
from payback.insight.split import Z, split
from payback.metrics.premium import Again, difference

if TYPE_CHECKING:
    from payback.insight.answers.saved import Figures
    from payback.insight.split import Split

FLAT = 0.2
POINTS = 0.05
RAISED, NOT_RAISED, FLAT_WORD, SHORTER, LONGER, UNTOLD = (
    "raised", "not raised", "flat", "shorter", "longer", "cannot tell",
)  # fmt: skip
COLUMNS = (
    ("name", "Team", "text"),
    ("ai_before", "With AI, before", "share"),
    ("ai_after", "With AI, now", "share"),
    ("adoption", "Adoption", "text"),
    ("mean_before", "Cycle time before, mean", "hours"),
    ("mean_after", "Now, mean", "hours"),
    ("moved", "Like changes", "hours"),
    ("between", "95 % between", "text"),
    ("cycle", "Cycle time", "text"),
    ("n", "n now", "count"),
)
NOTE = (
    "Adoption is raised where the share of merged changes with signs of AI went up by 5 points or more, beyond chance; signs are a "
    "lower bound. Cycle time is flat where 95 % of the difference of like changes lies within 20 % of what it was. It is "
    "no effect: teams were not assigned."
)


def answer(figures: Figures) -> Told:
    """The teams of which both hold; those of which it cannot be told are counted."""
    teams = sorted({one.team for one in (*figures.before.rows, *figures.after.rows) if one.team})
    found = [(team, split(figures.before.of(team), figures.after.of(team))) for team in teams]
    rows = tuple(_row(figures, team, beside) for team, beside in found if beside and min(beside.n) >= FEWEST)
    if not rows:
        says = (
            "It",
            "cannot be told",
            f"yet: no team has {FEWEST} changes in each of the two stretches of 13 weeks.",
        )
        return Told(says, is_told=False)
    both = [row["name"] for row in rows if row["adoption"] == RAISED and row["cycle"] == FLAT_WORD]
    open_ = [row["name"] for row in rows if row["adoption"] == RAISED and row["cycle"] == UNTOLD]
    rest = f" Of {listed(open_)}, which raised it too, it cannot be told yet." if open_ else ""
    if both:
        says = (
            "",
            listed(both),
            f"{'raises' if len(both) == 1 else 'raise'} adoption while cycle time stays flat.{rest}",
        )
    else:
        says = (
            "",
            "No team",
            f"of {len(rows)} is known to raise adoption while cycle time stays flat.{rest}",
        )
    return Told(
        says, is_told=bool(both) or not open_, columns=COLUMNS, rows=rows, picture=_picture(rows), note=NOTE
    )


def _row(figures: Figures, team: str, beside: Split) -> dict[str, Any]:
    before, after = figures.before.of(team), figures.after.of(team)
    low, high = interval(beside)
    shares = [Again(sum(one.with_ai for one in held.rows), len(held.rows)) for held in (before, after)]
    is_raised = shares[1].share - shares[0].share >= POINTS and difference(shares[1], shares[0])[0] > 0
    return {
        "name": figures.name(team),
        "id": team,
        "ai_before": Decimal(str(round(shares[0].share, 4))),
        "ai_after": Decimal(str(round(shares[1].share, 4))),
        "adoption": RAISED if is_raised else NOT_RAISED,
        "mean_before": beside.before,
        "mean_after": beside.after,
        "moved": beside.within,
        "low": Decimal(str(round(low, 4))),
        "high": Decimal(str(round(high, 4))),
        "between": f"{hours(low)} and {hours(high)}",
        "cycle": _word(low, high, float(beside.before)),
        "n": len(after.rows),
    }


def interval(beside: Split) -> tuple[float, float]:
    """95 % of the difference of like changes, all phases together, in hours."""
    error = beside.error or 0.0
    return float(beside.within) - Z * error, float(beside.within) + Z * error


def _word(low: float, high: float, mean: float) -> str:
    if -FLAT * mean <= low and high <= FLAT * mean:
        return FLAT_WORD
    if low <= 0 <= high:
        return UNTOLD
    return LONGER if low > 0 else SHORTER


def _picture(rows: tuple[dict[str, Any], ...]) -> Picture:
    marks = tuple(Mark(row["name"], row["moved"], row["low"], row["high"]) for row in rows)
    return Picture("Cycle time of like changes, hours against the 13 weeks before", "hours", marks)


SAVED = Saved(
    "flat-cycle",
    "Which teams raised adoption while cycle time stayed flat?",
    {},
    answer,
    "/bottlenecks?range=90d",
)
