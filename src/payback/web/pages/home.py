"""Home: how much, why did it move, what did it buy, what should we do. One sentence, one picture, one way in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.page import Page
from payback.web.questions import bought, figures, moved, next_steps, spent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The four questions, or why they cannot be answered yet."""
    if ask.span is None:
        return {"empty": nothing_yet(ask), "questions": ()}
    known = figures(ask)
    if known.nothing:
        return {"empty": nothing_in_range(ask), "questions": ()}
    return {
        "empty": None,
        "questions": (
            spent.question(ask, known),
            moved.question(ask, known),
            bought.question(ask),
            next_steps.question(ask, known),
        ),
    }


PAGE = Page("home", "/", "Home", "Home", "How much, why, what for, and what next?", view)
