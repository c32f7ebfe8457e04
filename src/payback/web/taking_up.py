"""Before and after each team took AI up: as many days on either side, side by side. Descriptive: whatever else changed is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.app.studying import EVERYBODY
from payback.insight.adoption import THRESHOLD
from payback.period import Period
from payback.web.asking import number
from payback.web.blocks import Column, Table
from payback.web.definitions import definition
from payback.web.scorecards import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.web.asking import Ask

SHOWN = {
    "merged_prs_per_dev_week": "Merged a week and developer",
    "cycle_time": "Cycle time",
    "review_time": "Review time",
    "rework_rate": "Done again",
}
SIDE, SHORTEST = 90, 28
NOTE = (
    "A team has adopted from the weeks on in which three in ten of its contributors formed a habit. Descriptive, no effect: as many days before the day of adoption as after it, at most 90 and at least 28. What else changed in "
    "those days is in it, and a team that was at a low moves back by itself. What adoption did stands on the page Effects."
)


def taking_up_table(ask: Ask) -> Table | None:
    """A row per team of which the day of adoption is known, the organisation first; None where a tool or workflow is asked for."""
    if set(ask.where) - {"team"} or ask.span is None:
        return None
    columns = [
        Column("name", "Who"),
        Column("since", "Adopted", "day"),
        Column("days", "Days each side", "count"),
    ]
    for metric, title in SHOWN.items():
        meant = definition(metric)
        columns += [
            Column(f"{metric}_before", f"{title} before", meant.kind),
            Column(metric, "after", meant.kind),
        ]
    columns.append(Column("n", "n, fewest", "count"))
    rows = tuple(_rows(ask))
    return Table(
        "Before and after adoption",
        tuple(columns),
        rows,
        empty="No day of adoption is known.",
        note=NOTE if rows else "",
    )


def _rows(ask: Ask) -> Iterator[dict[str, Any]]:
    teams = ask.desk.directory().teams
    chosen = ask.where.get("team", ())
    for one in sorted(
        ask.desk.impacts.adoptions(ask.scope), key=lambda one: (one.unit != EVERYBODY, one.unit)
    ):
        team = None if one.unit == EVERYBODY else one.unit
        if one.threshold != THRESHOLD or one.formed is None or (chosen and team not in chosen):
            continue
        told = teams.get(one.unit)
        name = "All" if team is None else (told.name if told else None) or one.unit
        yield {"name": name, "id": team, "since": one.formed} | _sides(ask, team, one.formed)


def _sides(ask: Ask, team: str | None, since: date) -> dict[str, Any]:
    """The figures on either side of a day; none where too few days are known on one."""
    if ask.span is None:
        return {}
    days = min(SIDE, (ask.span.until - since).days, (since - ask.span.since).days)
    if days < SHORTEST:
        return {"days": max(days, 0), "quiet": True}
    where = {"team": (team,)} if team else {}
    own = replace(ask, filters=replace(ask.filters, where=where))
    side = timedelta(days=days)
    before = own.answer(*SHOWN, period=Period(since - side, since)).totals
    after = own.answer(*SHOWN, period=Period(since, since + side)).totals
    fewest = min(figures[metric].n for figures in (before, after) for metric in SHOWN)
    return {
        "days": days,
        "n": fewest,
        "quiet": fewest < FEWEST,
        **{f"{metric}_before": number(before[metric]) for metric in SHOWN},
        **{metric: number(after[metric]) for metric in SHOWN},
    }
