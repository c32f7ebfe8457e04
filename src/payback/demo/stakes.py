"""What is at stake in a change: chores that hardly ever come back, and fixes that often do unless the best model made them.

Several teams do chores with the dearest model all the same. In a quiet company changes are alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from payback.demo.prices import HAIKU, OPUS, SONNET
from payback.demo.tickets import KEY, kind_of

if TYPE_CHECKING:
    from random import Random

    from payback.demo.records import Change
    from payback.demo.span import Span

Stake = Literal["chore", "fix", "usual"]
PREFIXES = ("feat", "fix", "chore", "chore", "chore")
CHORES_WITH_OPUS = frozenset({"payments", "storefront", "search", "assist"})
CHORE_AGAIN, FIX_AGAIN, FIX_AGAIN_WITH_OPUS = 0.03, 0.5, 0.03


def stake(span: Span, text: str) -> Stake:
    """By the name of a branch, and of the ticket in it."""
    if text.startswith("chore/"):
        return "chore"
    is_bug = any(kind_of(span, key) == "Bug" for key in KEY.findall(text))
    return "fix" if text.startswith("fix/") or is_bug else "usual"


def model_of_chore(team: str, chance: Random) -> str:
    """The model that a team uses for chores."""
    return OPUS if team in CHORES_WITH_OPUS else chance.choice((SONNET, SONNET, HAIKU))


def sent_back(span: Span, change: Change, usual: float) -> float:
    """How often a change is sent back, where its team's changes usually are that often; where that is more often than fixes are,
    chores are not spared.
    """
    found = "usual" if span.is_quiet else stake(span, f"{change.branch} {change.title}")
    if found == "fix" and change.sessions and all(session.model == OPUS for session in change.sessions):
        return FIX_AGAIN_WITH_OPUS
    if found == "usual" or usual > FIX_AGAIN:
        return usual
    return CHORE_AGAIN if found == "chore" else FIX_AGAIN
