"""How each change goes as a pull request: drafts, who looks when and says what, and where it waits.

The time between the last commit and the merge is already told; here it is divided. Teams differ in where their changes
wait (`HABITS`); in a quiet company, that of seed 0, all teams are alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.records import Course, Look, whole
from payback.demo.span import day_in
from payback.demo.stakes import sent_back

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from random import Random

    from payback.demo.people import Company, Person
    from payback.demo.records import Change, Opinion
    from payback.demo.span import Span

UNSEEN, DRAFTED, ROBOT_LOOKS, DISMISSED = 0.05, 0.3, 0.15, 0.05
FORCED = 0.15
GIVEN_UP_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a team's changes wait: for a first look, for the approval, for the merge (weights), and how often new commits
    answer a review. `slow` stretches the whole wait, `spread` the time between commits; `at_once` are approved
    at first sight, `at_once_with_ai` of those made with AI; of those that are sent back so many are `refused` in words.
    """

    pickup: float = 3.0
    review: float = 2.0
    wait: float = 1.0
    rework: float = 0.15
    rework_with_ai: float = 0.15
    slow: float = 1.0
    at_once: float = 0.5
    at_once_with_ai: float = 0.5
    spread: float = 1.0
    refused: float = 0.7


USUAL = Habit()
HABITS = {
    "payments": replace(USUAL, rework=0.1, rework_with_ai=1.0, refused=1.0),
    "storefront": replace(USUAL, pickup=14.0, slow=2.0, at_once=0.0, at_once_with_ai=1.0),
    "data": replace(USUAL, review=20.0, slow=2.0, at_once=0.1, at_once_with_ai=0.1),
    "mobile": replace(USUAL, spread=4.0),
}


def habit(span: Span, team: str) -> Habit:
    """How a team works. Nobody stands out in a quiet company."""
    return USUAL if span.is_quiet else HABITS.get(team, USUAL)


def follow(span: Span, company: Company, changes: Iterable[Change]) -> None:
    """Gives each change its course."""
    for change in changes:
        chance = span.chance("course", change.repo, change.number)
        change.course = _Course(span, company, change, chance).told()


class _Course:
    def __init__(self, span: Span, company: Company, change: Change, chance: Random) -> None:
        self.span, self.company, self.change, self.chance = span, company, change, chance
        self.commits = [whole(commit) for commit in change.commits]
        self.habit = habit(span, change.team)

    def told(self) -> Course:
        if self.change.ended_at is None:
            return self.unmerged()
        last, merged = self.commits[-1], self.change.ended_at
        first = self.answered()
        ready, seen = first or self.asked(last, merged)
        course = Course(self.opened(ready), ready)
        approved = self.between(last, merged) if first else self.approved(seen, merged)
        if self.chance.random() >= UNSEEN:
            self.look(course, seen, approved, sent_back=first is not None)
        if self.chance.random() < ROBOT_LOOKS:
            at = min(ready + timedelta(seconds=self.chance.randint(60, 600)), merged)
            course.looks.append(Look(at, None, "COMMENTED", self.chance.randint(1, 4)))
        course.looks.sort(key=lambda look: look.at)
        course.forced_at = self.forced(course)
        return course

    def forced(self, course: Course) -> datetime | None:
        """When its author tidied up the branch after a look, and pushed it anew by force; most never do."""
        looks = course.human
        chance = self.span.chance("forced", self.change.repo, self.change.number)
        if len(looks) < 2 or self.change.kind != "work" or chance.random() >= FORCED:
            return None
        return whole(looks[0].at + (looks[1].at - looks[0].at) * chance.uniform(0.3, 0.7))

    @property
    def at_once(self) -> float:
        return self.habit.at_once_with_ai if self.change.sessions else self.habit.at_once

    def answered(self) -> tuple[datetime, datetime] | None:
        """Ready, and the first look, where the last commit answers that look."""
        usual = self.habit.rework_with_ai if self.change.sessions else self.habit.rework
        share = sent_back(self.span, self.change, usual)
        if len(self.commits) < 2 or self.change.kind != "work" or self.chance.random() >= share:
            return None
        before, after = self.commits[-2:]
        ready = before + (after - before) * self.chance.uniform(0.05, 0.2)
        return whole(ready), whole(before + (after - before) * self.chance.uniform(0.3, 0.8))

    def asked(self, last: datetime, merged: datetime) -> tuple[datetime, datetime]:
        """Ready after the last commit, and the first look by the team's habits."""
        ready = whole(last + (merged - last) * self.chance.uniform(0.01, 0.1))
        pickup, rest = self.habit.pickup, self.habit.review + self.habit.wait
        share = pickup * self.chance.uniform(0.5, 1.5)
        return ready, whole(ready + (merged - ready) * (share / (share + rest)))

    def approved(self, seen: datetime, merged: datetime) -> datetime:
        review = self.habit.review * self.chance.uniform(0.5, 1.5)
        return whole(seen + (merged - seen) * (review / (review + self.habit.wait)))

    def between(self, begin: datetime, end: datetime) -> datetime:
        return whole(begin + (end - begin) * self.chance.uniform(0.2, 0.8))

    def opened(self, ready: datetime) -> datetime:
        """When it was opened: when it was ready, or before that as a draft."""
        if self.change.kind != "work":
            return min(self.commits[0], ready)
        drafted = self.chance.random() < DRAFTED
        return whole(self.commits[0] + (ready - self.commits[0]) * 0.6) if drafted else ready

    def look(self, course: Course, seen: datetime, approved: datetime, *, sent_back: bool) -> None:
        """What one or two people say about it. A request for changes is sometimes dismissed in the end."""
        reader = self.reader(seen)
        if reader is None:
            return
        if not sent_back and self.chance.random() < self.at_once:
            course.looks.append(Look(seen, reader, "APPROVED", self.chance.choice((0, 0, 1))))
            return
        state: Opinion = (
            "CHANGES_REQUESTED" if sent_back and self.chance.random() < self.habit.refused else "COMMENTED"
        )
        if state == "CHANGES_REQUESTED" and self.chance.random() < DISMISSED:
            state = "DISMISSED"
        course.looks.append(Look(seen, reader, state, self.chance.randint(1, 6)))
        course.looks.append(Look(approved, reader, "APPROVED"))

    def reader(self, at: datetime) -> Person | None:
        """Somebody else of the team, or of the company."""
        day, author = day_in(at), self.change.author
        team = author.team_on(day) or self.change.team
        mates = [one for one in self.company.members(team, day) if one.id != author.id] if team else []
        others = mates or [
            one for one in self.company.people if one.team_on(day) is not None and one.id != author.id
        ]
        return self.chance.choice(others) if others else None

    def unmerged(self) -> Course:
        """Open, or given up after a month."""
        last = self.commits[-1]
        course = Course(last, last)
        if last + GIVEN_UP_AFTER < self.span.until and self.chance.random() < 0.8:
            course.closed_at = last + GIVEN_UP_AFTER
        return course
