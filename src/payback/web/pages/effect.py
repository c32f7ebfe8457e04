"""One effect told whole: its months since adoption, what was checked, how it hangs on the threshold, the panel behind it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import exp, isfinite
from typing import TYPE_CHECKING, Any

from payback.app.impacts import Asked
from payback.app.studying import EVERYBODY
from payback.insight.effect import TEAM
from payback.insight.impact.panel import NEVER
from payback.insight.outcome import Form
from payback.insight.study_told import by_event_time, guardrail, told
from payback.metrics.catalogue import CATALOGUE
from payback.web import words
from payback.web.blocks import Chart, Column, Sentence, Table
from payback.web.charts.intervals import Span, since_adoption
from payback.web.impacts import LABELS, between, named, percent, tone, turned
from payback.web.page import Page
from payback.web.pages.effects import adopted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.app.impacts import Answered
    from payback.insight.study import Study
    from payback.web.asking import Ask

CHECKS = (Column("check", "Check"), Column("passed", "Holds", "badge"), Column("says", "What was seen"))
NAMES = {
    "declared": "Declared before looking",
    "mature": "Old enough to be known",
    "use_known": "Use known long enough",
    "before": "Eight weeks before",
    "pretrend": "Moved alike before",
    "controls": "Somebody to compare with",
    "interval": "Interval",
    "mix": "The same at fixed mix",
    "plausible": "Within what others found",
    "threshold": "Whatever the threshold",
}
STEPS = (
    Column("step", "Periods since adoption", "number"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
)
THRESHOLDS = (
    Column("name", "Share of contributors with the habit"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
    Column("missing", "What is missing"),
)
WAYS = (
    Column("name", "Way"),
    Column("label", "How much it says"),
    Column("effect", "Figure"),
    Column("between", "95 % interval"),
    Column("n", "n", "count"),
    Column("missing", "What is missing"),
)
WAY_NAMES = {
    "matched": "Work with AI beside like work without",
    "before_after": "Those who adopted, before and after",
}
MIXES = (
    Column("name", "Mix of work"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
    Column("missing", "What is missing"),
)
GUARDS = (
    Column("name", "Must not get worse"),
    Column("effect", "Effect"),
    Column("between", "95 % interval"),
    Column("verdict", "Verdict", "badge"),
)
MOST_UNITS = 40


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """One metric of the organisation, or of the team that the page is filtered by."""
    metric = path["metric"]
    team = next(iter(ask.filters.where.get("team", ())), None)
    found = ask.desk.impacts.answered(ask.scope, metric, Asked(team))
    adoptions = [
        one for one in ask.desk.impacts.adoptions(ask.scope) if team is None or one.unit in {team, EVERYBODY}
    ]
    return {
        "empty": None,
        "title": f"Effect on {CATALOGUE[metric].title.lower()}"
        + (f": {named(ask, TEAM, team)}" if team else ""),
        "sentence": _sentence(ask, found),
        "label": LABELS[found.effect.label],
        "warning": _warning(found),
        "months": _months(found.study),
        "checks": _checks(found),
        "guards": _guards(found),
        "mix": _mix(found.study),
        "thresholds": _thresholds(found),
        "ways": _ways(found),
        "adopted": adopted(ask, adoptions),
        "panel": _panel(ask, found.study) if team is None else None,
        "explain": f"payback explain effect --where metric={metric}"
        + (f" --where team={team}" if team else ""),
        "answer": told(found.study, found.effect),
    }


def _sentence(ask: Ask, found: Answered) -> Sentence:
    effect, study = found.effect, found.study
    name = named(ask, effect.unit_kind, effect.unit)
    if effect.interval is None:
        return Sentence(f"{name}:", "cannot tell yet", f"({study.missing or 'no interval'}).")
    speed = turned(effect.metric, effect.percent)
    after = f"({between(effect.interval)}): {effect.verdict}." + (f" {speed}." if speed else "")
    return Sentence(f"{name}:", percent(effect.percent), after)


def _warning(found: Answered) -> str:
    """What must be read before the figure is used."""
    failed = [check for check in found.effect.checks if check.id == "plausible" and check.passed is False]
    return failed[0].says if failed and found.effect.interval else ""


def _months(study: Study) -> Chart | None:
    rows, spans = [], []
    for step, point in by_event_time(study):
        interval = point["percent_interval"]
        if point["percent"] is None:
            continue
        rows.append(
            {
                "step": step,
                "effect": percent(point["percent"]),
                "between": between(interval),
                "percent": point["percent"],
                "quiet": step < 0,
            }
        )
        low, high = interval or (point["percent"], point["percent"])
        name = f"{step:+d} periods" if step else "the period of adoption"
        said = f"{percent(point['percent'])} ({between(interval)})"
        spans.append(Span(name, point["percent"], low, high, step >= 0, said, step))
    if not spans:
        return None
    title = "Effect by periods of four weeks since adoption; before it, in grey, all should lie around zero"
    note = (
        "The period of adoption itself is a novelty and not in the headline, which is the mean of the six after it. Lines that "
        "reach the edge go on beyond it."
    )
    return Chart(
        "months",
        title,
        since_adoption(title, spans),
        Table("The figures behind the chart", STEPS, tuple(rows)),
        note=note,
    )


def _checks(found: Answered) -> Table:
    rows = tuple(
        {
            "id": check.id,
            "check": NAMES.get(check.id, check.id),
            "passed": "unknown" if check.passed is None else "yes" if check.passed else "no",
            "passed_tone": "plain" if check.passed is None else "good" if check.passed else "attention",
            "says": check.says,
        }
        for check in found.effect.checks
    )
    return Table("What was checked", CHECKS, rows)


def _guards(found: Answered) -> Table | None:
    rows = tuple(
        {
            **guardrail(one),
            "name": CATALOGUE[one.metric].title,
            "href": f"/effects/{one.metric}" + (f"?team={one.unit}" if one.unit else ""),
            "effect": percent(one.percent),
            "between": between(one.interval),
            "verdict_tone": tone(one.verdict),
        }
        for one in found.effect.guardrails
    )
    return Table("Guardrails", GUARDS, rows) if rows else None


def _mix(study: Study) -> Table | None:
    """The actual effect, that at the mix before adoption, and what the shift of the mix did."""
    if study.fixed is None:
        return None
    rows = [
        {
            "id": key,
            "name": name,
            "effect": percent(one.percent),
            "percent": one.percent,
            "between": between(one.interval),
            "missing": one.missing,
        }
        for key, name, one in (
            ("actual", "As it was", study),
            ("fixed", "As before adoption", study.fixed),
        )
    ]
    if study.percent is not None and study.fixed.percent is not None:
        points = study.percent - study.fixed.percent
        rows.append(
            {
                "id": "mix",
                "name": "Through the mix, in points",
                "effect": percent(points),
                "percent": points,
                "between": "",
                "missing": "",
            }
        )
    note = (
        "Kinds of work are repository, work type and size band. A verdict needs both figures to say the same."
    )
    return Table("Mix of work", MIXES, tuple(rows), note=note)


def _thresholds(found: Answered) -> Table:
    rows = tuple(
        {
            "name": f"{threshold * 100:.0f} %",
            "effect": percent(study.percent),
            "percent": study.percent,
            "between": between(study.interval),
            "missing": study.missing,
        }
        for threshold, study in found.others
    )
    return Table("The same at other thresholds of adoption", THRESHOLDS, rows)


def _ways(found: Answered) -> Table:
    """Ways that are easier to fool, each with what it says: never a verdict."""
    rows = tuple(
        {
            "id": study.method,
            "name": WAY_NAMES[way],
            "label": LABELS[study.label] if study.percent is not None else "",
            "effect": percent(study.percent),
            "percent": study.percent,
            "between": between(study.interval),
            "n": study.n or None,
            "missing": "" if study.percent is not None else study.missing,
            "quiet": True,
        }
        for way, study in zip(WAY_NAMES, found.ways, strict=True)
    )
    return Table(
        "By ways that say less", WAYS, rows, note="To be seen beside the effect, never in its place."
    )


def _panel(ask: Ask, study: Study) -> Table | None:
    """The cells behind the effect of the organisation: each leads to its rows."""
    cells = study.cells
    if cells is None or len(cells.units) > MOST_UNITS or study.found is None:
        return None
    starts = cells.periods.starts
    columns = (
        Column("name", "Team"),
        Column("treated", "Treated from"),
        *(Column(f"p{t}", f"{start:%d %b %y}".lstrip("0"), "number") for t, start in enumerate(starts)),
    )
    until = cells.periods.until - timedelta(days=1)
    rows = []
    for i, unit in enumerate(cells.units):
        group = study.groups[i]
        link = f"/metrics/{study.subject.metric}?team={unit}&since={starts[0]}&through={until}&grain=week"
        rows.append(
            {
                "id": unit,
                "name": named(ask, TEAM, unit),
                "href": link,
                "treated": "never" if group == NEVER else words.day(starts[group]),
                "quiet": group == NEVER,
                **{f"p{t}": _shown(study, i, t) for t in range(cells.periods.count)},
            }
        )
    form = "changes in the period ÷ contributors" if cells.form is Form.RATE else str(cells.form)
    note = (
        f"Periods of four weeks by their first day; {form}"
        + (" (the comparison takes logarithms)" if cells.is_log else "")
        + ". Click a team for the weeks and rows behind it."
    )
    return Table("The panel behind it", columns, tuple(rows), note=note)


def _shown(study: Study, unit: int, time: int) -> Any:
    """A cell in its own terms: counts per contributor, hours, shares."""
    cells = study.cells
    value = float(cells.outcome[unit, time]) if cells else float("nan")
    if cells is None or not isfinite(value):
        return None
    return Decimal(f"{exp(value) if cells.is_log else value:.2f}")


PAGE = Page(
    "effect", "/effects/{metric}", "Effect", "Payback", "What did AI do to this figure?", view, parent="effects", controls=(),
    dimensions=("team",), example=(("metric", "merged_prs"),),
)  # fmt: skip
