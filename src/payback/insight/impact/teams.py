"""The effect in one team, with its people (or repositories) as units and other teams as placebo adopters.

A team's people share its weather: what happens to a team happens to all of them, so the spread between people alone makes an
interval that is far too narrow. Here each team that is not treated in the same time is said to have been treated at the same
date; how far those placebo effects lie from nothing is what a team moves by itself, and the interval of the treated team comes
from it (Donald and Lang, 2007; for teams of unequal size as in Ferman and Pinto, 2019: a part between teams, and a part of
people that shrinks with their number). Fewer than five other teams make no interval.

    of_team(Members(outcome, team, since), which)   # outcome: people × times, team: of each, since: first treated time of each team
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.impact.panel import NEVER
from payback.insight.impact.quantiles import around

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from payback.insight.impact.quantiles import Interval

FEWEST = 5


@dataclass(frozen=True)
class Members:
    """People × times, NaN where unknown; `team` of each, an index into `since`: the index of the first treated time of each team,
    or NEVER. `gap` times before treatment were used to choose and count nowhere.
    """

    outcome: NDArray[np.float64]
    team: NDArray[np.int64]
    since: NDArray[np.int64]
    gap: int = 0


@dataclass(frozen=True)
class TeamEffect:
    """The mean change of a team's people less that of other teams, from the times before to the times from treatment up to
    `until`. `placebos` are the same of each other team, said to have been treated then; `rank` is the share of them (with the
    team itself) that are as large.
    """

    att: float
    interval: Interval | None
    people: int
    placebos: dict[int, float]
    rank: float
    until: int


@dataclass(frozen=True)
class _Change:
    """Of one team: the mean change of its people, how many they are, and the squares of their distance from it."""

    mean: float
    people: int
    squares: float


def of_team(members: Members, which: int) -> TeamEffect:
    """The effect in this team. Refused where it is not treated, or has nobody with a before and an after, or no other team is
    untreated meanwhile.
    """
    since = int(members.since[which])
    if since == NEVER:
        raise PaybackError("this team is not treated; there is no effect to look for")
    until = _until(members, which)
    own = _changes(members, [which], (since, until))
    others = _changes(members, _waiting(members, which, until), (since, until))
    if not own or not others:
        raise PaybackError(
            "nobody in this team or in no other has a before and an after; wait for more weeks"
        )
    means = np.array([change.mean for change in others.values()])
    att = own[which].mean - float(means.mean())
    count = len(means)
    off = (means - means.mean()) * count / max(count - 1, 1)
    placebos = dict(zip(others, off.tolist(), strict=True))
    return TeamEffect(
        att,
        _interval(att, own[which], list(others.values())) if count >= FEWEST else None,
        own[which].people,
        placebos,
        float((1 + (np.abs(off) >= abs(att)).sum()) / (1 + count)),
        until,
    )


def _until(members: Members, which: int) -> int:
    """The last time at which five other teams are still untreated; where there never are, that with the most of them."""
    times = range(int(members.since[which]), members.outcome.shape[1])
    left = {time: len(_waiting(members, which, time + 1)) for time in times}
    enough = [time for time, count in left.items() if count >= FEWEST]
    return 1 + (max(enough) if enough else max(left, key=lambda time: (left[time], time)))


def _waiting(members: Members, which: int, until: int) -> list[int]:
    free = (members.since == NEVER) | (members.since - members.gap >= until)
    return [int(team) for team in np.flatnonzero(free) if team != which]


def _changes(members: Members, teams: list[int], times: tuple[int, int]) -> dict[int, _Change]:
    """The change of each team that has people with a before and an after; times weigh as the untreated teams' means move."""
    since, until = times
    level = members.outcome[:, :until]
    own: NDArray[np.float64] = level - _common(members, until)
    found = {}
    before, after = own[:, : since - members.gap], own[:, since:]
    for team in teams:
        there = members.team == team
        there &= np.isfinite(before).any(axis=1) & np.isfinite(after).any(axis=1)
        if there.any():
            change = np.nanmean(after[there], axis=1) - np.nanmean(before[there], axis=1)
            found[team] = _Change(
                float(change.mean()), len(change), float(((change - change.mean()) ** 2).sum())
            )
    return found


def _common(members: Members, until: int) -> NDArray[np.float64]:
    """What all untreated people share at each time, so that a person who is away for some times is not taken for a change."""
    free = (members.since == NEVER) | (members.since - members.gap >= until)
    level = members.outcome[free[members.team], :until]
    known = np.isfinite(level)
    mean = np.where(known, level, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    off = np.where(known, level - mean[:, None], 0)
    return np.asarray(off.sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _interval(att: float, own: _Change, others: list[_Change]) -> Interval | None:
    """Student's t with as many degrees of freedom as other teams less one. The spread of a team is a part between teams and a
    part of its people.
    """
    means, people = np.array([c.mean for c in others]), np.array([c.people for c in others])
    freedom = sum(c.people - 1 for c in others)
    within = sum(c.squares for c in others) / freedom if freedom else 0.0
    count = len(others)
    between = max(0.0, float(means.var(ddof=1)) - within * float((1 / people).mean()))
    spread = between + within / own.people + (between + within * float((1 / people).mean())) / count
    return around(att, float(np.sqrt(spread)), count - 1 if between else freedom)
