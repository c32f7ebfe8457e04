"""Seats that are paid and that nobody used for 30 days, by team."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.finding import ACCEPT, NOBODYS, REDUCE, Evidence, Finding
from payback.insight.saying import listed, money, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KIND = "idle-seats"
SMALLEST = Decimal(20)
"""A month's money of idle seats below which nobody is asked to decide."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Idle seats of one tool in one team (None: of nobody's), and their money in the last 30 days."""

    team: str | None
    tool: str
    seats: int
    spend: Decimal
    currency: str


def find(figures: Iterable[Idle], names: Mapping[str, str]) -> tuple[Finding, ...]:
    """One finding per team and currency whose idle seats cost enough a month. `names` says teams and tools for people."""
    held: dict[tuple[str | None, str], list[Idle]] = defaultdict(list)
    for one in figures:
        if one.seats and one.spend > 0:
            held[one.team, one.currency].append(one)
    found = (_finding(team, currency, alike, names) for (team, currency), alike in held.items())
    return tuple(sorted((one for one in found if (one.stake or 0) >= SMALLEST), key=lambda one: one.id))


def _finding(team: str | None, currency: str, idle: list[Idle], names: Mapping[str, str]) -> Finding:
    idle = sorted(idle, key=lambda one: (-one.spend, one.tool))
    seats, spend = sum(one.seats for one in idle), sum((one.spend for one in idle), Decimal(0))
    tools = listed([names.get(one.tool, one.tool) for one in idle])
    whose = names.get(team, team) if team else "Nobody's team"
    cut = f"?team={team or NOBODYS}&range=30d"
    return Finding(
        kind=KIND,
        subject_kind="team",
        subject=team or NOBODYS,
        sentence=f"{whose} holds {plural(seats, 'seat')} of {tools} that nobody used for 30 days, {money(spend, currency)} in the last 30 days.",
        action=f"Give back {plural(seats, 'seat')} before the next renewal.",
        owner=team,
        stake=spend,
        currency=currency,
        evidence=(
            *(
                Evidence(
                    f"{names.get(one.tool, one.tool)}: {plural(one.seats, 'idle seat')}, {money(one.spend, currency)}",
                    "idle_seat_spend",
                    f"/metrics/idle_seat_spend{cut}&tool={one.tool}",
                )
                for one in idle
            ),
            Evidence("Which seats, by renewal", None, "/seats#reclaim"),
        ),
        options=(REDUCE, ACCEPT),
        team=team,
        metric="idle_seat_spend",
    )
