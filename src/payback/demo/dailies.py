"""Daily use: a conversation per person and month that is taken up again on three or four days of every week for one question.
It makes use a habit and costs little; the conversations on changes are apart.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.choosing import Setting, identity, model_for
from payback.demo.conversations import Brief, converse
from payback.demo.people import PIONEERS, TEAMS
from payback.demo.records import Session
from payback.demo.span import closes_a_month, moment_on
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.people import Company, Person, Team
    from payback.demo.records import Turn
    from payback.demo.span import Span

SELDOM = 0.2
CONTEXT = (2_000, 9_000)
CALLS = (0, 0)


def dailies(span: Span, company: Company) -> Iterator[Session]:
    """All of them. One in five of those who did not begin with their team has no such habit."""
    for index, person in enumerate(company.people):
        follows = index >= len(TEAMS) * PIONEERS
        seldom = follows and span.chance("seldom", person.id).random() < SELDOM
        if person.adopted is not None and not seldom:
            for month in span.month_starts:
                yield from _month(span, company, person, month)


def _month(span: Span, company: Company, person: Person, month: date) -> Iterator[Session]:
    """The conversation of a month, with the model of its first day."""
    chance = span.chance("daily", person.id, month)
    turns: list[Turn] = []
    setting, model = None, ""
    for day in _days(span, person, month):
        team = company.team(str(person.team_on(day)))
        if setting is None:
            setting = Setting(_tool(span, person, team), person, team, "", "")
            model = model_for(span, setting, day, chance)
        brief = Brief(moment_on(day, chance), span.until, model, "", 1, 0.0, chance.randint(*CONTEXT), CALLS)
        turns += converse(chance, brief)
    if setting is not None and turns:
        yield Session(identity(chance), setting.tool, person, "", "", "", turns)


def _tool(span: Span, person: Person, team: Team) -> str:
    """The one tool that a person takes every day."""
    names = [name for name, _ in team.tools]
    return span.chance("daily tool", person.id, team.id).choices(names, [weight for _, weight in team.tools])[
        0
    ]


def _days(span: Span, person: Person, month: date) -> Iterator[date]:
    """Three or four working days of each week on which the person is there and uses AI; never the last of a month, which ends
    at another instant for a vendor than for the company.
    """
    day, until = month, min(add_months(month, 1), span.today)
    while day < until:
        monday = day - timedelta(days=day.weekday())
        week = span.chance("daily week", person.id, monday)
        free = [one for one in range(5) if not closes_a_month(monday + timedelta(days=one))]
        chosen = week.sample(free, week.choice((3, 3, 4)))
        if day.weekday() in chosen and person.uses_ai_on(day) and person.team_on(day) is not None:
            yield day
        day += timedelta(days=1)
