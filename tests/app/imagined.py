"""Facts of an invented company straight from its story, without logs, repositories and vendors: what effects and findings of waste
stand on, in a second.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from math import log

from payback.app.outcomes import QUICKEST
from payback.app.studying import Facts
from payback.demo import counterfactual
from payback.demo.afterwards import RATES, afterwards, pieces
from payback.demo.people import found
from payback.demo.plan import imagine
from payback.demo.prices import dollars
from payback.demo.span import Span, day_in
from payback.demo.use import WORKFLOW, list_nano, place_of
from payback.demo.workloads import WORKLOADS, unattended
from payback.insight.adoption import habits
from payback.insight.outcome import Presence, Row, filled
from payback.insight.waste.again import LOOPS, Repeated
from payback.insight.waste.again import find as done_again
from payback.insight.waste.costly_pieces import costly_pieces
from payback.insight.waste.downstream import downstream_costly
from payback.insight.waste.worked import Stretch, Worked
from payback.metrics.premium import Again

TODAY = date(2026, 11, 23)
DEVELOPER = 28
MONTH, QUARTER = timedelta(days=30), timedelta(days=91)


def company(seed: int, months: int = 14, people: int = 60):
    """What the company delivered and used, as facts, the known effects, and what is found among its waste."""
    span = Span(seed, months, people, TODAY)
    whole = found(span)
    story = imagine(span, whole)
    wasted = {one.id for one in (*_of_workflows(span, whole), *_of_loops(story))}
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
    return known, counterfactual.rows(span, whole, story), wasted


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _delivered(story, whole):
    """Who contributed where in which week, and the rows of two metrics, as payback defines them."""
    people = {person.id: person for person in whole.people}
    merged: dict[tuple, int] = defaultdict(int)
    looked: dict[tuple, list[bool]] = defaultdict(list)
    lasted: dict[tuple, list[float]] = defaultdict(list)
    days: dict[str, set[date]] = defaultdict(set)
    for change in story.changes:
        if change.merged_at is None or change.author.id not in people or change.merged_by_team is None:
            continue
        day = day_in(change.merged_at)
        key = (change.merged_by_team, change.author.id, _monday(day))
        merged[key] += 1
        hours = (change.merged_at - change.commits[0]).total_seconds() / 3600
        lasted[key].append(log(max(hours, QUICKEST)))
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
        "cycle_time": tuple(Row(*key, sum(told), len(told)) for key, told in lasted.items()),
        "merged_prs": tuple(Row(*key, float(count), count) for key, count in merged.items()),
        "review_rejection_rate": tuple(
            Row(*key, float(sum(told)), len(told)) for key, told in looked.items()
        ),
    }


def _of_workflows(span, whole):
    """Findings about workflows in the last 13 weeks, from their calls, their output and the hours after it."""
    since, until = TODAY + timedelta(days=1) - QUARTER, TODAY + timedelta(days=1)
    spent, hours = defaultdict(Decimal), defaultdict(Decimal)
    for use in unattended(span):
        day = day_in(use.occurred_at)
        if since - QUARTER <= day < until and use.nano:
            spent[use.place.workflow, day >= since] += dollars(use.nano)
    for entry in afterwards(span, whole):
        if since <= date.fromisoformat(entry["day"]) < until:
            hours[entry["workflow"]] += Decimal(entry["hours"]) * RATES.get(entry["kind"], RATES[""])
    made = defaultdict(list)
    for piece in pieces(span):
        if since - QUARTER <= day_in(piece.made_at) < until:
            made[piece.work.id, day_in(piece.made_at) >= since].append(piece)
    worked = [
        Worked(
            work.id,
            work.name,
            f"output:{work.output}",
            Stretch(QUARTER.days, len(made[work.id, True]), spent[work.id, True]),
            Stretch(QUARTER.days, len(made[work.id, False]), spent[work.id, False]),
            work.task_type,
            came_back={
                metric: Again(sum(getattr(one, how) for one in now), len(now))
                for metric, how in CAME_BACK.items()
                if (now := made[work.id, True])
            },
            downstream=hours.get(work.id),
        )
        for work in WORKLOADS
        if work.id != WORKFLOW
    ]
    return *costly_pieces(worked), *downstream_costly(worked)


CAME_BACK = {"correction_rate": "corrected", "reopened_output_rate": "reopened", "reroute_rate": "rerouted"}


def _of_loops(story):
    """Findings about agents that go round in circles in the last 30 days, from their requests."""
    since = TODAY + timedelta(days=1) - MONTH
    circled, calls, whole = defaultdict(Decimal), defaultdict(int), defaultdict(Decimal)
    for session in story.sessions:
        for request in session.requests():
            nano = list_nano(request)
            if nano is None or day_in(request.occurred_at) < since:
                continue
            team = place_of(session, request).team
            whole[team] += dollars(nano)
            if request.repeats:
                circled[team] += dollars(nano)
                calls[team] += 1
    return done_again(LOOPS, (Repeated(team, circled[team], calls[team], whole[team]) for team in whole), {})
