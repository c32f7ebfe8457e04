"""Decisions: findings that wait for one, the dearest first; what was decided, and what became of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.access.scope import Sight
from payback.app.findings import as_rows
from payback.errors import SettingsError
from payback.insight.decision import (
    AGAINST,
    DECIDED,
    DISMISSED,
    GONE,
    OPEN,
    REACHED,
    SHORT,
    SNOOZED,
    UNTOLD,
    WAITING,
)
from payback.insight.finding import OPTIONS
from payback.web import words
from payback.web.blocks import Button, Column, Link, Sentence, Table
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.app.findings import Entry
    from payback.insight.finding import Finding
    from payback.web.asking import Ask

MOST = 200
TONES = {REACHED: "good", SHORT: "plain", AGAINST: "bad", UNTOLD: "plain", WAITING: "plain"}
STATES = {
    REACHED: "as expected",
    SHORT: "less than expected",
    AGAINST: "not as expected",
    UNTOLD: "cannot tell",
    WAITING: "waiting",
}
MADE = (
    Column("sentence", "Found"),
    Column("option_said", "Decided"),
    Column("owner_said", "Owner"),
    Column("decided_on", "On", "day"),
    Column("expected", "Expected"),
    Column("state", "What became of it", "badge"),
    Column("says", "In words"),
)
ASIDE = (
    Column("sentence", "Found"),
    Column("why", "Why"),
    Column("by", "By"),
    Column("on", "On", "day"),
    Column("until", "Asked again", "day"),
)
CLOSED = (
    Column("sentence", "Found"),
    Column("found_on", "Since", "day"),
    Column("gone_on", "Gone on", "day"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Open findings whole, decided ones with their check, those set aside, and those that are gone."""
    entries = ask.desk.findings.listed(ask.scope)
    by = {
        stands: [one for one in entries if one.standing == stands]
        for stands in {one.standing for one in entries}
    }
    aside = (*by.get(SNOOZED, ()), *by.get(DISMISSED, ()))
    return {
        "empty": None,
        "sentence": _sentence(ask, by.get(OPEN, []), is_any=bool(entries)),
        "look": Button("Look again now", {"act": "look"}, main=not entries) if may_look(ask) else None,
        "open": tuple(card(ask, one) for one in by.get(OPEN, ())),
        "decided": Table(
            "Decided, latest first",
            MADE,
            tuple(_made(ask, one) for one in by.get(DECIDED, ())[:MOST]),
            empty="Nothing has been decided yet.",
            note="Looked at when it is due: four weeks before the decision beside the four weeks before that day. "
            "Before beside after is no effect; where an estimate says one, it stands with its interval.",
        ),
        "aside": Table(
            "Set aside", ASIDE, tuple(_aside(ask, one) for one in aside[:MOST]), empty="Nothing is set aside."
        ),
        "gone": Table(
            "No longer found",
            CLOSED,
            tuple(
                _linked(one, found_on=one.found_on, gone_on=one.gone_on) for one in by.get(GONE, ())[:MOST]
            ),
            empty="Nothing has gone by itself yet.",
        ),
        "entries": as_rows(entries),
    }


def may_look(ask: Ask) -> bool:
    """Whether the reader may have everything looked for anew."""
    return ask.scope.sight is Sight.EVERYTHING


def _sentence(ask: Ask, waiting: Sequence[Entry], *, is_any: bool) -> Sentence:
    if not waiting:
        said = (
            "waits for a decision."
            if is_any
            else "has been found yet. payback looks after each round of its sources."
        )
        return Sentence("", "Nothing", said)
    return Sentence(
        "", words.plural(len(waiting), "finding"), f"{'wait' if len(waiting) > 1 else 'waits'} for a decision{at_stake(ask, waiting)}."
    )  # fmt: skip


def at_stake(ask: Ask, waiting: Sequence[Entry]) -> str:
    """What lies in findings a month, in the organisation's currency; other currencies are named apart."""
    ours = ask.desk.settings.currency
    amounts: dict[str, Decimal] = {}
    for one in waiting:
        if one.finding.stake is not None:
            amounts[one.finding.currency] = amounts.get(one.finding.currency, Decimal(0)) + one.finding.stake
    told = [
        words.short(amounts[key], "money", key) for key in sorted(amounts, key=lambda key: (key != ours, key))
    ]
    return f", {' and '.join(told)} a month at stake" if told else ""


def card(ask: Ask, entry: Entry) -> dict[str, Any]:
    """A finding as pages show it: its sentence, whose, since when, at stake, next step, evidence, and where it is decided."""
    finding = entry.finding
    return {
        "id": finding.id,
        "href": href(finding),
        "sentence": finding.sentence,
        "owner": owner_said(ask, finding.owner),
        "found_on": entry.found_on,
        "at_stake": finding.stake,
        "currency": finding.currency,
        "action": finding.action,
        "evidence": tuple(Link(one.says, one.href or "") for one in finding.evidence),
        "options": tuple((option, OPTIONS[option]) for option in finding.options),
    }


def href(finding: Finding) -> str:
    """The page of one finding."""
    return f"/decisions/{quote(finding.id, safe='')}"


def owner_said(ask: Ask, owner: str | None) -> str:
    """An owner by the name people know; people only to who may see them."""
    if owner is None:
        return "nobody yet"
    held = ask.desk.directory()
    if owner in held.teams:
        return held.teams[owner].name
    if owner in held.people:
        return held.people[owner].name if ask.scope.may_see_people else "a person"
    return owner


def _linked(entry: Entry, **more: Any) -> dict[str, Any]:
    return {"id": entry.finding.id, "sentence": entry.finding.sentence, "href": href(entry.finding), **more}


def _made(ask: Ask, entry: Entry) -> dict[str, Any]:
    last, check = entry.last, entry.check
    if last is None:
        return _linked(entry)
    size = f"{last.size} % " if last.size else ""
    return _linked(
        entry,
        option_said=OPTIONS.get(last.option or "", last.option),
        owner_said=owner_said(ask, last.owner),
        decided_on=last.occurred_at.astimezone(ask.desk.settings.zone).date(),
        expected=f"{size}{last.direction} {last.metric} by {words.day(last.due)}" if last.due else None,
        state=STATES[check.state] if check else "not looked at",
        state_tone=TONES[check.state] if check else "plain",
        says=check.says if check else None,
    )


def _aside(ask: Ask, entry: Entry) -> dict[str, Any]:
    last = entry.last
    if last is None:
        return _linked(entry)
    return _linked(
        entry,
        why=last.reason or ("asked again later" if entry.standing == SNOOZED else None),
        by=last.actor,
        on=last.occurred_at.astimezone(ask.desk.settings.zone).date(),
        until=last.until if entry.standing == SNOOZED else None,
    )


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Look for everything anew."""
    if form.get("act") != "look" or not may_look(ask):
        raise SettingsError("only who sees everything can have payback look anew")
    said = ask.desk.findings.look()
    return "; ".join(("Looked again", *said))


PAGE = Page(
    "decisions",
    "/decisions",
    "Decisions",
    "Payback",
    "What wants a decision, and what became of those that were made?",
    view,
    controls=(),
    dimensions=(),
    act=act,
)
