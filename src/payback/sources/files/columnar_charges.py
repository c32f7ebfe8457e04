"""Charges as whole columns: what `charges.charge` makes of one row, of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from payback.ledger.tables_money import CHARGES
from payback.sources.files.charges import category, natural_end
from payback.sources.files.columnar_usage import once, same
from payback.sources.files.vectors import digests, identities, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from payback.sources.files.vectors import Vector

    Flags = NDArray[np.bool_]


def charge_batch(vectors: Mapping[str, Vector], source: str, zone: ZoneInfo) -> tuple[pa.Table, Flags]:
    """Rows of `charges`, and which of them are sound. The others are to be read alone, for the reason why."""
    values = {name: one.values for name, one in vectors.items()}
    rows = len(values["charge_period_start"])
    start = values["charge_period_start"]
    end = pc.coalesce(
        values["charge_period_end"], _each(start, lambda one: natural_end(one, zone), start.type)
    )
    vendor = _each(values["vendor"], str.casefold, pa.string())
    columns = dict(values)
    columns |= {
        "charge_id": pa.array(_ids(values), pa.string()),
        "vendor": vendor,
        "charge_category": _each(pc.fill_null(values["charge_category"], "Usage"), category, pa.string()),
        "charge_period_end": end,
        "effective_cost": pc.coalesce(values["effective_cost"], values["billed_cost"]),
        "currency": _each(pc.fill_null(values["currency"], "USD"), str.upper, pa.string()),
        "precedence": pc.fill_null(values["precedence"], "invoice"),
        "source": same(source, rows),
    }
    after = np.asarray(pc.fill_null(pc.greater(end, start), False))
    sound = vectors["vendor"].known & after & once(columns["charge_id"])
    return _table(columns, rows), sound


def _table(columns: Mapping[str, pa.Array], rows: int) -> pa.Table:
    return pa.Table.from_arrays(
        [
            columns[column.name].cast(column.type) if column.name in columns else pa.nulls(rows, column.type)
            for column in CHARGES.columns
        ],
        schema=CHARGES.schema,
    )


def _ids(values: Mapping[str, pa.Array]) -> list[str]:
    """`digest("charge", vendor, id)`, where the id is told or made of what the row says."""
    given = values["charge_id"].to_pylist()
    made = numbered(identities(values)) if values["charge_id"].null_count else given
    vendors = values["vendor"].to_pylist()
    return digests(
        f"charge\x1f{vendor}\x1f{known or one}"
        for vendor, known, one in zip(vendors, given, made, strict=True)
    )


def _each(values: pa.Array, make: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    """A function of each value, asked once for each that differs."""
    encoded = values.dictionary_encode()
    told = [None if one is None else make(one) for one in encoded.dictionary.to_pylist()]
    return pa.array(told, kind).take(encoded.indices)
