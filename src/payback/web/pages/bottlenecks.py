"""Bottlenecks: a change of the way to production split by phase and by mix, exactly; which team is held up where, and what to do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.app.bottlenecks import both, moved_teams, standing_out
from payback.insight.causes import cause
from payback.insight.course import WORDS
from payback.insight.moved import moved
from payback.insight.saying import hours, listed, percent
from payback.insight.split import split
from payback.web import words
from payback.web.blocks import Chart, Column, Link, Sentence, Table
from payback.web.charts.bridge import Bridge, bridge
from payback.web.page import Page
from payback.web.pages.decisions import href
from payback.web.pages.delivery import nothing_delivered
from payback.web.scorecards import is_nothing, period_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.app.bottlenecks import Way
    from payback.insight.finding import Finding
    from payback.insight.moved import Moved
    from payback.insight.split import Part, Split
    from payback.web.asking import Ask

KINDS = ("bottleneck", "gain-cancelled", "adoption-up-review-up")
PARTS = (
    Column("name", "Phase"),
    Column("before", "Before, mean", "hours"),
    Column("after", "Now, mean", "hours"),
    Column(
        "within", "Like changes", "hours", help="How much longer the same kind of change takes in this phase"
    ),
    Column("between", "95 % between"),
    Column("mix", "Mix", "hours", help="What more of one kind of change and less of another makes"),
    Column("change", "Together", "hours"),
)
TEAMS = (
    Column("name", "Team"),
    Column("phase", "Held up in"),
    Column("own", "Mean there", "hours"),
    Column("others", "Elsewhere", "hours"),
    Column("within", "Like changes", "hours", bar=True),
    Column("between", "95 % between"),
    Column("n", "n", "count"),
    Column("cause", "Goes along with"),
    Column("action", "Do"),
)
MOVES = (
    Column("name", "Team"),
    Column("gained", "Shorter"),
    Column("lost", "Longer"),
    Column("cancelled", "Gain lost again", "share"),
    Column("adoption", "Changes with AI"),
    Column("flag", "Flag", "badge"),
)
SPLIT_NOTE = (
    "Means of like changes (repository, kind of work, size), because medians do not add up; the longest 5 % of both sides are set "
    "aside. Both columns add up to the whole difference exactly. "
)
LEVEL_NOTE = "Beside all other teams, changes of the same kind of work and size. A cause goes along with the delay and is no proof."


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The split, teams that stand out, teams in which something moved, and the findings that wait for a decision."""
    if is_nothing(ask, "merged_prs"):
        return {"empty": nothing_delivered(ask)}
    looked = ask.desk.view(ask.filters.period, ask.scope)
    after, before = both(looked, ask.where, ask.filters.previous)
    beside = split(before.held, after.held)
    return {
        "empty": None,
        "sentence": _sentence(ask, after, beside),
        "chart": _chart(after, beside) if beside else None,
        "parts": _parts(ask, after, beside),
        "teams": _teams(ask, after),
        "moves": _moves(ask, before, after),
        "findings": tuple(Link(one.sentence, href(one)) for one in found(ask)),
    }


def found(ask: Ask) -> list[Finding]:
    """The findings about the way to production that wait for a decision."""
    return [one for one in ask.desk.findings.open(ask.scope) if one.kind in KINDS]


def _end(way: Way) -> str:
    return "First commit to production" if way.to_production else "First commit to merge"


def _sentence(ask: Ask, way: Way, beside: Split | None) -> Sentence:
    if beside is None:
        return Sentence(
            "What changed", "cannot be told", "of these days: nothing ended in them or in the days before."
        )
    all_of_it = moved_sentence(moved_of(beside))
    said = "longer" if beside.change > 0 else "shorter"
    versus = words.days(ask.filters.previous or ask.filters.period.before())
    return Sentence(
        f"{_end(way)} takes {hours(beside.after)} on average,", f"{hours(abs(beside.change))} {said}", f"than in {versus}. {all_of_it}"
    )  # fmt: skip


def moved_of(beside: Split) -> tuple[list[Part], list[Part]]:
    """The phases in which like changes got shorter and longer beyond chance."""
    told = [part for part in beside.parts if part.interval and (part.interval[0] > 0 or part.interval[1] < 0)]
    return [part for part in told if part.within < 0], [part for part in told if part.within > 0]


def moved_sentence(parts: tuple[list[Part], list[Part]]) -> str:
    """Where like changes got shorter and longer, in words."""
    gained, lost = (listed([f"{WORDS[p.phase]} {hours(abs(p.within))}" for p in one]) for one in parts)
    if not gained and not lost:
        return "No phase of like changes moved beyond chance."
    told = [f"{said} {word}" for said, word in ((gained, "shorter"), (lost, "longer")) if said]
    return f"Like changes: {', '.join(told)}."


