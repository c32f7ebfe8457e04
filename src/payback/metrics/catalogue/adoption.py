"""Who uses AI, and how often."""

from __future__ import annotations

from payback.metrics.facts import USAGE_HOURLY, USER_WEEKS
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

METRICS = (
    Metric(
        id="active_users",
        title="Active users",
        question="How many people use it?",
        measure=Measure(
            USAGE_HOURLY,
            Reduce.DISTINCT,
            ("who",),
            only=(Only("requests", Test.ABOVE, (0,)),),
            unit=Unit.COUNT,
        ),
        definition=(
            "Distinct people with at least one answered request in the window; an identity nobody has matched to a "
            "person counts as one."
        ),
        unit=Unit.COUNT,
        better=Better.MORE,
    ),
    Metric(
        id="use_frequency",
        title="Days used per week",
        question="How many days a week do people use it?",
        measure=Measure(USER_WEEKS, Reduce.SUM, ("days",), unit=Unit.DAYS),
        per=Measure(USER_WEEKS, Reduce.COUNT),
        definition=(
            "Days with at least one answered request ÷ weeks with use, over people and ISO weeks. A week belongs to the "
            "period that holds its Monday and is counted whole; the week that is still running counts so far."
        ),
        unit=Unit.DAYS,
        better=Better.MORE,
    ),
)
