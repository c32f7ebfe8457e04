"""Models side by side on the same kind of work, and whether the dearest is worth its price: tables of the page Unit costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.comparing import comparisons, risks_of, sides
from payback.metrics.premium import CANNOT_TELL, FEWEST, WORTH
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Column, Table
from payback.web.scorecards import FEWEST as FEW
from payback.web.scorecards import WITH_AI, narrowed
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.metrics.comparing import Comparison
    from payback.metrics.question import Row
    from payback.web.asking import Ask

KEYS = ("work_type", "tool", "model")
METRICS = ("merged_prs", "cost_per_merged_pr", "rework_rate", "review_rejection_rate")
COMPARED = (
    Column("name", "Kind of work"),
    Column("tool", "Tool"),
    Column("model", "Model", "code"),
    Column("merged_prs", "Changes", "count", bar=True),
    Column("cost_per_merged_pr", "List price per change", "money"),
    Column("cost_n", "n", "count"),
    Column("rework_rate", "Done again", "share"),
    Column("rework_n", "n", "count"),
    Column("review_rejection_rate", "Sent back", "share"),
    Column("response_time", "Response time, median", "seconds"),
)
JUDGED = (
    Column("name", "Kind of work"),
    Column("risk", "Risk"),
    Column("model", "Dearest model", "code"),
    Column("word", "Worth its price?", "badge"),
    Column("why", "Because"),
    Column("premium_cost", "Its change", "money"),
    Column("premium_again", "Done again", "share"),
    Column("premium_n", "n", "count"),
    Column("other_cost", "Others' change", "money"),
    Column("other_again", "Done again", "share"),
    Column("other_n", "n", "count"),
)
NOTE = (
    "A change counts with the tool and the model that took most of its money. Fewer than five changes stand back. The response "
    "time is that of all use of the model with the tool. Models are given different work, so a difference is no effect of the model."
)
JUDGED_NOTE = (
    f"The dearest model by list price per million tokens against all others on the same kind of work, from {FEWEST} changes on each "
    "side up. What a gain must at least be to matter: 10 points of work done again where the risk is low, 5 where it is medium or "
    "not told, 2 where it is high. The risk of a kind of work is that of the workflows with this task type."
)


def premium_tables(ask: Ask) -> tuple[Table, Table]:
    """The comparison, and a verdict per kind of work that two priced models or more took part in."""
    answer = narrowed(ask, WITH_AI, *METRICS, by=KEYS)
    rows = [row for row in answer.rows if row.keys["model"] is not None]
    waits = {
        (row.keys["tool"], row.keys["model"]): number(row.figures["response_time"])
        for row in ask.answer("response_time", by=("tool", "model")).rows
    }
    compared = Table(
        "The same kind of work by tool and model",
        COMPARED,
        tuple(_compared(row, waits) for row in rows),
        empty="No merged change of these days has a linked session.",
        note=NOTE,
    )
    judged = Table(
        "Is the dearest model worth its price?",
        JUDGED,
        tuple(_judged(ask, rows)),
        empty="No kind of work was done with two priced models.",
        note=JUDGED_NOTE,
    )
    return compared, judged


def _compared(row: Row, waits: Mapping[tuple[str | None, str | None], Decimal | None]) -> dict[str, Any]:
    figures = row.figures
    return {
        "name": row.keys["work_type"] or "not told",
        "tool": spoken("tool", row.keys["tool"]),
        "model": row.keys["model"],
        "currency": "USD",
        "cost_n": figures["cost_per_merged_pr"].n,
        "rework_n": figures["rework_rate"].n,
        "response_time": waits.get((row.keys["tool"], row.keys["model"])),
        "quiet": figures["merged_prs"].n < FEW,
        **{metric: number(figures[metric]) for metric in METRICS},
    }


def _judged(ask: Ask, rows: Sequence[Row]) -> Iterable[dict[str, Any]]:
    prices = {
        row.keys["model"]: number(row.figures["price_per_million"])
        for row in ask.answer("price_per_million", by=("model",)).rows
    }
    told = ask.desk.directory().workflows.values()
    risks = risks_of((one.task_type, one.risk) for one in told)
    for one in comparisons(sides(rows), prices, risks):
        yield {"name": one.work or "not told", "model": one.premium.models[0], "currency": "USD"} | _verdict(
            one
        )


def _verdict(one: Comparison) -> dict[str, Any]:
    told, between = one.verdict, ""
    if told.low is not None and told.high is not None:
        low, high = (words.points(Decimal(str(end))) for end in (told.low, told.high))
        between = f" (95 % interval {low} to {high})"
    return {
        "risk": one.risk or "not told",
        "word": told.word,
        "word_tone": "good" if told.word == WORTH else "plain" if told.word == CANNOT_TELL else "attention",
        "why": told.why + between,
        "premium_cost": one.premium.cost,
        "premium_again": one.premium.share,
        "premium_n": one.premium.again.n,
        "other_cost": one.others.cost,
        "other_again": one.others.share,
        "other_n": one.others.again.n,
        "quiet": told.word == CANNOT_TELL,
    }
