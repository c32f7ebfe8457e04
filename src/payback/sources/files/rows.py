"""Rows of a mapped file as canonical charges and requests. A row that cannot be read is refused alone, with its line.

Ids are made of what the row says, so the same file taken in twice, or under another name, gives the same rows; equal
lines of one file are told apart by their order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.period import add_months, day_of, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from payback.sources.files.kinds import Kind
    from payback.sources.files.layout import Sheet
    from payback.sources.files.mapping import Columns

CATEGORIES = {name.casefold(): name for name in ("Usage", "Purchase", "Tax", "Credit", "Adjustment")}


@dataclass(slots=True)
class FileRows:
    """What a file gave: charges as rows of `charges`, requests as entries, and what was refused."""

    charges: list[dict[str, Any]] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def convert(sheet: Sheet, kind: Kind, columns: Columns, zone: ZoneInfo, name: str) -> FileRows:
    """All rows of a sheet by its mapping. `name` is the file's name, shown with refused rows."""
    found = FileRows()
    source = f"file:{kind.name}"
    seen: Counter[str] = Counter()
    for line, row in sheet.rows:
        try:
            values = dict(_values(row, kind, columns, zone))
            identity = digest(
                *(f"{key}={value}" for key, value in sorted(values.items()) if value is not None)
            )
            seen[identity] += 1
            ordinal = digest(identity, seen[identity])
            if kind.name == "charges":
                found.charges.append(charge(values, ordinal, source, zone))
            else:
                found.usages.append(usage(values, ordinal, source))
        except ValueError as error:
            found.rejected.append(Rejected(source, str(error), name, line))
    return found


def _values(
    row: Mapping[str, Any], kind: Kind, columns: Columns, zone: ZoneInfo
) -> Iterator[tuple[str, Any]]:
    for one in kind.fields:
        cell = (
            row.get(columns.columns[one.name])
            if one.name in columns.columns
            else columns.constants.get(one.name)
        )
        try:
            value = one.cell(cell, zone)
        except ValueError as error:
            raise ValueError(f"{one.name}: {error}") from error
        if value is None and one.required:
            raise ValueError(f"{one.name} is empty")
        yield one.name, value


def charge(values: Mapping[str, Any], identity: str, source: str, zone: ZoneInfo) -> dict[str, Any]:
    """One row of `charges`. Without an end the charge covers its day, or its month where it begins one."""
    if not values["vendor"]:
        raise ValueError("vendor is empty; say who is paid with --set vendor=NAME")
    start = values["charge_period_start"]
    end = values["charge_period_end"] or _natural_end(start, zone)
    if end <= start:
        raise ValueError(f"the charge ends ({end:%Y-%m-%d}) before it begins ({start:%Y-%m-%d})")
    billed = values["billed_cost"]
    effective = values["effective_cost"]
    told = (values["charge_category"] or "Usage").casefold()
    return {
        **values,
        "charge_id": digest("charge", values["vendor"], values["charge_id"] or identity),
        "vendor": values["vendor"].casefold(),
        "charge_category": CATEGORIES.get(
            told, "Purchase" if told in {"seat", "seats", "subscription"} else "Usage"
        ),
        "charge_period_end": end,
        "effective_cost": billed if effective is None else effective,
        "currency": (values["currency"] or "USD").upper(),
        "precedence": values["precedence"] or "invoice",
        "source": source,
    }


def _natural_end(start: datetime, zone: ZoneInfo) -> datetime:
    day = day_of(start, zone)
    if day.day == 1:
        return midnight(add_months(day, 1), zone)
    return midnight(day + timedelta(days=1), zone)


def usage(values: Mapping[str, Any], identity: str, source: str) -> Usage:
    """One request or bucket. A total input that holds the cached part is made disjoint here, where it is known."""
    counts = {name: values[name] or 0 for name in _COUNTS}
    total = values["total_input_tokens"]
    if total is not None and values["input_tokens"] is None:
        cached = (
            counts["cache_read_tokens"] + counts["cache_write_5m_tokens"] + counts["cache_write_1h_tokens"]
        )
        if cached > total:
            raise ValueError(f"the cached input ({cached}) is more than the whole input ({total})")
        counts["input_tokens"] = total - cached
    texts: dict[str, Any] = {name: values[name] for name in _TEXTS}
    errors = counts["errors"] or (1 if values["error"] else 0)
    requests = values["requests"] if values["requests"] is not None else int(not errors)
    whole: dict[str, Any] = {**counts, "errors": errors, "requests": requests}
    return Usage(
        usage_id=digest("usage", source, values["usage_id"] or identity),
        occurred_at=cast("datetime", values["occurred_at"]).astimezone(UTC),
        tool=values["tool"] or "api",
        source=source,
        duration_seconds=values["duration_seconds"],
        reported_usd=cast("Decimal | None", values["reported_usd"]),
        reported_tokens=values["reported_tokens"],
        attempt=values["attempt"] or 1,
        quality="exact",
        **whole,
        **texts,
    )


_COUNTS = (
    "bucket_seconds", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens",
    "output_tokens", "reasoning_tokens", "web_searches", "errors",
)  # fmt: skip
_TEXTS = (
    "vendor", "model", "account", "project", "actor", "session_id", "run_id", "repo", "branch", "team", "cost_center",
    "workflow", "environment", "task_type", "error", "service_tier", "region",
)  # fmt: skip
