"""Hours of work of one change, made of what is known of it by the rules that are assumed. Pure.

Elapsed time is in none of them. What cannot be known is None, and a change that is too young to be judged has no hours yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payback.insight.assumptions import Assumed

    Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a line's hours follow from a row of `work` (with `shipped_with`, the changes of its deployment); `days` is how old a
    change must be to be judged; `needs` are the assumptions without which nothing can be said.
    """

    kind: str
    days: int
    needs: tuple[str, ...]
    hours: Callable[[Row, Assumed], float | None]
    says: Callable[[Assumed], str]


def said(assumed: Assumed, name: str) -> str:
    """An assumption as words: 500 changed lines an hour."""
    one = assumed[name]
    return f"{one.value:g} {one.unit}" if one.value is not None else f"? {one.unit}"


def _value(assumed: Assumed, name: str) -> float:
    return assumed[name].value or 0.0


def _review(row: Row, assumed: Assumed) -> float | None:
    """Each review by another person reads the change; comments take their time besides."""
    told = (row["human_reviews"], row["additions"], row["deletions"])
    if None in told:
        return None
    reviews, lines = told[0], told[1] + told[2]
    reading = min(
        60 * lines / _value(assumed, "review_lines_per_hour"), _value(assumed, "review_longest_minutes")
    )
    extra = _value(assumed, "comment_minutes")
    if extra and row["comments"] is None:
        return None
    comments = extra * (row["comments"] or 0)
    return float(reviews * (reading + _value(assumed, "review_minutes")) + comments) / 60


def _says_review(assumed: Assumed) -> str:
    speed, longest = said(assumed, "review_lines_per_hour"), said(assumed, "review_longest_minutes")
    parts = [f"each review reads {speed}, {longest} at most"]
    for name, what in (("review_minutes", "review"), ("comment_minutes", "comment")):
        if _value(assumed, name):
            parts.append(f"{said(assumed, name)} for each {what} besides")
    return ", ".join(parts)


def _rework(row: Row, assumed: Assumed) -> float | None:
    return None if row["reworked"] is None else _value(assumed, "rework_hours") * bool(row["reworked"])


def _defects(row: Row, assumed: Assumed) -> float | None:
    return None if row["bugs"] is None else float(_value(assumed, "bug_hours") * row["bugs"])


def _incidents(row: Row, assumed: Assumed) -> float | None:
    """An incident is shared alike by the changes of the deployment that it is linked to."""
    if row["incidents"] is None:
        return None
    return float(_value(assumed, "incident_hours") * row["incidents"] / (row["shipped_with"] or 1))


RULES: tuple[Rule, ...] = (
    Rule("review", 0, ("review_lines_per_hour", "review_longest_minutes"), _review, _says_review),
    Rule(
        "rework",
        14,
        ("rework_hours",),
        _rework,
        lambda assumed: f"{said(assumed, 'rework_hours')} for each change done again",
    ),
    Rule(
        "defect_triage",
        30,
        ("bug_hours",),
        _defects,
        lambda assumed: f"{said(assumed, 'bug_hours')} for each defect",
    ),
    Rule(
        "incident",
        30,
        ("incident_hours",),
        _incidents,
        lambda assumed: (
            f"{said(assumed, 'incident_hours')} for each incident, shared by the changes of its deployment"
        ),
    ),
)
