"""How often intervals hold the truth, on invented panels: the trials that `test_coverage` judges and the page tells.

python -m tests.insight.soak       # writes the table into docs/understand/effects.md from the results of the last soak
"""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np

from payback.insight.impact.dealt import dealt
from payback.insight.impact.estimate import CHANGES, IMPUTATION, Asked, estimate
from payback.insight.impact.matching import matched
from payback.insight.impact.mix import at_actual_mix, unmixed
from payback.insight.impact.teams import of_team
from payback.insight.impact.verdict import verdict
from tests.insight import invented

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "coverage"
PAGE = ROOT / "docs" / "understand" / "effects.md"
BEGIN, END = "<!-- soak -->\n", "<!-- /soak -->\n"
MONTHLY = 52 / 12
SEEDS = 20261126
"""What the panels are drawn from. Methods were settled on panels of 20261125; whoever settles one on these takes new ones."""


def of_panel(make, method):
    def trial(random):
        panel, truth = make(random)
        return judged(panel, truth, Asked(method=method, weeks_per_step=MONTHLY))

    return trial


def judged(panel, truth, asked):
    found = estimate(panel, asked)
    return {
        "held": holds(found.interval, truth),
        "improved": found.verdict == "improved",
        "before_after": naive(invented.before_and_after, panel, truth),
        "users_others": naive(invented.users_and_others, panel, truth),
    }


def holds(interval, truth):
    return bool(interval[0] <= truth <= interval[1])


def naive(comparison, panel, truth):
    point, reach = comparison(panel)
    return bool(abs(point - truth) <= reach)


def own_facts(make):
    """The comparison that the facts of a home go through: the mean before as base, the first period left out."""

    def trial(random):
        panel, truth = make(random, 16)
        interval = dealt(panel.outcome, panel.group).headline.interval
        return {
            "held": holds(interval, truth),
            "improved": verdict(interval, "") == "improved",
            "before_after": naive(invented.before_and_after, panel, truth),
            "users_others": naive(invented.users_and_others, panel, truth),
        }

    return trial


def bad_weeks(gap, method):
    def trial(random):
        panel, truth = invented.bad_weeks(random)
        return judged(panel.chosen_by(gap, least=8), truth, Asked(method=method))

    return trial


def fixed_mix(random):
    parts, truth = invented.shifting(random)
    found, plain = unmixed(parts, Asked(better="lower")), at_actual_mix(parts)
    return {
        "held": holds(found.fixed.interval, truth),
        "improved": found.fixed.verdict == "improved",
        "before_after": naive(invented.before_and_after, plain, truth),
        "users_others": naive(invented.users_and_others, plain, truth),
    }


def actual_mix(random):
    parts, truth = invented.shifting(random)
    return judged(at_actual_mix(parts), truth, Asked(better="lower"))


def one_team(random):
    members, truth = invented.one_team(random)
    interval = of_team(members, 0).interval
    own, after = members.team == 0, np.s_[12:]
    change = members.outcome[own, after].mean(axis=1) - members.outcome[own, :12].mean(axis=1)
    last, others = members.outcome[own, -1], members.outcome[~own, -1]
    reach = 1.96 * np.sqrt(last.var(ddof=1) / len(last) + others.var(ddof=1) / len(others))
    return {
        "held": holds(interval, truth),
        "improved": verdict(interval, "") == "improved",
        "before_after": bool(abs(change.mean()) <= 1.96 * change.std(ddof=1) / len(change) ** 0.5),
        "users_others": bool(abs(last.mean() - others.mean()) <= reach),
    }


def association(random):
    pieces, truth = invented.keen_authors(random)
    interval = matched(pieces, is_log=True).interval
    arms = [np.log([p.outcome for p in pieces if p.is_ai is ai]) for ai in (True, False)]
    reach = 1.96 * np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms))
    return {
        "held": holds(interval, truth),
        "improved": verdict((-interval[1], -interval[0]), "") == "improved",
        "users_others": bool(abs(arms[0].mean() - arms[1].mean()) <= reach),
    }


TRIALS = {
    **{name: of_panel(make, CHANGES) for name, make in invented.CASES.items()},
    **{
        f"{name}; imputation": of_panel(make, IMPUTATION)
        for name, make in invented.CASES.items()
        if make is not invented.few
    },
    "no effect, 16 units, as own facts": own_facts(invented.null),
    "+15 %, 16 units, as own facts": own_facts(invented.gain),
    "chosen in bad weeks, those left out": bad_weeks(4, "auto"),
    "small pieces multiply, at fixed mix": fixed_mix,
    "one team, placebo adopters": one_team,
    "keen authors are faster, matched": association,
}
UNGUARDED = {
    "chosen in bad weeks, nothing left out": bad_weeks(0, CHANGES),
    "small pieces multiply, the plain mean": actual_mix,
}
WITHOUT_EFFECT = [
    name
    for name in TRIALS
    if "no effect" in name or "bad weeks" in name or "one team" in name or "keen" in name
]


@cache
def run(name, count):
    """The share of trials in which each thing was so. Each kind has panels of its own."""
    trial = {**TRIALS, **UNGUARDED}[name]
    rows = [trial(np.random.default_rng([SEEDS, crc32(name.encode()), seed])) for seed in range(count)]
    return {what: float(np.mean([row[what] for row in rows])) for what in rows[0]}


def kept(name, count):
    """The result, written down with commit and day."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = run(name, count)
    told = {
        "panels": name,
        "count": count,
        "seeds": SEEDS,
        **found,
        "commit": commit.stdout.strip(),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = "".join(c if c.isalnum() else "_" for c in name)
    (RESULTS / f"{file}.json").write_text(json.dumps(told, indent=1) + "\n")
    return found


def table():
    """The table of the page, from the results that were kept."""
    told = {row["panels"]: row for row in (json.loads(p.read_text()) for p in RESULTS.glob("*.json"))}
    lines = [
        "| panels | how many | interval holds the truth | `improved` said | before-and-after holds it | users against others holds it | seeds, run |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in (*TRIALS, *UNGUARDED):
        if row := told.get(name):
            shares = (share(row.get(what)) for what in ("held", "improved", "before_after", "users_others"))
            lines.append(
                f"| {name} | {row['count']:,} | {' | '.join(shares)} | {row['seeds']}, {row['commit']}, {row['day']} |"
            )
    return "\n".join(lines) + "\n"


def share(value):
    return "–" if value is None else f"{100 * value:.1f} %"


def main():
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
