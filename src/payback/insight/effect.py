"""What an estimate says of one unit (the organisation, a team, a workflow, a tool) on one metric. A value, as pages and money
read it; how it was found is in `payback.insight.impact`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.insight.impact.verdict import UNKNOWN

if TYPE_CHECKING:
    from datetime import date

    from payback.insight.impact.quantiles import Interval

ORGANISATION, TEAM, WORKFLOW, TOOL = "organisation", "team", "workflow", "tool"
RANDOMISED, CONTROLLED, ASSOCIATION, WEAK, DESCRIPTIVE = (
    "randomised",
    "controlled",
    "association",
    "weak",
    "descriptive",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check of an estimate: what was looked at, whether it held (None: it could not be looked at), in words."""

    id: str
    passed: bool | None
    says: str


@dataclass(frozen=True, slots=True)
class Effect:
    """`percent` and `interval` are of the level without treatment, upwards meaning more of the metric; None where no
    calibrated figure exists. `label` says how much may be read into it. `guardrails` are the effects on the metrics that must
    not pay for this one, `more` says whether more of the metric is better. `verdict` is one of the words of `impact.verdict`, with
    what is missing.
    """

    metric: str
    unit_kind: str
    unit: str | None
    treatment: str
    method: str
    label: str
    percent: float | None
    interval: Interval | None
    n: int
    units: int
    verdict: str
    since: date | None = None
    checks: tuple[Check, ...] = ()
    guardrails: tuple[Effect, ...] = ()
    more: bool = True

    @property
    def is_told(self) -> bool:
        """Whether the verdict says something other than that it cannot be told yet."""
        return self.interval is not None and not self.verdict.startswith(UNKNOWN)
