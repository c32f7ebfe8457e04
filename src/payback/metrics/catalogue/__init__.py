"""Every number that payback shows, one value each, by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.metrics.catalogue import (
    adoption,
    cost,
    delivery,
    full_cost,
    output,
    quality,
    reliability,
    runs,
    survival,
    tokens,
    trust,
    workflows,
    worth,
)

if TYPE_CHECKING:
    from payback.metrics.vocabulary import Answered, Metric

FAMILIES: dict[str, tuple[Metric | Answered, ...]] = {
    "Cost": cost.METRICS,
    "Full cost and worth": (*full_cost.METRICS, *worth.METRICS),
    "Tokens and requests": tokens.METRICS,
    "Reliability": reliability.METRICS,
    "Runs and steps": runs.METRICS,
    "Output and value": output.METRICS,
    "Workflows": workflows.METRICS,
    "Delivery": delivery.METRICS,
    "Quality and risk": (*quality.METRICS, *survival.METRICS),
    "Adoption": adoption.METRICS,
    "Trust in the ledger": trust.METRICS,
}
CATALOGUE: dict[str, Metric | Answered] = {
    metric.id: metric for family in FAMILIES.values() for metric in family
}
