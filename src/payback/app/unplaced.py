"""Money without a team, gathered by what a rule could look at, so that one rule places one row.

Amounts of several currencies stand in rows of their own.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = dict[str, Any]

AMOUNTS = ("billed", "amortised", "list")
NAMES = {"tool": "tools", "source": "sources", "reconciled": "states", "person": "people"}
STRANGE = re.compile(r"[^\w.@/:-]+")


def queue(rows: Iterable[Mapping[str, Any]], currency: str) -> list[Row]:
    """Rows of `reconciling.unattributed`, those that the same rule would place as one; this currency first, then dearest.

    when, vendor, currency, billed, amortised, list (None is unknown), requests, first, last; tools, sources, states and
    people behind it as sorted lists.
    """
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        when = row["when"]
        key = (*sorted(when.items()), row["currency"], None if when else row["vendor"])
        found[key] = _with(found.get(key), row)
    return sorted(
        found.values(), key=lambda row: (row["currency"] != currency, -weight(row), str(row["when"]))
    )


def _with(row: Row | None, more: Mapping[str, Any]) -> Row:
    if row is None:
        row = {"when": more["when"], "vendor": more["vendor"], "currency": more["currency"]}
        row |= dict.fromkeys(AMOUNTS) | {"requests": 0, "first": more["first"], "last": more["last"]}
        row |= {many: [] for many in NAMES.values()}
    for name in AMOUNTS:
        if more[name] is not None:
            row[name] = (row[name] or Decimal(0)) + more[name]
    row["requests"] += more["requests"] or 0
    row["first"], row["last"] = min(row["first"], more["first"]), max(row["last"], more["last"])
    for one, many in NAMES.items():
        row[many] = sorted({*row[many], *([more[one]] if more.get(one) else [])})
    return row


def weight(row: Mapping[str, Any]) -> Decimal:
    """How much stands at stake: the greatest amount that is known, credits as what they take away."""
    return max((abs(row[name]) for name in AMOUNTS if row[name] is not None), default=Decimal(0))


def proposed_rule(when: Mapping[str, str], team: str) -> Row:
    """The rule that gives a team what a row of the queue looks at, under an id that tells it apart."""
    return {"id": rule_id(when), "when": dict(when), "give": {"team": team}}


def rule_id(when: Mapping[str, str]) -> str:
    """The id of the rule that looks at this: openai/project/proj-1."""
    names: Sequence[str] = [name for name in when if name != "vendor"] or ["vendor"]
    vendor = [when["vendor"]] if "vendor" in when and names != ["vendor"] else []
    return "/".join([*vendor, *(STRANGE.sub("-", part) for name in names for part in (name, when[name]))])
