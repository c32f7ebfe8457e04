"""Which model an agent uses where, and what a conversation is called. What is in use changes over the span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.demo.people import CODEX, GEMINI
from payback.demo.prices import GEMINI as GEMINI_MODEL
from payback.demo.prices import GPT, GPT_CODEX, GPT_CODEX_NEXT, HAIKU, OPUS, SONNET, UNKNOWN
from payback.demo.stakes import model_of_chore, stake

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from payback.demo.people import Person, Team
    from payback.demo.span import Span

OPUS_AFTER, CODEX_NEXT_AFTER, UNKNOWN_AFTER = 0.15, 0.15, 0.75


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a conversation takes place."""

    tool: str
    person: Person
    team: Team
    repo: str
    branch: str


def identity(chance: Random) -> str:
    """A random identifier in the form that agents use."""
    text = f"{chance.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def model_for(span: Span, setting: Setting, day: date, chance: Random) -> str:
    """The model that a tool uses on a day; which ones are in use changes over the span."""
    if setting.tool == GEMINI:
        return GEMINI_MODEL
    if setting.tool == CODEX:
        newer = GPT_CODEX_NEXT if chance.random() < 0.85 else GPT
        return newer if day >= span.month_after(CODEX_NEXT_AFTER) else GPT_CODEX
    if (
        setting.team.id in {"search", "assist"}
        and day >= span.month_after(UNKNOWN_AFTER)
        and chance.random() < 0.2
    ):
        return UNKNOWN
    if day >= span.month_after(OPUS_AFTER):
        if not span.is_quiet and stake(span, setting.branch) == "chore":
            return model_of_chore(setting.team.id, chance)
        return chance.choices((OPUS, SONNET, HAIKU), (55, 35, 10))[0]
    return SONNET
