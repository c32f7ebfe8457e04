"""The way from a number to its rows: definition, formula, engine SQL, rows of facts, rules, charges, sources, a sample.

Every row and count comes through the door of access, so nothing is explained by rows that the scope may not see.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as open_facts
from payback.ledger.tables import BY_NAME
from payback.metrics.answer import answer, plain, to_json
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.compile import compiled, facts_of, metric_named
from payback.metrics.formula import formula
from payback.metrics.reading import behind
from payback.metrics.vocabulary import Answered, Metric
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.answer import Answering
    from payback.metrics.question import Answer, Query
    from payback.metrics.vocabulary import Fact

METRIC = "metric"
SAMPLE = 20
CHARGES = 50
"""How many rows behind a number, and how many charges, are shown at most."""


def explain(
    query: Query,
    scope: Scope,
    ground: Ground,
    *,
    answered: Mapping[str, Answering] = MappingProxyType({}),
    catalogue: Mapping[str, Metric | Answered] = CATALOGUE,
) -> dict[str, Any]:
    """What stands behind an answer, as plain values for JSON; money and instants are strings.

    Keys: `question`, `scope`, `metrics` (id → definition, version, formula, unit, value and its parts), `sql`, `facts`
    (rows behind, by table), `sources` (rows and last sync), `rules` (basis → rows), `charges`, `sample`, `coverage`.
    Refuses what `answer` refuses. Without the right to see individuals there is no sample.
    """
    found = answer(query, scope, ground, answered=answered, catalogue=catalogue)
    asked = found.query
    told = to_json(found)
    metrics = [metric_named(name, catalogue) for name in asked.metrics]
    behind_it = _rows_of(asked, metrics)
    counted = tuple(metric for metric in metrics if isinstance(metric, Metric))
    told_by = [fact for m in metrics if isinstance(m, Answered) for fact in _read(m, asked, catalogue)]
    read = [fact for fact in told_by if _knows(fact, behind_it)]
    facts = tuple({fact.name: fact for fact in (*facts_of(counted), *read)}.values())
    return {
        "question": {name: told[name] for name in ("metrics", "by", "grain", "since", "until")}
        | {"where": {name: list(values) for name, values in asked.where.items()}, "currency": asked.currency},
        "scope": found.scope,
        "metrics": {metric.id: _defined(metric, found) for metric in metrics},
        "sql": _sql(counted, facts, behind_it, scope, ground),
        **_evidence(facts, behind_it, scope, ground),
        "coverage": told["coverage"],
    }


def _knows(fact: Fact, query: Query) -> bool:
    """Whether a fact that a function reads can be narrowed to what was asked for."""
    return {*query.where} <= {*fact.dimensions}


def _read(metric: Answered, asked: Query, catalogue: Mapping[str, Metric | Answered]) -> tuple[Fact, ...]:
    """The facts that an answered metric reads, those of the metrics that it is asked about included."""
    if METRIC not in metric.dimensions:
        return metric.facts
    about = [catalogue.get(name or "") for name in asked.where.get(METRIC, ())]
    return (*metric.facts, *facts_of(tuple(one for one in about if isinstance(one, Metric))))


def _rows_of(asked: Query, metrics: Sequence[Metric | Answered]) -> Query:
    """The question as facts take it: without which metric it is about, and as far back as the functions look."""
    back = max((one.looks_back for one in metrics if isinstance(one, Answered)), default=0)
    where = {name: values for name, values in asked.where.items() if name != METRIC}
    period = Period(asked.period.since - timedelta(days=back), asked.period.until)
    return replace(asked, where=where, period=period) if back or len(where) < len(asked.where) else asked


def _sql(
    counted: tuple[Metric, ...], facts: Sequence[Fact], query: Query, scope: Scope, ground: Ground
) -> str | None:
    """The engine's text of a compiled answer; of an answered one, of the rows that its function read."""
    if counted:
        return ground.warehouse.sql(compiled(counted, query, scope, ground).expression)
    return ground.warehouse.sql(behind(facts[0], query, scope, ground).rows) if facts else None


