"""Unit costs: what a change, ticket, story, test task and deployment cost, with quality beside; by team, tool and model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.metrics.dimensions import DIMENSIONS
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Chart, Column, Sentence, Table
from payback.web.charts.quadrants import Middle, Point, quadrants
from payback.web.definitions import definition
from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.premiums import premium_tables
from payback.web.scorecards import FEWEST, FOLLOWS, WITH_AI, followed, is_nothing, narrowed, period_words
from payback.web.series import FILTERED, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.metrics.question import Answer, Figure, Row
    from payback.web.asking import Ask

DOCS_QA: dict[str, tuple[str, ...]] = {"work_type": ("docs_qa",)}
PIECES: tuple[tuple[str, str, str, dict[str, tuple[str, ...]]], ...] = (
    ("Merged pull request", "cost_per_merged_pr", "rework_rate", {}),
    ("Ticket done", "cost_per_ticket", "ticket_resolution_time", {}),
    ("Story done", "cost_per_story", "commitment_met", {}),
    ("Documentation or test task", "cost_per_qa_task", "rework_rate", DOCS_QA),
    ("Production deployment", "cost_per_deploy", "change_fail_rate", {}),
)
COLUMNS = (
    Column("name", "What"),
    Column(
        "attributed",
        "Attributed",
        "money",
        help="Money of the sessions linked to those with AI ÷ those of known cost",
    ),
    Column("n", "n", "count"),
    Column("unknown", "Cost unknown", "count"),
    Column("all_in", "All in", "money", help="All list money of the days ÷ all of them, with AI or not"),
    Column("all_n", "n", "count"),
    Column("before", "Attributed, before", "money"),
    Column("quality", "Beside it"),
    Column("value", "of those with AI", "each"),
)
BY = (
    Column("merged_prs", "Merged with AI", "count", bar=True),
    Column("attributed", "Attributed", "money"),
    Column("n", "n", "count"),
    Column("unknown", "Cost unknown", "count"),
    Column("all_in", "All in", "money"),
    Column("rework_rate", "Done again", "share"),
    Column("review_rejection_rate", "Sent back", "share"),
    Column("survival_30", "Lines alive after 30 days", "share"),
    Column("cycle_time", "Cycle time, median", "hours"),
)
COST, ALL_IN = "cost_per_merged_pr", "cost_per_merged_pr_all_in"
MEASURED = ("merged_prs", COST, "rework_rate", "review_rejection_rate", "cycle_time")
CUTS = (
    ("team", "By team"), ("tool", "By tool"), ("model", "By model"), ("workflow", "By workflow"), ("work_type", "By kind of work"),
)  # fmt: skip
BROUGHT = (
    Column("name", "Workflow"),
    Column("output", "Useful output"),
    Column("useful_outputs", "Pieces", "count", bar=True),
    Column("workflow_unit_cost", "Model, per piece", "money"),
    Column("workflow_full_unit_cost", "With what follows", "money"),
    Column("before", "Model, before", "money"),
    Column("came_back_rate", "Came back", "share"),
    Column("back_n", "n", "count"),
)
OF_WORKFLOWS = ("useful_outputs", "workflow_unit_cost", "workflow_full_unit_cost", "came_back_rate", FOLLOWS)
SURVIVED = "survival_30"
NOTE = (
    "List price in USD. Attributed: the money of sessions linked to what was made with AI. All in: all list money of these days "
    "over everything made, so sessions that led to nothing are in it. Rows of fewer than five stand back: n is too small."
)
BY_NOTE = (
    "A change counts with the tool and the model that took most of its money; all in is then all money of the tool over those "
    "changes. Rows of fewer than five changes stand back: n is too small."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Pieces, pictures, cuts, models side by side."""
    if is_nothing(ask, "merged_prs", "tickets_resolved", "deployment_frequency"):
        return {"empty": nothing_delivered(ask)}
    cuts = {by: narrowed(ask, WITH_AI, *MEASURED, by=(by,)) for by, _ in CUTS}
    judged, compared, tasks = premium_tables(ask)
    named = (("team", "Teams"), ("tool", "Tools"), ("model", "Models"), ("workflow", "Workflows"))
    charts = tuple(_chart(cuts[by], by, title, ask.names(by)) for by, title in named)
    return {
        "empty": None,
        "sentence": _sentence(ask),
        "pieces": Table(f"What a piece of work costs, {period_words(ask)}", COLUMNS, _pieces(ask), note=NOTE),
        "charts": tuple(chart for chart in charts if chart),
        "cuts": tuple(
            _cut(ask, by, title, cuts[by]) for by, title in CUTS if by != "workflow" or _is_any(cuts[by])
        ),
        "judged": judged,
        "compared": compared,
        "tasks": tasks,
        "workflows": _workflows(ask),
    }


