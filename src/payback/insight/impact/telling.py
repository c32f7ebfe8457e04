"""Effects as plain values, for JSON and for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.insight.impact.estimate import compared
from payback.insight.impact.quantiles import around

if TYPE_CHECKING:
    from payback.insight.impact.estimate import Estimate
    from payback.insight.impact.months import Course
    from payback.insight.impact.panel import Panel
    from payback.insight.impact.staggered import Effect


def told(panel: Panel, found: Estimate) -> dict[str, Any]:
    """The estimate under the keys of the command line's contract; times as they stand in the panel."""
    return {
        "method": found.method,
        "att": found.att,
        "se": found.se,
        "interval": found.interval and list(found.interval),
        "interval_by": found.interval_by,
        "percent": found.percent,
        "percent_interval": found.percent_interval and list(found.percent_interval),
        "n": found.n,
        "units": found.units,
        "by_event_time": [{"t": step, **_point(effect)} for step, effect in found.steps.items()],
        "by_month": [{"month": month, **_point(effect)} for month, effect in found.course.months.items()],
        "later": _later(found.course),
        "by_group_time": [
            {"g": panel.times[cell.group], "t": panel.times[cell.time], **_point(cell.effect)}
            for cell in found.cells
        ],
        "aggregates": {
            name: {**_point(effect), "interval": list(around(effect.att, effect.se, compared(panel) - 1))}
            for name, effect in found.aggregates.items()
        },
        "pretrend_p": found.pretrend_p,
        "checks": [{"id": c.id, "passed": c.passed, "says": c.says} for c in found.checks],
        "verdict": found.verdict,
    }


def _later(course: Course) -> dict[str, Any] | None:
    """The mean from month 2 on; None where nobody was treated that long."""
    if course.later is None:
        return None
    return {**_point(course.later), "interval": course.later_interval and list(course.later_interval)}


def _point(effect: Effect) -> dict[str, float]:
    return {"att": effect.att, "se": effect.se}
