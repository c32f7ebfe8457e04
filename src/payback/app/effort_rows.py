"""Rows of `effort_costs`: hours entered, hours of changes with AI beside like ones without, corrected pieces of output.

What is entered for a line counts in place of what is measured for the same: for a change or piece of output alone where it
names one, else for the calendar month of its team, its workflow, or (where it names neither) of everybody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.insight.extra_hours import Extra, Piece, extras
from payback.insight.hours_of_work import RULES, said
from payback.ledger.batches import digest
from payback.money import cut
from payback.period import Grain, day_of, grain_start, month_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from payback.insight.assumptions import Assumed
    from payback.insight.hours_of_work import Rule
    from payback.ledger.rates import Rates
    from payback.org.directory import Directory

    Row = Mapping[str, Any]
    Made = dict[str, Any]

KINDS = (
    "enablement", "review", "qa", "defect_triage", "correction", "rework", "incident", "security_review", "support",
)  # fmt: skip
OTHER = "other"
ALSO = {
    "training": "enablement", "onboarding": "enablement", "rollout": "enablement", "documentation": "enablement",
    "prompt_guidance": "enablement", "workflow_change": "enablement", "workflow_changes": "enablement",
    "management": "enablement", "workshop": "enablement", "code_review": "review", "product_review": "review",
    "comms_review": "review", "legal_review": "review", "testing": "qa", "test": "qa", "quality_assurance": "qa",
    "triage": "defect_triage", "bug_triage": "defect_triage", "defects": "defect_triage", "corrections": "correction",
    "incidents": "incident", "incident_response": "incident", "security": "security_review", "help": "support",
    "help_desk": "support",
}  # fmt: skip
PLACES = Decimal("0.000001")
WITHOUT_AI = "none_detected"


def kind_of(told: str) -> str:
    """The line that a kind of work belongs to, by its name or another word for it; `other` for any other word."""
    word = re.sub(r"[^a-z]+", "_", told.strip().casefold()).strip("_")
    found = ALSO.get(word, word)
    return found if found in KINDS else OTHER


@dataclass(frozen=True, slots=True)
class Known:
    """All that the rows are made of: `effort`, `work` (with `shipped_with`), `outputs`; what is
    assumed (None: nothing is measured), the organisation, its currency and rates, zone and day.
    """

    effort: Sequence[Row]
    work: Sequence[Row]
    outputs: Sequence[Row]
    assumed: Assumed | None
    directory: Directory
    rates: Rates
    currency: str
    zone: ZoneInfo
    today: date


def rows(known: Known) -> list[Made]:
    """Every row of `effort_costs`, without its provenance."""
    made_by = {row["output_id"]: row["workflow"] for row in known.outputs}
    made_by |= {row["pull_request_id"]: row["workflow"] for row in known.work}
    entered = [_entered(known, row, made_by.get(row["output_id"])) for row in known.effort]
    covered = _covered(entered)
    made: list[Made] = []
    if known.assumed is not None:
        for rule in RULES:
            made += _measured(known, rule)
        made += _corrected(known)
    found = [*entered, *({**row, "replaced": _is_covered(row, covered)} for row in made)]
    return [_priced(known, row) for row in found]


def _entered(known: Known, row: Row, made_by: str | None) -> Made:
    """Hours that somebody told; those for one piece of output are for the workflow that made it."""
    noon = datetime.combine(row["day"], time(12), UTC)
    held = known.directory
    person = held.person_of(row["person"]) or row["person"]
    return {
        "effort_cost_id": digest("effort_cost", row["effort_id"]),
        "day": row["day"],
        "kind": kind_of(row["kind"]),
        "about": row["kind"],
        "how": "measured" if row["measured"] else "entered",
        "basis": "told by a time tracker" if row["measured"] else "entered",
        "person": person,
        "team": row["team"] or (held.team_of(person, noon) if person else None),
        "workflow": row["workflow"] or made_by,
        "output_id": row["output_id"],
        "pull_request": row["output_id"] if "#" in (row["output_id"] or "") else None,
        "hours": row["hours"],
        "rate": row["rate"],
        "currency": row["currency"],
        "replaced": False,
    }


Cover = tuple[str, "date | None", str | None, str | None]


def _covered(entered: Iterable[Made]) -> set[Cover]:
    """What hours were entered for: (kind, None, None, output), or (kind, month, team, workflow) with None for any."""
    return {
        (row["kind"], None, None, row["output_id"])
        if row["output_id"]
        else (row["kind"], month_start(row["day"]), row["team"], row["workflow"])
        for row in entered
    }


def _is_covered(row: Made, covered: set[Cover]) -> bool:
    kind, month = row["kind"], month_start(row["day"])
    ways: list[Cover] = [
        (kind, month, team, workflow)
        for team in {row.get("team"), None}
        for workflow in {row.get("workflow"), None}
    ]
    own = {row.get("pull_request"), row.get("output_id")} - {None}
    ways += [(kind, None, None, one) for one in own]
    return any(way in covered for way in ways)


def _measured(known: Known, rule: Rule) -> Iterator[Made]:
    """The extra hours of one line for every change with AI that is old enough and has enough like it."""
    assumed = known.assumed
    if assumed is None or any(assumed[name].value is None for name in rule.needs):
        return
    last = known.today - timedelta(days=rule.days)
    of_change = {row["pull_request_id"]: row for row in known.work}
    pieces: dict[bool, list[Piece]] = {True: [], False: []}
    for row in known.work:
        if row["merged_day"] is None or row["merged_day"] > last or row["state"] != "merged":
            continue
        hours, is_plain = rule.hours(row, assumed), row["ai_class"] == WITHOUT_AI
        if hours is not None and (row["evidence_complete"] or not is_plain):
            who = row["person"] or row["author"] or ""
            pieces[is_plain].append(Piece(row["pull_request_id"], _like(row), who, hours))
    for extra in extras(pieces[False], pieces[True]):
        yield _change(known, rule, of_change[extra.id], extra)


def _like(row: Row) -> str:
    quarter = grain_start(row["merged_day"], Grain.FISCAL_QUARTER)
    return f"{row['repo']} · {row['work_type'] or 'kind not known'} · quarter from {quarter}"


def _change(known: Known, rule: Rule, row: Row, extra: Extra) -> Made:
    return {
        "effort_cost_id": digest("effort_cost", rule.kind, extra.id),
        "day": row["merged_day"],
        "kind": rule.kind,
        "how": "measured",
        "basis": rule.says(known.assumed or {}),
        "person": row["person"] or row["author"],
        "team": row["team"],
        "workflow": row["workflow"],
        "tool": row["main_tool"],
        "repo": row["repo"],
        "work_type": row["work_type"],
        "pull_request": extra.id,
        "hours": extra.hours,
        "took": extra.took,
        "expected": extra.expected,
        "expected_error": extra.error,
        "matched_with": extra.like,
        "matched": extra.matched,
        "matched_authors": extra.authors,
    }


def _corrected(known: Known) -> Iterator[Made]:
    """A row for each corrected piece of output. There is none without AI to hold it against: all of it is counted."""
    assumed = known.assumed
    if assumed is None or assumed["correction_minutes"].value is None:
        return
    for row in known.outputs:
        if row["corrected"]:
            workflow = known.directory.workflows.get(row["workflow"])
            yield {
                "effort_cost_id": digest("effort_cost", "correction", row["output_id"], row["workflow"]),
                "day": day_of(row["produced_at"], known.zone),
                "kind": "correction",
                "about": row["kind"],
                "how": "assumed",
                "basis": f"{said(assumed, 'correction_minutes')} for each corrected piece of output",
                "team": workflow.team if workflow else None,
                "workflow": row["workflow"],
                "output_id": row["output_id"],
                "hours": assumed["correction_minutes"].value / 60,
            }


def _priced(known: Known, row: Made) -> Made:
    """The row with its rate and money; hours are taken to a millionth, and hours × rate is cut to nine places."""
    noon = datetime.combine(row["day"], time(12), UTC)
    told = row.get("rate")
    card = known.directory.rate_of(row["kind"], row.get("team"), noon) if told is None else None
    rate = told if told is not None else card[0] if card else None
    currency = ((card[1] if card else row.get("currency")) or known.currency).upper()
    hours = row["hours"]
    cost = None if hours is None or rate is None else cut(Decimal(str(hours)).quantize(PLACES) * rate)
    converted = known.rates.converted(cost, currency, known.currency, row["day"])
    return {**row, "rate": rate, "currency": currency, "cost": cost, "reporting_cost": converted}