def _is_any(answer: Answer) -> bool:
    """Whether a change belongs to any workflow at all."""
    return any(row.keys["workflow"] for row in answer.rows)


def _sentence(ask: Ask) -> Sentence:
    totals = ask.answer(COST, ALL_IN).totals
    cost, all_in = (words.short(number(totals[metric]), "money") for metric in (COST, ALL_IN))
    return Sentence(
        "A merged pull request with AI costs",
        cost,
        f"at list price; with all AI spend over all of them, {all_in}.",
    )


def _pieces(ask: Ask) -> tuple[dict[str, Any], ...]:
    costs = [cost for _, cost, _, _ in PIECES]
    totals = ask.answer(*costs, *(f"{cost}_all_in" for cost in costs)).totals
    before = ask.answer(*costs, period=ask.previous).totals if ask.previous else {}
    return tuple(_piece(ask, piece, totals, before) for piece in PIECES)


def _piece(
    ask: Ask,
    piece: tuple[str, str, str, Mapping[str, tuple[str, ...]]],
    totals: Mapping[str, Figure],
    before: Mapping[str, Figure],
) -> dict[str, Any]:
    title, cost, quality, where = piece
    meant, figure, all_in = definition(quality), totals[cost], totals[f"{cost}_all_in"]
    beside = narrowed(ask, {**WITH_AI, **where}, quality).totals[quality]
    return {
        "name": title,
        "id": cost,
        "href": ask.filters.kept(f"/metrics/{cost}"),
        "currency": "USD",
        "attributed": number(figure),
        "n": figure.n,
        "unknown": figure.excluded_n,
        "all_in": number(all_in),
        "all_n": all_in.n,
        "before": number(before.get(cost)),
        "quality": meant.title,
        "value": number(beside),
        "kind": meant.kind,
        "quiet": figure.n < FEWEST,
    }


def _workflows(ask: Ask) -> Table:
    """What a piece of useful output costs, by workflow, of whichever kind it is."""
    before: dict[str | None, Any] = {}
    if ask.previous:
        past = ask.answer("workflow_unit_cost", by=("workflow",), period=ask.previous).rows
        before = {row.keys["workflow"]: number(row.figures["workflow_unit_cost"]) for row in past}
    held, rows = ask.desk.directory().workflows, []
    for row in ask.answer(*OF_WORKFLOWS, by=("workflow",)).rows:
        name, pieces = row.keys["workflow"], row.figures["useful_outputs"].n
        if name and pieces:
            told = held.get(name)
            rows.append({
                "name": (told.name if told else None) or name,
                "id": name,
                "href": ask.filters.kept(f"/workflows/{quote(name, safe='')}"),
                "output": (told.useful_output if told else None) or "told in outputs",
                "before": before.get(name),
                "back_n": row.figures["came_back_rate"].n,
                "quiet": pieces < FEWEST,
                **{metric: number(row.figures[metric]) for metric in OF_WORKFLOWS},
                "workflow_full_unit_cost": followed(row.figures, "workflow_full_unit_cost"),
            })  # fmt: skip
    return Table(
        "What a piece of useful output costs, by workflow",
        BROUGHT,
        tuple(rows),
        empty="No workflow brought a piece of what it declares as its useful output.",
        note="All list money of the workflow ÷ its pieces, whatever they are; with what follows: the hours of people after it too.",
    )


