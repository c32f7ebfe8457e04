"""Verdicts on adoption that want a decision: worse, moved at the cost of something else, improved and not everywhere yet. Pure.

Where it cannot be told yet there is nothing to decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.insight.effect import ORGANISATION, TEAM
from payback.insight.finding import (
    ACCEPT,
    CHANGE_MODEL,
    LESS,
    MORE,
    REDUCE,
    RESTRICT,
    SCALE,
    Evidence,
    Finding,
)
from payback.insight.impact.verdict import IMPROVED, MOVED, WORSE
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.vocabulary import Better

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.insight.effect import Effect

KIND = "verdict"
OPTIONS = {
    IMPROVED: (SCALE, ACCEPT),
    MOVED: (RESTRICT, CHANGE_MODEL, REDUCE, ACCEPT),
    WORSE: (REDUCE, RESTRICT, CHANGE_MODEL, ACCEPT),
}
ACTIONS = {
    IMPROVED: "Scale it: give it to those who do not have it yet, and keep looking at the guardrails.",
    MOVED: "Mend what pays for it before anybody else is given it.",
    WORSE: "Find out where it makes things worse, and restrict it to where it does not.",
}


def find(effects: Iterable[Effect], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """One finding per unit whose verdict is told by a calibrated interval, of the metric it is judged on."""
    return tuple(_finding(one, names) for one in effects if one.is_told and one.verdict in OPTIONS)


def _finding(one: Effect, names: Mapping[str, str]) -> Finding:
    subject = one.unit or ORGANISATION
    name = "The organisation" if one.unit_kind == ORGANISATION else names.get(subject, subject)
    paying = [guard for guard in one.guardrails if guard.verdict == WORSE]
    pays = f", and {', '.join(_title(guard.metric) for guard in paying)} pays for it" if paying else ""
    return Finding(
        kind=KIND,
        subject_kind=one.unit_kind,
        subject=subject,
        sentence=f"{name}: {one.verdict} since adoption, {_said(one)} of {_title(one.metric)}{pays}.",
        action=ACTIONS[one.verdict],
        owner=one.unit if one.unit_kind == TEAM else None,
        evidence=(
            Evidence(
                f"{_said(one)} by {one.method}, {one.label} (n = {one.n:,}, {one.units} units)",
                one.metric,
                f"/metrics/{one.metric}" if one.metric in CATALOGUE else None,
            ),
            *(
                Evidence(f"{_title(guard.metric)}: {guard.verdict}", guard.metric, None)
                for guard in one.guardrails
            ),
        ),
        options=OPTIONS[one.verdict],
        team=one.unit if one.unit_kind == TEAM else None,
        metric=one.metric if _is_told_by(one.metric, one.unit_kind) else None,
        expects=_better(one.metric),
    )


def _is_told_by(metric: str, unit_kind: str) -> bool:
    """Whether a decision about such a unit can be looked at by the metric later."""
    return metric in CATALOGUE and unit_kind in {ORGANISATION, *CATALOGUE[metric].dimensions}


def _said(one: Effect) -> str:
    if one.percent is None or one.interval is None:
        return "an unknown share"
    low, high = one.interval
    return f"{one.percent:+.0f} % [{low:+.0f}, {high:+.0f}]"


def _title(metric: str) -> str:
    return CATALOGUE[metric].title.lower() if metric in CATALOGUE else metric


def _better(metric: str) -> str:
    return MORE if metric in CATALOGUE and CATALOGUE[metric].better is Better.MORE else LESS
