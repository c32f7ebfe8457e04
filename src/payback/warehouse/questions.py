"""An Ibis expression as the text DuckDB runs, the schema its answer has, and the in-memory rows it brings along.

So the same expression is answered by the process that holds the file or sent to it. Knows no connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.errors import UnknownNameError, WarehouseError
from payback.warehouse.contract import EVER
from payback.warehouse.ddl import conditions, quoted, stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from payback.warehouse.contract import Table, Window


@dataclass(frozen=True, slots=True)
class Question:
    """One SELECT, the Arrow schema of its answer (None: as the engine gives it), and in-memory tables that it names."""

    sql: str
    schema: pa.Schema | None
    tables: Mapping[str, pa.Table] = field(default_factory=dict)


def unbound(table: Table) -> ir.Table:
    """A declared table as an Ibis expression that belongs to no connection."""
    import ibis
    import ibis.expr.datatypes as dt

    columns = {
        column.name: dt.DataType.from_pyarrow(column.type, nullable=not column.required)
        for column in table.columns
    }
    return ibis.table(ibis.schema(columns), name=table.name)


def declared(tables: Mapping[str, Table], name: str) -> Table:
    """The declaration of a table. UnknownNameError for a name that is not declared."""
    if name not in tables:
        raise UnknownNameError("table", name, tables)
    return tables[name]


def holding(table: Table, column: str, values: pa.Array, window: Window = EVER) -> Question:
    """Which rows of a table hold one of the values (not NULL) in a column; the values travel as a table of their own.

    The rows are found by that column alone first and fetched by their place then: the other columns are read only where
    something was found.
    """
    if column not in table.names:
        raise UnknownNameError(f"column of {table.name}", column, table.names)
    wanted = pa.table({"value": values.cast(table.schema.field(column).type)})
    terms = [*conditions(table, window), f"{quoted(column)} IN (SELECT value FROM _wanted)"]  # noqa: S608 - declared names
    places = f"SELECT rowid FROM {stored(table.name)} WHERE {' AND '.join(terms)}"  # noqa: S608 - declared names
    columns = ", ".join(map(quoted, table.names))
    text = f"SELECT {columns} FROM {stored(table.name)} WHERE rowid IN ({places})"  # noqa: S608 - declared names
    return Question(text, table.schema, {"_wanted": wanted})


class Questions:
    """Tables as expressions and questions as text, each made once: pages ask the same things again and again.

    A question that brings rows along is not remembered. May be used from several threads.
    """

    def __init__(self, tables: Mapping[str, Table], most: int = 512) -> None:
        self._tables = tables
        self._most = most
        self._expressions: dict[str, ir.Table] = {}
        self._asked: dict[Any, Question] = {}

    def table(self, name: str) -> ir.Table:
        """A declared table as an Ibis expression. UnknownNameError for any other name."""
        found = self._expressions.get(name)
        if found is None:
            found = self._expressions[name] = unbound(declared(self._tables, name))
        return found

    def asked(self, expression: ir.Expr, params: Mapping[ir.Scalar, Any] | None = None) -> Question:
        """What an expression asks."""
        if params:
            return question(expression, params)
        key = expression.op()
        found = self._asked.get(key)
        if found is None:
            found = question(expression)
            if not found.tables:
                if len(self._asked) >= self._most:
                    self._asked.clear()
                self._asked[key] = found
        return found


def question(expression: ir.Expr, params: Mapping[ir.Scalar, Any] | None = None) -> Question:
    """The question that an expression asks of DuckDB. WarehouseError where Ibis cannot say it."""
    import ibis.expr.operations as ops
    from ibis.backends.sql.compilers.duckdb import compiler
    from ibis.common.exceptions import IbisError

    asked = expression.as_table()
    try:
        text = compiler.to_sqlglot(asked, params=params).sql(dialect=compiler.dialect)
    except IbisError as error:
        raise WarehouseError(f"DuckDB cannot be asked this: {error}") from error
    brought = {op.name: op.data.to_pyarrow(op.schema) for op in asked.op().find(ops.InMemoryTable)}
    return Question(text, _with_unknowns(asked.schema().to_pyarrow()), brought)


def _with_unknowns(schema: pa.Schema) -> pa.Schema:
    """The schema with every value allowed to be unknown: the smallest of no rows is, whatever the column says."""
    return pa.schema([field.with_nullable(True) for field in schema])


def select_only(text: str) -> str:
    """The text, if it is one SELECT. WarehouseError otherwise: what came over a socket may read, never write."""
    import duckdb

    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise WarehouseError(f"the warehouse refused: {error}") from error
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise WarehouseError("only one SELECT may be asked of the warehouse at a time")
    return text


def answered(rows: pa.Table, schema: pa.Schema | None) -> pa.Table:
    """The engine's rows in the order and types of the question. WarehouseError where a value would change."""
    if schema is None or rows.schema.equals(schema):
        return rows
    try:
        return rows.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, KeyError) as error:
        raise WarehouseError(f"the engine's answer does not fit the question: {error}") from error