def _chart(way: Way, beside: Split) -> Chart:
    steps = [(WORDS[part.phase].capitalize(), part.within) for part in beside.parts if part.within]
    steps.append(("Other kinds of changes", beside.mix))
    title = f"{_end(way)}, mean hours: from {hours(beside.before)} to {hours(beside.after)}"
    given = Bridge(beside.before, steps, "Before", "Now", kind="hours")
    rows = tuple({"name": name, "moved": amount} for name, amount in steps)
    behind = Table(
        "The figures behind the chart", (Column("name", "What"), Column("moved", "Hours", "hours")), rows
    )
    return Chart("split", title, bridge(title, given), behind)


def _parts(ask: Ask, way: Way, beside: Split | None) -> Table:
    if beside is None:
        return Table(
            "The way of a change, phase by phase",
            PARTS,
            (),
            empty="Nothing ended in one of the two stretches of days.",
        )
    rows = tuple(
        {
            "name": WORDS[part.phase].capitalize(),
            "id": part.phase,
            "before": part.before,
            "after": part.after,
            "within": part.within,
            "mix": part.mix,
            "change": part.within + part.mix,
            "between": _between(part),
        }
        for part in beside.parts
    )
    total = {
        "name": _end(way),
        "before": beside.before,
        "after": beside.after,
        "within": beside.within,
        "mix": beside.mix,
        "change": beside.change,
    }
    note = (
        f"{SPLIT_NOTE}n = {beside.n[1]:,} now and {beside.n[0]:,} before; {beside.aside:,} set aside, {beside.unmeasured:,} not measured "
        f"(no first commit, or never ready); {percent(beside.common)} are of a kind that both sides have."
    )
    return Table(f"The way of a change, phase by phase, {period_words(ask)}", PARTS, rows, total, note=note)


def _between(part: Part) -> str | None:
    if part.interval is None:
        return None
    low, high = part.interval
    return f"{hours(low)} and {hours(high)}"


def _teams(ask: Ask, way: Way) -> Table:
    names = ask.desk.directory().teams
    rows = []
    for one in standing_out(way):
        why = cause(one.part.phase, way.signals(one.team, others=True), way.signals(one.team))
        rows.append(
            {
                "name": names[one.team].name if one.team in names else one.team,
                "id": one.team,
                "href": ask.filters.url("/bottlenecks", team=one.team),
                "phase": WORDS[one.part.phase],
                "own": one.part.after,
                "others": one.part.before,
                "within": one.part.within,
                "between": _between(one.part),
                "n": one.beside.n[1],
                "cause": "; ".join(why.evidence) or "nothing that is known",
                "action": why.action,
            }
        )
    return Table(
        f"Teams that are held up, {period_words(ask)}",
        TEAMS,
        tuple(rows),
        empty="No phase of any team stands out beyond chance in these days. A team is looked at from 30 changes on; half a year tells more.",
        note=LEVEL_NOTE if rows else "",
    )


def _moves(ask: Ask, before: Way, after: Way) -> Table:
    names = ask.desk.directory().teams
    rows = [
        _move(names[team].name if team in names else team, one)
        for team, one in moved_teams(before, after).items()
        if one.gained or one.lost or one.is_adoption_up
    ]
    everybody = moved(before.held, after.held)
    if everybody and len(rows) > 1:
        rows.append(_move("All together", everybody))
    return Table(
        "What moved in teams",
        MOVES,
        tuple(rows),
        empty="In no team with 30 changes on both sides did a phase of like changes move by three standard errors.",
        note="The flag is raised where a tenth more of the changes carry signs of AI while review takes longer."
        if rows
        else "",
    )


def _move(name: str, one: Moved) -> dict[str, Any]:
    told = {
        side: listed([f"{WORDS[part.phase]} {hours(abs(part.within))}" for part in parts]) or None
        for side, parts in (("gained", one.gained), ("lost", one.lost))
    }
    is_flagged = one.is_adoption_up and bool(one.reviewed)
    return {
        "name": name,
        **told,
        "cancelled": None if one.cancelled is None else Decimal(str(round(one.cancelled, 4))),
        "adoption": f"{percent(one.adoption[0])} to {percent(one.adoption[1])}",
        "flag": "adoption up while review time is up" if is_flagged else "none",
        "flag_tone": "bad" if is_flagged else "plain",
    }


PAGE = Page(
    "bottlenecks",
    "/bottlenecks",
    "Bottlenecks",
    "Delivery",
    "Where is the way to production held up, and where was a gain lost again?",
    view,
    controls=("days", "compare"),
    dimensions=("team", "repo"),
)
