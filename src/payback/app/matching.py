"""Changes and tickets with AI beside those without, matched by where, what and who: an association, never an effect."""

from __future__ import annotations

from datetime import timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import ibis

from payback.app.outcomes import QUANTILES, QUICKEST, form_of, plain_of, value_of
from payback.errors import PaybackError
from payback.insight.effect import ASSOCIATION, Check
from payback.insight.impact.matching import Piece, matched
from payback.insight.outcome import Form
from payback.insight.study import MATCHED, Study, Subject, nothing
from payback.metrics.question import Query
from payback.metrics.reading import behind
from payback.metrics.vocabulary import Unit
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.vocabulary import Metric

YEAR = timedelta(weeks=52)
WITH_AI = {"agent_authored", "agent_assisted"}
TABLES = {"work", "work_items"}
PLACES = ("repo", "project")


def matched_work(subject: Subject, metric: Metric, until: date, seen: tuple[Scope, Ground]) -> Study:
    """Work of the last year with evidence of AI beside work of the same place, kind and author of which all evidence could be
    read and none was found.
    """
    if form_of(metric) is Form.RATE:
        return nothing(subject, "a count has no single pieces to match")
    if metric.measure.fact.table not in TABLES:
        return nothing(subject, f"it is not known of single {metric.measure.fact.table} whether AI took part")
    days = Period(until - YEAR, until)
    try:
        pieces = list(_pieces(metric, subject.unit, days, seen))
        found = matched(pieces, is_log=metric.measure.reduce in QUANTILES)
    except PaybackError as error:
        return nothing(subject, str(error))
    said = (
        f"{found.n} pieces in {found.strata} places, kinds and authors that have both; "
        f"{found.left_out} pieces without a counterpart are left out"
    )
    return Study(
        subject, MATCHED, ASSOCIATION, found.difference, None, found.percent, found.percent_interval, found.n, found.clusters,
        52, None, (Check("matched", found.interval is not None, said),), "association: who chose AI chose it for a reason",
        terms=found.interval,
    )  # fmt: skip


def _pieces(metric: Metric, team: str | None, days: Period, seen: tuple[Scope, Ground]) -> Iterator[Piece]:
    """Each change or ticket with its outcome; logarithms are taken later, so hours are not 0 and sizes count from 1."""
    is_log = metric.measure.reduce in QUANTILES
    least = QUICKEST if metric.measure.unit is Unit.HOURS else 0.0
    for row in seen[1].warehouse.read(_opened(metric, team, days, seen)).to_pylist():
        is_ai = row["ai_class"] in WITH_AI
        if row["person"] is None or not (is_ai or row["evidence_complete"]):
            continue
        value = max(float(row["value"]), least)
        stratum = (row["place"] or "", row["work_type"] or "", row["person"])
        yield Piece(value + 1 if is_log and not least else value, is_ai, stratum, row["person"])


def _opened(metric: Metric, team: str | None, days: Period, seen: tuple[Scope, Ground]) -> ibis.Table:
    scope, ground = seen
    fact = metric.measure.fact
    asked = Query((metric.id,), days, where={"team": [team]} if team else {})
    found = behind(fact, asked, scope, ground)
    counted = metric.per or metric.measure
    keep = [found.passes(only) for only in counted.only]
    value = value_of(found, counted)
    keep.append(value.notnull())
    if metric.per is not None:
        own = reduce(and_, (found.passes(only) for only in metric.measure.only), ibis.literal(True))
        value = ibis.ifelse(own.fill_null(False), value_of(found, metric.measure).cast("float64"), 0.0)
    elif metric.measure.reduce in QUANTILES:
        value = plain_of(found, metric.measure)
    place = next(name for name in PLACES if name in fact.dimensions)
    rows = found.rows.select(
        value=value, place=found[place], kept=reduce(and_, keep),
        **{name: found[name] for name in ("person", "work_type", "ai_class", "evidence_complete")},
    )  # fmt: skip
    kept: ibis.Table = rows.filter(rows.kept, rows.value.notnull())
    return kept
