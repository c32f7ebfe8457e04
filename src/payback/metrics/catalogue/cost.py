"""What AI costs: the three named amounts, never mixed, and the price of a million tokens."""

from __future__ import annotations

from payback.metrics.facts import ALL_TOKENS, SPEND, USAGE_HOURLY
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_OWN = (Only("tool", Test.IS, ("self_hosted",)),)

METRICS = (
    Metric(
        id="spend_billed",
        title="Spend, billed",
        question="How much cash was asked for?",
        measure=Measure(SPEND, Reduce.SUM, ("billed",), unit=Unit.MONEY),
        definition="Sum of the billed amounts of spend: cash asked for in the period, in one currency.",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_billed",),
    ),
    Metric(
        id="spend_amortised",
        title="Spend, amortised",
        question="How much did the period cost, with commitments and seats spread over the days they cover?",
        measure=Measure(SPEND, Reduce.SUM, ("amortised",), unit=Unit.MONEY),
        definition="Sum of the amortised amounts of spend: commitments and seats spread over the days they cover.",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
    Metric(
        id="spend_list",
        title="Spend, list price",
        question="What would this use cost on the meter?",
        measure=Measure(SPEND, Reduce.SUM, ("list",), unit=Unit.MONEY),
        definition=(
            "Sum of the list amounts of spend: units × public price. A lower bound while tokens are unpriced; "
            "those stand in unpriced_tokens."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share", "unpriced_tokens"),
    ),
    Metric(
        id="price_per_million",
        title="List price per million tokens",
        question="What does a million tokens cost, cache included?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("list_usd",), unit=Unit.MONEY),
        per=Measure(USAGE_HOURLY, Reduce.SUM, ALL_TOKENS, unit=Unit.TOKENS, less=("unpriced_tokens",)),
        scale=1_000_000,
        definition=(
            "List money of priced requests ÷ their tokens (uncached input, cache reads, cache writes, output) "
            "× 1,000,000. Tokens without a price are in neither part."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unpriced_tokens",),
    ),
    Metric(
        id="gpu_spend",
        title="Own inference, amortised",
        question="What do models on our own GPUs cost?",
        measure=Measure(SPEND, Reduce.SUM, ("amortised",), only=_OWN, unit=Unit.MONEY),
        definition=(
            "Sum of the amortised amounts of spend of the tool self_hosted: GPUs, the rest of their machines, and the "
            "time they stood idle."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
    Metric(
        id="gpu_price_per_million",
        title="Own inference per million tokens",
        question="What does a million tokens on our own GPUs cost?",
        measure=Measure(SPEND, Reduce.SUM, ("amortised",), only=_OWN, unit=Unit.MONEY),
        per=Measure(USAGE_HOURLY, Reduce.SUM, ALL_TOKENS, only=_OWN, unit=Unit.TOKENS),
        scale=1_000_000,
        definition=(
            "Amortised money of the tool self_hosted, idle time included ÷ its tokens (uncached input, cache reads, "
            "cache writes, output) × 1,000,000."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
)
