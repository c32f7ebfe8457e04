"""What fails, what is tried again, what that costs, and how long an answer takes."""

from __future__ import annotations

from payback.metrics.facts import USAGE, USAGE_HOURLY
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_TIMED = (Only("bucket_seconds", Test.IS, (0,)), Only("requests", Test.ABOVE, (0,)))

METRICS = (
    Metric(
        id="errors",
        title="Failed requests",
        question="How many requests failed for good?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("errors",)),
        definition="Sum of requests that failed for good.",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="retries",
        title="Retries",
        question="How many attempts failed and were tried again?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("retries",)),
        definition="Sum of failed attempts that were tried again.",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="error_share",
        title="Error share",
        question="What share of requests failed for good?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("errors",)),
        per=Measure(USAGE_HOURLY, Reduce.SUM, ("requests", "errors")),
        definition="Requests that failed for good ÷ (answered requests + requests that failed for good).",
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="retry_share",
        title="Retry share",
        question="What share of attempts had to be made again?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("retries",)),
        per=Measure(USAGE_HOURLY, Reduce.SUM, ("requests", "errors", "retries")),
        definition="Failed attempts that were tried again ÷ all attempts (answered + failed for good + tried again).",
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="retry_spend",
        title="Retry spend, list price",
        question="What did repeated attempts cost?",
        measure=Measure(
            USAGE, Reduce.SUM, ("list_usd",), only=(Only("attempt", Test.ABOVE, (1,)),), unit=Unit.MONEY
        ),
        definition="List money of requests that were not a first attempt.",
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(USAGE, reduce, ("duration_seconds",), only=_TIMED, unit=Unit.SECONDS),
            definition=(
                f"{word} over answered requests of the time from request to last token. Requests whose duration "
                "is not known are counted as excluded."
            ),
            unit=Unit.SECONDS,
            better=Better.LESS,
        )
        for name, title, question, reduce, word in (
            (
                "response_time",
                "Response time, median",
                "How long does an answer take?",
                Reduce.MEDIAN,
                "Median",
            ),
            (
                "response_time_p90",
                "Response time, p90",
                "How long does a slow answer take?",
                Reduce.P90,
                "90th percentile",
            ),
        )
    ),
)
