"""What stands behind a metric's (i): its definition, formula in words, version and exclusions, from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from payback.errors import UnknownNameError
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.formula import formula
from payback.metrics.vocabulary import Answered, Metric, Unit

KINDS = {Unit.DAYS: "number"}


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric as people read it."""

    id: str
    title: str
    question: str
    definition: str
    formula: str
    unit: str
    kind: str
    better: str
    version: int
    facts: tuple[str, ...]
    dimensions: tuple[str, ...]
    beside: tuple[str, ...]


def definition(metric: str) -> Definition:
    """The definition of a metric; UnknownNameError for an id that is not in the catalogue."""
    if metric not in CATALOGUE:
        raise UnknownNameError("metric", metric, CATALOGUE)
    found = CATALOGUE[metric]
    return Definition(
        id=found.id,
        title=found.title,
        question=found.question,
        definition=found.definition,
        formula=formula(found),
        unit=found.unit.value,
        kind=KINDS.get(found.unit, found.unit.value),
        better=found.better.value,
        version=found.version,
        facts=_facts(found),
        dimensions=found.dimensions,
        beside=found.beside,
    )


def knows(metric: str, dimensions: set[str]) -> bool:
    """Whether a metric can be cut and filtered by all of these."""
    return dimensions <= set(CATALOGUE[metric].dimensions)


def _facts(metric: Metric | Answered) -> tuple[str, ...]:
    if isinstance(metric, Answered):
        return ()
    return tuple(dict.fromkeys(measure.fact.name for measure in metric.measures))
