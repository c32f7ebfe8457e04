"""Full cost beside invoice cost: what people's hours add to it, line by line. A line may be below zero, and is never cut off."""

from __future__ import annotations

from payback.metrics.facts import EFFORT_COSTS, SPEND
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

INVOICE = Measure(SPEND, Reduce.SUM, ("amortised",), unit=Unit.MONEY)
HOURS = Measure(EFFORT_COSTS, Reduce.SUM, ("cost",), unit=Unit.MONEY)

_BESIDE_LIKE = "hours entered, else hours of changes with AI beside like changes without (same repository, kind of work and quarter)"
_ENTERED = "hours entered, or told by a time tracker"

LINES: tuple[tuple[str, str, str, str], ...] = (
    (
        "enablement",
        "Enablement",
        "What does bringing AI in cost?",
        f"rollout sessions, training, documentation, prompt guidance, changed ways of working, management: {_ENTERED}",
    ),
    ("review", "Review", "What does reviewing work made with AI cost more?", _BESIDE_LIKE),
    ("qa", "Testing", "What does testing work made with AI cost more?", _ENTERED),
    (
        "defect_triage",
        "Defect triage",
        "What do defects of work made with AI cost to sort out?",
        _BESIDE_LIKE,
    ),
    (
        "correction",
        "Correction",
        "What does correcting output of AI cost?",
        f"{_ENTERED}, else corrected pieces of output × the minutes told for one",
    ),
    ("rework", "Rework", "What does doing work made with AI again cost more?", _BESIDE_LIKE),
    ("incident", "Incidents", "What do incidents of work made with AI cost more?", _BESIDE_LIKE),
    ("security_review", "Security review", "What does checking the security of AI cost?", _ENTERED),
    ("support", "Support", "What does helping people with AI cost?", _ENTERED),
    ("other", "Other hours", "What do other hours that AI takes cost?", f"of no kind above: {_ENTERED}"),
)
"""Each line of full cost: kind, title, question, what its hours are."""


def _line(kind: str, title: str, question: str, hours: str) -> Metric:
    return Metric(
        id=f"{kind}_cost",
        title=f"{title}, in money",
        question=question,
        measure=Measure(
            EFFORT_COSTS, Reduce.SUM, ("cost",), only=(Only("kind", Test.IS, (kind,)),), unit=Unit.MONEY
        ),
        definition=(
            f"Hours × the rate of the day ({hours}). What is entered counts in place of what is measured for the same. Below "
            "zero, hours were saved. Hours without a rate are counted as excluded."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
    )


METRICS = (
    *(_line(*told) for told in LINES),
    Metric(
        id="invoice_cost",
        title="Invoice cost",
        question="What do vendors ask for?",
        measure=INVOICE,
        definition=(
            "Sum of the amortised amounts of spend: what vendors ask for, commitments and seats spread over the days they cover."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
    Metric(
        id="full_cost",
        title="Full cost",
        question="What does AI cost with the hours of people that it takes?",
        measure=INVOICE,
        plus=(HOURS,),
        definition=(
            "Invoice cost + hours of enablement, review, testing, defect triage, correction, rework, incidents, security review, "
            "support and other work × their rates. Duplicate tools are in the invoice already and are not added again."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
)
