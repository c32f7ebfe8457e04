"""What currencies are worth: dated rates, by which money of one is compared with money of another. Rates go both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.warehouse.contract import Warehouse

USD = "USD"


def latest(warehouse: Warehouse) -> Mapping[str, Decimal]:
    """US dollars for one unit of each currency, by the latest rate told either way or by way of one third currency."""
    table = warehouse.table("exchange_rates")
    rows = warehouse.read(table.order_by("day").select("currency", "into", "rate")).to_pylist()
    pairs: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        rate = Decimal(str(row["rate"]))
        if rate > 0:
            pairs[row["currency"], row["into"]] = rate
            pairs[row["into"], row["currency"]] = 1 / rate
    found = {currency: rate for (currency, into), rate in pairs.items() if into == USD}
    for (currency, into), rate in pairs.items():
        if currency not in found and into in found and currency != USD:
            found[currency] = rate * found[into]
    return found
