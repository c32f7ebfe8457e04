"""What one change cost: sessions, tools, models, tokens, money, AI evidence, how each link was made, and what stayed out.

Pure: assigned requests in, a value out. The money is list price (what the use would cost on the meter); a billed share
is shown only where requests carry one. An unknown price makes the total a lower bound, said with ≥, never a zero.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from payback.delivery.links import TO_A_CHANGE
from payback.delivery.markers import strongest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from payback.delivery.markers import AiClass
    from payback.delivery.references import Subject

TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
)
_NEEDED = (
    "usage_id", "occurred_at", "session_id", "tool", "model", "requests", *TOKENS, "list_usd",
    "repo", "branch", "commit_id", "pull_request_id", "how",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sum:
    """Requests added up. `list_usd` is None where no request had a price; `unpriced_tokens` have none."""

    requests: int = 0
    tokens: Mapping[str, int] | None = None
    list_usd: Decimal | None = None
    unpriced_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a receipt: a tool with a model, a session, or a way of linking."""

    names: tuple[str, ...]
    sum: Sum
    begun_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a receipt does not hold: money on the same branch that serves another change or none, and money near by
    (same repository, same time) that no rule could place.
    """

    on_branch: Sum
    elsewhere_on_branch: Sum
    unlinked_nearby: Sum


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a change cost, as of an instant. `billed_usd` is None where requests carry no billed share."""

    subject: Subject
    total: Sum
    billed_usd: Decimal | None
    ai_class: AiClass
    by_model: tuple[Line, ...]
    by_session: tuple[Line, ...]
    by_link: tuple[Line, ...]
    evidence: tuple[Mapping[str, Any], ...]
    coverage: Coverage
    made_at: datetime


def with_assignment(usage: pa.Table, assigned: pa.Table) -> pa.Table:
    """Requests with the columns of their assignment in place of their own; both tables in the same order."""
    for name in ("repo", "branch", "commit_id", "pull_request_id", "how"):
        if name in usage.column_names:
            usage = usage.drop_columns([name])
        usage = usage.append_column(name, assigned[name])
    return usage


def receipt(subject: Subject, assigned_usage: pa.Table, evidence: pa.Table, now: datetime) -> Receipt:
    """The receipt of a change. `assigned_usage` is what `with_assignment` gives, of the change's repository at least;
    `evidence` the canonical table. No request linked is a receipt with no lines, not an error.
    """
    rows = _rows_near(subject, assigned_usage)
    own = [row for row in rows if _belongs(row, subject)]
    signs = _evidence(subject, evidence)
    billed = [row["billed_usd"] for row in own if row.get("billed_usd") is not None]
    return Receipt(
        subject=subject,
        total=_sum(own),
        billed_usd=sum(billed, Decimal(0)) if billed else None,
        ai_class=strongest(sign["ai_class"] for sign in signs),
        by_model=_lines(own, ("tool", "model")),
        by_session=_lines(own, ("session_id", "tool")),
        by_link=_lines(own, ("how",)),
        evidence=tuple(signs),
        coverage=_coverage(subject, rows, own, now),
        made_at=now,
    )


def _rows_near(subject: Subject, table: pa.Table) -> list[dict[str, Any]]:
    """The requests of a change's repository; of a ticket, those of its changes."""
    names = [*_NEEDED, *(["billed_usd"] if "billed_usd" in table.column_names else [])]
    if subject.kind == "ticket":
        wanted = pc.is_in(table["pull_request_id"], pa.array(sorted(subject.changes), pa.string()))
    else:
        wanted = pc.equal(table["repo"], subject.repo)
    found: list[dict[str, Any]] = table.select(names).filter(wanted).to_pylist()
    return found


def _belongs(row: Mapping[str, Any], subject: Subject) -> bool:
    if subject.kind == "pull_request":
        return bool(row["pull_request_id"] == subject.id)
    if subject.kind == "commit":
        return bool(row["commit_id"] == subject.id)
    if subject.kind == "ticket":
        return row["pull_request_id"] in subject.changes
    return bool(row["branch"] == subject.branch)


def _sum(rows: Sequence[Mapping[str, Any]]) -> Sum:
    prices = [row["list_usd"] for row in rows if row["list_usd"] is not None]
    tokens = {name: sum(row[name] or 0 for row in rows) for name in TOKENS}
    unpriced = sum(row[name] or 0 for row in rows if row["list_usd"] is None for name in TOKENS)
    return Sum(
        sum(row["requests"] for row in rows), tokens, sum(prices, Decimal(0)) if prices else None, unpriced
    )


def _lines(rows: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> tuple[Line, ...]:
    groups: dict[tuple[str, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[name] or "unknown" for name in names)].append(row)
    lines = [
        Line(
            key,
            _sum(group),
            min(row["occurred_at"] for row in group),
            max(row["occurred_at"] for row in group),
        )
        for key, group in groups.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.sum.list_usd or Decimal(0)), line.names)))


def _evidence(subject: Subject, table: pa.Table) -> list[dict[str, Any]]:
    wanted = {subject.id, *subject.commit_ids, *subject.changes}
    names = ["subject_id", "kind", "ai_class", "tool", "model", "grade", "seen_in", "lines", "session_id"]
    rows = table.select(names).to_pylist()
    return sorted(
        (row for row in rows if row["subject_id"] in wanted), key=lambda row: str(tuple(row.values()))
    )


def _coverage(
    subject: Subject, rows: Sequence[dict[str, Any]], own: Sequence[dict[str, Any]], now: datetime
) -> Coverage:
    taken = {row["usage_id"] for row in own}
    branch = [row for row in rows if subject.branch is not None and row["branch"] == subject.branch]
    begin = min((row["occurred_at"] for row in own), default=None)
    end = subject.ended_at or now
    nearby = [
        row
        for row in rows
        if row["how"] not in TO_A_CHANGE
        and row["usage_id"] not in taken
        and begin is not None
        and begin <= row["occurred_at"] <= end
    ]
    return Coverage(_sum(branch), _sum([row for row in branch if row["usage_id"] not in taken]), _sum(nearby))
