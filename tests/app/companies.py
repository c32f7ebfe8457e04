"""What is said of many invented companies whose effects and waste are known: what `test_effects_soak` judges and the page tells.

python -m tests.app.companies      # writes the tables into docs/understand/effects.md from the result of the last soak
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from payback.app.studying import EVERYBODY, study
from payback.insight.study import judged
from payback.insight.waste.again import LOOPS
from tests.app.imagined import company

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "benchmarks" / "results" / "companies.json"
PAGE = ROOT / "docs" / "understand" / "effects.md"
BEGIN, END = "<!-- companies -->\n", "<!-- /companies -->\n"
QUIET = 0
PRIMARY, SPEED, GUARD = "merged_prs", "cycle_time", "review_rejection_rate"
WORDS = ("improved", "moved, not improved", "worse", "cannot tell yet")
PLANTED = (
    "costly-pieces:workflow:contract-digests",
    "downstream-costly:workflow:test-drafts",
    "loops:team:infrastructure",
)


@cache
def answers(seed):
    """By metric and unit (None: the organisation): the effect, and the true one; and the ids of the findings of waste."""
    known, rows, wasted = company(seed)
    true = {(row["metric"], row["unit"]): row["value"] for row in rows}
    found = {}
    for metric in (PRIMARY, SPEED):
        for team in (None, *sorted(set(known.adopted()) - {EVERYBODY})):
            if (metric, team) in true:
                guards = (judged(study(known, GUARD, team)),) if metric == PRIMARY else ()
                found[metric, team] = judged(study(known, metric, team), guards)
    return found, true, wasted


def holds(found, true):
    """Whether the interval holds the truth; None where there is none."""
    return None if found.interval is None else found.interval[0] <= true <= found.interval[1]


def word(found):
    """The verdict without its reason."""
    return next(one for one in WORDS if found.verdict.startswith(one))


def told(seeds):
    """What is said of the companies of these seeds and of the quiet one, counted."""
    units = [
        _unit(key, [answers(seed) for seed in seeds if key in answers(seed)[0]])
        for key in sorted(
            {key for seed in seeds for key in answers(seed)[0]},
            key=lambda key: (key[0] != PRIMARY, key[1] or ""),
        )
    ]
    wasted = Counter(one for seed in seeds for one in answers(seed)[2])
    quiet, _, quietly = answers(QUIET)
    return {
        "seeds": [min(seeds), max(seeds)],
        "effects": units,
        "waste": {name: wasted[name] for name in sorted({*wasted, *PLANTED})},
        "quiet": {
            "units": len(quiet),
            "told": sorted(
                f"{metric} {team or ''}".strip() for (metric, team), one in quiet.items() if one.is_told
            ),
            "waste": sorted(quietly),
        },
    }


def _unit(key, heard):
    true = [known[key] for _, known, _ in heard]
    points = [found[key].percent for found, _, _ in heard if found[key].percent is not None]
    held = [answer for found, known, _ in heard if (answer := holds(found[key], known[key])) is not None]
    return {
        "metric": key[0],
        "unit": key[1],
        "companies": len(heard),
        "true": [round(min(true), 1), round(sum(true) / len(true), 1), round(max(true), 1)],
        "point": round(sum(points) / len(points), 1) if points else None,
        "intervals": len(held),
        "held": sum(held),
        "said": dict(Counter(word(found[key]) for found, _, _ in heard)),
    }


def kept(seeds):
    """The result, written down with commit and day."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=10", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = told(seeds) | {"commit": commit.stdout.strip(), "day": f"{datetime.now(UTC):%Y-%m-%d}"}
    RESULT.write_text(json.dumps(found, indent=1) + "\n")
    return found


def tables():
    """The tables of the page, from the result that was kept."""
    found = json.loads(RESULT.read_text())
    first, last = found["seeds"]
    lines = [
        f"Companies of seeds {first} to {last}, run on {found['day']} at {found['commit']}:",
        "",
        f"| metric | unit | true effect | mean of the points | interval holds it | {' | '.join(f'`{one}`' for one in WORDS)} |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found["effects"]:
        low, mean, high = row["true"]
        true = f"{mean:+.1f} %" + ("" if low == high else f" ({low:+.1f} to {high:+.1f})")
        said = " | ".join(str(row["said"].get(one, 0)) for one in WORDS)
        held = f"{row['held']} of {row['intervals']}" if row["intervals"] else "–"
        point = "–" if row["point"] is None else f"{row['point']:+.1f} %"
        lines.append(f"| `{row['metric']}` | {_name(row['unit'])} | {true} | {point} | {held} | {said} |")
    number, quiet = last - first + 1, found["quiet"]
    lines += ["", "| finding of waste | planted | found in | in the quiet company |", "|---|---|---|---|"]
    for name, count in found["waste"].items():
        there = "yes" if name in PLANTED else "now and then" if name.startswith(LOOPS.name) else "no"
        lines.append(
            f"| `{name}` | {there} | {count} of {number} | {'found' if name in quiet['waste'] else 'not found'} |"
        )
    lines += [
        "",
        f"In the quiet company a verdict is given on {len(quiet['told'])} of {quiet['units']} effects.",
    ]
    return "\n".join(lines) + "\n"


def _name(unit):
    return unit.capitalize() if unit else "organisation"


def main():
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + tables() + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
