"""The catalogue: every number that payback shows, with its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.metrics.catalogue import FAMILIES
from payback.web.blocks import Column, Table
from payback.web.definitions import definition
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

COLUMNS = (
    Column("title", "Metric"),
    Column("question", "It answers"),
    Column("definition", "Definition"),
    Column("id", "Id", "code"),
    Column("version", "Version", "count"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """One table per family of metrics."""
    return {
        "empty": None,
        "families": tuple(
            Table(family, COLUMNS, tuple(_row(ask, metric.id) for metric in metrics))
            for family, metrics in FAMILIES.items()
        ),
    }


def _row(ask: Ask, metric: str) -> dict[str, Any]:
    meant = definition(metric)
    return {
        "title": meant.title,
        "question": meant.question,
        "definition": meant.definition,
        "id": meant.id,
        "version": meant.version,
        "href": ask.filters.kept(f"/metrics/{meant.id}"),
    }


PAGE = Page("metrics", "/metrics", "Metrics", "Data", "What does each number mean?", view, controls=())
