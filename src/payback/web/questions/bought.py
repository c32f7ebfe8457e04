"""What did it buy? The answer of the page Payback in one sentence, over the merged changes with signs of AI and their price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.effect import ORGANISATION, TEAM
from payback.insight.worth import UNKNOWN
from payback.period import Grain
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Chart, Column, Link, Question, Sentence, Swatch, Table, Tile
from payback.web.charts.timeline import Stack, Time, label, timeline
from payback.web.palette import hues
from payback.web.questions import can_filter
from payback.web.worths import answered

if TYPE_CHECKING:
    from datetime import date

    from payback.app.paying_back import Judged
    from payback.metrics.question import Answer
    from payback.web.asking import Ask

TOGETHER = Sentence(
    "What came back",
    UNKNOWN,
    "for these filters together: effects are of the organisation and of single teams.",
)
CLASSES = ("agent_authored", "agent_assisted", "none_detected")


def question(ask: Ask) -> Question:
    """The answer: merged changes with evidence of AI, and the list price of one."""
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
    one = _judged(ask)
    cost = number(answer.totals["cost_per_merged_pr"])
    return Question(
        "bought",
        "What did it buy?",
        answered(ask, one) if one else TOGETHER,
        Link("See what it bought", ask.filters.kept("/payback", ("team",))),
        _tile(ask, one.cost.full if one else None, answer),
        _chart(ask, answer, grain, by_class),
        note=_note(ask, with_ai, merged, cost),
    )


def _judged(ask: Ask) -> Judged | None:
    """The organisation, or the one team filtered by, as the page Payback judges it; None for other filters."""
    teams = ask.where.get("team", ())
    if "repo" in ask.filters.where or len(teams) > 1:
        return None
    judged = ask.desk.payback.judged(ask.scope, ask.filters.period)
    wanted = (TEAM, teams[0]) if teams else (ORGANISATION, None)
    return next((one for one in judged if (one.kind, one.unit) == wanted), None)


def _note(ask: Ask, with_ai: Decimal, merged: Decimal, cost: Decimal | None) -> str:
    were = "change was" if merged == 1 else "changes were"
    said = (
        f"; those with a linked session cost {ask.say(cost, 'money')} each at list price"
        if cost is not None
        else ""
    )
    return f"At least {int(with_ai)} of {int(merged)} merged {were} made with AI{said}."


def _knows(name: str) -> bool:
    return name in {"team", "repo"}


def _sums(answer: Answer) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in answer.rows:
        name = row.keys["ai_class"] or "none_detected"
        sums[name] = sums.get(name, Decimal(0)) + (number(row.figures["merged_prs"]) or 0)
    return sums


def _tile(ask: Ask, full: Decimal | None, answer: Answer) -> Tile:
    share = number(answer.coverage.figures.get("evidence_coverage"))
    return Tile(
        metric="full_cost",
        title="Full cost",
        value=full,
        kind="money",
        unknown="not known",
        href=ask.filters.kept("/payback", ("team",)),
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
