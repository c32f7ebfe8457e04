"""What came out, and what it cost per piece."""

from __future__ import annotations

from payback.metrics.facts import SPEND, WORK
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_WITH_AI = Only("ai_class", Test.IS, ("agent_authored", "agent_assisted"))

METRICS = (
    Metric(
        id="merged_prs",
        title="Merged pull requests",
        question="How many changes went in?",
        measure=Measure(WORK, Reduce.COUNT),
        definition="Pull requests by the day of their merge.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    Metric(
        id="cost_per_merged_pr",
        title="List price per merged pull request with AI",
        question="What does a change made with AI cost?",
        measure=Measure(WORK, Reduce.SUM, ("cost_list",), only=(_WITH_AI,), unit=Unit.MONEY),
        per=Measure(WORK, Reduce.COUNT, ("cost_list",), only=(_WITH_AI,)),
        definition=(
            "List money of the sessions linked to merged pull requests with evidence of AI ÷ those pull requests. "
            "Pull requests with evidence but without a linked session have no known cost and are counted as excluded."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("evidence_coverage",),
    ),
    Metric(
        id="cost_per_merged_pr_all_in",
        title="All AI spend per merged pull request",
        question="What does all AI cost per change?",
        measure=Measure(SPEND, Reduce.SUM, ("list",), unit=Unit.MONEY),
        per=Measure(WORK, Reduce.COUNT),
        definition="All list money of the period ÷ all pull requests merged in it, whether made with AI or not.",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share", "unpriced_tokens"),
    ),
)
