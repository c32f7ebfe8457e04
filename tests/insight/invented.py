"""Panels with a known effect, for tests of coverage. Each answers (panel, true mean effect over treated cells)."""

from __future__ import annotations

import numpy as np

from payback.insight.impact.panel import NEVER, Panel


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


CASES = {
    "null": null, "gain": gain, "burst": burst, "heterogeneous": heterogeneous, "few": few, "keen": keen,
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
