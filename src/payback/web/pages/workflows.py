"""Workflows: stage, owner, useful output, the metric each is judged on, and its money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.holdings import workflows
from payback.org.proposing import judged
from payback.web import words
from payback.web.blocks import Column, Empty, Link, Table
from payback.web.page import Page
from payback.web.people import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("title", "Workflow"),
    Column("stage_words", "Stage", "badge"),
    Column("owner_name", "Owner", "badge"),
    Column("useful_output", "Useful output"),
    Column("metric", "Judged on"),
    Column("guardrails", "Must not get worse", "names"),
    Column("risk", "Risk"),
    Column("list_usd", "List price", "money", bar=True),
    Column("billed", "Billed", "money"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """All workflows that are declared or that requests name, dearest first."""
    rows = workflows(ask.desk.view(ask.filters.period, ask.scope))
    if not rows:
        why = "Declare one under [[workflows]] in payback.toml, or tag requests with a workflow."
        return {
            "empty": Empty("No workflow is known yet", why, (Link("See how money is spent now", "/spend"),))
        }
    note = (
        "List price in USD. A workflow is declared under [[workflows]] in payback.toml. "
        "What is proposed follows from its useful output and holds once it is written there."
    )
    shown = tuple(_row(ask, row) for row in rows)
    return {
        "empty": None,
        "table": Table(f"Workflows in {words.days(ask.filters.period)}", COLUMNS, shown, note=note),
    }


def _row(ask: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    proposal = judged(row["useful_output"])
    metric, guardrails = row["primary_metric"], row["guardrail_metrics"]
    if metric is None and proposal:
        metric, guardrails = (
            f"{proposal.primary_metric} (proposed: {proposal.reason})",
            proposal.guardrail_metrics,
        )
    stage = row["stage"] or ("not said" if row["declared"] else "not declared")
    return {
        **row,
        "title": row["name"] or row["workflow_id"],
        "href": ask.filters.kept(f"/workflows/{quote(row['workflow_id'], safe='')}"),
        "stage_words": stage,
        "stage_words_tone": "plain" if row["stage"] else "attention",
        "owner_name": named(ask.desk.directory(), row["owner"]) or "nobody",
        "owner_name_tone": "plain" if row["owner"] else "attention",
        "metric": metric,
        "guardrails": list(guardrails),
    }


PAGE = Page(
    "workflows",
    "/workflows",
    "Workflows",
    "Control",
    "What is AI used for, and how far is it?",
    view,
    controls=("days",),
    dimensions=(),
)
