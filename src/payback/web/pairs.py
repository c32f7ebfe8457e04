"""Work with AI beside work with none detected in the same days: every figure as a pair, and the same by team, tool, workflow.

A pair stands back where the evidence of one side was not read in full or too few stand on a side.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.metrics.dimensions import DIMENSIONS
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Column, Table
from payback.web.definitions import definition
from payback.web.scorecards import FEWEST, WITH_AI, narrowed
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.metrics.question import Answer, Figure
    from payback.web.asking import Ask

PAIRED = (
    "merged_prs", "cycle_time", "pickup_time", "review_time", "rework_rate", "review_rejection_rate", "review_rounds", "bug_rate",
    "pr_size",
)  # fmt: skip
PAIRS = (
    Column("name", "Figure"),
    Column("ai", "With AI", "each"),
    Column("ai_n", "n", "count"),
    Column("none", "None detected", "each"),
    Column("none_n", "n", "count"),
    Column("apart", "Apart"),
)
BY = (
    Column("ai_n", "With AI", "count"),
    Column("none_n", "None detected", "count"),
    Column("evidence", "Evidence read", "share"),
    Column("ai_rework", "Done again, with AI", "share"),
    Column("none_rework", "none detected", "share"),
    Column("ai_cycle", "Cycle time, with AI", "hours"),
    Column("none_cycle", "none detected", "hours"),
)
CUTS = ("team", "tool", "workflow")
MEANS = frozenset({"tool", "model"})  # of what work with none detected knows nothing
NONE: Mapping[str, Sequence[str | None]] = {"ai_class": ("none_detected",)}
ENOUGH = Decimal("0.9")
NOTE = (
    "Of changes merged in these days. None detected is not none used: a pair stands back where the evidence of under 90 % of the "
    "changes with none detected could be read in full, or where fewer than five stand on one side. AI is used for other work "
    "than what is done without, so what lies apart is no effect of AI."
)


def pairs_tables(ask: Ask) -> tuple[Table, ...]:
    """All pairs, then two figures of them by each cut that the page is not filtered by."""
    metrics = (*PAIRED, "evidence_coverage")
    plain = _without_means(ask)
    tables = [_pairs(ask, (narrowed(ask, WITH_AI, *metrics), narrowed(plain, NONE, *metrics)))]
    for by in CUTS:
        if by in ask.where:
            continue
        cut = () if by in MEANS else (by,)
        pair = narrowed(ask, WITH_AI, *metrics, by=(by,)), narrowed(plain, NONE, *metrics, by=cut)
        tables.append(_pairs_by(by, pair, ask.names(by)))
    return tuple(one for one in tables if one.rows)


def _without_means(ask: Ask) -> Ask:
    """The same question without filters by tool or model."""
    kept = {name: values for name, values in ask.filters.where.items() if name not in MEANS}
    return replace(ask, filters=replace(ask.filters, where=kept))


def _pairs(ask: Ask, pair: tuple[Answer, Answer]) -> Table:
    """Each figure with AI and with none detected."""
    ai, none = (answer.totals for answer in pair)
    read = _is_read(none)
    rows = []
    for metric in PAIRED:
        meant, a, b = definition(metric), number(ai[metric]), number(none[metric])
        rows.append(
            {
                "name": meant.title,
                "id": metric,
                "kind": meant.kind,
                "ai": a,
                "ai_n": ai[metric].n,
                "none": b,
                "none_n": none[metric].n,
                "apart": "" if metric == "merged_prs" else _apart(ask, a, b, meant.kind),
                "quiet": not read or min(ai[metric].n, none[metric].n) < FEWEST,
            }
        )
    told = words.exact(number(none["evidence_coverage"]), "share")
    caption = f"With AI beside none detected; evidence read in full for {told} of the latter"
    return Table(caption, PAIRS, tuple(rows), note=NOTE)


def _apart(ask: Ask, a: Decimal | None, b: Decimal | None, kind: str) -> str:
    """The difference in words: points of a share, else in the unit of the figure."""
    if a is None or b is None:
        return ""
    if a == b:
        return "the same"
    return words.points(a - b) if kind == "share" else f"{'−' if a < b else '+'}{ask.say(abs(a - b), kind)}"


def _is_read(none: Mapping[str, Figure]) -> bool:
    coverage = number(none.get("evidence_coverage"))
    return coverage is not None and coverage >= ENOUGH


def _pairs_by(by: str, pair: tuple[Answer, Answer], called: Mapping[str, str]) -> Table:
    """The same pairs for each name of a cut, two figures of them; a tool stands beside all work with none detected."""
    ai = {row.keys[by]: row.figures for row in pair[0].rows}
    none = {row.keys[by]: row.figures for row in pair[1].rows} if pair[1].query.by else {}
    names = [name for name in {*ai, *none} if name is not None or by == "team"]
    rows = tuple(
        {"name": spoken(by, name, called), "id": name}
        | _pair(ai.get(name, {}), none.get(name, {}) if pair[1].query.by else pair[1].totals)
        for name in sorted(names, key=lambda name: (name is None, name or ""))
    )
    title = DIMENSIONS[by].title
    return Table(f"The same by {title.lower()}", (Column("name", title), *BY), rows)


def _pair(one: Mapping[str, Figure], other: Mapping[str, Figure]) -> dict[str, Any]:
    n = tuple(told["merged_prs"].n if told else 0 for told in (one, other))
    return {
        "ai_n": n[0],
        "none_n": n[1],
        "evidence": number(other.get("evidence_coverage")),
        "ai_rework": number(one.get("rework_rate")),
        "none_rework": number(other.get("rework_rate")),
        "ai_cycle": number(one.get("cycle_time")),
        "none_cycle": number(other.get("cycle_time")),
        "quiet": min(n) < FEWEST or not _is_read(other),
    }
