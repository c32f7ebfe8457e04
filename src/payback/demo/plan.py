"""What happens at the invented company: who changes which repository when, and which conversations go with it.

Conversations on a change end before the commit that they lead to. Knows the order of things, not how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from payback.demo import agents
from payback.demo.choosing import Setting, identity, model_for
from payback.demo.conversations import Brief, converse
from payback.demo.courses import follow, habit
from payback.demo.dailies import dailies
from payback.demo.gains import gain
from payback.demo.people import BOT, CLAUDE, GEMINI
from payback.demo.prices import HAIKU, SONNET
from payback.demo.records import Change, Session
from payback.demo.span import at_work, closes_a_month, day_in, moment_on
from payback.demo.stakes import PREFIXES, stake
from payback.demo.tracked import track
from payback.demo.words import slug, subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.lines import Brought
    from payback.demo.people import Company, Person, Team
    from payback.demo.span import Span

HAIKU_AFTER = 0.08
CHANGES_A_MONTH = (2, 2, 2, 3, 3, 3)
QUIET_MONTHS = {8: 0.6, 12: 0.7}
ABANDONED, SQUASHED, MARKED, FORKED, AFTERWARDS = 0.05, 0.45, 0.75, 0.2, 0.05
TICKETED = 0.65
LEAVING = timedelta(days=25)
ROBOT_HOUR = 22
TIDY = "tidy/"  # a branch that a person takes up again every few months; always merged, so each stretch has its change


@dataclass(slots=True)
class Story:
    """All changes (numbered, in order of opening) and all conversations (in order of beginning). `forgone` are changes that
    would have been made without AI and were not; `lines`, once the repositories are written, what each commit brought to a
    main branch.
    """

    changes: list[Change] = field(default_factory=list)
    forgone: list[Change] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    lines: list[Brought] = field(default_factory=list)


def imagine(span: Span, company: Company) -> Story:
    """The whole story of a span."""
    story = Story()
    for person in company.people:
        for month in span.month_starts:
            _Month(span, company, person, month, story).live()
    for change in _bots(span, company):
        story.changes.append(change)
    story.changes.extend(agents.changes(span, company))
    story.sessions.extend(dailies(span, company))
    story.sessions.extend(_nightly(span, company.robot))
    story.changes.extend(_reverts(span, story))
    _number(story)
    track(span, company, story.changes)
    follow(span, company, story.changes)
    story.sessions.sort(key=lambda session: (session.started_at, session.id))
    return story


def _number(story: Story) -> None:
    """Numbers per repository in order of the first commit, beginning at 1."""
    story.changes.sort(key=lambda change: (change.commits[0], change.repo, change.branch))
    used: dict[str, int] = {}
    for change in story.changes:
        change.number = used[change.repo] = used.get(change.repo, 0) + 1
        if change.reverts is not None:
            change.branch = f"revert-{change.reverts.number}-{change.reverts.branch}"


class _Month:
    """One person's month."""

    def __init__(self, span: Span, company: Company, person: Person, month: date, story: Story) -> None:
        self.span, self.company, self.person, self.month, self.story = span, company, person, month, story
        self.chance = span.chance("month", person.id, month)
        self.tidied = False

    def live(self) -> None:
        team_id = self.person.team_on(self.month)
        if team_id is None:
            return
        team = self.company.team(team_id)
        count = round(self.chance.choice(CHANGES_A_MONTH) * QUIET_MONTHS.get(self.month.month, 1.0))
        self.make(team, count)
        if self.person.uses_ai_on(self.month) and self.chance.random() < 0.25:
            self.aside(team, team.repo, "main")
        if self.person.uses_ai_on(self.month) and self.chance.random() < 0.15:
            self.aside(team, "", "")

    def make(self, team: Team, count: int) -> None:
        """The changes that the person would make anyhow, but for those that AI takes away, and what it adds, each by its own
        chance.
        """
        share = gain(self.span, team, self.month).changes - 1
        chance = self.span.chance("gain", self.person.id, self.month)
        hit = [chance.random() < abs(share) for _ in range(count)]
        for is_hit in hit:
            if is_hit and share < 0:
                self.forgo(team)
            else:
                self.change(team)
        for _ in range(sum(hit) if share > 0 else 0):
            before = len(self.story.changes)
            self.change(team)
            for change in self.story.changes[before:]:
                change.is_gained = True

    def forgo(self, team: Team) -> None:
        """A change that is thought up and not made."""
        told, self.story = self.story, Story()
        self.change(team)
        told.forgone += self.story.changes
        self.story = told

    def moment(self) -> datetime:
        return moment_on(self.month + timedelta(days=self.chance.randrange(27)), self.chance)

    def aside(self, team: Team, repo: str, branch: str) -> None:
        """A conversation that belongs to no change."""
        setting = Setting(self.tool(team), self.person, team, repo, branch)
        start = self.moment()
        if self.person.team_on(day_in(start)) is not None:
            self.talk(setting, start, None)

    def tool(self, team: Team) -> str:
        names = [name for name, _ in team.tools]
        return self.chance.choices(names, [weight for _, weight in team.tools])[0]

    def change(self, team: Team) -> None:
        start = self.moment()
        leaves = self.person.until
        if start >= self.span.until or (leaves and day_in(start) + LEAVING >= leaves):
            return
        assisted = self.person.uses_ai_on(day_in(start)) and self.chance.random() < 0.8
        change = self.opened(team, assisted=assisted)
        tool = self.tool(team) if assisted else None
        if not self.work(change, start, Setting(tool or "", self.person, team, change.repo, change.branch)):
            return
        self.finish(change)
        change.mark = self.mark(tool, team)
        self.story.changes.append(change)

    def opened(self, team: Team, *, assisted: bool) -> Change:
        chance = self.chance
        title = subject(chance)
        home = chance.random() < 0.9
        repo = team.repo if home else chance.choice([other.repo for other in self.company.teams])
        ticket = f"{team.ticket}-{chance.randint(100, 9999)}" if chance.random() < TICKETED else ""
        words = slug(title)
        branch = f"{ticket}-{words}" if ticket else f"{chance.choice(PREFIXES)}/{words}"
        if assisted and chance.random() < 0.1:
            branch = f"claude/{words}" if team.tools[0][0] == CLAUDE else f"codex/{words}"
        if self.month.month % 3 == 0 and not self.tidied and chance.random() < 0.15:
            self.tidied = True
            return Change(team.repo, self.person, team.id, title, f"{TIDY}{self.person.id}", [], None)
        branch += "" if ticket else f"-{chance.randrange(10_000):04d}"
        title = f"{ticket} {title}" if ticket else title
        return Change(repo, self.person, team.id, title, branch, [], None)

    def work(self, change: Change, start: datetime, setting: Setting) -> bool:
        """Commits, each after what led to it; False where the span ended before the first."""
        chance, clock = self.chance, start
        for index in range(chance.choice((1, 2, 2, 3, 4))):
            clock = at_work(clock, chance)
            if setting.tool and (index == 0 or chance.random() < 0.45):
                session = self.talk(setting, clock, change)
                if session is None:
                    break
                clock = session.ended_at + timedelta(seconds=chance.randint(60, 1200))
            else:
                clock = at_work(clock + timedelta(seconds=chance.randint(1800, 18_000)), chance)
            if clock >= self.span.until:
                break
            change.commits.append(clock)
            clock += timedelta(seconds=chance.randint(600, 60_000)) * habit(self.span, change.team).spread
        if not change.commits:
            change.sessions.clear()
        return bool(change.commits)

    def finish(self, change: Change) -> None:
        """Review and merge, or nothing, and sometimes a conversation that comes too late to count."""
        chance = self.chance
        again = change.branch.startswith(TIDY)
        if not again and chance.random() < ABANDONED:
            return
        waited = min(chance.expovariate(1 / 16), 72.0) * habit(self.span, change.team).slow
        last = change.commits[-1]
        shorter = gain(self.span, self.company.team(change.team), day_in(last)).wait
        merged = at_work(last + timedelta(seconds=1200 + int(waited * shorter * 3600)), chance)
        if merged >= self.span.until:
            return
        alone = self.span.chance("alone", change.branch, last)
        usual = at_work(last + timedelta(seconds=1200 + int(waited * 3600)), alone)
        change.alone_at = merged if shorter == 1 else usual
        change.merged_at, change.squashed = merged, not again and chance.random() < SQUASHED
        mates = self.company.members(change.team, day_in(merged))
        change.merger = chance.choice(mates) if mates and chance.random() < 0.4 else self.person
        if change.sessions and not again and chance.random() < AFTERWARDS:
            team = self.company.team(change.team)
            setting = Setting(change.sessions[-1].tool, self.person, team, change.repo, change.branch)
            self.talk(setting, at_work(merged + timedelta(hours=2), chance), change)

    def mark(self, tool: str | None, team: Team) -> str | None:
        """Most commits made with an agent say so; a team on Cursor seats leaves marks without any log."""
        if tool is not None:
            return tool if self.chance.random() < MARKED else None
        if team.id == "storefront" and self.chance.random() < 0.3:
            return self.chance.choice(("cursor", "cursor", "copilot"))
        return None

    def talk(self, setting: Setting, start: datetime, change: Change | None) -> Session | None:
        """One conversation; None if the span ends, or the person leaves, before it begins."""
        if self.person.team_on(day_in(start)) is None:
            return None
        parent = change.sessions[-1] if change and change.sessions else None
        if parent and (setting.tool == GEMINI or self.chance.random() >= FORKED):
            parent = None
        turns = converse(self.chance, self.brief(setting, start, parent))
        if not turns:
            return None
        session = Session(
            identity(self.chance),
            setting.tool,
            self.person,
            setting.repo,
            "api" if setting.repo and self.chance.random() < 0.1 else "",
            setting.branch,
            turns,
            parent,
        )
        self.story.sessions.append(session)
        if change is not None:
            change.sessions.append(session)
        return session

    def brief(self, setting: Setting, start: datetime, parent: Session | None) -> Brief:
        chance, day = self.chance, day_in(start)
        model = parent.model if parent else model_for(self.span, setting, day, chance)
        side = HAIKU if day >= self.span.month_after(HAIKU_AFTER) else SONNET
        side = side if setting.tool == CLAUDE else ""
        loops = 0.0 if self.span.is_quiet else 0.1 if setting.team.id == "storefront" else 0.03
        context = 70_000 if parent else 0
        return Brief(start, self.span.until, model, side, chance.choice((1, 2, 2, 3, 5)), loops, context)


