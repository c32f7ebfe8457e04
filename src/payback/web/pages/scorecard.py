"""Scorecard: five families of figures beside the period before, of all, a team, a tool or a workflow; teams, tools and workflows
side by side; before and after adoption; work with AI beside work with none detected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.metrics.catalogue import CATALOGUE
from payback.metrics.dimensions import DIMENSIONS
from payback.metrics.vocabulary import Metric
from payback.web.asking import number
from payback.web.blocks import Change, Column, Table
from payback.web.definitions import definition, knows
from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.pairs import pairs_tables
from payback.web.scorecards import FEWEST, FOLLOWS, OF_HOURS, followed, is_nothing, period_words
from payback.web.series import spoken
from payback.web.taking_up import taking_up_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from payback.metrics.question import Figure
    from payback.web.asking import Ask

FAMILIES = (
    ("Cost", (
        "spend_list", "spend_amortised", "active_users", "run_cost", "cache_hit_share", "retry_share", "downstream_cost",
    )),
    ("Output", (
        "merged_prs", "merged_prs_per_dev_week", "tickets_resolved", "stories_completed", "commitment_met", "useful_outputs",
    )),
    ("Delivery", (
        "cycle_time", "lead_time_for_changes", "time_to_first_review", "review_time", "deployment_frequency",
        "failed_deployment_recovery_time",
    )),
    ("Quality and risk", (
        "rework_rate", "review_rejection_rate", "bug_rate", "change_fail_rate", "deployment_rework_rate", "survival_30",
        "incident_after_change_rate", "came_back_rate",
    )),
    ("Value", (
        "cost_per_merged_pr", "cost_per_merged_pr_all_in", "cost_per_ticket", "cost_per_story", "cost_per_qa_task",
        "cost_per_deploy", "workflow_unit_cost", "workflow_full_unit_cost", "would_not_have_been_done",
    )),
)  # fmt: skip
COLUMNS = (
    Column("name", "Figure"),
    Column("now", "Now", "each"),
    Column("n", "n", "count"),
    Column("before", "Before", "each"),
    Column("before_n", "n", "count"),
    Column("moved", "Moved", "badge"),
)
_OF_CHANGES = (
    ("spend_list", "List price"),
    ("merged_prs", "Merged"),
    ("cycle_time", "Cycle time"),
    ("rework_rate", "Done again"),
    ("cost_per_merged_pr", "Per change with AI"),
)
HEADLINES = {
    "team": _OF_CHANGES,
    "tool": _OF_CHANGES,
    "workflow": (
        ("spend_list", "List price"),
        ("useful_outputs", "Pieces"),
        ("workflow_unit_cost", "Per piece, model"),
        ("workflow_full_unit_cost", "Per piece, full"),
        ("came_back_rate", "Came back"),
    ),
}


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The families, what stands side by side, adoption, the pairs."""
    if is_nothing(ask, "merged_prs", "tickets_resolved", "deployment_frequency", "useful_outputs"):
        return {"empty": nothing_delivered(ask)}
    side = tuple(_side_by_side(ask, by) for by in HEADLINES if _is_known(ask, by))
    return {
        "empty": None,
        "families": _families(ask),
        "side_by_side": side,
        "adoption": taking_up_table(ask),
        "pairs": pairs_tables(ask),
    }


def _is_known(ask: Ask, by: str) -> bool:
    """Whether a cut can be shown under the page's filters: not by what is filtered, and known to all of its figures."""
    return by not in ask.where and all(knows(metric, set(ask.where)) for metric, _ in HEADLINES[by])


def _families(ask: Ask) -> tuple[Table, ...]:
    """Each family; a figure that does not know the filter stands back and says so."""
    told = [metric for _, metrics in FAMILIES for metric in metrics if knows(metric, set(ask.where))]
    now = ask.answer(*told).totals
    before = ask.answer(*told, period=ask.previous).totals if ask.previous else {}
    return tuple(
        Table(
            title,
            COLUMNS,
            tuple(
                _moved(ask, metric, now, before) if metric in now else _untold(ask, metric)
                for metric in metrics
            ),
        )
        for title, metrics in FAMILIES
    )


