"""Studies as plain values, for JSON and for pages."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from payback.insight.adoption import Adoption
    from payback.insight.effect import Check, Effect
    from payback.insight.impact.dealt import Point
    from payback.insight.study import Study


def told(study: Study, effect: Effect) -> dict[str, Any]:
    """The study and its verdict under the keys of the command line's contract. `att`, `se` and `interval` are in the terms
    compared (`terms`), `percent` and `percent_interval` of the level without treatment; `g` and `t` are first days of periods.
    """
    head = study.found.headline if study.found else None
    return {
        "metric": effect.metric,
        "unit_kind": effect.unit_kind,
        "unit": effect.unit,
        "treatment": effect.treatment,
        "since": effect.since,
        "method": study.method,
        "label": study.label,
        "terms": _terms(study),
        "att": study.att,
        "se": _known(study.se),
        "interval": list(head.interval) if head and head.interval else study.terms and list(study.terms),
        "percent": study.percent,
        "percent_interval": study.interval and list(study.interval),
        "n": study.n,
        "units": study.units,
        "weeks": study.weeks,
        "by_event_time": [{"t": step, **point} for step, point in by_event_time(study)],
        "by_group_time": _by_group_time(study),
        "aggregates": _aggregates(study),
        "pretrend_p": study.pretrend_p,
        "fixed_mix": fixed_mix(study),
        "checks": [_check(check) for check in effect.checks],
        "guardrails": [guardrail(one) for one in effect.guardrails],
        "verdict": effect.verdict,
    }


def fixed_mix(study: Study) -> dict[str, Any] | None:
    """The effect at the mix of work before adoption, and what the shift of the mix did: `att` and `mix` add up to the effect's."""
    if study.fixed is None:
        return None
    other = study.fixed
    return {
        "att": other.att,
        "percent": other.percent,
        "percent_interval": other.interval and list(other.interval),
        "mix": study.mix,
        "missing": other.missing,
    }


def by_event_time(study: Study) -> list[tuple[int, dict[str, Any]]]:
    """The effect by periods of four weeks since adoption; below 0 they are placebo effects before it."""
    return [(step, _point(study, point)) for step, point in study.found.steps.items()] if study.found else []


def adopted(found: Iterable[Adoption]) -> list[dict[str, Any]]:
    """Who adopted when, and by which threshold; the last share of those who have not."""
    return [
        {
            "unit": one.unit,
            "threshold": one.threshold,
            "week": one.week,
            "habitual": one.habitual,
            "contributors": one.contributors,
            "share": one.share,
        }
        for one in found
    ]


def sensitivity(found: Sequence[tuple[float, Study]]) -> list[dict[str, Any]]:
    """The same study by threshold of adoption."""
    return [
        {
            "threshold": threshold,
            "percent": study.percent,
            "percent_interval": study.interval and list(study.interval),
            "units": study.units,
            "missing": study.missing,
        }
        for threshold, study in found
    ]


def guardrail(effect: Effect) -> dict[str, Any]:
    """What became of a metric that must not pay for the primary one."""
    return {
        "metric": effect.metric,
        "percent": effect.percent,
        "percent_interval": effect.interval and list(effect.interval),
        "verdict": effect.verdict,
    }


def _terms(study: Study) -> str:
    if study.cells is None:
        return ""
    return f"{'logarithm of ' if study.cells.is_log and study.cells.form != 'mean of logarithms' else ''}{study.cells.form}"


def _point(study: Study, point: Point) -> dict[str, Any]:
    percent, interval = study.said(point)
    return {
        "att": point.att,
        "se": _known(point.se),
        "percent": percent,
        "percent_interval": interval and list(interval),
    }


def _by_group_time(study: Study) -> list[dict[str, Any]]:
    if study.found is None or study.cells is None:
        return []
    starts = study.cells.periods.starts
    return [
        {"g": starts[g], "t": starts[t], "att": point.att, "se": _known(point.se)}
        for (g, t), point in study.found.by_group.items()
    ]


def _aggregates(study: Study) -> dict[str, Any]:
    if study.found is None:
        return {}
    return {
        name: {"att": point.att, "se": _known(point.se), "interval": point.interval and list(point.interval)}
        for name, point in study.found.aggregates.items()
    }


def _check(check: Check) -> dict[str, Any]:
    return {"id": check.id, "passed": check.passed, "says": check.says}


def _known(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