def _cut(ask: Ask, by: str, title: str, answer: Answer) -> Table:
    """One cut, with all-in cost and survival where they know it."""
    known = {metric: by in definition(metric).dimensions for metric in (ALL_IN, SURVIVED)}
    spent = ask.answer(ALL_IN, by=(by,)).rows if known[ALL_IN] else ()
    all_in = {row.keys[by]: number(one) for row in spent if (one := row.figures[ALL_IN]).numerator}
    alive = narrowed(ask, WITH_AI, SURVIVED, by=(by,)).rows if known[SURVIVED] else ()
    lines = {row.keys[by]: number(row.figures[SURVIVED]) for row in alive}
    left_out = {key for key, metric in (("all_in", ALL_IN), (SURVIVED, SURVIVED)) if not known[metric]}
    columns = (Column("name", DIMENSIONS[by].title), *(one for one in BY if one.key not in left_out))
    rows = tuple(
        _cut_row(ask, by, row) | {"all_in": all_in.get(row.keys[by]), SURVIVED: lines.get(row.keys[by])}
        for row in answer.rows
    )
    return Table(title, columns, rows, note=BY_NOTE if by in {"tool", "model"} else "")


def _cut_row(ask: Ask, by: str, row: Row) -> dict[str, Any]:
    name, cost = row.keys[by], row.figures[COST]
    missing = (
        "No linked session"
        if by in {"tool", "model"}
        else "No workflow"
        if by == "workflow"
        else spoken(by, None)
    )
    told = {
        "name": spoken(by, name, ask.names(by)) if name else missing,
        "id": name,
        "currency": "USD",
        "attributed": number(cost),
        "n": cost.n,
        "unknown": cost.excluded_n,
        "quiet": name is None or row.figures["merged_prs"].n < FEWEST,
        **{metric: number(row.figures[metric]) for metric in MEASURED if metric != COST},
    }
    if by in FILTERED and by in PAGE.dimensions and name:
        told["href"] = ask.filters.url(**{by: name})
    return told


def _chart(answer: Answer, by: str, title: str, called: Mapping[str, str]) -> Chart | None:
    """The picture of cost against quality; None where fewer than two names have enough behind them."""
    middle = tuple(number(answer.totals[metric]) for metric in (COST, "rework_rate"))
    points, few = [], 0
    for row in answer.rows:
        cost, again = row.figures[COST], row.figures["rework_rate"]
        x, y, n = number(cost), number(again), min(cost.n, again.n)
        if row.keys[by] is None or x is None or y is None:
            continue
        if n < FEWEST:
            few += 1
        else:
            points.append(Point(spoken(by, row.keys[by], called), x, y, n))
    if len(points) < 2 or middle[0] is None or middle[1] is None:
        return None
    meet = Middle(middle[0], middle[1])
    said = f"{title}: unit cost against work done again"
    columns = (
        Column("name", title), Column("cost", "Unit cost", "money"), Column("again", "Done again", "share"),
        Column("n", "n", "count"), Column("advice", "What to do"),
    )  # fmt: skip
    rows = tuple(
        {
            "name": one.name,
            "cost": one.cost,
            "again": one.again,
            "n": one.n,
            "advice": meet.advice(one),
            "currency": "USD",
        }
        for one in points
    )
    note = "The lines are the figures of all together. " + (
        f"{few} with fewer than five left out." if few else ""
    )
    return Chart(
        f"quadrants-{by}",
        said,
        quadrants(said, points, meet),
        Table("The figures behind the chart", columns, rows),
        note=note,
    )


PAGE = Page(
    "unit-costs",
    "/unit-costs",
    "Unit costs",
    "Payback",
    "What does a piece of work cost, and does it hold?",
    view,
    controls=("days", "compare"),
    dimensions=("team",),
)
