"""Models side by side on the same kind of work, and whether the dearest is worth its price: tables of the page Unit costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.comparing import CHANGES, PIECES, comparisons, risks_of, sides
from payback.metrics.premium import CANNOT_TELL, FEWEST, WORTH
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Column, Table
from payback.web.scorecards import FEWEST as FEW
from payback.web.scorecards import WITH_AI, narrowed
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.metrics.comparing import Comparison, Yardstick
    from payback.metrics.question import Row
    from payback.web.asking import Ask

METRICS = ("merged_prs", "cost_per_merged_pr", "rework_rate", "review_rejection_rate")
OF_PIECES = ("useful_outputs", "workflow_unit_cost", "came_back_rate")
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
PIECES_COMPARED = (
    Column("name", "Kind of task"),
    Column("tool", "Tool"),
    Column("model", "Model", "code"),
    Column("useful_outputs", "Pieces", "count", bar=True),
    Column("workflow_unit_cost", "List price per piece", "money"),
    Column("came_back_rate", "Came back", "share"),
    Column("back_n", "n", "count"),
    Column("response_time", "Response time, median", "seconds"),
)
JUDGED = (
    Column("name", "Kind of work"),
    Column("what", "Of"),
    Column("risk", "Risk"),
    Column("model", "Dearest model", "code"),
    Column("word", "Worth its price?", "badge"),
    Column("why", "Because"),
    Column("premium_cost", "Its piece", "money"),
    Column("premium_again", "Done again", "share"),
    Column("premium_n", "n", "count"),
    Column("other_cost", "Others' piece", "money"),
    Column("other_again", "Done again", "share"),
    Column("other_n", "n", "count"),
)
NOTE = (
    "A change counts with the tool and the model that took most of its money. Fewer than five changes stand back. The response "
    "time is that of all use of the model with the tool. Models are given different work, so a difference is no effect of the model."
)
JUDGED_NOTE = (
    f"The dearest model by list price per million tokens against all others on the same kind of work, from {FEWEST} changes or pieces on "
    "each side up. What a gain must at least be to matter: 10 points of work done again where the risk is low, 5 where it is medium or "
    "not told, 2 where it is high. The risk of a kind of work is that of the workflows with this task type."
)


def premium_tables(ask: Ask) -> tuple[Table, Table, Table]:
    """Changes and pieces of workflows by model, and a verdict per kind of work that two priced models or more took part in."""
    changes = narrowed(ask, WITH_AI, *METRICS, by=("work_type", "tool", "model")).rows
    brought = {row.keys["workflow"] for row in ask.answer("useful_outputs", by=("workflow",)).rows}
    only = {"workflow": tuple(sorted(name for name in brought if name))}
    pieces = (
        narrowed(ask, only, *OF_PIECES, by=("task_type", "tool", "model")).rows if only["workflow"] else ()
    )
    waits = {
        (row.keys["tool"], row.keys["model"]): number(row.figures["response_time"])
        for row in ask.answer("response_time", by=("tool", "model")).rows
    }
    compared = Table(
        "The same kind of work by tool and model",
        COMPARED,
        tuple(_compared(row, waits) for row in changes if row.keys["model"] is not None),
        empty="No merged change of these days has a linked session.",
        note=NOTE,
    )
    tasks = Table(
        "The same kind of task by tool and model: what workflows bring",
        PIECES_COMPARED,
        tuple(_task(row, waits) for row in pieces if row.figures["useful_outputs"].n),
        empty="No workflow brought a piece of output in these days.",
        note="A piece counts with the model of its run, else with the one that took most of its workflow's money that day.",
    )
    judged = Table(
        "Is the dearest model worth its price?",
        JUDGED,
        tuple(_judged(ask, ((CHANGES, changes), (PIECES, pieces)))),
        empty="No kind of work was done with two priced models.",
        note=JUDGED_NOTE,
    )
    return judged, compared, tasks


def _task(row: Row, waits: Mapping[tuple[str | None, str | None], Decimal | None]) -> dict[str, Any]:
    return {
        "name": row.keys["task_type"] or "not told",
        "tool": spoken("tool", row.keys["tool"]),
        "model": row.keys["model"],
        "currency": "USD",
        "back_n": row.figures["came_back_rate"].n,
        "response_time": waits.get((row.keys["tool"], row.keys["model"])),
        "quiet": row.figures["useful_outputs"].n < FEW,
        **{metric: number(row.figures[metric]) for metric in OF_PIECES},
    }


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


def _judged(ask: Ask, used: Sequence[tuple[Yardstick, Sequence[Row]]]) -> Iterable[dict[str, Any]]:
    prices = {
        row.keys["model"]: number(row.figures["price_per_million"])
        for row in ask.answer("price_per_million", by=("model",)).rows
    }
    told = ask.desk.directory().workflows.values()
    risks = risks_of((one.task_type, one.risk) for one in told)
    for by, rows in used:
        for one in comparisons(sides(rows, by), prices, risks, by):
            named = {"name": one.work or "not told", "what": "changes" if by is CHANGES else "pieces"}
            yield named | {"model": one.premium.models[0], "currency": "USD"} | _verdict(one)


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
