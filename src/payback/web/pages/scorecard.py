"""Scorecard: five families of figures beside the period before, and work with AI beside work with none detected, by team."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.catalogue import CATALOGUE
from payback.metrics.vocabulary import Metric
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Change, Column, Table
from payback.web.definitions import definition
from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.scorecards import FEWEST, WITH_AI, is_nothing, narrowed, period_words
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.metrics.question import Answer, Figure
    from payback.web.asking import Ask

FAMILIES = (
    ("Cost", ("spend_list", "spend_amortised", "active_users", "run_cost", "cache_hit_share", "retry_share")),
    ("Output", ("merged_prs", "merged_prs_per_dev_week", "tickets_resolved", "stories_completed", "commitment_met")),
    ("Delivery", (
        "cycle_time", "lead_time_for_changes", "time_to_first_review", "review_time", "deployment_frequency",
        "failed_deployment_recovery_time",
    )),
    ("Quality and risk", (
        "rework_rate", "review_rejection_rate", "bug_rate", "change_fail_rate", "deployment_rework_rate", "survival_30",
    )),
    ("Value", (
        "cost_per_merged_pr", "cost_per_merged_pr_all_in", "cost_per_ticket", "cost_per_deploy", "would_not_have_been_done",
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
HEADLINES = (
    ("spend_list", "List price"),
    ("merged_prs", "Merged"),
    ("cycle_time", "Cycle time"),
    ("rework_rate", "Done again"),
    ("cost_per_merged_pr", "Per change with AI"),
)
PAIRED = (
    "merged_prs", "cycle_time", "pickup_time", "review_time", "rework_rate", "review_rejection_rate", "review_rounds", "bug_rate",
    "pr_size",
)  # fmt: skip
PAIRS = (
    Column("name", "Figure"),
    Column("ai", "With AI", "each"),
    Column("ai_n", "n", "count"),
    Column("none", "None detected", "each"),
    Column("none_n", "n", "count"),
    Column("apart", "Apart"),
)
BY_TEAM = (
    Column("name", "Team"),
    Column("ai_n", "With AI", "count"),
    Column("none_n", "None detected", "count"),
    Column("evidence", "Evidence read", "share"),
    Column("ai_rework", "Done again, with AI", "share"),
    Column("none_rework", "none detected", "share"),
    Column("ai_cycle", "Cycle time, with AI", "hours"),
    Column("none_cycle", "none detected", "hours"),
)
NONE: Mapping[str, Sequence[str | None]] = {"ai_class": ("none_detected",)}
ENOUGH = Decimal("0.9")
NOTE = (
    "Of changes merged in these days. None detected is not none used: a pair stands back where the evidence of under 90 % of the "
    "changes with none detected could be read in full, or where fewer than five stand on one side. AI is used for other work "
    "than what is done without, so what lies apart is no effect of AI."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The families, the teams, the pairs."""
    if is_nothing(ask, "merged_prs", "tickets_resolved", "deployment_frequency"):
        return {"empty": nothing_delivered(ask)}
    metrics = (*PAIRED, "evidence_coverage")
    pair = narrowed(ask, WITH_AI, *metrics, by=("team",)), narrowed(ask, NONE, *metrics, by=("team",))
    return {
        "empty": None,
        "families": _families(ask),
        "teams": _teams(ask),
        "pairs": _pairs(ask, pair),
        "by_team": _pairs_by_team(pair),
    }


def _families(ask: Ask) -> tuple[Table, ...]:
    asked = tuple(metric for _, metrics in FAMILIES for metric in metrics)
    now = ask.answer(*asked).totals
    before = ask.answer(*asked, period=ask.previous).totals if ask.previous else {}
    return tuple(
        Table(
            title, COLUMNS, tuple(_moved(ask, metric, now[metric], before.get(metric)) for metric in metrics)
        )
        for title, metrics in FAMILIES
    )


def _said(change: Change | None) -> str:
    """How far a figure moved, without the days, which stand in the head of the table."""
    if change is None:
        return ""
    return "unchanged" if change.amount == 0 else change.words.partition(" vs ")[0].partition(" in ")[0]


def _moved(ask: Ask, metric: str, now: Figure, before: Figure | None) -> dict[str, Any]:
    meant = definition(metric)
    change = ask.change(now, before, meant.kind, meant.better)
    return {
        "name": meant.title,
        "id": metric,
        "href": ask.filters.kept(f"/metrics/{metric}"),
        "kind": meant.kind,
        "now": number(now),
        "n": now.n,
        "before": number(before),
        "before_n": before.n if before else None,
        "moved": _said(change),
        "moved_tone": change.tone if change else "plain",
        "quiet": not _is_enough(metric, now),
    }


