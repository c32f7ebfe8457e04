"""How far the other numbers can be trusted. These also stand beside totals as coverage."""

from __future__ import annotations

from payback.metrics.facts import SPEND, USAGE_HOURLY, WORK
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit


def _unattributed(name: str, column: str, basis: str) -> Metric:
    return Metric(
        id=name,
        title=f"Unattributed share, {basis}",
        question="What share of the money has no team?",
        measure=Measure(
            SPEND,
            Reduce.SUM,
            (column,),
            only=(Only("team", Test.UNKNOWN), Only(column, Test.KNOWN)),
            unit=Unit.MONEY,
        ),
        per=Measure(SPEND, Reduce.SUM, (column,), unit=Unit.MONEY),
        definition=f"Money ({basis}) of spend that no rule could place on a team ÷ all of it.",
        unit=Unit.SHARE,
        better=Better.LESS,
    )


_BILLED_FOR_USE = (
    Only("reconciled", Test.IS, ("explained", "unexplained")),
    Only("billed", Test.KNOWN),
)

METRICS = (
    _unattributed("unattributed_share", "list", "list price"),
    _unattributed("unattributed_share_billed", "billed", "billed"),
    _unattributed("unattributed_share_amortised", "amortised", "amortised"),
    Metric(
        id="reconciliation_gap",
        title="Unexplained share of what was billed for use",
        question="What share of the money billed for use does no known use explain?",
        measure=Measure(
            SPEND,
            Reduce.SUM,
            ("billed",),
            only=(Only("reconciled", Test.IS, ("unexplained",)), Only("billed", Test.KNOWN)),
            unit=Unit.MONEY,
        ),
        per=Measure(SPEND, Reduce.SUM, ("billed",), only=_BILLED_FOR_USE, unit=Unit.MONEY),
        definition=(
            "Money billed for use that no known use explains ÷ all money billed for use. Seats, commitments, credits and "
            "taxes are in neither part."
        ),
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="unpriced_tokens",
        title="Unpriced tokens",
        question="How many tokens have no known price?",
        measure=Measure(SPEND, Reduce.SUM, ("unpriced_tokens",), unit=Unit.TOKENS),
        definition="Tokens of spend whose model had no price on that day. Money shown beside them is a lower bound.",
        unit=Unit.TOKENS,
        better=Better.LESS,
    ),
    Metric(
        id="inexact_share",
        title="Share of inexact records",
        question="What share of the records is not exact?",
        measure=Measure(
            USAGE_HOURLY,
            Reduce.COUNT,
            only=(Only("quality", Test.IS, ("session_total", "estimated")),),
        ),
        per=Measure(USAGE_HOURLY, Reduce.COUNT),
        definition="Usage records that are a session's total or an estimate ÷ all usage records.",
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="evidence_coverage",
        title="Evidence coverage",
        question="For what share of changes could all evidence of AI be read?",
        measure=Measure(WORK, Reduce.COUNT, only=(Only("evidence_complete", Test.IS, (True,)),)),
        per=Measure(WORK, Reduce.COUNT),
        definition="Merged pull requests whose commits, body and notes could all be read ÷ merged pull requests.",
        unit=Unit.SHARE,
        better=Better.MORE,
    ),
)
