"""A saved analysis: a question that somebody is asked, the figures it takes, and a pure function from them to a plain answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from payback.insight.course import Courses
    from payback.metrics.question import Answer

NOW, BEFORE, MONTH, RECENT = "now", "before", "month", "recent"
DAYS = 91
"""`now` is the last 13 weeks, `before` the 13 before them, `month` the last 30 days, `recent` the last 28."""


@dataclass(frozen=True, slots=True)
class Asks:
    """One question to the metrics: which of them, cut by what, of which days, with which rows kept."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    days: str = NOW
    where: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer is made of: the answers of the metrics by the name they were asked under, the courses of changes on both
    sides, how teams and tools are called, and the organisation's currency.
    """

    answers: Mapping[str, Answer]
    before: Courses
    after: Courses
    names: Mapping[str, str]
    currency: str = "USD"

    def name(self, name: str | None) -> str:
        """A team or tool as people call it."""
        return self.names.get(name, name) if name else "unattributed"


@dataclass(frozen=True, slots=True)
class Mark:
    """One name in the picture with its value and, where there is one, its interval."""

    name: str
    value: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """What the marks show, in which unit (money, hours, share)."""

    title: str
    kind: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A plain answer: a sentence around its figure, the rows behind it (columns are key, title, kind), a picture, a note.
    `is_told` is False where it cannot be told.
    """

    sentence: tuple[str, str, str]
    is_told: bool
    columns: tuple[tuple[str, str, str], ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    picture: Picture | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A question with what it asks for and what answers it; `href` leads to the page with all of it."""

    id: str
    question: str
    asks: Mapping[str, Asks]
    answer: Callable[[Figures], Told]
    href: str
