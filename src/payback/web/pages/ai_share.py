"""AI share: how much of what was merged bears signs of AI, by which evidence, and how much of it could be read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.app.delivery_views import signs
from payback.period import Grain
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Chart, Column, Sentence, Swatch, Table
from payback.web.charts.timeline import Stack, Time, label, timeline
from payback.web.page import Page
from payback.web.pages.delivery import nothing_delivered
from payback.web.palette import hues
from payback.web.scorecards import Shown, is_nothing, period_words, share_of, table, tiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

CLASSES = ("agent_authored", "agent_assisted", "none_detected")
COLUMNS = (
    Shown("merged_prs", "Merged", bar=True),
    Shown("evidence_coverage", "Evidence read"),
    Shown("cost_per_merged_pr", "List price each"),
    Shown("cycle_time", "Cycle time"),
    Shown("review_time", "Review"),
    Shown("rework_rate", "Reworked"),
    Shown("pr_size", "Lines, median"),
)
EVIDENCE = (
    Column("kind", "Sign", "text"),
    Column("tool", "Tool"),
    Column("grade", "Grade", help="A: sure, B: strong, C: weak"),
    Column("changes", "Changes", "count", bar=True),
)
KINDS = {
    "note": "Lines attested by a git-ai note", "account": "Account of an agent", "branch": "Head branch",
    "trailer": "Commit trailer", "pr_marker": "Mark in the description", "text": "Mark in a commit message",
    "session": "Link to a session", "label": "Label", "vendor": "Attribution by the vendor",
    "trace": "Agent trace record",
}  # fmt: skip
NOTE = (
    "Lower bounds: attribution can be switched off in every tool, and squashing loses it. No sign does not mean that a "
    "person wrote it. Only changes whose evidence could all be read may serve as a comparison."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The share over time, by team, and the signs it stands on."""
    if is_nothing(ask, "merged_prs"):
        return {"empty": nothing_delivered(ask)}
    rows = tuple(
        {
            **row,
            "kind": KINDS.get(row["kind"], row["kind"]),
            "tool": words.title(row["tool"]),
            "hue": hues([row["tool"]])[row["tool"]],
            "bar_hue": hues([row["tool"]])[row["tool"]],
        }
        for row in signs(ask.desk.view(ask.filters.period, ask.scope), ask.where)
    )
    return {
        "empty": None,
        "sentence": _sentence(ask),
        "chart": _chart(ask),
        "tiles": tiles(ask, "merged_prs", "evidence_coverage", "cost_per_merged_pr"),
        "classes": table(ask, "ai_class", COLUMNS, caption=f"Classes in {period_words(ask)}"),
        "signs": Table(
            "Signs of AI on merged changes", EVIDENCE, rows, empty="No sign of AI was found.", note=NOTE
        ),
    }


def _sentence(ask: Ask) -> Sentence:
    answer = ask.answer("merged_prs", by=("ai_class",))
    share = share_of(answer, "merged_prs", "ai_class", CLASSES[:2])
    told = "unknown" if share is None else f"at least {words.short(share, 'share')}"
    return Sentence("Signs of AI are on", told, "of the merged changes.")


def _chart(ask: Ask) -> Chart:
    grain = Grain.WEEK if ask.filters.period.days <= 100 else Grain.MONTH
    answer = ask.answer("merged_prs", by=("ai_class",), grain=grain)
    amounts = {
        (row.period, row.keys["ai_class"] or CLASSES[-1]): number(row.figures["merged_prs"]) or Decimal(0)
        for row in answer.rows
        if row.period
    }
    hue = {name: given for name, given in hues(CLASSES).items() if name}
    said = {name: words.title(name) for name in CLASSES}
    time = Time(ask.filters.period, grain, ask.desk.today(), ask.desk.settings.fiscal_year_start)
    spec = timeline("Merged changes by AI evidence", Stack(CLASSES, hue, said, amounts, kind="count"), time)
    rows = tuple(
        {"period": label(start, grain)} | {name: amounts.get((start, name)) for name in CLASSES}
        for start in time.periods
    )
    columns = (Column("period", "Period"), *(Column(name, said[name], "count") for name in CLASSES))
    sizes = {
        name: sum((value for (_, held), value in amounts.items() if held == name), Decimal(0))
        for name in CLASSES
    }
    legend = tuple(Swatch(said[name], hue[name], sizes[name], "count") for name in CLASSES)
    behind = Table("The figures behind the chart", columns, rows)
    return Chart("ai-share", f"Merged changes per {grain.value} by AI evidence", spec, behind, legend)


PAGE = Page(
    "ai-share",
    "/ai-share",
    "AI share",
    "Delivery",
    "Which of the work had AI a hand in, and how do we know?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "repo"),
)