def _bots(span: Span, company: Company) -> Iterator[Change]:
    """Dependency updates: one or two per repository and month, merged the same or the next day."""
    for repo in sorted({team.repo for team in company.teams}):
        for month in span.month_starts:
            chance = span.chance("bot", repo, month)
            for _ in range(chance.choice((1, 1, 2))):
                opened = moment_on(month + timedelta(days=chance.randrange(27)), chance)
                merged = at_work(opened + timedelta(seconds=chance.randint(1800, 80_000)), chance)
                if merged >= span.until:
                    continue
                package, number = chance.choice(("buoyant", "keelson", "tideline")), chance.randint(1, 400)
                title = f"Bump {package} from 2.{number}.0 to 2.{number + 1}.0"
                branch = f"dependabot/pip/{package}-2.{number + 1}.0"
                yield Change(repo, BOT, "", title, branch, [opened], merged, kind="bot", squashed=True)


def _nightly(span: Span, robot: Person) -> Iterator[Session]:
    """The triage of failed builds, every night around the change of day in Paris; it goes round in circles a lot, unless the
    company is a quiet one.
    """
    day, loops = robot.adopted or span.first, 0.0 if span.is_quiet else 0.4
    while True:
        chance = span.chance("nightly", day)
        start = datetime.combine(day, time(ROBOT_HOUR, chance.randint(30, 59)), UTC)
        if start >= span.until:
            return
        model = HAIKU if day < span.month_after(0.5) else SONNET
        turns = converse(chance, Brief(start, span.until, model, HAIKU, 1, loops))
        if turns and not closes_a_month(day):
            yield Session(identity(chance), CLAUDE, robot, "platform-infra", "", "main", turns)
        day += timedelta(days=1)


def _reverts(span: Span, story: Story) -> list[Change]:
    """A few merged changes are taken back within three days by someone of the same team."""
    found = []
    for change in story.changes:
        chance = span.chance("revert", change.repo, change.branch)
        is_chore = not span.is_quiet and stake(span, change.branch) == "chore"
        if change.kind != "work" or change.merged_at is None or is_chore or chance.random() >= 0.03:
            continue
        opened = at_work(change.merged_at + timedelta(seconds=chance.randint(3600, 200_000)), chance)
        merged = at_work(opened + timedelta(seconds=chance.randint(600, 7200)), chance)
        if merged >= span.until or change.author.team_on(day_in(merged)) is None:
            continue
        title, branch = f'Revert "{change.title}"', f"revert-{change.branch}"
        taken = Change(
            change.repo, change.author, change.team, title, branch, [opened], merged, kind="revert"
        )
        taken.reverts, taken.squashed = change, True
        found.append(taken)
    return found
