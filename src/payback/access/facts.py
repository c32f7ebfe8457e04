"""The only door to a fact table: `open(ground, "spend", scope)` gives the rows that this scope may see, and no others.

Metrics, drill-downs, receipts and exports all come through here. Deny by default: a table without a rule is refused,
and a row that names no team is outside every scope of teams.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from payback.access.rules import RULES
from payback.access.scope import Sight
from payback.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    import ibis.expr.types as ir

    from payback.access.rules import Rule
    from payback.access.scope import Scope
    from payback.warehouse.contract import Warehouse


@dataclass(frozen=True, slots=True)
class Ground:
    """What every question stands on: the facts, the organisation's zone, its currency, and the month its year begins."""

    warehouse: Warehouse
    zone: ZoneInfo
    currency: str = "USD"
    fiscal_year_start: int = 1


def open(place: Ground | Warehouse, table: str, scope: Scope) -> ir.Table:  # noqa: A001  the architecture's word
    """The rows of a declared table that the scope may see, as an Ibis table with all of its columns.

    UnknownNameError for a table without a rule.
    """
    if table not in RULES:
        raise UnknownNameError("table with a rule of access", table, RULES)
    warehouse = place.warehouse if isinstance(place, Ground) else place
    return _visible(warehouse.table(table), RULES[table], scope)


def _visible(rows: ir.Table, rule: Rule, scope: Scope) -> ir.Table:
    if scope.sight is Sight.NOTHING:
        return rows.filter(ibis.literal(False))
    if scope.sight is Sight.EVERYTHING or rule.for_all:
        return rows
    if scope.sight is Sight.TEAMS:
        return _any_of(rows, rule.teams, scope.teams)
    return _any_of(rows, rule.people, scope.people)


def _any_of(rows: ir.Table, columns: tuple[str, ...], values: Collection[str]) -> ir.Table:
    if not columns or not values:
        return rows.filter(ibis.literal(False))
    known = sorted(values)
    return rows.filter(reduce(or_, (rows[column].isin(known) for column in columns)))