def _defined(metric: Metric | Answered, found: Answer) -> dict[str, Any]:
    figure = found.totals[metric.id]
    is_money = metric.id in found.coverage.currency
    return {
        "title": metric.title,
        "question": metric.question,
        "definition": metric.definition,
        "version": metric.version,
        "formula": formula(metric),
        "unit": str(metric.unit),
        "currency": found.coverage.currency.get(metric.id),
        "better": str(metric.better),
        "dimensions": list(metric.dimensions),
        "value": plain(figure.value, is_money=is_money),
        "numerator": _plain(figure.numerator),
        "denominator": _plain(figure.denominator),
        "n": figure.n,
        "excluded_n": figure.excluded_n,
    }


def _evidence(facts: Sequence[Fact], query: Query, scope: Scope, ground: Ground) -> dict[str, Any]:
    rows = {fact: behind(fact, query, scope, ground).rows for fact in facts}
    return {
        "facts": [_counted(fact, rows[fact], ground) for fact in facts],
        "sources": [line for fact in facts for line in _sources(fact, rows[fact], ground)],
        "rules": [line for fact in facts for line in _rules(rows[fact], ground)],
        "charges": [line for fact in facts for line in _charges(rows[fact], scope, ground)],
        "sample": {fact.name: _sample(fact, rows[fact], scope, ground) for fact in facts},
    }


def _counted(fact: Fact, rows: ir.Table, ground: Ground) -> dict[str, Any]:
    """How many rows of its table stand behind a fact; for a roll-up, the single requests."""
    return {
        "fact": fact.name,
        "table": fact.finer or fact.table,
        "rows": ground.warehouse.read(rows.aggregate(rows=rows.count()))["rows"][0].as_py(),
    }


def _sources(fact: Fact, rows: ir.Table, ground: Ground) -> list[dict[str, Any]]:
    found = rows.group_by("source").aggregate(rows=rows.count(), last_synced_at=rows.synced_at.max())
    lines = ground.warehouse.read(found.order_by("source")).to_pylist()
    return [{"table": fact.finer or fact.table} | _plain(line) for line in lines]


def _rules(rows: ir.Table, ground: Ground) -> list[dict[str, Any]]:
    """The rules that placed the rows, where the fact says so, with how many rows each placed."""
    if "basis" not in rows.columns:
        return []
    found = rows.group_by("basis").aggregate(rows=rows.count())
    return [_plain(line) for line in ground.warehouse.read(found.order_by("basis")).to_pylist()]


def _charges(rows: ir.Table, scope: Scope, ground: Ground) -> list[dict[str, Any]]:
    """The charges that the rows are shares of, the latest first, as far as the scope may see charges."""
    if "charge_id" not in rows.columns:
        return []
    charges = open_facts(ground, "charges", scope)
    shared = rows.filter(rows.charge_id.notnull())
    found = charges.filter(charges.charge_id.isin(shared.charge_id))
    latest = found.order_by([found.charge_period_start.desc(), found.charge_id]).limit(CHARGES)
    return [_plain(line) for line in ground.warehouse.read(latest.drop("tags")).to_pylist()]


def _sample(fact: Fact, rows: ir.Table, scope: Scope, ground: Ground) -> list[dict[str, Any]]:
    """Some rows behind a fact, in the order of their keys; none where they would single people out."""
    if not scope.may_see_people:
        return []
    found = rows.order_by(BY_NAME[fact.finer or fact.table].key).limit(SAMPLE)
    return [_plain(line) for line in ground.warehouse.read(found).to_pylist()]


def _plain(value: Any) -> Any:
    """A value as JSON carries it: money and instants as strings, keys kept."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, Decimal):
        return plain(value, is_money=True)
    return value.isoformat() if isinstance(value, date) else value
