"""A small company that adopts, for tests of effects, worked out by hand.

Eight teams of two; each person merges four changes in every period of four weeks. Teams a, b and c adopt, and from then on merge
half as many again, so a team's 8 become 12 of two people: (12 + ½) ÷ (8 + ½) = +47.06 %, exactly, since the others stand still.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from payback.app.memory import Memory
from payback.org.directory import Directory
from tests.metrics.month import PARIS, ground_of

SYNCED = datetime(2026, 11, 23, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
TODAY = MONDAY + timedelta(weeks=40)
STARTS = {"a": 12, "b": 16, "c": 20}  # the week in which everybody begins to use AI on three days
PLAIN = {"source": "test", "synced_at": SYNCED}


def week(n):
    return MONDAY + n * timedelta(weeks=1)


def people():
    return [(team, f"{team}{n}") for team in "abcdefgh" for n in (1, 2)]


def changes():
    """One change a week of each person; those that adopted make two in every other week."""
    for team, person in people():
        for n in range(40):
            more = 2 if team in STARTS and n >= STARTS[team] and n % 2 else 1
            for k in range(more):
                yield {
                    "pull_request_id": f"{team}#{person}-{n}-{k}", "repo": team, "person": person, "author": person, "team": team,
                    "state": "merged", "merged_day": week(n) + timedelta(days=k), "ai_class": "agent_assisted" if more == 2 else "none_detected", "evidence_complete": True,
                    "cycle_hours": 8.0 if more == 1 else 4.0, "reworked": more == 2, **PLAIN,
                }  # fmt: skip


def use():
    for team, person in people():
        for n in range(STARTS.get(team, 40), 40):
            for day in range(3):
                yield {
                    "day": week(n) + timedelta(days=day), "who": person, "person": person, "tool": "codex", "team": team,
                    "active": True, "requests": 5, **PLAIN,
                }  # fmt: skip


def developers():
    for team, person in people():
        for n in range(280):
            yield {"day": MONDAY + timedelta(days=n), "person": person, "team": team, **PLAIN}


def company():
    """Its facts in a warehouse."""
    return ground_of(PARIS, work=list(changes()), use_days=list(use()), developer_days=list(developers()))


@dataclass
class Fake:
    """As much of an application as effects ask for."""

    ground: object
    teams: tuple = ()
    told: dict = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)

    @property
    def warehouse(self):
        return self.ground.warehouse

    @property
    def settings(self):
        return SimpleNamespace(told=self.told)

    def directory(self):
        return Directory(teams=self.teams)

    def today(self):
        return TODAY
