"""Delivery: DORA's five, where the time of a change goes, the queue now, and what counts as a deployment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.app.delivery_views import deployment_choices
from payback.insight.bottleneck import KIND as BOTTLENECK
from payback.period import Grain, Period
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Chart, Column, Empty, Link, Sentence, Swatch, Table
from payback.web.charts.ranges import ranged
from payback.web.charts.timeline import Stack, Time, label, timeline
from payback.web.page import Page
from payback.web.published import PUBLISHED
from payback.web.scorecards import (
    PHASE_HUES,
    PHASE_WORDS,
    PHASES,
    Shown,
    is_nothing,
    period_words,
    table,
    tiles,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

DORA = (
    "lead_time_for_changes", "deployment_frequency", "change_fail_rate", "failed_deployment_recovery_time",
    "deployment_rework_rate",
)  # fmt: skip
QUEUE = ("prs_waiting_review", "review_queue_age")
COLUMNS = (
    Shown("merged_prs", "Merged", bar=True),
    Shown("merged_prs_per_dev_week", "per developer-week"),
    Shown("cycle_time", "Cycle time"),
    Shown("lead_time_for_changes", "Lead time"),
    Shown("deployment_frequency", "Deployments"),
    Shown("change_fail_rate", "Failed"),
    Shown("prs_waiting_review", "Waiting now"),
)
TICKETS = (
    Shown("tickets_resolved", "Done", bar=True),
    Shown("stories_completed", "Stories"),
    Shown("ticket_active_time", "Active"),
    Shown("ticket_queue_time", "Queued"),
    Shown("ticket_resolution_time", "Creation to done"),
)
CHOICES = (
    Column("repo", "Repository", "code"),
    Column("counted_as", "What counts", "text"),
    Column("deployments", "Deployments", "count"),
    Column("changes", "Changes in them", "count"),
)
COUNTED = {
    "deployment": "deployments to production",
    "release": "releases",
    "workflow_run": "workflow runs",
    "merge": "merges to the default branch",
}
HALF_YEAR = timedelta(weeks=26)
PHASE_NOTE = "Medians of each phase. Medians do not add up: the median of the whole is the cycle and lead time beside it."


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """DORA, phases, the queue, tickets, what counts."""
    if is_nothing(ask, "merged_prs", "deployment_frequency", "tickets_resolved", "prs_waiting_review"):
        return {"empty": nothing_delivered(ask)}
    return {
        "empty": None,
        "tiles": tiles(ask, *DORA),
        "sentence": _sentence(ask),
        "held_up": _held_up(ask),
        "more": tiles(ask, "cycle_time", "merged_prs", *QUEUE),
        "phases": _phases(ask),
        "ranges": _ranges(ask),
        "teams": table(ask, "team", COLUMNS, caption=f"Teams in {period_words(ask)}", phases=True),
        "kinds": table(ask, "work_type", COLUMNS, caption="Kinds of work", phases=True),
        "tickets": table(ask, "team", TICKETS, caption="Tickets by team"),
        "choices": _choices(ask),
    }


def nothing_delivered(ask: Ask) -> Empty:
    """Why there is no delivery to see, and what brings it."""
    links = (
        Link("Show all days", ask.filters.url(range="all", since=None, through=None)),
        Link("See the sources", "/sources"),
    )
    return Empty(
        f"No change, ticket or deployment in {period_words(ask)}",
        "Connect GitHub, GitLab, Azure DevOps, Bitbucket, Jira or Linear (payback init --vendor github --key env:NAME), or "
        "take in files: payback import FILE --as pull_requests. Repositories that Git reads give merged changes alone.",
        links,
    )


def _sentence(ask: Ask) -> Sentence:
    """Where most of the time of a change goes."""
    totals = ask.answer(*PHASES, "cycle_time").totals
    spent = {metric: number(totals[metric]) for metric in PHASES}
    known = {metric: value for metric, value in spent.items() if value is not None}
    if not known:
        return Sentence(
            "", "No phase", "of a change is known in these days: connect the host of the repositories."
        )
    longest = max(known, key=lambda metric: known[metric])
    n = totals[longest].n
    return Sentence(
        "Of a change's time, the longest part is", f"{PHASE_WORDS[longest]}: {ask.say(known[longest], 'hours')}",
        f"(median of {words.plural(n, 'change')}).",
    )  # fmt: skip


def _held_up(ask: Ask) -> Link:
    """The way to what holds teams up, with how many wait for a decision about it."""
    told = [one for one in ask.desk.findings.open(ask.scope) if one.kind == BOTTLENECK]
    if not told:
        return Link(
            "Where is it held up? See the way to production split by phase and mix",
            ask.filters.kept("/bottlenecks"),
        )
    held = ask.desk.directory().teams
    names = sorted(held[one.subject].name if one.subject in held else one.subject for one in told)
    return Link(
        f"{words.plural(len(told), 'team')} held up: {', '.join(names)}. See where and why",
        ask.filters.kept("/bottlenecks"),
    )


def _phases(ask: Ask) -> Chart | None:
    """Medians of the phases over time, stacked."""
    grain = Grain.WEEK if ask.filters.period.days <= 100 else Grain.MONTH
    answer = ask.answer(*PHASES, grain=grain)
    amounts = {
        (row.period, metric): value
        for row in answer.rows
        for metric in PHASES
        if row.period is not None and (value := number(row.figures[metric])) is not None
    }
    if not amounts:
        return None
    stack = Stack(PHASES, PHASE_HUES, PHASE_WORDS, amounts, kind="hours")
    time = Time(ask.filters.period, grain, ask.desk.today(), ask.desk.settings.fiscal_year_start)
    title = f"Hours of a change by phase, median per {grain.value}"
    rows = tuple(
        {"period": label(start, grain)} | {metric: amounts.get((start, metric)) for metric in PHASES}
        for start in time.periods
    )
    columns = (
        Column("period", "Period"),
        *(Column(metric, PHASE_WORDS[metric].capitalize(), "hours") for metric in PHASES),
    )
    legend = tuple(
        Swatch(PHASE_WORDS[metric], PHASE_HUES[metric], number(answer.totals[metric]), "hours")
        for metric in PHASES
    )
    behind = Table("The figures behind the chart", columns, rows)
    return Chart("phases", title, timeline(title, stack, time), behind, legend, PHASE_NOTE)


def _ranges(ask: Ask) -> tuple[Chart, ...]:
    """Figures by week, on the faint band that others have published: of half a year at least, since a few weeks show no course."""
    asked = ask.filters.period
    period = Period(min(asked.since, asked.until - HALF_YEAR), asked.until)
    time = Time(period, Grain.WEEK, ask.desk.today())
    charts = []
    for told in PUBLISHED:
        answer = ask.answer(told.metric, grain=Grain.WEEK, period=period)
        course = {row.period: number(row.figures[told.metric]) for row in answer.rows if row.period}
        known = [value for _, value in sorted(course.items()) if value is not None]
        if not known:
            continue
        rows = tuple({"period": label(one, Grain.WEEK), "value": course.get(one)} for one in time.periods)
        behind = Table(
            "The figures behind the chart",
            (Column("period", "Week"), Column("value", told.unit, "number")),
            rows,
        )
        title = f"{told.title}, by week from {words.day(period.since)}"
        spec = ranged(
            title,
            {one: course.get(one) for one in time.periods if one not in time.parts},
            told.on(known),
        )
        charts.append(Chart(f"range-{told.metric.replace('_', '-')}", title, spec, behind, note=told.note))
    return tuple(charts)


def _choices(ask: Ask) -> Table:
    """What counts as a deployment, per repository, as it was chosen or proposed."""
    rows = tuple(
        {
            **row,
            "repo": words.tail(row["repo"]),
            "counted_as": f"{COUNTED[row['counted_as']]}, {'proposed' if row['is_proposed'] else 'chosen'}",
        }
        for row in deployment_choices(ask.desk.view(ask.filters.period, ask.scope))
    )
    return Table(
        "What counts as a deployment to production",
        CHOICES,
        rows,
        empty="No deployment is known yet.",
        note="Where nothing was chosen, payback proposes what the host tells. Choose on the page Deployments.",
    )


PAGE = Page(
    "delivery",
    "/delivery",
    "Delivery",
    "Delivery",
    "How fast and how surely does work reach production?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "repo"),
)
