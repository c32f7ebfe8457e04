"""What people do after a workflow's output: hours that name the workflow or a piece of its output, at what an hour costs.

The rate of the row counts, else the rate card of that kind, team and day. Hours without a rate are counted and have no money.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.ledger.rates import USD, stored
from payback.period import midnight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.org.directory import Directory
    from payback.period import Period

AFTER = frozenset({
    "review", "qa", "defect_triage", "correction", "rework", "incident", "security_review", "support",
})  # fmt: skip
PLACES = Decimal("1e-9")


@dataclass(slots=True)
class After:
    """Hours of one kind after one workflow: all of them, those whose rate is known, and their money in USD."""

    hours: Decimal = Decimal(0)
    priced_hours: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    rows: int = 0


def after_workflows(
    ground: Ground, directory: Directory, scope: Scope, period: Period
) -> Mapping[str, Mapping[str, After]]:
    """By workflow and kind of hours, what followed in the days; what enabled it (workshops) is not in it."""
    effort = opened(ground, "effort", scope)
    outputs = opened(ground, "outputs", scope).select("output_id", made_by="workflow")
    rows = effort.filter(
        effort["day"] >= ibis.literal(period.since), effort["day"] < ibis.literal(period.until)
    )
    rows = rows.left_join(outputs, "output_id")
    rows = rows.mutate(named=ibis.coalesce(rows["workflow"], rows["made_by"]))
    rows = rows.filter(rows["named"].notnull(), rows["hours"].notnull(), rows["kind"].isin(sorted(AFTER)))
    told = rows.select("day", "kind", "team", "hours", "rate", "currency", "named")
    found: dict[str, dict[str, After]] = defaultdict(lambda: defaultdict(After))
    rates = stored(ground.warehouse)
    for row in ground.warehouse.read(told.order_by("day", "kind", "hours")).to_pylist():
        one, hours = found[row["named"]][row["kind"]], Decimal(str(row["hours"]))
        one.hours += hours
        one.rows += 1
        rate, currency = _rate(row, directory, ground)
        money = None if rate is None else (rate * hours).quantize(PLACES, ROUND_HALF_EVEN)
        dollars = rates.converted(money, currency, USD, row["day"])
        if dollars is not None:
            one.priced_hours += hours
            one.cost += dollars
    return found


def money_after(kinds: Mapping[str, After]) -> Decimal | None:
    """All of it in USD; None where nothing was told or no rate is known."""
    known = [one.cost for one in kinds.values() if one.priced_hours]
    return sum(known, Decimal(0)) if known else None


def _rate(row: Mapping[str, Any], directory: Directory, ground: Ground) -> tuple[Decimal | None, str]:
    if row["rate"] is not None:
        return row["rate"], row["currency"] or ground.currency
    card = directory.rate_of(row["kind"], row["team"], midnight(row["day"], ground.zone))
    return card or (None, ground.currency)
