"""Effects: what adoption did to each unit on the metric it is judged on, who adopted when, and what else moved."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from payback.app.studying import EVERYBODY
from payback.insight.effect import ORGANISATION, TEAM, WORKFLOW
from payback.insight.impact.many import RATE, adjusted, chance
from payback.insight.impact.verdict import IMPROVED, MOVED, WORSE
from payback.metrics.catalogue import CATALOGUE
from payback.web import words
from payback.web.blocks import Chart, Column, Empty, Link, Sentence, Table
from payback.web.charts.intervals import by_unit
from payback.web.impacts import between, named, percent, short_verdict, span, tone, turned
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.insight.adoption import Adoption
    from payback.insight.effect import Effect
    from payback.web.asking import Ask

JUDGED = (
    Column("name", "Unit"),
    Column("metric", "Judged on"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
    Column("verdict", "Verdict", "badge"),
    Column("why", "Why, or what is missing"),
    Column(
        "label",
        "How sure",
        help="controlled: held against units that had not adopted; weak: nobody to compare with",
    ),
    Column("n", "n", "count", help="rows behind it"),
)
ADOPTED = (
    Column("name", "Unit"),
    Column("low", "From 10 % on"),
    Column("since", "Adopted, from 30 % on"),
    Column("high", "From 50 % on"),
    Column("share", "With the habit then", "share"),
    Column("contributors", "Contributors then", "count"),
)
BESIDE = (
    Column("name", "Metric"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
    Column("speed", "In speed"),
    Column("found", "After correction", "badge"),
    Column("n", "n", "count"),
)
NOTE = (
    "Each team is compared with itself before it adopted and with teams that had not adopted at the same times; users are never held "
    "against non-users. Grey: it cannot be told yet. Click a unit for its checks, its months and the panel behind it."
)
MANY = (
    "Looked at beside the metric that is judged. Of so many some move by luck, so each is corrected for all of them (Benjamini and "
    "Hochberg); what is not found after that is no finding."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """The judged effects, adoption, and the other metrics."""
    found = ask.desk.impacts.effects(ask.scope)
    adoptions = ask.desk.impacts.adoptions(ask.scope)
    if not any(one.unit_kind == TEAM for one in found):
        return {"empty": _nothing()}
    return {
        "empty": None,
        "sentence": sentence(found),
        "chart": _chart(ask, found),
        "judged": Table(
            "What adoption did, on the metric each is judged on",
            JUDGED,
            tuple(_row(ask, one) for one in found),
            note=NOTE,
        ),
        "adopted": adopted(ask, adoptions),
        "beside": _beside(ask.desk.impacts.beside(ask.scope)),
    }


def _nothing() -> Empty:
    return Empty(
        "No team delivers anything yet",
        "An effect needs changes or tickets of teams over at least twelve weeks, and use of AI by their people. Connect the host of "
        "your repositories, and tell teams and people in payback.toml.",
        (Link("See the sources", "/sources"), Link("See the teams", "/teams")),
    )


def sentence(found: Sequence[Effect]) -> Sentence:
    """What can be said of the teams in one sentence."""
    teams = [one for one in found if one.unit_kind == TEAM]
    if not any(one.since for one in teams):
        return Sentence(
            "", "No team has adopted AI yet", "as far as its use is known: see who is how far below."
        )
    adopted = [one for one in teams if one.since]
    said = [
        f"{sum(one.verdict == word for one in teams)} {word}"
        for word in (IMPROVED, MOVED, WORSE)
        if any(one.verdict == word for one in teams)
    ]
    head = next((one for one in found if one.unit_kind == ORGANISATION), None)
    whole = (
        f"Over the organisation, {_titled(head.metric).lower()}: {percent(head.percent)} ({between(head.interval)})."
        if head and head.interval
        else ""
    )
    rest = sum(not one.is_told for one in adopted)
    told = " and ".join(said) or "none"
    return Sentence(
        f"Of {words.plural(len(adopted), 'team')} that adopted AI:",
        f"{told},",
        f"{rest} cannot be told yet. {whole}".strip(),
    )


def href(effect: Effect) -> str:
    """Where an effect is told whole."""
    if effect.unit_kind not in {ORGANISATION, TEAM} or effect.metric not in CATALOGUE:
        return f"/workflows/{effect.unit}" if effect.unit_kind == WORKFLOW else ""
    return f"/effects/{effect.metric}" + (f"?team={effect.unit}" if effect.unit else "")


def _row(ask: Ask, effect: Effect) -> dict[str, Any]:
    return {
        "id": effect.unit,
        "kind": effect.unit_kind,
        "name": named(ask, effect.unit_kind, effect.unit),
        "href": href(effect),
        "metric": _titled(effect.metric),
        "metric_id": effect.metric,
        "percent": effect.percent,
        "interval": effect.interval,
        "effect": percent(effect.percent),
        "between": between(effect.interval),
        "verdict": short_verdict(effect.verdict),
        "verdict_tone": tone(effect.verdict),
        "why": _why(effect),
        "label": effect.label if effect.n else "",
        "n": effect.n or None,
        "units": effect.units or None,
        "quiet": not effect.is_told,
    }


def _why(effect: Effect) -> str:
    """What got worse, or what is missing."""
    worse = [
        f"{_titled(one.metric).lower()} {percent(one.percent)}"
        for one in effect.guardrails
        if one.verdict == WORSE
    ]
    return ", ".join(worse) or effect.verdict.partition(" (")[2].removesuffix(")")


def _titled(metric: str) -> str:
    return CATALOGUE[metric].title.partition(",")[0] if metric in CATALOGUE else metric or "nothing declared"


def _chart(ask: Ask, found: Sequence[Effect]) -> Chart | None:
    named_by = [
        (one, f"{named(ask, one.unit_kind, one.unit)}: {_titled(one.metric).lower()}") for one in found
    ]
    drawn = [(one, made) for one, name in named_by if (made := span(one, name))]
    if not drawn:
        return None
    title = "Effect of adoption with its 95 % interval, in percent of what would have been without"
    rows = tuple(
        {
            "name": made.name,
            "effect": percent(one.percent),
            "between": between(one.interval),
            "verdict": one.verdict,
        }
        for one, made in drawn
    )
    columns = (
        Column("name", "Unit and metric"), Column("effect", "Effect"), Column("between", "95 % interval"), Column("verdict", "Verdict"),
    )  # fmt: skip
    return Chart(
        "effects",
        title,
        by_unit(title, [made for _, made in drawn]),
        Table("The figures behind the chart", columns, rows),
    )


def adopted(ask: Ask, found: Sequence[Adoption]) -> Table:
    """Who adopted when, by three thresholds."""
    by_unit: dict[str, dict[float, Adoption]] = defaultdict(dict)
    for one in found:
        by_unit[one.unit][one.threshold] = one
    rows = []
    for unit, told in sorted(
        by_unit.items(), key=lambda item: (item[0] != EVERYBODY, str(item[1][0.3].week or "9"), item[0])
    ):
        usual = told[0.3]
        rows.append(
            {
                "id": unit,
                "name": named(ask, TEAM, None if unit == EVERYBODY else unit),
                "href": "/tools"
                if unit == EVERYBODY
                else f"/metrics/habitual_users?team={unit}&range=all&grain=week",
                **{key: _week(told[share]) for key, share in (("low", 0.1), ("since", 0.3), ("high", 0.5))},
                "week": usual.week,
                "share": usual.share,
                "contributors": usual.contributors,
                "quiet": usual.week is None,
            }
        )
    note = (
        "The first week in which so many of those who contribute had the habit: AI on at least 3 days in at least 3 of 4 weeks. Of "
        "units that have not adopted, the last week. Click a team for the weeks behind it."
    )
    return Table("Who adopted when", ADOPTED, tuple(rows), note=note)


def _week(one: Adoption) -> str:
    return f"week of {words.day(one.week)}" if one.week else "not yet"


def _beside(found: Sequence[Effect]) -> Table:
    """Other metrics of the organisation, corrected for how many they are."""
    luck = adjusted({one.metric: chance(one.percent or 0.0, one.interval) for one in found})
    rows = []
    for one in found:
        is_found = one.interval is not None and luck[one.metric] <= RATE
        rows.append(
            {
                "id": one.metric,
                "name": CATALOGUE[one.metric].title,
                "href": f"/effects/{one.metric}",
                "effect": percent(one.percent),
                "percent": one.percent,
                "between": between(one.interval),
                "speed": turned(one.metric, one.percent),
                "found": "moved" if is_found else "no finding",
                "q": luck[one.metric],
                "n": one.n or None,
                "quiet": not is_found,
            }
        )
    return Table("What else moved in the organisation", BESIDE, tuple(rows), note=MANY)


PAGE = Page(
    "effects", "/effects", "Effects", "Payback", "What did AI do to delivery and quality?", view, controls=(), dimensions=("team",),
)  # fmt: skip
