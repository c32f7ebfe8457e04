"""How effects are said on pages: percent with their sign, intervals, what is to be read into them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.insight.effect import (
    ASSOCIATION,
    CONTROLLED,
    DESCRIPTIVE,
    ORGANISATION,
    RANDOMISED,
    WEAK,
    WORKFLOW,
)
from payback.insight.impact.verdict import IMPROVED, MOVED, UNKNOWN, WORSE
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.vocabulary import Unit
from payback.web import words
from payback.web.charts.intervals import Span

if TYPE_CHECKING:
    from payback.insight.effect import Effect
    from payback.insight.impact.quantiles import Interval
    from payback.web.asking import Ask

LABELS = {
    RANDOMISED: "randomised: by chance alone who got it",
    CONTROLLED: "controlled: held against units that had not adopted",
    ASSOCIATION: "association: who chose AI chose it for a reason",
    WEAK: "weak: nobody to compare with",
    DESCRIPTIVE: "descriptive: what happened, not what did it",
}
TONES = {IMPROVED: "good", MOVED: "attention", WORSE: "bad"}


def percent(value: float | None) -> str:
    """Signed percent: +20.1 %, −16 %; a dash where it is unknown."""
    if value is None:
        return "–"
    said = f"{value:+.0f}" if abs(value) >= 100 else f"{value:+.1f}"
    return f"{said}\u00a0%".replace("-", "−")


def between(interval: Interval | None) -> str:
    """Both ends of an interval."""
    return "no interval" if interval is None else f"{percent(interval[0])} to {percent(interval[1])}"


def turned(metric: str, value: float | None) -> str:
    """Of a time, what the percent is in speed: −16 % of the time is +19 % speed. Empty for what is no time."""
    if value is None or CATALOGUE[metric].unit not in {Unit.HOURS, Unit.SECONDS, Unit.DAYS} or value <= -100:
        return ""
    return f"{percent(value)} of the time is {percent(100 * (1 / (1 + value / 100) - 1))} speed"


def named(ask: Ask, kind: str, unit: str | None) -> str:
    """The unit in words: as the organisation names it."""
    if kind == ORGANISATION or unit is None:
        return "Organisation"
    held = ask.desk.directory()
    told = held.workflows.get(unit) if kind == WORKFLOW else held.teams.get(unit)
    return (told and told.name) or words.title(unit)


def tone(verdict: str) -> str:
    """The colour of a verdict; a word always stands beside it."""
    return TONES.get(verdict, "plain")


def short_verdict(verdict: str) -> str:
    """A verdict without what is missing."""
    return UNKNOWN if verdict.startswith(UNKNOWN) else verdict


def span(effect: Effect, name: str) -> Span | None:
    """An effect as the chart draws it; None without an interval."""
    if effect.percent is None or effect.interval is None:
        return None
    low, high = effect.interval
    said = f"{percent(effect.percent)} ({between(effect.interval)}), {effect.label}: {effect.verdict}"
    return Span(name, effect.percent, low, high, effect.is_told, said)
