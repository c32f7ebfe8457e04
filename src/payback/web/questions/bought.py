"""What did it buy? Merged changes with signs of AI and what they cost; the effect on delivery is not claimed here."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.period import Grain
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Chart, Column, Link, Question, Sentence, Swatch, Table, Tile
from payback.web.charts.timeline import Stack, Time, label, timeline
from payback.web.palette import hues
from payback.web.questions import can_filter

if TYPE_CHECKING:
    from datetime import date

    from payback.metrics.question import Answer
    from payback.web.asking import Ask

CLASSES = ("agent_authored", "agent_assisted", "none_detected")
UNPROVEN = "Whether delivery got better cannot be told yet: that needs about six weeks of use and delivery side by side."


def question(ask: Ask) -> Question:
    """The answer: merged changes with evidence of AI, and the list price of one."""
    link = Link("See the changes", ask.filters.kept("/changes"))
    if not can_filter(ask, "merged_prs"):
        names = " and ".join(name for name in ask.filters.where if not _knows(name))
        sentence = Sentence("", "Not told apart", f"by {names}: a change is not made by one {names}.")
        return Question("bought", "What did it buy?", sentence, Link("See all changes", "/changes"))
    grain = Grain.WEEK if ask.filters.period.days <= 400 else Grain.MONTH
    answer = ask.answer("merged_prs", "cost_per_merged_pr", by=("ai_class",), grain=grain)
    by_class = _sums(answer)
    merged = sum(by_class.values(), Decimal(0))
    if not merged:
        why = "in these days, so what the money bought cannot be told. Repositories that payback reads are under Sources."
        return Question(
            "bought",
            "What did it buy?",
            Sentence("", "No merged change", why),
            Link("Open Sources", "/sources"),
        )
    with_ai = by_class.get("agent_authored", Decimal(0)) + by_class.get("agent_assisted", Decimal(0))
    tile = _tile(ask, number(answer.totals["cost_per_merged_pr"]), answer)
    said = (
        f" Those with a linked session cost {ask.say(tile.value, 'money')} each at list price."
        if tile.value is not None
        else ""
    )
    were = "change was" if merged == 1 else "changes were"
    sentence = Sentence("At least", f"{int(with_ai)} of {int(merged)}", f"merged {were} made with AI.{said}")
    return Question(
        "bought",
        "What did it buy?",
        sentence,
        link,
        tile,
        _chart(ask, answer, grain, by_class),
        note=UNPROVEN,
    )


def _knows(name: str) -> bool:
    return name in {"team", "repo"}


def _sums(answer: Answer) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in answer.rows:
        name = row.keys["ai_class"] or "none_detected"
        sums[name] = sums.get(name, Decimal(0)) + (number(row.figures["merged_prs"]) or 0)
    return sums


def _tile(ask: Ask, cost: Decimal | None, answer: Answer) -> Tile:
    share = number(answer.coverage.figures.get("evidence_coverage"))
    return Tile(
        metric="cost_per_merged_pr",
        title="List price per merged change with AI",
        value=cost,
        kind="money",
        unknown="no session is linked to a merged change",
        href=ask.filters.kept("/changes"),
        coverage=_coverage(share),
    )


def _coverage(share: Decimal | None) -> str:
    if share is None:
        return ""
    if not share:
        return "Signs of AI are read from commits, branches and notes; descriptions of changes are not in Git"
    return f"All evidence could be read for {words.short(share, 'share')} of changes"


def _chart(ask: Ask, answer: Answer, grain: Grain, by_class: dict[str, Decimal]) -> Chart:
    names = [name for name in CLASSES if name in by_class]
    time = Time(ask.filters.period, grain, ask.desk.today(), ask.desk.settings.fiscal_year_start)
    given: dict[tuple[date, str], Decimal] = {}
    for row in answer.rows:
        if row.period is not None:
            given[row.period, row.keys["ai_class"] or "none_detected"] = number(
                row.figures["merged_prs"]
            ) or Decimal(0)
    hue = hues(CLASSES)
    stack = Stack(
        names,
        {name: hue[name] for name in names},
        {name: words.title(name) for name in names},
        given,
        "count",
    )
    title = f"Merged changes per {grain.value}, by what the evidence says"
    table = Table(
        "The figures behind the chart",
        (Column("period", "Period"), *(Column(name, words.title(name), "count") for name in names)),
        tuple(
            {"period": label(p, grain)} | {name: given.get((p, name), Decimal(0)) for name in names}
            for p in time.periods
        ),
    )
    legend = tuple(Swatch(words.title(name), hue[name], by_class[name], "count") for name in names)
    return Chart("merged-changes", title, timeline(title, stack, time), table, legend)