def _untold(ask: Ask, metric: str) -> dict[str, Any]:
    meant = definition(metric)
    names = " and ".join(DIMENSIONS[name].title.lower() for name in ask.where if name not in meant.dimensions)
    return {
        "name": meant.title,
        "id": metric,
        "href": f"/metrics/{metric}",
        "kind": meant.kind,
        "moved": f"not told by {names}",
        "moved_tone": "plain",
        "quiet": True,
    }


def _said(change: Change | None) -> str:
    """How far a figure moved, without the days, which stand in the head of the table."""
    if change is None:
        return ""
    return "unchanged" if change.amount == 0 else change.words.partition(" vs ")[0].partition(" in ")[0]


def _moved(ask: Ask, metric: str, now: Mapping[str, Figure], before: Mapping[str, Figure]) -> dict[str, Any]:
    meant, figure, past = definition(metric), now[metric], before.get(metric)
    is_known = metric not in OF_HOURS or bool(now[FOLLOWS].n)
    change = ask.change(figure, past, meant.kind, meant.better) if is_known else None
    return {
        "name": meant.title,
        "id": metric,
        "href": ask.filters.kept(f"/metrics/{metric}"),
        "kind": meant.kind,
        "now": number(figure) if is_known else None,
        "n": figure.n,
        "before": number(past) if metric not in OF_HOURS or (past and before[FOLLOWS].n) else None,
        "before_n": past.n if past else None,
        "moved": _said(change) if is_known else "no hours told",
        "moved_tone": change.tone if change else "plain",
        "quiet": not is_known or not _is_enough(metric, figure),
    }


def _is_enough(metric: str, figure: Figure) -> bool:
    """Whether enough stand behind a figure; a sum or a count needs none."""
    told = CATALOGUE[metric]
    return figure.n >= FEWEST or (isinstance(told, Metric) and told.adds_up)


def _side_by_side(ask: Ask, by: str) -> Table:
    """Headlines of each team, tool or workflow, now and before."""
    asked = tuple(metric for metric, _ in HEADLINES[by])
    if set(asked) & set(OF_HOURS):
        asked = (*asked, FOLLOWS)
    before: dict[str | None, Mapping[str, Figure]] = {}
    if ask.previous:
        past = ask.answer(*asked, by=(by,), period=ask.previous).rows
        before = {row.keys[by]: row.figures for row in past}
    columns = [Column("name", DIMENSIONS[by].title)]
    for metric, title in HEADLINES[by]:
        kind = definition(metric).kind
        columns += [Column(metric, title, kind), Column(f"{metric}_before", "before", kind)]
    rows = tuple(
        {
            "name": spoken(by, name, ask.names(by)),
            "id": name,
            "href": _href(ask, by, name),
            "quiet": name is None,
            **{metric: _known(row.figures, metric) for metric in asked},
            **{f"{metric}_before": _known(before.get(name, {}), metric) for metric in asked},
        }
        for row in ask.answer(*asked, by=(by,)).rows
        for name in (row.keys[by],)
        if name is not None or by == "team"
    )
    return Table(f"{DIMENSIONS[by].title}s in {period_words(ask)}", tuple(columns), rows)


def _known(figures: Mapping[str, Figure], metric: str) -> Decimal | None:
    if metric not in figures:
        return None
    return followed(figures, metric) if metric in OF_HOURS else number(figures[metric])


def _href(ask: Ask, by: str, name: str | None) -> str:
    """The scorecard of one of them."""
    return ask.filters.url(**{by: name}) if name else ""


PAGE = Page(
    "scorecard",
    "/scorecard",
    "Scorecard",
    "Payback",
    "What moved, and how does work with AI fare?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "tool", "workflow"),
)
