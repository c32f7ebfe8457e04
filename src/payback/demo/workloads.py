"""Work that no person and no agent log tells of: workflows that call a vendor's API with a key of their own, and those that
go through the company's gateway, which tags each request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from payback.demo.prices import DRAFTS, HAIKU, LUNA, MINI, NANO_MODEL, OPUS
from payback.demo.use import ANTHROPIC, OPENAI, Place, Use

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.demo.span import Span

GATEWAY, GATEWAY_TEAM = "gateway", "infrastructure"
LUNA_SINCE = date(2026, 7, 1)


@dataclass(frozen=True, slots=True)
class Workload:
    """One workflow in production or on trial. `begins` and `production` are shares of the span; `prompt` and `answer` are
    tokens of one request, of which `cached` per cent come from the cache. `is_tagged`: it goes through the gateway. It runs on
    `weekdays` (Monday is 0), and of what it brings forth then `pieces` are written down.
    """

    id: str
    name: str
    team: str
    vendor: str
    model: str
    begins: float
    production: float
    a_day: tuple[int, int]
    prompt: tuple[int, int]
    answer: tuple[int, int]
    output: str
    task_type: str
    risk: str = "low"
    cached: int = 0
    is_tagged: bool = False
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    pieces: int = 0

    @property
    def project(self) -> str:
        if self.is_tagged:
            return f"{'ws' if self.vendor == ANTHROPIC else 'proj'}-{GATEWAY}"
        return f"proj-{self.id}"

    @property
    def key(self) -> str:
        prefix = "apikey" if self.vendor == ANTHROPIC else "key"
        return f"{prefix}_{GATEWAY if self.is_tagged else self.id}"

    @property
    def service_account(self) -> str:
        """The vendor's id of the account that its key belongs to."""
        prefix = "svac" if self.vendor == ANTHROPIC else "svc"
        return f"{prefix}_{GATEWAY if self.is_tagged else self.id}"

    def starts(self, span: Span) -> date:
        return span.month_after(self.begins)

    def stage(self, span: Span, day: date) -> str:
        return "production" if day >= span.month_after(self.production) else "experiment"

    def model_on(self, day: date) -> str:
        """It moves on to a newer model in the middle of 2026, whose price falls four weeks later."""
        return LUNA if self.model == MINI and day >= LUNA_SINCE else self.model


TRIAGE = Workload(
    "ticket-triage", "Ticket triage", "storefront", OPENAI, MINI, 0.4, 0.55, (120, 400), (1500, 6000), (80, 400),
    "triage", "triage", cached=40, pieces=4,
)  # fmt: skip
TESTS = Workload(
    "test-drafts", "Test drafts", "payments", OPENAI, DRAFTS, 0.4, 0.8, (10, 60), (4000, 20_000), (500, 2500),
    "test_case", "qa", "medium", pieces=4,
)  # fmt: skip
SUMMARIES = Workload(
    "report-summaries", "Report summaries", "data", ANTHROPIC, HAIKU, 0.45, 0.6, (4, 10), (8000, 40_000), (300, 900),
    "summary", "documentation", is_tagged=True, pieces=4,
)  # fmt: skip
CATALOGUE = Workload(
    "catalogue-tagging", "Catalogue tagging", "search", OPENAI, NANO_MODEL, 0.5, 0.7, (6, 14), (900, 4000), (40, 200),
    "tag", "classification", is_tagged=True,
)  # fmt: skip
NOTES = Workload(
    "release-notes", "Release notes", "mobile", ANTHROPIC, HAIKU, 0.45, 0.6, (3, 6), (3000, 12_000), (200, 800),
    "release_note", "documentation", is_tagged=True, pieces=3,
)  # fmt: skip
DIGESTS = Workload(
    "contract-digests", "Contract digests", "identity", ANTHROPIC, OPUS, 0.5, 0.65, (6, 12), (90_000, 150_000), (800, 2500),
    "digest", "documentation", is_tagged=True, weekdays=(1, 3), pieces=1,
)  # fmt: skip
WORKLOADS = (TRIAGE, TESTS, SUMMARIES, CATALOGUE, NOTES, DIGESTS)


def as_run(span: Span, work: Workload) -> Workload:
    """How a workload runs at this company: in a quiet one none takes many dear calls for one piece."""
    if span.is_quiet and work == DIGESTS:
        return replace(work, model=HAIKU, a_day=(1, 1), prompt=SUMMARIES.prompt, answer=SUMMARIES.answer)
    return work


def working_days(span: Span, work: Workload) -> Iterator[date]:
    """The days on which it runs."""
    day = work.starts(span)
    while day < span.today:
        if day.weekday() in work.weekdays:
            yield day
        day += timedelta(days=1)


def unattended(span: Span) -> Iterator[Use]:
    """The requests of all workloads. Those that only the vendor tells of come as one bundle of a working day."""
    for work in (as_run(span, one) for one in WORKLOADS):
        for day in working_days(span, work):
            yield from _day(span, work, day)


def _day(span: Span, work: Workload, day: date) -> Iterator[Use]:
    chance = span.chance("workload", work.id, day)
    count = chance.randint(*work.a_day)
    for _ in range(count if work.is_tagged else 1):
        many = 1 if work.is_tagged else count
        prompt, answer = many * chance.randint(*work.prompt), many * chance.randint(*work.answer)
        read = prompt * work.cached // 100
        moment = datetime.combine(day, time(7), UTC) + timedelta(seconds=chance.randrange(8 * 3600))
        tool = "litellm" if work.is_tagged else f"{work.vendor}_api"
        yield Use(
            moment, work.vendor, work.project, work.key, None if work.is_tagged else work.service_account,
            work.model_on(day), (prompt - read, read, 0, 0, answer),
            Place(work.team, tool, work.id, work.stage(span, day)), many,
        )  # fmt: skip
