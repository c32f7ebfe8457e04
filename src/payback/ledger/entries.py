"""The light values a source hands over: a request, an agent step, a charge, a seat, a refused row, ... Imports no columnar
engine, so a reader of agent logs starts in milliseconds. Field names are the columns of `ledger.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

Quality = Literal["exact", "session_total", "estimated"]
Payment = Literal["metered", "seat", "own_key"]
UsagePrecedence = Literal["usage_api", "gateway", "telemetry", "local_log"]
Precedence = Literal[
    "invoice", "billing_api", "cloud_export", "usage_api", "gateway", "telemetry", "local_log", "entered"
]
Category = Literal["Usage", "Purchase", "Tax", "Credit", "Adjustment"]
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
    api_key: str | None = None
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
    payment: Payment | None = None
    precedence: UsagePrecedence | None = None
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
    context_window: str | None = None
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


@dataclass(slots=True, kw_only=True)
class Charge:
    """One line of money as billed or contracted. `charge_id` is deterministic: the same line has the same id each time.

    `details` holds what else the bill says, as text by FOCUS column name (x_ where FOCUS has none).
    """

    charge_id: str
    vendor: str
    charge_period_start: datetime
    charge_period_end: datetime
    source: str
    precedence: Precedence
    currency: str = "USD"
    charge_category: Category = "Usage"
    charge_class: str | None = None
    account: str | None = None
    sub_account: str | None = None
    service: str | None = None
    sku: str | None = None
    tool: str | None = None
    model: str | None = None
    billed_cost: Decimal | None = None
    effective_cost: Decimal | None = None
    list_cost: Decimal | None = None
    quantity: float | None = None
    unit: str | None = None
    invoice_id: str | None = None
    actor: str | None = None
    api_key: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Seat:
    """One licence of one person for one tool. A listing tells the seats held now; `valid_until` is then left unknown,
    unless it tells the end itself.
    """

    seat_id: str
    tool: str
    source: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    vendor: str | None = None
    person: str | None = None
    plan: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    interval: str | None = None
    renews_on: date | None = None
    ends_on: date | None = None
    last_active_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Activity:
    """One person × tool × day. `lines_*` and `edits_*` of agents that apply their own edits are kept out of acceptances."""

    day: date
    person: str
    tool: str
    source: str
    active: bool | None = None
    sessions: int | None = None
    suggestions: int | None = None
    acceptances: int | None = None
    lines_suggested: int | None = None
    lines_accepted: int | None = None
    chats: int | None = None
    edits_accepted: int | None = None
    edits_rejected: int | None = None
    lines_added: int | None = None
    lines_removed: int | None = None
    commits: int | None = None
    pull_requests: int | None = None


@dataclass(slots=True, kw_only=True)
class Identity:
    """One account, key, project or service account that a vendor lists. Whose it is, the organisation decides."""

    system: str
    identity: str
    source: str
    kind: str = "user"
    name: str | None = None
    email: str | None = None
    belongs_to: str | None = None
    account: str | None = None
    last_seen_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read, and why. `file` and `line` say where it stood; its text is not kept."""

    source: str
    why: str
    file: str | None = None
    line: int | None = None


Entry = Usage | Step | Charge | Seat | Activity | Identity
