from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum

import pytest

from payback.ledger.tables import BY_NAME
from payback.metrics.catalogue import CATALOGUE, FAMILIES
from payback.metrics.dimensions import DIMENSIONS, dimension
from payback.metrics.vocabulary import Metric, Unit
from payback.warehouse.contract import MONEY, REQUEST_USD

METRICS = [metric for metric in CATALOGUE.values() if isinstance(metric, Metric)]
FACTS = {measure.fact.name: measure.fact for metric in METRICS for measure in metric.measures}


def leaves(value):
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_metric_is_made_of_plain_values_only(metric):
    assert all(isinstance(leaf, (str, int, bool, Enum, type(None))) for leaf in leaves(metric))


def test_ids_are_unique_and_each_metric_stands_in_one_family():
    ids = [metric.id for family in FAMILIES.values() for metric in family]
    assert len(ids) == len(set(ids)) == len(CATALOGUE)


@pytest.mark.parametrize("fact", FACTS.values(), ids=list(FACTS))
def test_a_fact_names_columns_and_dimensions_that_exist(fact):
    columns = set(BY_NAME[fact.table].names)
    assert {column for _, column in fact.cuts} <= columns
    assert {name for name, _ in fact.cuts} <= set(DIMENSIONS)
    assert {c for _, sources in fact.first_known for c in sources} <= columns
    assert fact.time in columns
    assert fact.weight is None or fact.weight in columns
    assert fact.currency is None or fact.currency in columns
    if fact.finer:
        assert {column for _, column in fact.cuts} <= set(BY_NAME[fact.finer].names)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_a_measure_of_money_reads_one_column_of_money_and_no_other_measure_does(metric):
    for measure in metric.measures:
        types = {column.name: column.type for column in BY_NAME[measure.fact.table].columns}
        is_money = [types.get(name) in {MONEY, REQUEST_USD} for name in (*measure.columns, *measure.less)]
        if measure.unit is Unit.MONEY:
            assert is_money == [True]
        elif measure.reduce.adds_up and measure.reduce != "count":
            assert not any(is_money)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.id)
def test_what_stands_beside_a_total_is_in_the_catalogue(metric):
    assert set(metric.beside) <= set(CATALOGUE)


def test_other_words_for_a_dimension_are_understood():
    assert dimension("repository") == "repo"
    assert dimension("workspace") == "project"
    assert dimension("cost_centre") == "cost_center"
