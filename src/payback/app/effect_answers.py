"""The answered metric `effect`: what adoption did to the metric it is asked about, of the organisation or by team."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.app.outcomes import measured
from payback.app.studying import EVERYBODY, facts, study
from payback.errors import PaybackError
from payback.metrics.answer import Found
from payback.metrics.question import Figure

if TYPE_CHECKING:
    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.app.studying import Facts
    from payback.metrics.question import Query

METRIC, TEAM = "metric", "team"
PLACES = Decimal("1e-6")
NONE = Figure(None, None, None, 0, 0)
USUAL = (
    "merged_prs",
    "cycle_time",
    "review_time",
    "lead_time_for_changes",
    "rework_rate",
    "change_fail_rate",
)


def effect(query: Query, scope: Scope, ground: Ground) -> Found:
    """The effect by metric and team as far as is asked; the total is of one metric, asked about by name, and one team or all.
    Cut by metric without naming any, it is of the usual ones.
    """
    named = [name for name in query.where.get(METRIC, ()) if name]
    for name in named:
        measured(name)
    if not named and METRIC not in query.by:
        return Found([], NONE)
    told = facts(ground, scope, query.period.until)
    teams = list(query.where.get(TEAM, ()))
    known = [unit for unit in told.adopted() if unit != EVERYBODY and (not teams or unit in teams)]
    wanted: list[str | None] = list(known) if TEAM in query.by else [None]
    if TEAM not in query.by and teams:
        if len(teams) > 1:
            raise PaybackError("effects of teams do not add up to one; ask --by team")
        wanted = list(known)
    rows = [
        (
            dict(zip(query.by, [{METRIC: name, TEAM: team}[key] for key in query.by], strict=True)),
            None,
            figure(told, name, team),
        )
        for name in named or USUAL
        for team in wanted
    ]
    alone = len(named) == 1 and len(teams) <= 1
    whole = known[0] if teams and known else None
    return Found(
        rows if query.by else [], figure(told, named[0], whole) if alone and (known or not teams) else NONE
    )


def figure(told: Facts, metric: str, team: str | None) -> Figure:
    """The effect as a share; unknown where no interval is calibrated."""
    found = study(told, metric, team)
    if found.percent is None or found.interval is None:
        return Figure(None, None, None, found.n, 0)
    share = Decimal(repr(found.percent / 100)).quantize(PLACES)
    return Figure(share, share, None, found.n, 0)
