"""What is true of the invented company, added up while it is invented. Whole billionths of a dollar, no rounding.

It says for each number only what the records determine. Where a bill does not say which team it is for, the row says
`"undetermined": ["team"]` and its team is null.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.demo.prices import dollars, price_of
from payback.demo.records import attempts_before
from payback.demo.span import day_in, month_in

if TYPE_CHECKING:
    from datetime import datetime

    from payback.demo.bills import Line
    from payback.demo.records import Request, Session

WORKFLOW, ENVIRONMENT = "nightly-triage", "production"
ROBOT_PAYER = "ci"
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")


@dataclass(frozen=True, slots=True)
class Cell:
    """Where an amount belongs."""

    basis: str
    month: str
    team: str | None
    tool: str
    workflow: str | None = None
    environment: str | None = None
    currency: str = "USD"
    undetermined: tuple[str, ...] = ()

    def row(self, amount: str) -> dict[str, Any]:
        row: dict[str, Any] = {
            "basis": self.basis,
            "month": self.month,
            "team": self.team,
            "tool": self.tool,
            "workflow": self.workflow,
            "environment": self.environment,
            "currency": self.currency,
            "amount": amount,
        }
        return row | ({"undetermined": list(self.undetermined)} if self.undetermined else {})


@dataclass(slots=True)
class Truth:
    """Running sums. `metered` is what the vendors will bill: (month, tool, team, model) to billionths and tokens."""

    spend: Counter[Cell] = field(default_factory=Counter)
    tokens: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    retries: Counter[tuple[str, str]] = field(default_factory=Counter)
    unpriced: Counter[tuple[str, str]] = field(default_factory=Counter)
    waste: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    metered: Counter[tuple[str, str, str | None, str]] = field(default_factory=Counter)
    metered_tokens: Counter[tuple[str, str, str | None, str]] = field(default_factory=Counter)
    users: set[tuple[str, str, str]] = field(default_factory=set)
    first_unknown: Request | None = None

    def add_session(self, session: Session) -> None:
        """Each of its requests once, its failures, and who used what."""
        for request in session.requests():
            self.add_request(session, request)
            self._attempts(session.tool, attempts_before(request.occurred_at, request.failed_attempts))
        for turn in session.turns:
            if turn.gave_up_at is not None:
                self.errors[month_in(turn.gave_up_at), session.tool] += 1
                self._attempts(session.tool, attempts_before(turn.gave_up_at, turn.gave_up_after))

    def _attempts(self, tool: str, instants: list[datetime]) -> None:
        for instant in instants:
            self.retries[month_in(instant), tool] += 1

    def add_request(self, session: Session, request: Request) -> None:
        month, tool, person = month_in(request.occurred_at), session.tool, session.person
        self.requests[month, tool] += 1
        self.users.add((month, tool, person.id))
        for kind, count in zip(KINDS, request.tokens, strict=True):
            self.tokens[month, tool, kind] += count
        self.tokens[month, tool, "reasoning"] += request.reasoning
        nano = list_nano(request)
        if nano is None:
            self.unpriced[month, request.model] += sum(request.tokens)
            if self.first_unknown is None or request.occurred_at < self.first_unknown.occurred_at:
                self.first_unknown = request
            return
        team = person.team_on(day_in(request.occurred_at))
        tagged = (WORKFLOW, ENVIRONMENT) if person.kind == "service" else (None, None)
        self.spend[Cell("list", month, team, tool, *tagged)] += nano
        self.metered[month, tool, _payer(session, team), request.model] += nano
        self.metered_tokens[month, tool, _payer(session, team), request.model] += sum(request.tokens)
        if request.repeats:
            self.waste["retries", team] += nano

    def add_line(self, line: Line) -> None:
        """One line of a bill, on both bases."""
        workflow, environment = (WORKFLOW, ENVIRONMENT) if line.tags else (None, None)
        open_questions = () if line.names_team else ("team",)
        for basis, nano in (("billed", line.billed), ("amortised", line.effective)):
            if nano:
                cell = Cell(
                    basis,
                    line.month,
                    line.team,
                    line.tool,
                    workflow,
                    environment,
                    undetermined=open_questions,
                )
                self.spend[cell] += nano
        if line.idle:
            self.waste["idle_seats", line.team] += line.effective


def _payer(session: Session, team: str | None) -> str | None:
    return ROBOT_PAYER if session.person.kind == "service" else team


def list_nano(request: Request) -> int | None:
    """The request at list price in billionths of a dollar, None without a price."""
    price = price_of(request.model, day_in(request.occurred_at))
    return None if price is None else price.nano(request.tokens)


def plain(nano: int) -> str:
    """An exact amount as text."""
    return f"{dollars(nano):f}"