def _is_enough(metric: str, figure: Figure) -> bool:
    """Whether enough stand behind a figure; a sum or a count needs none."""
    told = CATALOGUE[metric]
    return figure.n >= FEWEST or (isinstance(told, Metric) and told.adds_up)


def _teams(ask: Ask) -> Table:
    """Headlines of each team, now and before, side by side."""
    asked = tuple(metric for metric, _ in HEADLINES)
    before: dict[str | None, Mapping[str, Figure]] = {}
    if ask.previous:
        before = {
            row.keys["team"]: row.figures
            for row in ask.answer(*asked, by=("team",), period=ask.previous).rows
        }
    columns = [Column("name", "Team")]
    for metric, title in HEADLINES:
        kind = definition(metric).kind
        columns += [Column(metric, title, kind), Column(f"{metric}_before", "before", kind)]
    rows = tuple(
        {
            "name": spoken("team", row.keys["team"]),
            "id": row.keys["team"],
            "href": ask.filters.url(team=row.keys["team"]) if row.keys["team"] else "",
            "quiet": row.keys["team"] is None,
            **{metric: number(row.figures[metric]) for metric in asked},
            **{f"{metric}_before": number(before.get(row.keys["team"], {}).get(metric)) for metric in asked},
        }
        for row in ask.answer(*asked, by=("team",)).rows
    )
    return Table(f"Teams in {period_words(ask)}", tuple(columns), rows)


def _pairs(ask: Ask, pair: tuple[Answer, Answer]) -> Table:
    """Each figure with AI and with none detected."""
    ai, none = (answer.totals for answer in pair)
    read = _is_read(none)
    rows = []
    for metric in PAIRED:
        meant, a, b = definition(metric), number(ai[metric]), number(none[metric])
        rows.append(
            {
                "name": meant.title,
                "id": metric,
                "kind": meant.kind,
                "ai": a,
                "ai_n": ai[metric].n,
                "none": b,
                "none_n": none[metric].n,
                "apart": "" if metric == "merged_prs" else _apart(ask, a, b, meant.kind),
                "quiet": not read or min(ai[metric].n, none[metric].n) < FEWEST,
            }
        )
    told = words.exact(number(none["evidence_coverage"]), "share")
    caption = f"With AI beside none detected; evidence read in full for {told} of the latter"
    return Table(caption, PAIRS, tuple(rows), note=NOTE)


def _apart(ask: Ask, a: Decimal | None, b: Decimal | None, kind: str) -> str:
    """The difference in words: points of a share, else in the unit of the figure."""
    if a is None or b is None:
        return ""
    if a == b:
        return "the same"
    return words.points(a - b) if kind == "share" else f"{'−' if a < b else '+'}{ask.say(abs(a - b), kind)}"


def _is_read(none: Mapping[str, Figure]) -> bool:
    coverage = number(none["evidence_coverage"])
    return coverage is not None and coverage >= ENOUGH


def _pairs_by_team(pair: tuple[Answer, Answer]) -> Table:
    """The same pairs for each team, two figures of them."""
    ai, none = ({row.keys["team"]: row.figures for row in answer.rows} for answer in pair)
    rows = []
    for team in sorted({*ai, *none}, key=lambda name: (name is None, name or "")):
        one, other = ai.get(team, {}), none.get(team, {})
        n = tuple(told["merged_prs"].n if told else 0 for told in (one, other))
        rows.append(
            {
                "name": spoken("team", team),
                "id": team,
                "ai_n": n[0],
                "none_n": n[1],
                "evidence": number(other.get("evidence_coverage")),
                "ai_rework": number(one.get("rework_rate")),
                "none_rework": number(other.get("rework_rate")),
                "ai_cycle": number(one.get("cycle_time")),
                "none_cycle": number(other.get("cycle_time")),
                "quiet": min(n) < FEWEST or not _is_read(other),
            }
        )
    return Table("The same by team", BY_TEAM, tuple(rows))


PAGE = Page(
    "scorecard",
    "/scorecard",
    "Scorecard",
    "Payback",
    "What moved, and how does work with AI fare?",
    view,
    controls=("days", "compare"),
    dimensions=("team",),
)
