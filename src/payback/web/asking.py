"""One reader's view of the figures: the desk, the scope and the filters of a request, and the questions pages share.

Knows no metric's formula; a metric that cannot take the page's filters is answered with why, not left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.question import Query
from payback.web import words
from payback.web.blocks import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.access.scope import Scope
    from payback.metrics.question import Answer, Figure
    from payback.period import Grain, Period
    from payback.web.desk import Desk
    from payback.web.filters import Filters
    from payback.web.forms import Typed, Upload

NOBODY = "unattributed"
NAMED = {"team": "teams", "workflow": "workflows"}


@dataclass(frozen=True, slots=True)
class Ask:
    """What a page's view is given. `span` is the days that hold facts, None when there are none. `typed` is a form that was
    refused, shown again; `upload` the file that came with a form; `entry` names
    what was entered by hand and is to be changed.
    """

    desk: Desk
    scope: Scope
    filters: Filters
    span: Period | None = None
    typed: Typed | None = None
    upload: Upload | None = None
    entry: str = ""

    @property
    def money(self) -> str:
        """The spend metric of the basis chosen."""
        return f"spend_{self.filters.basis}"

    @property
    def where(self) -> dict[str, tuple[str | None, ...]]:
        """The filters as a query takes them; the word `unattributed` asks for rows without a value."""
        return {
            name: tuple(None if v == NOBODY else v for v in given)
            for name, given in self.filters.where.items()
        }

    def names(self, by: str) -> Mapping[str, str]:
        """What teams and workflows are called, by their ids; nothing for other cuts."""
        held = getattr(self.desk.directory(), NAMED.get(by, ""), {})
        return {key: one.name for key, one in held.items() if one.name}

    def query(
        self,
        *metrics: str,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        period: Period | None = None,
    ) -> Query:
        """The question for these metrics under the page's filters."""
        return Query(
            metrics,
            period or self.filters.period,
            by=by,
            grain=grain,
            where=self.where,
            currency=self.filters.currency,
        )

    def answer(
        self,
        *metrics: str,
        by: tuple[str, ...] = (),
        grain: Grain | None = None,
        period: Period | None = None,
    ) -> Answer:
        """The answer; raises UnanswerableError where a metric does not know a cut or a filter."""
        return self.desk.answer(self.query(*metrics, by=by, grain=grain, period=period), self.scope)

    def say(self, value: Any, kind: str) -> str:
        """A value in few digits, in the page's currency."""
        return words.short(value, kind, self.filters.currency)

    @property
    def previous(self) -> Period | None:
        """The period to compare with; None where there is none, or nothing is known of it."""
        asked = self.filters.previous
        return asked if asked and self.span and self.span.since < asked.until else None

    def change(self, now: Figure, before: Figure | None, kind: str, better: str) -> Change | None:
        """How a figure moved against the previous period, in words that name it; None where none is asked for."""
        if self.filters.previous is None:
            return None
        versus = words.days(self.filters.previous)
        a, b = number(before), number(now)
        if self.previous is None or a is None or b is None:
            return Change(f"nothing to compare with in {versus}", "plain")
        if self.span and self.span.since > self.previous.since:
            versus += f" (known from {words.day(self.span.since)})"
            better = "neither"
        moved = b - a
        if not moved:
            return Change(f"as in {versus}", "plain", Decimal(0))
        if not a:
            return Change(f"none in {versus}", "plain", moved)
        tone = "plain" if better == "neither" else "good" if (moved < 0) == (better == "less") else "bad"
        return Change(
            f"{words.points(moved) if kind == 'share' else _percent(moved, a)} vs {versus}", tone, moved
        )


def number(figure: Figure | None) -> Decimal | None:
    """The value of a figure; None where it is unknown, or every row behind it was."""
    if figure is None or figure.value is None or (figure.n == 0 and figure.excluded_n > 0):
        return None
    return figure.value if isinstance(figure.value, Decimal) else Decimal(str(figure.value))


def ranked(given: Mapping[str | None, Decimal], most: int) -> tuple[list[str | None], list[str | None]]:
    """The names by size, greatest first: the first `most` of them, and the rest."""
    names: Sequence[str | None] = sorted(given, key=lambda name: (-abs(given[name]), name or ""))
    return list(names[:most]), list(names[most:])


def _percent(moved: Decimal, base: Decimal) -> str:
    share = moved / abs(base)
    if share >= 10:
        return f"{words.short(1 + share, 'number')} times as much"
    return f"{'+' if share > 0 else ''}{words.short(share, 'share')}"
