"""How much is used: tokens by their five disjoint kinds, requests, context, and how much of it the cache served."""

from __future__ import annotations

from payback.metrics.facts import CONTEXT, USAGE, USAGE_HOURLY
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_SINGLE_ANSWERS = (Only("bucket_seconds", Test.IS, (0,)), Only("requests", Test.ABOVE, (0,)))


def _tokens(name: str, title: str, question: str, columns: tuple[str, ...], definition: str) -> Metric:
    return Metric(
        id=name,
        title=title,
        question=question,
        measure=Measure(USAGE_HOURLY, Reduce.SUM, columns, unit=Unit.TOKENS),
        definition=definition,
        unit=Unit.TOKENS,
        better=Better.NEITHER,
        beside=("inexact_share",),
    )


METRICS = (
    _tokens(
        "tokens_input",
        "Uncached input tokens",
        "How many tokens were read at full price?",
        ("input_tokens",),
        "Sum of input tokens that no cache served or stored.",
    ),
    _tokens(
        "tokens_cache_read",
        "Cache read tokens",
        "How many tokens did the vendor's cache serve?",
        ("cache_read_tokens",),
        "Sum of input tokens served from the vendor's cache.",
    ),
    _tokens(
        "tokens_cache_write",
        "Cache write tokens",
        "How many tokens were stored in the vendor's cache?",
        ("cache_write_5m_tokens", "cache_write_1h_tokens"),
        "Sum of input tokens written to the five-minute and the one-hour cache.",
    ),
    _tokens(
        "tokens_output",
        "Output tokens",
        "How many tokens were written?",
        ("output_tokens",),
        "Sum of output tokens, reasoning included.",
    ),
    _tokens(
        "tokens_reasoning",
        "Reasoning tokens",
        "How many of the output tokens were reasoning?",
        ("reasoning_tokens",),
        "Sum of reasoning tokens, a subset of tokens_output.",
    ),
    Metric(
        id="requests",
        title="Requests",
        question="How many requests were answered?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("requests",)),
        definition="Sum of answered requests; failed ones are errors and retries.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
        beside=("inexact_share",),
    ),
    Metric(
        id="cache_hit_share",
        title="Cache hit share",
        question="How much of what was read did the cache serve?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("cache_read_tokens",), unit=Unit.TOKENS),
        per=Measure(USAGE_HOURLY, Reduce.SUM, CONTEXT, unit=Unit.TOKENS),
        definition="Cache read tokens ÷ all input-side tokens (uncached input, cache reads, cache writes).",
        unit=Unit.SHARE,
        better=Better.MORE,
        beside=("inexact_share",),
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=f"How much does {whom} request carry?",
            measure=Measure(USAGE, reduce, CONTEXT, only=_SINGLE_ANSWERS, unit=Unit.TOKENS),
            definition=(
                f"{word} over answered requests of their input-side tokens (uncached input, cache reads, cache "
                "writes). Vendors' buckets of several requests are left out."
            ),
            unit=Unit.TOKENS,
            better=Better.LESS,
        )
        for name, title, whom, reduce, word in (
            ("context_per_request", "Context per request, median", "a typical", Reduce.MEDIAN, "Median"),
            ("context_per_request_p90", "Context per request, p90", "a heavy", Reduce.P90, "90th percentile"),
        )
    ),
)
