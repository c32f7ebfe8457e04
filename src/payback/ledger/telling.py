"""Which requests are told of elsewhere too, so that tokens and requests add up once. Rule 4, for counts.

`spend` splits the higher count over the lower rows (`ledger.use`). Counts by request cannot be split, so of each place
(vendor, UTC day, model) one teller counts: the finer one where it tells of the same amount as the higher, give or take two
per cent, else the higher. The others are marked, and stay to be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from payback.ledger.derive import tokens
from payback.ledger.use import ANY_TOOL, VENDORS_OWN, levels, model_key
from payback.warehouse.contract import Upsert, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir

    from payback.ledger.attribute import Ground
    from payback.warehouse.contract import Warehouse

    Group = dict[str, Any]

CLOSE = 98, 102  # per cent of the higher count within which the finer one tells of the same
PLACE = ("vendor", "utc_day", "model", "tool", "person", "precedence", "payment")
APART = frozenset({"seat", "own_key"})


@dataclass(slots=True)
class _Level:
    """What one level of one tool tells: its groups and their tokens (requests where there are none)."""

    level: int
    tool: str | None
    groups: list[int]
    tokens: int = 0
    is_open: bool = False


def whole_days(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The UTC days that hold both instants, half open."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    return datetime.combine(first, time.min, UTC), datetime.combine(last + timedelta(days=1), time.min, UTC)


def marked(warehouse: Warehouse, since: datetime, until: datetime, ground: Ground) -> list[Upsert]:
    """The requests between two midnights of UTC whose mark changes, with the mark they should have."""
    usage = _within(warehouse.table("usage"), since, until)
    groups = warehouse.read(_grouped(usage)).to_pylist()
    elsewhere = told_elsewhere(groups, ground)
    wrong = [
        _key(group) for group, mark in zip(groups, elsewhere, strict=True) if mark != group["told_elsewhere"]
    ]
    if not wrong:
        return []
    marks = {_key(group): mark for group, mark in zip(groups, elsewhere, strict=True)}
    places = sorted({(key[0], key[1]) for key in wrong}, key=repr)
    return [change for place in places if (change := _rewritten(warehouse, usage, place, marks))]


def _rewritten(
    warehouse: Warehouse,
    usage: ir.Table,
    place: tuple[str | None, date],
    marks: Mapping[tuple[Any, ...], bool | None],
) -> Upsert | None:
    vendor, day = place
    since = datetime.combine(day, time.min, UTC)
    until = since + timedelta(days=1)
    rows = _within(usage, since, until)
    rows = rows.filter(rows["vendor"].isnull() if vendor is None else rows["vendor"] == vendor)
    found = warehouse.read(rows)
    told = [
        _key({**row, "utc_day": day})
        for row in found.select([n for n in PLACE if n != "utc_day"]).to_pylist()
    ]
    wanted = [marks[key] for key in told]
    before = found["told_elsewhere"].to_pylist()
    changed = [index for index, (new, old) in enumerate(zip(wanted, before, strict=True)) if new != old]
    if not changed:
        return None
    at = found.schema.get_field_index("told_elsewhere")
    rewritten = found.set_column(at, "told_elsewhere", pa.array(wanted, pa.bool_()))
    return Upsert("usage", rewritten.take(pa.array(changed, pa.int64())), Window(since, until))


def told_elsewhere(groups: list[Group], ground: Ground) -> list[bool | None]:
    """For each group of requests whether somebody else's count stands for it; None where its own does."""
    by_place: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        if not _is_apart(group, ground):
            by_place[group["vendor"], group["utc_day"], model_key(group["model"])].append(index)
    aside: set[int] = set()
    for indices in by_place.values():
        aside.update(_aside(groups, indices))
    return [True if index in aside else None for index in range(len(groups))]


def _is_apart(group: Group, ground: Ground) -> bool:
    if group["payment"] in APART:
        return True
    noon = datetime.combine(group["utc_day"], time(12), UTC)
    is_below = group["precedence"] in {None, "local_log", "telemetry"}
    return bool(
        not group["payment"] and is_below and ground.seats.holds(group["tool"], group["person"], noon)
    )


def _aside(groups: list[Group], indices: Iterable[int]) -> Iterable[int]:
    """The groups of one place that do not count."""
    told: dict[tuple[int, str | None], _Level] = {}
    for index in indices:
        group = groups[index]
        level = levels([group["precedence"]])[0]
        one = told.setdefault((level, group["tool"]), _Level(level, group["tool"], []))
        one.groups.append(index)
        one.tokens += group["tokens"] or group["requests"]
        one.is_open |= group["is_open"]
    counting: list[_Level] = []
    for tool in sorted({tool for level, tool in told if level < VENDORS_OWN}, key=str):
        ladder = sorted(
            (one for one in told.values() if one.tool == tool and one.level < VENDORS_OWN), key=_height
        )
        counting.append(_counting(ladder))
        yield from (index for one in ladder if one is not counting[-1] for index in one.groups)
    for own in [one for one in told.values() if one.level == VENDORS_OWN]:
        below = [one for one in counting if own.tool in ANY_TOOL or one.tool == own.tool]
        if below:
            yield from _of_two(own, below)


def _height(one: _Level) -> int:
    return one.level


def _counting(ladder: list[_Level]) -> _Level:
    """The finest level that tells of as much as the highest."""
    highest = ladder[-1]
    return next(one for one in ladder if one is highest or _tells_the_same(one.tokens, highest))


def _of_two(own: _Level, below: list[_Level]) -> list[int]:
    """The vendor's own count, or all below it."""
    if _tells_the_same(sum(one.tokens for one in below), own):
        return own.groups
    return [index for one in below for index in one.groups]


def _tells_the_same(finer: int, higher: _Level) -> bool:
    least, most = CLOSE
    if higher.is_open and finer >= higher.tokens:
        return True
    return higher.tokens * least <= finer * 100 <= higher.tokens * most


def _grouped(usage: ir.Table) -> ir.Table:
    ends = usage["occurred_at"] + usage["bucket_seconds"].as_interval("s")
    told = usage.mutate(
        utc_day=usage["occurred_at"].date(), all_tokens=tokens(usage),
        still_open=(usage["bucket_seconds"] > 0) & (ends > usage["synced_at"]),
    )  # fmt: skip
    rows = told.group_by([*PLACE, "told_elsewhere"]).aggregate(
        tokens=told["all_tokens"].sum(), requests=told["requests"].sum(), is_open=told["still_open"].any()
    )
    return rows.order_by([*PLACE, "told_elsewhere"])


def _within(usage: ir.Table, since: datetime, until: datetime) -> ir.Table:
    return usage.filter(
        usage["occurred_at"] >= ibis.literal(since), usage["occurred_at"] < ibis.literal(until)
    )


def _key(group: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(group[name] for name in PLACE)
