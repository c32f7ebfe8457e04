"""The page of the documentation that lists every table and column, made from their declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.ledger.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.warehouse.contract import Table

HEAD = """# Every table

Made from the declarations in `ledger/tables*.py`; do not edit. Instants are UTC microseconds, money is decimal, unknown
is NULL. Tables marked *derived* are rebuilt from the others.
"""


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD, *(line for table in TABLES for line in _table(table))])


def _table(table: Table) -> Iterator[str]:
    derived = " *derived*" if table.derived else ""
    yield f"## `{table.name}`{derived}\n"
    yield f"{table.sentence} Key: {', '.join(f'`{name}`' for name in table.key)}.\n"
    yield "| column | type | holds |"
    yield "|---|---|---|"
    for column in table.columns:
        required = "" if column.required else ", may be NULL"
        yield f"| `{column.name}` | {column.type}{required} | {column.sentence} |"
    yield ""
