"""Who works at the invented company: teams, people, who belongs where and since when, who took up AI and when.

Eight teams begin, six of them adopt AI one after another, two never do. After six tenths of the span a ninth team is
formed out of two others, and after seven tenths one person leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from payback.demo.words import FAMILY, GIVEN

if TYPE_CHECKING:
    from payback.demo.span import Span

Plan = Literal["metered", "seats"]
CLAUDE, CODEX, GEMINI, CURSOR = "claude_code", "codex", "gemini_cli", "cursor"
DOMAIN = "lumen-harbour.example"


@dataclass(frozen=True, slots=True)
class Team:
    """A team, or a group of teams. `adopts` is its share of the span at which AI use begins; None is never.

    `claude` says how its Claude Code use is paid. `tools` are the agents it uses, with weights.
    """

    id: str
    name: str
    ticket: str = ""
    repo: str = ""
    parent: str | None = None
    adopts: float | None = None
    tools: tuple[tuple[str, int], ...] = ()
    claude: Plan = "metered"
    founded: float = 0.0


GROUPS = (Team("product", "Product"), Team("platform", "Platform"))
TEAMS = (
    Team("payments", "Payments", "PAY", "billing", "product", 0.3, ((CLAUDE, 1),)),
    Team("infrastructure", "Infrastructure", "INF", "platform-infra", "platform", 0.15, ((CODEX, 1),)),
    Team("search", "Search", "SEA", "search-engine", "product", 0.42, ((CLAUDE, 1),), "seats"),
    Team("storefront", "Storefront", "STO", "shop-web", "product", 0.2, ((CLAUDE, 3), (CODEX, 1))),
    Team("mobile", "Mobile", "MOB", "mobile-app", "product", 0.5, ((CODEX, 2), (GEMINI, 1))),
    Team("data", "Data", "DAT", "data-pipelines", "platform", 0.6, ((CLAUDE, 1), (GEMINI, 1)), "seats"),
    Team("identity", "Identity", "IDN", "accounts", "platform"),
    Team("quality", "Quality", "QUA", "test-harness", "platform"),
)
FOUNDED = Team(
    "assist", "Shopping assistant", "AST", "search-engine", "product", 0.6, ((CLAUDE, 1),), founded=0.6
)
REORGANISED_AFTER = 0.6
PIONEERS, FIRST_DAYS, QUARTER, WITHOUT = 4, 5, 90, 0.25
LEAVES_AFTER = 0.7


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's team from a day up to but not including another; None is still."""

    team: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """One person (or service account) with everything they are known by. `adopted` is their first day with AI."""

    id: str
    name: str
    email: str
    memberships: tuple[Membership, ...]
    git_emails: tuple[str, ...] = ()
    adopted: date | None = None
    kind: Literal["person", "service"] = "person"

    @property
    def since(self) -> date:
        return self.memberships[0].since

    @property
    def until(self) -> date | None:
        """The day they were gone; None while they work here."""
        return self.memberships[-1].until

    def team_on(self, day: date) -> str | None:
        """Their team on a day, None before they came and after they left."""
        return next((membership.team for membership in self.memberships if membership.holds(day)), None)

    def uses_ai_on(self, day: date) -> bool:
        return self.adopted is not None and self.adopted <= day


BOT = Person(
    "dependabot", "dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com", (), kind="service"
)


@dataclass(frozen=True, slots=True)
class Company:
    """All teams and people of one invented company."""

    teams: tuple[Team, ...]
    people: tuple[Person, ...]
    robot: Person
    reorganised_on: date | None

    def team(self, team_id: str) -> Team:
        return next(team for team in self.teams if team.id == team_id)

    def members(self, team_id: str, day: date) -> tuple[Person, ...]:
        return tuple(person for person in self.people if person.team_on(day) == team_id)


def found(span: Span) -> Company:
    """The company of a span. A span under three months has no re-organisation and nobody leaves."""
    people = [_person(span, index) for index in range(span.people)]
    eventful = span.months >= 3
    teams: tuple[Team, ...] = TEAMS
    if eventful:
        turn = span.month_after(REORGANISED_AFTER)
        people = _reorganised(people, turn)
        people = _one_leaves(people, span.month_after(LEAVES_AFTER))
        teams = (*TEAMS, FOUNDED)
    robot = Person(
        "ci-triage",
        "CI triage",
        f"ci-triage@{DOMAIN}",
        (Membership("infrastructure", span.first),),
        adopted=span.month_after(0.08),
        kind="service",
    )
    return Company(teams, tuple(people), robot, span.month_after(REORGANISED_AFTER) if eventful else None)


def _person(span: Span, index: int) -> Person:
    chance = span.chance("person", index)
    team = TEAMS[index % len(TEAMS)]
    given = GIVEN[index % len(GIVEN)]
    again = index // len(GIVEN)
    handle = given if again == 0 else f"{given}{again + 1}"
    late = index >= len(TEAMS) * 2 and chance.random() < 0.2
    since = span.month_after(chance.choice((0.2, 0.35, 0.5))) if late else span.first
    family = FAMILY[(index * 7 + again) % len(FAMILY)]
    private = (f"{1000 + index}+{handle}-lh@users.noreply.github.com",) if chance.random() < 0.25 else ()
    return Person(
        handle,
        f"{given.capitalize()} {family}",
        f"{handle}.{family.lower()}@{DOMAIN}",
        (Membership(team.id, since),),
        private,
        _adoption(span, team, since, index),
    )


def _adoption(span: Span, team: Team, since: date, index: int) -> date | None:
    """The first of a team adopts with it and three more within days; the others follow within a quarter of a year, one in
    four of them never does.
    """
    if team.adopts is None:
        return None
    chance = span.chance("adoption", index)
    begins = span.month_after(team.adopts)
    if index < len(TEAMS):
        return begins
    if index < len(TEAMS) * PIONEERS:
        return max(begins, since) + timedelta(days=chance.randrange(FIRST_DAYS))
    if chance.random() < WITHOUT:
        return None
    return max(begins, since) + timedelta(days=chance.randrange(QUARTER))


def _reorganised(people: list[Person], turn: date) -> list[Person]:
    """Every other member of search and every third of storefront moves to the team founded that day."""
    movers: set[str] = set()
    for team, step in (("search", 2), ("storefront", 3)):
        there = [person for person in people if person.team_on(turn) == team]
        movers |= {person.id for person in there[1::step]}
    return [_moved(person, turn) if person.id in movers else person for person in people]


def _moved(person: Person, turn: date) -> Person:
    last = person.memberships[-1]
    if last.since >= turn:
        return replace(person, memberships=(Membership(FOUNDED.id, last.since),))
    return replace(
        person,
        memberships=(
            *person.memberships[:-1],
            replace(last, until=turn),
            Membership(FOUNDED.id, turn),
        ),
    )


def _one_leaves(people: list[Person], day: date) -> list[Person]:
    """Someone of a team on seats who uses AI leaves, so that a paid seat stays behind."""
    there = [person for person in people if person.team_on(day) == "search" and person.adopted is not None]
    if not there:
        return people
    gone = there[0]
    last = replace(gone.memberships[-1], until=day)
    leaver = replace(gone, memberships=(*gone.memberships[:-1], last))
    return [leaver if person.id == gone.id else person for person in people]
