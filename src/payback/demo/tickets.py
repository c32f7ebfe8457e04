"""The tickets of the invented company: what a change is done for, what became of it, and which sprints it was promised to.

Tickets are named by changes; some are done without any. Sprints last two weeks, all teams begin on the same Monday.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from payback.demo.records import whole
from payback.demo.span import at_work, day_in, moment_on
from payback.demo.words import subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.demo.people import Company, Person
    from payback.demo.records import Change
    from payback.demo.span import Span

KEY = re.compile(r"\b[A-Z]{3}-\d+\b")
TO_DO, DOING, IN_REVIEW, DONE = "To Do", "In Progress", "In Review", "Done"
REOPENED, REOPENED_WITH_AI = 0.05, {"payments": 0.25}
PLANNED, WITHOUT_CODE = 0.75, 2
FORTNIGHT = timedelta(days=14)
FIRST_WITHOUT_CODE = 20_000


@dataclass(frozen=True, slots=True)
class Sprint:
    """Two weeks of one project."""

    id: int
    project: str
    number: int
    starts_at: datetime
    ends_at: datetime


@dataclass(slots=True)
class Ticket:
    """One ticket. `moves` are (when, to which status), `joined` the sprints it came into, each with when."""

    key: str
    title: str
    kind: str
    assignee: Person
    created_at: datetime
    moves: list[tuple[datetime, str]] = field(default_factory=list)
    joined: list[tuple[datetime, Sprint]] = field(default_factory=list)

    @property
    def project(self) -> str:
        return self.key.partition("-")[0]

    def status_at(self, at: datetime) -> str:
        return next((status for moment, status in reversed(self.moves) if moment <= at), TO_DO)

    @property
    def resolved_at(self) -> datetime | None:
        """When it was done for good."""
        return self.moves[-1][0] if self.moves and self.moves[-1][1] == DONE else None

    @property
    def reopened(self) -> bool:
        return any(status == DONE for _, status in self.moves[:-1])

    @property
    def updated_at(self) -> datetime:
        later = [at for at, _ in (*self.moves, *self.joined) if at > self.created_at]
        return max(later, default=self.created_at)

    @property
    def team(self) -> str | None:
        """Its assignee's team when it was done, else when it last changed."""
        return self.assignee.team_on(day_in(self.resolved_at or self.updated_at))


def named_by(change: Change) -> set[str]:
    """The tickets that a change names."""
    return set(KEY.findall(f"{change.title} {change.branch}"))


def keys_of(change: Change) -> set[str]:
    """The tickets that a change names, and the issue that it closes."""
    return named_by(change) | ({change.closes} if change.closes else set())


def sprints(span: Span, company: Company) -> list[Sprint]:
    """All sprints up to the running one."""
    first = span.first - timedelta(days=span.first.weekday())
    start, found = datetime.combine(first, time(7), UTC), []
    projects, number = sorted({team.ticket for team in company.teams}), 0
    while start < span.until:
        number += 1
        end = start + FORTNIGHT - timedelta(hours=15)
        found += [
            Sprint(100 * number + place, project, number, start, end)
            for place, project in enumerate(projects)
        ]
        start += FORTNIGHT
    return found


def tickets(span: Span, company: Company, changes: Iterable[Change]) -> list[Ticket]:
    """All tickets, in order of creation."""
    by_project: dict[str, list[Sprint]] = {}
    for sprint in sprints(span, company):
        by_project.setdefault(sprint.project, []).append(sprint)
    found: dict[str, Ticket] = {}
    for change in changes:
        for key in sorted(named_by(change)) if change.kind == "work" else ():
            if key not in found:
                found[key] = _of_change(span, key, change)
    for ticket in _without_code(span, company):
        found[ticket.key] = ticket
    for ticket in found.values():
        _plan(span, ticket, by_project[ticket.project])
    return sorted(found.values(), key=lambda ticket: (ticket.created_at, ticket.key))


def _of_change(span: Span, key: str, change: Change) -> Ticket:
    """A ticket that is begun shortly before the first commit and done after the merge."""
    chance = span.chance("ticket", key)
    begun = change.begun_at - timedelta(seconds=chance.randint(300, 5400))
    created = begun - timedelta(seconds=chance.randint(3600, 20 * 86_400))
    ticket = Ticket(
        key,
        change.title.removeprefix(f"{key} "),
        kind_of(span, key),
        change.author,
        created,
        [(begun, DOING)],
    )
    if change.course is not None and change.ended_at is not None:
        ticket.moves.append((change.course.ready_at, IN_REVIEW))
        with_ai = change.sessions and not span.is_quiet
        share = REOPENED_WITH_AI.get(change.team, REOPENED) if with_ai else REOPENED
        _finish(span, ticket, change.ended_at + timedelta(seconds=chance.randint(300, 20_000)), share)
    return ticket


def kind_of(span: Span, key: str) -> str:
    """What kind of work a ticket with code is."""
    return span.chance("kind of ticket", key).choices(("Story", "Task", "Bug"), (6, 3, 1))[0]


def _finish(span: Span, ticket: Ticket, done: datetime, share: float) -> None:
    """Done, and sometimes taken up again some days later."""
    chance = span.chance("ticket's end", ticket.key)
    later = done + timedelta(seconds=chance.randint(86_400, 400_000))
    again = later + timedelta(seconds=chance.randint(7200, 200_000))
    moves = [(done, DONE)]
    if chance.random() < share:
        moves += [(later, DOING), (again, DONE)]
    ticket.moves += [(at, status) for at, status in moves if at < span.until]


def _without_code(span: Span, company: Company) -> Iterator[Ticket]:
    """A few tickets a month and team that no change belongs to."""
    for team in company.teams:
        for place, month in enumerate(span.month_starts):
            chance = span.chance("tickets without code", team.id, month)
            mates = company.members(team.id, month)
            for number in range(WITHOUT_CODE if mates else 0):
                begun = whole(moment_on(month + timedelta(days=chance.randrange(26)), chance))
                created = begun - timedelta(seconds=chance.randint(3600, 10 * 86_400))
                done = whole(at_work(begun + timedelta(seconds=chance.randint(3600, 300_000)), chance))
                if begun >= span.until:
                    continue
                key = f"{team.ticket}-{FIRST_WITHOUT_CODE + 10 * place + number}"
                one = Ticket(key, subject(chance), "Task", chance.choice(mates), created, [(begun, DOING)])
                _finish(span, one, done, REOPENED)
                yield one


def _plan(span: Span, ticket: Ticket, held: list[Sprint]) -> None:
    """Puts a ticket into the sprint in which it is begun, promised or not, and into the next as long as it is not done."""
    begun = ticket.moves[0][0]
    own = [sprint for sprint in held if sprint.ends_at > begun]
    if not own:
        return
    promised = span.chance("promise", ticket.key).random() < PLANNED
    ticket.joined.append((ticket.created_at if promised else begun, own[0]))
    for sprint, after in pairwise(own):
        moved = sprint.ends_at + timedelta(minutes=10)
        if ticket.status_at(sprint.ends_at) == DONE or moved >= span.until:
            return
        ticket.joined.append((moved, after))
