"""The canonical facts, declared once. Tables in the warehouse, documentation and contract tests derive from here.

Instants are UTC microseconds. Money is decimal(38,9), except the USD of one request: decimal(18,9). Unknown is NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.ledger import (
    tables_adoption,
    tables_delivery,
    tables_money,
    tables_organisation,
    tables_usage,
    tables_work,
)

if TYPE_CHECKING:
    from payback.warehouse.contract import Table

TABLES: tuple[Table, ...] = (
    *tables_usage.TABLES,
    *tables_money.TABLES,
    *tables_delivery.TABLES,
    *tables_work.TABLES,
    *tables_adoption.TABLES,
    *tables_organisation.TABLES,
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
