"""What the invented people and agents did, before any tool writes it down: requests, sessions, changes.

Values only. They carry what a log, a commit or a bill will say, and know no file format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from payback.demo.span import day_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payback.demo.people import Person

Opinion = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"]
Kind = Literal["read", "edit", "test", "shell", "search", "subagent"]


@dataclass(slots=True)
class Call:
    """One tool call that a request decided on, and what came back. `side` are the requests of a subagent."""

    kind: Kind
    argument: str
    result: str
    failed: bool = False
    side: tuple[Request, ...] = ()


@dataclass(slots=True)
class Request:
    """One answered model request. The five token counts are disjoint; reasoning is a part of output."""

    occurred_at: datetime
    model: str
    input: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int
    reasoning: int = 0
    call: Call | None = None
    failed_attempts: int = 0
    repeats: bool = False

    @property
    def tokens(self) -> tuple[int, int, int, int, int]:
        """Uncached input, cache read, 5 min write, 1 h write, output."""
        return (self.input, self.cache_read, self.cache_write_5m, self.cache_write_1h, self.output)


def attempts_before(instant: datetime, count: int) -> list[datetime]:
    """When the failed attempts before an answer at that instant were made."""
    return [instant - timedelta(milliseconds=1500 * left) for left in range(count + 1, 1, -1)]


@dataclass(slots=True)
class Turn:
    """One instruction of a person with all that followed.

    `gave_up_at`: one more request failed for good then, after `gave_up_after` attempts that were tried again.
    """

    asked_at: datetime
    prompt: str
    requests: list[Request] = field(default_factory=list)
    gave_up_at: datetime | None = None
    gave_up_after: int = 0
    compacted: bool = False

    @property
    def ended_at(self) -> datetime:
        last = self.requests[-1].occurred_at if self.requests else self.asked_at
        return max(last, self.gave_up_at or last)


@dataclass(slots=True)
class Session:
    """One conversation with one agent. `repo` and `branch` are empty where there was no repository.

    `parent`: this conversation began as a copy of that one.
    """

    id: str
    tool: str
    person: Person
    repo: str
    folder: str
    branch: str
    turns: list[Turn]
    parent: Session | None = None

    @property
    def started_at(self) -> datetime:
        return self.turns[0].asked_at

    @property
    def ended_at(self) -> datetime:
        return self.turns[-1].ended_at

    @property
    def model(self) -> str:
        return next((request.model for turn in self.turns for request in turn.requests), "")

    def requests(self) -> Iterator[Request]:
        """Every request once, those of subagents included."""
        for turn in self.turns:
            for request in turn.requests:
                yield request
                if request.call is not None:
                    yield from request.call.side


@dataclass(frozen=True, slots=True)
class Look:
    """One review. `person` is None where an automation wrote it; `state` as GitHub says it."""

    at: datetime
    person: Person | None
    state: Opinion
    comments: int = 0


@dataclass(slots=True)
class Course:
    """How a change went as a pull request: opened, ready for review, looked at, closed; and when its branch was rewritten by
    force, if it was. Whole seconds.
    """

    opened_at: datetime
    ready_at: datetime
    looks: list[Look] = field(default_factory=list)
    closed_at: datetime | None = None
    forced_at: datetime | None = None

    @property
    def was_draft(self) -> bool:
        return self.ready_at > self.opened_at

    @property
    def human(self) -> list[Look]:
        """What people said, in order."""
        return [look for look in self.looks if look.person is not None]


@dataclass(slots=True)
class Written:
    """What Git calls a change once it is written: its commits, its merge; lines added and dropped, and files.

    `sizes` are the lines that each commit added and took away, without generated, vendored and lock files.
    """

    commits: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    merge: str | None = None
    added: int = 0
    dropped: int = 0
    files: int = 0


@dataclass(slots=True)
class Change:
    """One pull request: a branch with commits at given instants, merged or still open (`merged_at` None).

    `mark` is the tool whose marks its commits carry; `reverts` the change that it takes back. Without AI it would have been
    merged at `alone_at`, or not been there (`is_gained`).
    """

    repo: str
    author: Person
    team: str
    title: str
    branch: str
    commits: list[datetime]
    merged_at: datetime | None
    kind: Literal["work", "bot", "revert", "agent"] = "work"
    squashed: bool = False
    mark: str | None = None
    tracked: bool = False
    closes: str | None = None
    sessions: list[Session] = field(default_factory=list)
    merger: Person | None = None
    reverts: Change | None = None
    number: int = 0
    course: Course | None = None
    written: Written = field(default_factory=Written)
    alone_at: datetime | None = None
    is_gained: bool = False

    @property
    def begun_at(self) -> datetime:
        """When its first commit was made, to the second as Git keeps it."""
        return whole(self.commits[0])

    @property
    def ended_at(self) -> datetime | None:
        """When it was merged, to the second."""
        return whole(self.merged_at) if self.merged_at else None

    @property
    def merged_by_team(self) -> str | None:
        """Its author's team on the day of the merge; None for bots and who had left."""
        return self.author.team_on(day_in(self.merged_at)) if self.merged_at else None


def whole(instant: datetime) -> datetime:
    """The second that an instant lies in."""
    return instant.replace(microsecond=0)
