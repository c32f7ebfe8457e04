"""The page on metrics, written from the catalogue, so that it cannot fall behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.metrics.catalogue import FAMILIES
from payback.metrics.dimensions import DIMENSIONS
from payback.metrics.formula import formula

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.metrics.vocabulary import Answered, Metric

_OPENING = """# Metrics

<!-- Written by payback.metrics.documentation from the catalogue; change the catalogue, not this page. -->

Every number that payback shows is one of these, under this id on the page, on the command line and in every export.

- Numerator, denominator, the rows measured (n) and the rows left out because a value is unknown are kept apart;
  ratios are divided last, and totals are asked again, never added up from ratios.
- Medians and percentiles are values that occurred (nearest rank), never a mean of two.
- Days are days of the organisation's zone, weeks are ISO weeks. A row that has no value for a cut is a row of its own.
- Money is in one currency; amounts in other currencies are named beside the total, not added. Where a fact holds
  USD only (requests, runs, steps, changes), so does the number.
- A metric can be cut by every dimension that all of its facts know, and refuses the others with that list.
- Without the right to see individuals, the cuts marked † show people as one folded group.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_OPENING, *_families(), *_dimensions()])


def _families() -> Iterator[str]:
    for title, metrics in FAMILIES.items():
        yield f"## {title}\n"
        for metric in metrics:
            yield from _section(metric)


def _section(metric: Metric | Answered) -> Iterator[str]:
    yield f"### `{metric.id}`\n"
    yield f"**{metric.title}.** {metric.question}\n"
    yield f"{metric.definition}\n"
    yield f"- Formula: {formula(metric)}"
    yield f"- Unit: {metric.unit}; better: {metric.better}; definition version {metric.version}"
    yield f"- Cuts: {', '.join(_name(name) for name in metric.dimensions)}"
    yield f"- Time: {', '.join(metric.grains) or 'the whole period'}"
    if metric.beside:
        yield f"- Beside its total: {', '.join(f'`{name}`' for name in metric.beside)}"
    yield ""


def _dimensions() -> Iterator[str]:
    yield "## Dimensions\n"
    yield "| id | title | also |"
    yield "|---|---|---|"
    for dimension in DIMENSIONS.values():
        yield f"| {_name(dimension.id)} | {dimension.title} | {', '.join(dimension.also)} |"
    yield ""


def _name(dimension: str) -> str:
    return f"{dimension} †" if DIMENSIONS[dimension].singles_out else dimension
