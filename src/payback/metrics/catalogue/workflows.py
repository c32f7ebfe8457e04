"""Workflows: what they cost, what they bring of whichever kind, and what follows, in money."""

from __future__ import annotations

from payback.metrics.facts import EFFORT_COSTS, PIECES, SPEND
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

AFTER = ("review", "qa", "defect_triage", "correction", "rework", "incident", "security_review", "support")
_OWN = Only("workflow", Test.KNOWN)
_MODEL = Measure(SPEND, Reduce.SUM, ("list",), only=(_OWN,), unit=Unit.MONEY)
_AFTER = Measure(
    EFFORT_COSTS, Reduce.SUM, ("cost",), only=(_OWN, Only("kind", Test.IS, AFTER)), unit=Unit.MONEY
)
_PIECES = Measure(PIECES, Reduce.COUNT)
_HOURS = "hours of review, testing, defect triage, correction, rework, incidents, security review and support × their rates"
_OVER_ALL = "For one workflow it is its unit cost; over all, money of workflows that brought nothing that counts is in it too."

METRICS = (
    Metric(
        id="useful_outputs",
        title="Useful output of workflows",
        question="How much did workflows bring?",
        measure=_PIECES,
        definition=(
            "Pieces of what each workflow declares as its useful output (merged changes, tickets, stories, test tasks, deployments, or "
            "outputs of one kind), by the day they were merged, done, deployed or produced."
        ),
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    Metric(
        id="came_back_rate",
        title="Useful output that came back",
        question="How much of what workflows bring needs another touch?",
        measure=Measure(PIECES, Reduce.COUNT, only=(Only("came_back", Test.IS, (True,)),)),
        per=Measure(PIECES, Reduce.COUNT, ("came_back",)),
        definition=(
            "Pieces that came back (changes reworked, tickets reopened, deployments failed, outputs corrected, reopened or sent to "
            "someone else) ÷ those of which it is known."
        ),
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="workflow_cost",
        title="Workflows, list price",
        question="What do workflows cost on models?",
        measure=_MODEL,
        definition="List money of use that belongs to a workflow: it names one, or serves a change that one declares as its own.",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unpriced_tokens",),
    ),
    Metric(
        id="downstream_cost",
        title="What follows from workflows, in money",
        question="What do people do after a workflow, in money?",
        measure=_AFTER,
        definition=(
            f"{_HOURS[0].upper()}{_HOURS[1:]}, of workflows and their output. Entered hours count in place of measured ones; "
            "below zero, hours were saved; hours without a rate are counted as excluded."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
    Metric(
        id="workflow_unit_cost",
        title="Model cost per useful output",
        question="What does a piece of useful output cost on models?",
        measure=_MODEL,
        per=_PIECES,
        definition=f"List money of workflows ÷ pieces of their useful output, of whichever kind. {_OVER_ALL}",
        unit=Unit.MONEY,
        better=Better.LESS,
        version=2,
        beside=("unpriced_tokens",),
    ),
    Metric(
        id="workflow_full_unit_cost",
        title="Full cost per useful output",
        question="What does a piece of useful output cost with what follows from it?",
        measure=_MODEL,
        plus=(_AFTER,),
        per=_PIECES,
        definition=f"List money of workflows + {_HOURS} ÷ pieces of their useful output. {_OVER_ALL}",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unpriced_tokens",),
    ),
)
