"""One finding: what speaks for it, the form that decides about it, everything that was decided, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.app.findings import Choice, as_rows
from payback.app.questions import day
from payback.errors import PaybackError, UnknownNameError
from payback.insight.decision import ACCEPT, DISMISS, OPEN, REOPEN, SNOOZE, expectation
from payback.insight.finding import LESS, MORE, OPTIONS
from payback.metrics.catalogue import CATALOGUE
from payback.web.blocks import Button, Column, Table
from payback.web.forms import WrongFieldsError
from payback.web.page import Page
from payback.web.pages.decisions import STATES, TONES, card, owner_said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from payback.app.findings import Entry
    from payback.state.decided import Decided
    from payback.web.asking import Ask

SAID = {ACCEPT: "Accepted", DISMISS: "Dismissed", SNOOZE: "Snoozed", REOPEN: "Opened again"}
HISTORY = (
    Column("at", "When", "instant"),
    Column("by", "By"),
    Column("what", "What"),
    Column("owner_said", "Owner"),
    Column("reason", "Why"),
    Column("expected", "Expected"),
)
DIRECTIONS = ((LESS, "less of it"), (MORE, "more of it"))


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The finding whole, with the form filled with what is proposed, or as it was sent and refused."""
    entry = _entry(ask, path)
    finding, check = entry.finding, entry.check
    typed, wrong = (ask.typed.fields, ask.typed.wrong) if ask.typed else ({}, {})
    return {
        "empty": None,
        "title": finding.sentence,
        "finding": card(ask, entry),
        "standing": entry.standing,
        "gone_on": entry.gone_on,
        "check": check
        and {"state": STATES[check.state], "tone": TONES[check.state], "says": check.says, "due": check.due},
        "is_open": entry.standing == OPEN,
        "options": tuple((option, OPTIONS[option]) for option in finding.options),
        "metrics": tuple(
            (one.id, one.title) for one in CATALOGUE.values() if set(finding.where) <= set(one.dimensions)
        ),
        "directions": DIRECTIONS,
        "fields": {
            "option": finding.options[0],
            "owner": finding.owner or "",
            "metric": finding.metric or "",
            "direction": finding.expects,
            "size": "",
            "due": "",
            "until": "",
            "reason": "",
            **typed,
        },
        "wrong": wrong.get("", ""),
        "reopen": Button("Take it up again", {"act": REOPEN}) if entry.last else None,
        "known": _owners(ask),
        "history": Table(
            "What was decided",
            HISTORY,
            tuple(_made(ask, one) for one in reversed(entry.history)),
            empty="Nothing yet.",
            note="Decisions are kept as they were made; a new one stands before them and changes none."
            if entry.history
            else "",
        ),
        "entry": as_rows([entry])[0],
    }


def _entry(ask: Ask, path: Mapping[str, str]) -> Entry:
    known = {one.finding.id: one for one in ask.desk.findings.listed(ask.scope)}
    if path["finding"] not in known:
        raise UnknownNameError("finding", path["finding"], known)
    return known[path["finding"]]


def _owners(ask: Ask) -> tuple[tuple[str, str], ...]:
    held = ask.desk.directory()
    people = held.people.values() if ask.scope.may_see_people else ()
    told = [(team.team_id, team.name) for team in held.teams.values()]
    return tuple(sorted([*told, *((one.person_id, one.name) for one in people if one.kind == "person")]))


def _made(ask: Ask, one: Decided) -> dict[str, Any]:
    option = f": {OPTIONS.get(one.option, one.option)}" if one.option else ""
    until = f" until {one.until.isoformat()}" if one.until else ""
    return {
        "at": one.occurred_at,
        "by": one.actor,
        "what": f"{SAID[one.act]}{option}{until}",
        "owner_said": owner_said(ask, one.owner) if one.owner else None,
        "reason": one.reason,
        "expected": f"{expectation(one)}, by {one.due.isoformat()}" if one.due else None,
    }


def act(ask: Ask, path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Decide as the form says. A form that cannot be so is shown again, with why."""
    finding_id = _entry(ask, path).finding.id

    def told(name: str) -> str:
        return form.get(name, "")

    try:
        until, due = _day(ask, told("until")), _day(ask, told("due"))
        option, owner, reason = told("option"), told("owner"), told("reason")
        expected = told("metric"), told("direction"), told("size")
        choice = Choice(told("act"), option, owner, reason, until, *expected, due)
        return ask.desk.findings.decide(finding_id, choice, ask.scope)
    except UnknownNameError:
        raise
    except PaybackError as error:
        raise WrongFieldsError(form, {"": str(error)}) from error


def _day(ask: Ask, told: str) -> date | None:
    return day(told, ask.desk.today()) if told else None


PAGE = Page(
    "decision",
    "/decisions/{finding:path}",
    "Finding",
    "Payback",
    "What is to be done about it?",
    view,
    parent="decisions",
    controls=(),
    dimensions=(),
    example=(("finding", "retries:team:red"),),
    act=act,
)
