"""Requests as the vendors meter them: whose account, project and key they came by, what they are worth, whose they are.

The conversations of people become such requests here; `workloads` adds those that no agent log tells of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from payback.demo.people import CLAUDE, CODEX, GEMINI
from payback.demo.prices import price_of
from payback.demo.span import day_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from payback.demo.people import Company, Person
    from payback.demo.records import Request, Session
    from payback.demo.span import Span

WORKFLOW, ENVIRONMENT = "nightly-triage", "production"
ROBOT_PAYER = "ci"
ANTHROPIC, OPENAI, GOOGLE = "anthropic", "openai", "google"
VENDORS = {CLAUDE: ANTHROPIC, CODEX: OPENAI, GEMINI: GOOGLE}
DEFAULT_PROJECT = "proj_default"
PROJECTS_AFTER = 0.4
Tokens = tuple[int, int, int, int, int]


class Place(NamedTuple):
    """Where money belongs, apart from basis and month."""

    team: str | None
    tool: str
    workflow: str | None = None
    environment: str | None = None
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Use:
    """One metered request (or, for unattended work, a bundle of them): five disjoint token counts, and its list price in
    billionths of a dollar, None for a model without a price. `user` is who the vendor says asked.
    """

    occurred_at: datetime
    vendor: str
    project: str
    key: str
    user: str | None
    model: str
    tokens: Tokens
    place: Place
    requests: int = 1

    @property
    def nano(self) -> int | None:
        price = price_of(self.model, day_in(self.occurred_at))
        return None if price is None else price.nano(self.tokens)

    @property
    def utc_day(self) -> date:
        return self.occurred_at.astimezone(UTC).date()


def workspace(vendor: str, team: str) -> str:
    """The vendor's name for the part of the account that a team uses."""
    return f"{'ws' if vendor == ANTHROPIC else 'proj'}-{team}"


def holds_claude_seat(span: Span, company: Company, person: Person, day: date) -> bool:
    """Whether a flat fee covers a person's Claude Code that day; teams take seats from the month in which they adopt."""
    team_id = person.team_on(day)
    if team_id is None or person.kind == "service":
        return False
    team = company.team(team_id)
    return team.claude == "seats" and team.adopts is not None and day >= span.month_after(team.adopts)


def place_of(session: Session, request: Request) -> Place:
    """Where a request of a conversation belongs."""
    person = session.person
    tagged = (WORKFLOW, ENVIRONMENT) if person.kind == "service" else (None, None)
    return Place(person.team_on(day_in(request.occurred_at)), session.tool, *tagged)


def list_nano(request: Request) -> int | None:
    """The request at list price in billionths of a dollar, None without a price."""
    price = price_of(request.model, day_in(request.occurred_at))
    return None if price is None else price.nano(request.tokens)


def metered(span: Span, company: Company, sessions: list[Session]) -> Iterator[Use]:
    """The requests of conversations that a vendor meters: all but those on a seat or within a free allowance."""
    split = span.month_after(PROJECTS_AFTER)
    for session in sessions:
        vendor, person = VENDORS[session.tool], session.person
        if vendor == GOOGLE:
            continue
        for request in session.requests():
            day = day_in(request.occurred_at)
            if vendor == ANTHROPIC and holds_claude_seat(span, company, person, day):
                continue
            payer = ROBOT_PAYER if person.kind == "service" else str(person.team_on(day))
            whole = vendor == OPENAI and day < split
            project = DEFAULT_PROJECT if whole else workspace(vendor, payer)
            yield Use(
                request.occurred_at, vendor, project, key_of(vendor, person, project), person.id,
                request.model, request.tokens, place_of(session, request),
            )  # fmt: skip


def key_of(vendor: str, person: Person, project: str) -> str:
    """The id of a person's key in a project."""
    return f"{'apikey' if vendor == ANTHROPIC else 'key'}_{person.id}_{project.rpartition('-')[2]}"
