"""The courses of changes and what goes along with them, as the scope may see them: what the bottleneck finder stands on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as open_facts
from payback.app.delivery_views import CUTS, review_load
from payback.insight import bottleneck, moved
from payback.insight.causes import BATCH, CADENCE, LOAD, QUEUE, of_courses
from payback.insight.course import courses
from payback.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.app.holdings import View
    from payback.insight.bottleneck import Bottleneck
    from payback.insight.causes import Signals
    from payback.insight.course import Courses
    from payback.insight.finding import Finding
    from payback.insight.moved import Moved

    Where = Mapping[str, Sequence[str | None]]
    Row = dict[str, Any]

LEVEL_DAYS, MOVED_DAYS = 182, 91
COLUMNS = (
    "pull_request_id", "repo", "work_type", "size_band", "team", "person", "author", "first_commit_at", "ready_at",
    "first_review_at", "approved_at", "merged_at", "deployed_at", "additions", "deletions", "change_requests", "review_rounds",
    "ai_class",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """The changes that ended in some days, whether their end is production, and the signals by team (None: of all together)."""

    period: Period
    held: Courses
    to_production: bool
    loads: Mapping[str | None, Signals]

    def signals(self, team: str | None, *, others: bool = False) -> Signals:
        """What goes along with the changes of a team, or of all others."""
        own = self.held.but(team) if others else self.held if team is None else self.held.of(team)
        told = dict(of_courses(own, self.period.days))
        if others:
            known = [one for name, one in self.loads.items() if name not in {team, None}]
            names = {name for one in known for name in one}
            return told | {name: _mean([one[name] for one in known if name in one]) for name in names}
        return told | dict(self.loads.get(team, {}))


def way(view: View, where: Where, *, to_production: bool | None = None) -> Way:
    """The changes that reached production in the days of a view, or were merged in them where no deployment is known.

    `to_production` says which of the two, where two stretches of days are to be compared.
    """
    rows = open_facts(view.ground, "work", view.scope)
    if to_production is None:
        known = rows.filter(rows.deployed_day >= view.period.since, rows.deployed_day < view.period.until)
        to_production = bool(view.read(known.aggregate(n=known.count()))[0]["n"])
    day = rows.deployed_day if to_production else rows.merged_day
    asked = rows.filter(rows.merged_at.notnull(), day >= view.period.since, day < view.period.until)
    found = _kept(view.read(asked.select(*COLUMNS)), where)
    held = courses(found, to_production=to_production)
    return Way(view.period, held, to_production, _loads(view, where))


def standing_out(way_: Way) -> tuple[Bottleneck, ...]:
    """The teams with a phase that takes longer than elsewhere."""
    return bottleneck.standing_out(way_.held)


def found(app: App, scope: Scope) -> tuple[Finding, ...]:
    """Bottlenecks of the last half year, and what moved in the last 13 weeks beside the 13 before, as findings."""
    held = app.directory()
    names = {team.team_id: team.name for team in held.teams.values()}
    until = app.today() + timedelta(days=1)
    half = way(app.view(Period(until - timedelta(days=LEVEL_DAYS), until), scope), {})
    levels = standing_out(half)
    beside = {one.team: (half.signals(one.team, others=True), half.signals(one.team)) for one in levels}
    after, before = both(app.view(Period(until - timedelta(days=MOVED_DAYS), until), scope), {})
    teams = moved_teams(before, after)
    signals = {team: (before.signals(team), after.signals(team)) for team in teams}
    return (*bottleneck.findings(levels, beside, names), *moved.findings(teams, signals, names))


def both(view: View, where: Where, previous: Period | None = None) -> tuple[Way, Way]:
    """The changes of the days of a view, and those of the days before (or of other days)."""
    after = way(view, where)
    earlier = replace(view, period=previous or view.period.before())
    return after, way(earlier, where, to_production=after.to_production)


def moved_teams(before: Way, after: Way) -> dict[str, Moved]:
    """What moved in each team of which enough is known on both sides."""
    teams = {one.team for one in (*before.held.rows, *after.held.rows) if one.team}
    told = {team: moved.moved(before.held.of(team), after.held.of(team)) for team in sorted(teams)}
    return {team: one for team, one in told.items() if one is not None}


def _loads(view: View, where: Where) -> dict[str | None, dict[str, float]]:
    """Signals that changes themselves do not tell, by team and for all together: reviews, releases, the queue now."""
    weeks = view.period.days / 7
    reviews = [row for row in review_load(view, where) if row["team"]]
    found: dict[str | None, dict[str, float]] = defaultdict(dict)
    for row in reviews:
        found[row["team"]][LOAD] = row["per_reviewer"] / weeks
    _releases(view, where, found)
    _queue(view, where, found)
    for name in (LOAD, BATCH, CADENCE, QUEUE):
        known = [one[name] for team, one in found.items() if team and name in one]
        if known:
            found[None][name] = _mean(known)
    return dict(found)


def _releases(view: View, where: Where, found: dict[str | None, dict[str, float]]) -> None:
    rows = open_facts(view.ground, "production_deployments", view.scope)
    rows = rows.filter(rows.finished_day >= view.period.since, rows.finished_day < view.period.until)
    held = _kept(view.read(rows.select("team", "repo", "pull_requests")), where)
    by_team: dict[str, list[int]] = defaultdict(list)
    for row in held:
        if row["team"]:
            by_team[row["team"]].append(row["pull_requests"] or 0)
    for team, sizes in by_team.items():
        found[team] |= {BATCH: _mean(sizes), CADENCE: view.period.days / len(sizes)}


def _queue(view: View, where: Where, found: dict[str | None, dict[str, float]]) -> None:
    rows = open_facts(view.ground, "work", view.scope)
    rows = rows.filter(rows.ready_at.notnull(), rows.first_review_at.isnull(), rows.state == "open")
    waiting: dict[str, list[Row]] = defaultdict(list)
    for row in _kept(view.read(rows.select("team", "repo", "author")), where):
        if row["team"]:
            waiting[row["team"]].append(row)
    for team, held in waiting.items():
        found[team][QUEUE] = len(held) / len({row["author"] for row in held})


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _kept(rows: list[Row], where: Where) -> list[Row]:
    asked = {CUTS[name]: set(values) for name, values in where.items() if name in CUTS}
    return [row for row in rows if all(row[name] in values for name, values in asked.items())]
