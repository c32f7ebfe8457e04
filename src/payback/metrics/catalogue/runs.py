"""What one instruction to an agent costs with all that followed from it, and which kinds of step the money goes to."""

from __future__ import annotations

from payback.metrics.facts import RUNS, STEP_SPEND, USAGE_HOURLY
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_REPEATED = (Only("is_repeat", Test.IS, (True,)),)
_REPEATS = (
    "of the same tool with the same arguments as the call before them in the run, which had failed. Known only where digests "
    "of arguments are kept (`keep_digests`)."
)

METRICS = (
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(RUNS, reduce, ("list_usd",), unit=Unit.MONEY),
            definition=(
                f"{word} over runs of the list money of one instruction with all its steps, subagents and retries. "
                "A run stands on the day of its first request; runs with unpriced tokens are counted as excluded. "
                "Cut by model or agent, a run counts once per value with that part of its money."
            ),
            unit=Unit.MONEY,
            better=Better.LESS,
            beside=("unpriced_tokens",),
        )
        for name, title, question, reduce, word in (
            ("run_cost", "Run cost, median", "What does an instruction cost?", Reduce.MEDIAN, "Median"),
            (
                "run_cost_p90",
                "Run cost, p90",
                "What does a costly instruction cost?",
                Reduce.P90,
                "90th percentile",
            ),
            ("run_cost_max", "Run cost, largest", "What did the costliest one cost?", Reduce.MAX, "Maximum"),
        )
    ),
    Metric(
        id="runs",
        title="Runs",
        question="How many instructions were given to agents?",
        measure=Measure(RUNS, Reduce.COUNT),
        definition="Instructions to an agent, each with all its steps, subagents and retries, by the day of its first request. "
        "One that two teams or people had a hand in counts for each of them, and once in the total.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    Metric(
        id="requests_per_run",
        title="Requests per run",
        question="How often does an agent go round for one instruction?",
        measure=Measure(USAGE_HOURLY, Reduce.SUM, ("requests",), only=(Only("run_id", Test.KNOWN),)),
        per=Measure(RUNS, Reduce.COUNT),
        definition="Answered requests that belong to a run ÷ runs. An agent that loops asks often for one instruction.",
        unit=Unit.NUMBER,
        better=Better.LESS,
    ),
    Metric(
        id="step_spend",
        title="Spend by step, list price",
        question="Which kinds of step does the money go to?",
        measure=Measure(STEP_SPEND, Reduce.SUM, ("list_usd",), unit=Unit.MONEY),
        definition="List money of requests, shared over the steps that they decided on; cut it by kind.",
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
    Metric(
        id="repeated_calls",
        title="Repeated calls",
        question="How often did an agent run again what had just failed?",
        measure=Measure(STEP_SPEND, Reduce.SUM, ("steps",), only=_REPEATED),
        definition=f"Tool calls {_REPEATS}",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="repeat_spend",
        title="Spend on repeated calls, list price",
        question="What did agents cost that ran again what had just failed?",
        measure=Measure(STEP_SPEND, Reduce.SUM, ("list_usd",), only=_REPEATED, unit=Unit.MONEY),
        definition=f"List money of requests, shared over the steps that they decided on, of calls {_REPEATS}",
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
)
