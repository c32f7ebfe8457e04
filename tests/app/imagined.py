"""Facts of an invented company straight from its story, without logs, repositories and vendors: what effects stand on, in a second."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from payback.app.studying import Facts
from payback.demo import counterfactual
from payback.demo.people import found
from payback.demo.plan import imagine
from payback.demo.span import Span, day_in
from payback.insight.adoption import habits
from payback.insight.outcome import Presence, Row, filled

TODAY = date(2026, 11, 23)
DEVELOPER = 28


def company(seed: int, months: int = 14, people: int = 60):
    """What the company delivered and used, as facts, and the known effects."""
    span = Span(seed, months, people, TODAY)
    whole = found(span)
    story = imagine(span, whole)
    present, rows = _delivered(story, whole)
    used = {
        (session.person.id, day_in(turn.asked_at))
        for session in story.sessions
        if session.person.kind == "person"
        for turn in session.turns
        if turn.requests
    }
    first = min(one.week for one in present)
    told = filled(present, first, _monday(TODAY))
    known = Facts(None, None, TODAY, told, habits(used), min(day for _, day in used), rows)
    return known, counterfactual.rows(span, whole, story)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _delivered(story, whole):
    """Who contributed where in which week, and the rows of two metrics, as payback defines them."""
    people = {person.id: person for person in whole.people}
    merged: dict[tuple, int] = defaultdict(int)
    looked: dict[tuple, list[bool]] = defaultdict(list)
    days: dict[str, set[date]] = defaultdict(set)
    for change in story.changes:
        if change.merged_at is None or change.author.id not in people or change.merged_by_team is None:
            continue
        day = day_in(change.merged_at)
        key = (change.merged_by_team, change.author.id, _monday(day))
        merged[key] += 1
        if change.course and change.course.human:
            states = {look.state for look in change.course.human}
            looked[key].append(bool(states & {"CHANGES_REQUESTED", "DISMISSED"}))
        days[change.author.id] |= {day + timedelta(days=later) for later in range(DEVELOPER)}
    present = {
        Presence(team, who, _monday(day))
        for who, own in days.items()
        for day in own
        if day < TODAY and (team := people[who].team_on(day)) is not None
    }
    return present, {
        "merged_prs": tuple(Row(*key, float(count), count) for key, count in merged.items()),
        "review_rejection_rate": tuple(
            Row(*key, float(sum(told)), len(told)) for key, told in looked.items()
        ),
    }
