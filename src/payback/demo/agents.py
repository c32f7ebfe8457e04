"""Agents that open pull requests under accounts of their own: GitHub's coding agent in two repositories, Devin in a third.

They belong to no team and leave no log on any machine. What they open is a draft from the first commit on; some of it is
given up. Their accounts are those that GitHub really shows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.people import Person
from payback.demo.records import Change
from payback.demo.span import at_work, day_in, moment_on
from payback.demo.words import slug, subject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.people import Company, Team
    from payback.demo.span import Span

COPILOT = Person(
    "copilot-swe-agent", "Copilot", "198982749+Copilot@users.noreply.github.com", (), kind="service"
)
DEVIN = Person(
    "devin-ai-integration",
    "devin-ai-integration[bot]",
    "158243242+devin-ai-integration[bot]@users.noreply.github.com",
    (),
    kind="service",
)
NUMBERS = {COPILOT.id: 198982749, DEVIN.id: 158243242}
WORKING = (("mobile", COPILOT, "copilot"), ("data", COPILOT, "copilot"), ("storefront", DEVIN, "devin"))
BEGIN_AFTER, GIVEN_UP, SQUASHED = 0.4, 0.2, 0.6


def changes(span: Span, company: Company) -> Iterator[Change]:
    """One or two a month and repository, from two fifths of the span on."""
    for team_id, agent, prefix in WORKING:
        team = company.team(team_id)
        for month in span.month_starts:
            if month >= span.month_after(BEGIN_AFTER):
                yield from _of_month(span, (company, team), month, (agent, prefix))


def _of_month(
    span: Span, where: tuple[Company, Team], month: date, who: tuple[Person, str]
) -> Iterator[Change]:
    (company, team), (agent, prefix) = where, who
    chance = span.chance("agent", team.id, month)
    for _ in range(chance.choice((1, 1, 2))):
        title = subject(chance)
        change = Change(team.repo, agent, team.id, title, f"{prefix}/{slug(title)}", [], None, kind="agent")
        clock = moment_on(month + timedelta(days=chance.randrange(26)), chance)
        for _ in range(chance.choice((1, 2, 3))):
            if clock < span.until:
                change.commits.append(clock)
            clock += timedelta(seconds=chance.randint(240, 2400))
        merged = at_work(clock + timedelta(seconds=chance.randint(3600, 200_000)), chance)
        mates = company.members(team.id, day_in(merged))
        if merged < span.until and mates and chance.random() >= GIVEN_UP:
            change.merged_at, change.merger = merged, chance.choice(mates)
            change.squashed = chance.random() < SQUASHED
        if change.commits:
            yield change
