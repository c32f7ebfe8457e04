"""Before you answer: questions that people are asked, with a plain answer, its picture and the rows behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.app.before_answering import answered, stretches
from payback.insight.answers.saved import BEFORE, NOW
from payback.web import words
from payback.web.blocks import Chart, Column, Link, Sentence, Table
from payback.web.charts.marks import marked
from payback.web.emptiness import nothing_yet
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.insight.answers.saved import Saved, Told
    from payback.web.asking import Ask


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Every saved analysis, answered as far as the reader may see."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    periods = stretches(ask.desk.today())
    return {
        "empty": None,
        "days": f"{words.days(periods[NOW])}, beside {words.days(periods[BEFORE])}",
        "answers": tuple(_answer(ask, saved, told) for saved, told in answered(ask.desk, ask.scope)),
    }


def _answer(ask: Ask, saved: Saved, told: Told) -> dict[str, Any]:
    columns = tuple(Column(key, title, kind, bar=False) for key, title, kind in told.columns)
    table = Table("The rows behind it", columns, told.rows, note=told.note)
    picture = told.picture
    return {
        "id": saved.id,
        "question": saved.question,
        "is_told": told.is_told,
        "sentence": Sentence(*told.sentence),
        "chart": picture
        and Chart(f"chart-{saved.id}", picture.title, marked(picture, ask.filters.currency), table),
        "table": None if picture or not told.rows else table,
        "link": Link("See the page with all of it", saved.href),
    }


PAGE = Page(
    "before-you-answer",
    "/before-you-answer",
    "Before you answer",
    "Payback",
    "What can be said to the questions that are asked of AI, and what cannot?",
    view,
    controls=(),
    dimensions=(),
)
