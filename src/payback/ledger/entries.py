"""The light values a source hands over: one request, one agent step, one refused row. Imports no columnar engine,
so a reader of agent logs starts in milliseconds. Field names are the columns of `ledger.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

Quality = Literal["exact", "session_total", "estimated"]
StepKind = Literal["read", "edit", "test", "shell", "search", "subagent", "other"]


@dataclass(slots=True, kw_only=True)
class Usage:
    """One model request as a tool or vendor reports it. Five disjoint token counts; unknown is None.

    `requests`, `errors` and `retries` are disjoint counts: answered requests, requests that failed for good, and
    failed attempts that were tried again. `reported_tokens` is the vendor's own total of the row, held against the
    five counts at intake and then forgotten.
    """

    usage_id: str
    occurred_at: datetime
    vendor: str | None
    tool: str
    source: str
    model: str | None = None
    response_id: str | None = None
    account: str | None = None
    project: str | None = None
    actor: str | None = None
    session_id: str | None = None
    run_id: str | None = None
    agent: str | None = None
    is_subagent: bool = False
    working_directory: str | None = None
    repo: str | None = None
    branch: str | None = None
    commit: str | None = None
    team: str | None = None
    cost_center: str | None = None
    workflow: str | None = None
    environment: str | None = None
    task_type: str | None = None
    bucket_seconds: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    web_searches: int = 0
    requests: int = 1
    errors: int = 0
    retries: int = 0
    error: str | None = None
    attempt: int = 1
    duration_seconds: float | None = None
    service_tier: str | None = None
    speed: str | None = None
    region: str | None = None
    prompt_digest: str | None = None
    is_final: bool = True
    reported_usd: Decimal | None = None
    reported_tokens: int | None = None
    quality: Quality = "exact"


@dataclass(slots=True, kw_only=True)
class Step:
    """One step of an agent: a tool call and what it brought back. No argument or output text, only a keyed digest."""

    step_id: str
    occurred_at: datetime
    tool: str
    session_id: str
    kind: StepKind
    name: str
    source: str
    run_id: str | None = None
    usage_id: str | None = None
    is_error: bool | None = None
    arguments_digest: str | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, and why. `file` and `line` say where it stood; its text is not kept."""

    source: str
    why: str
    file: str | None = None
    line: int | None = None
