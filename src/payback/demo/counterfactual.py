"""What taking up AI did to delivery, as known: the company held against itself without AI.

Over the closed months from the second to the seventh of a team's use. Each team and month weighs the same, so an average over the
organisation is one over team-months. A team without a month before it took up AI has no row, and is in no average.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.gains import gain, works_from
from payback.demo.span import day_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from payback.demo.people import Company, Team
    from payback.demo.plan import Story
    from payback.demo.records import Change
    from payback.demo.span import Span

Row = dict[str, Any]
DEVELOPER = timedelta(days=28)
SETTLED = 6
ORGANISATION, TEAM = "organisation", "team"


def rows(span: Span, company: Company, story: Story) -> list[Row]:
    """The true effect in percent by metric, for the organisation and each team that took up AI."""
    world = _World(span, company, story)
    found: list[Row] = []
    for metric, value in (
        ("cycle_time", world.cycle_time),
        ("merged_prs", world.changes),
        ("merged_prs_per_dev_week", world.changes_per_developer),
    ):
        told = {team.id: [value(team, month) for month in world.months(team)] for team in company.teams}
        every = [each for values in told.values() for each in values]
        if every:
            found.append(_row(metric, (ORGANISATION, None), every))
        found += [_row(metric, (TEAM, team), values) for team, values in sorted(told.items()) if values]
    return found


def _row(metric: str, unit: tuple[str, str | None], values: list[float]) -> Row:
    kind, name = unit
    value = round(sum(values) / len(values), 6)
    return {"metric": metric, "unit": name, "unit_kind": kind, "value": value, "team_months": len(values)}


class _World:
    def __init__(self, span: Span, company: Company, story: Story) -> None:
        self.span, self.company = span, company
        work = [change for change in story.changes if change.kind == "work"]
        self.with_ai = [(change, change.merged_at) for change in work if change.merged_at is not None]
        alone = [*(change for change in work if not change.is_gained), *story.forgone]
        self.without = [(change, change.alone_at) for change in alone if change.alone_at is not None]
        self.developers = [_developer_days(company, ends) for ends in (self.with_ai, self.without)]
        self.cycles: dict[tuple[str | None, date], list[tuple[float, float]]] = defaultdict(list)
        for change, merged in self.with_ai:
            if change.alone_at is not None and not change.is_gained and merged is not None:
                pair = tuple((end - change.commits[0]).total_seconds() for end in (merged, change.alone_at))
                self.cycles[change.merged_by_team, day_in(merged).replace(day=1)].append((pair[0], pair[1]))

    def months(self, team: Team) -> list[date]:
        """The closed months, six at most, in which a team's gain is there; none for a team without a before."""
        begins = works_from(self.span, team)
        had_before = (
            team.adopts is not None
            and not team.founded
            and self.span.month_after(team.adopts) > self.span.first
        )
        if begins is None or not had_before:
            return []
        return [month for month in self.span.closed_months if month >= begins][:SETTLED]

    def changes(self, team: Team, month: date) -> float:
        """What is planted, whatever chance made of it."""
        return gain(self.span, team, month).percent

    def changes_per_developer(self, team: Team, month: date) -> float:
        """The same, less what comes of more people having merged anything of late, or fewer."""
        now, alone = (days[team.id, month] for days in self.developers)
        return 100 * (gain(self.span, team, month).changes * (alone / now if now else 1.0) - 1)

    def cycle_time(self, team: Team, _month: date) -> float:
        """The median of the team's changes of all these months against the median of the same changes without AI."""
        pairs = [pair for month in self.months(team) for pair in self.cycles[team.id, month]]
        if not pairs:
            return 0.0
        middle = (len(pairs) + 1) // 2 - 1
        now, alone = sorted(one for one, _ in pairs)[middle], sorted(other for _, other in pairs)[middle]
        return 100 * (now / alone - 1)


def _developer_days(
    company: Company, ends: Iterable[tuple[Change, datetime | None]]
) -> dict[tuple[str, date], int]:
    """Days on which somebody had a change merged within 28 days, by their team that day and month."""
    merged: dict[str, set[date]] = defaultdict(set)
    for change, end in ends:
        if end is not None:
            merged[change.author.id].update(_days_of(day_in(end)))
    found: dict[tuple[str, date], int] = defaultdict(int)
    for person in company.people:
        for day in merged[person.id]:
            team = person.team_on(day)
            if team is not None:
                found[team, day.replace(day=1)] += 1
    return found


def _days_of(day: date) -> Iterator[date]:
    for later in range(DEVELOPER.days):
        yield day + timedelta(days=later)
