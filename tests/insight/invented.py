"""Panels with a known effect, for tests of coverage. Each answers (panel, true mean effect over treated cells)."""

from __future__ import annotations

import numpy as np

from payback.insight.impact.matching import Piece
from payback.insight.impact.mix import Stratified
from payback.insight.impact.panel import NEVER, Panel
from payback.insight.impact.teams import Members


def dealt(random, units, times, starts):
    """The first treated time of each unit: about half never, the others spread over `starts`, in random order."""
    late = [NEVER] * (units // 2)
    group = np.array(late + [starts[i % len(starts)] for i in range(units - len(late))])
    return random.permutation(group)


def made(random, group, times, effect, spread=0.3):
    """Unit and period effects, errors that hang on the ones before, and `effect(group, steps)` where treated."""
    units = len(group)
    noise = np.zeros((units, times))
    shocks = random.normal(0, spread, (units, times))
    noise[:, 0] = shocks[:, 0]
    for t in range(1, times):
        noise[:, t] = 0.4 * noise[:, t - 1] + shocks[:, t]
    base = random.normal(2, 0.5, units)[:, None] + np.cumsum(random.normal(0.02, 0.05, times))[None, :]
    steps = np.arange(times)[None, :] - group[:, None]
    treated = (group[:, None] != NEVER) & (steps >= 0)
    gain = np.where(treated, effect(group[:, None], steps), 0.0)
    truth = float(gain[treated].mean())
    panel = Panel(tuple(map(float, range(times))), group, base + noise + gain, np.zeros((units, times, 0)))
    return panel, truth


def null(random, units=60):
    return made(random, dealt(random, units, 16, (8, 10, 12)), 16, lambda g, s: 0.0 * s)


def gain(random, units=60):
    return made(random, dealt(random, units, 16, (8, 10, 12)), 16, lambda g, s: np.log(1.15) + 0.0 * s)


def burst(random, units=60):
    return made(random, dealt(random, units, 16, (8, 10, 12)), 16, lambda g, s: np.where(s < 2, 0.5, 0.0))


def heterogeneous(random, units=60):
    def effect(g, s):
        return 0.05 * (13 - g) + 0.03 * s

    return made(random, dealt(random, units, 16, (8, 10, 12)), 16, effect)


def few(random, units=16):
    return made(random, dealt(random, units, 12, (6,)), 12, lambda g, s: 0.0 * s)


def keen(random, units=60):
    """No effect; but units that were ahead already are the ones that are treated."""
    panel, _ = null(random, units)
    outcome = panel.outcome + 0.5 * (panel.group[:, None] != NEVER)
    return Panel(panel.times, panel.group, outcome, panel.covariates), 0.0


def late(random, units=60):
    """No effect, and no more than two units are treated at one time."""
    return made(random, dealt(random, units, 26, tuple(range(8, 23))), 26, lambda g, s: 0.0 * s)


def bad_weeks(random, units=60):
    """Regression to the mean: no effect, and the half of the units that was worst in the last four weeks is treated."""
    level = random.normal(2, 0.1, units)[:, None] + np.cumsum(random.normal(0.02, 0.05, 24))[None, :]
    outcome = level + drift(random, units, 24, 0.3)
    recent = outcome[:, 12:16].mean(axis=1)
    group = np.where(recent <= np.median(recent), 16, NEVER)
    return Panel(tuple(map(float, range(24))), group, outcome, np.zeros((units, 24, 0))), 0.0


def shifting(random, units=60):
    """Simpson: hours by size class, as logarithms. Every class gets slower by a tenth, and small pieces multiply."""
    group = dealt(random, units, 20, (10, 12))
    treated = (np.arange(20)[None, :] >= group[:, None]) & (group != NEVER)[:, None]
    likely = np.array([2.0, 6.0, 6.0]) * np.exp(random.normal(0, 0.2, (units, 1, 3)))
    count = random.poisson(np.where(treated[:, :, None], likely + np.array([9, 0, -2]), likely)).astype(float)
    level = (
        np.array([1.0, 2.0, 3.0])
        + random.normal(0, 0.3, (units, 1, 1))
        + drift(random, units, 20)[:, :, None]
    )
    mean = (
        level + 0.1 * treated[:, :, None] + random.normal(0, 0.4, count.shape) / np.sqrt(np.maximum(count, 1))
    )
    return Stratified(tuple(map(float, range(20))), group, count, count * mean), 0.1


def drift(random, units, times, spread=0.1):
    """Errors that hang on the ones before."""
    found, shocks = np.zeros((units, times)), random.normal(0, spread, (units, times))
    for t in range(times):
        found[:, t] = 0.4 * found[:, t - 1] + shocks[:, t]
    return found


def one_team(random, teams=10):
    """No effect in one team; its people share its weather."""
    team = np.repeat(np.arange(teams), random.integers(4, 13, teams))
    weather = drift(random, teams, 24, 0.2)[team]
    outcome = random.normal(2, 0.5, len(team))[:, None] + weather + drift(random, len(team), 24, 0.4)
    since = np.full(teams, NEVER)
    since[0] = 12
    return Members(outcome, team, since), 0.0


def keen_authors(random, authors=30):
    """No effect of AI; but who uses it much is faster anyhow."""
    pieces = []
    for author in range(authors):
        keen = author % 2
        own = 3 - 0.5 * keen + random.normal(0, 0.3)
        for kind in ("feature", "fix"):
            for ai in random.random(random.integers(6, 20)) < (0.7 if keen else 0.3):
                stratum = ("shop", kind, str(author))
                pieces.append(
                    Piece(float(np.exp(own + random.normal(0, 0.6))), bool(ai), stratum, str(author))
                )
    return pieces, 0.0


CASES = {
    "no effect": null, "no effect, 16 units": few, "no effect, 15 dates": late, "+15 %": gain,
    "a burst that fades": burst, "effects that differ and grow": heterogeneous, "no effect, users ahead before": keen,
}  # fmt: skip


def before_and_after(panel):
    """The naive comparison: the treated after, less the treated before; point and interval half-width."""
    treated, own = panel.treated().astype(bool), panel.group != NEVER
    change = [
        panel.outcome[i, treated[i]].mean() - panel.outcome[i, ~treated[i]].mean()
        for i in np.flatnonzero(own)
    ]
    return _mean(change)


def users_and_others(panel):
    """The naive comparison: treated units less the others at the last time."""
    last, own = panel.outcome[:, -1], panel.group != NEVER
    point = last[own].mean() - last[~own].mean()
    return point, 1.96 * np.sqrt(last[own].var(ddof=1) / own.sum() + last[~own].var(ddof=1) / (~own).sum())


def _mean(values):
    return float(np.mean(values)), 1.96 * float(np.std(values, ddof=1)) / np.sqrt(len(values))
