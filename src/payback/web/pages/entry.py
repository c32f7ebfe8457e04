"""One form: a charge, a contract, a seat or hours, entered or changed; what is wrong stands beside its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.app import entering
from payback.errors import UnknownNameError
from payback.web.blocks import Empty, Link
from payback.web.forms import WrongFieldsError
from payback.web.page import Page
from payback.web.pages.entries import FORMS, may_enter
from payback.web.people import known_owners

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

LARGEST = 8 * 1024 * 1024
CATEGORIES = (
    ("Usage", "Use"),
    ("Purchase", "Seats, commitment"),
    ("Credit", "Credit"),
    ("Tax", "Tax"),
    ("Adjustment", "Adjustment"),
)
INTERVALS = (("month", "Each month"), ("year", "Each year"))


@dataclass(frozen=True, slots=True)
class Blank:
    """One field of a form: its name, its words, how it is filled in (text, date, number or a choice), and a hint."""

    name: str
    words: str
    kind: str = "text"
    needed: bool = False
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    known: str = ""


VENDOR = Blank("vendor", "Who is paid", needed=True, hint="OpenAI")
AMOUNT = Blank("billed_cost", "Amount", "number", needed=True, hint="1200.50")
CURRENCY = Blank("currency", "Currency", hint="USD")
TOOL = Blank("tool", "Tool", hint="cursor")
TEAM = Blank("team", "Team", known="teams")
OWNER = Blank("owner", "Owner", known="owners")
COST_CENTER = Blank("cost_center", "Cost centre")
WORKFLOW = Blank("workflow", "Workflow")
PERSON = Blank("person", "Person", hint="ana@example.com")
BLANKS: Mapping[str, tuple[Blank, ...]] = {
    "charge": (
        VENDOR, AMOUNT, CURRENCY,
        Blank("charge_period_start", "From", "date", needed=True),
        Blank("charge_period_end", "Until, the day after the last", "date"),
        Blank("charge_category", "For", options=CATEGORIES), TOOL,
        Blank("account", "Account"), Blank("sku", "What"), Blank("invoice_id", "Number of the invoice"), TEAM, OWNER, COST_CENTER, WORKFLOW,
    ),
    "contract": (
        VENDOR, TOOL,
        Blank("charge_period_start", "From", "date", needed=True),
        Blank("charge_period_end", "Until, the day after the last", "date", needed=True),
        Blank("interval", "Billed", options=(("once", "Once"), *INTERVALS)),
        Blank("billed_cost", "Amount each time", "number", hint="or price and seats"),
        Blank("price", "Price of a seat each time", "number"), Blank("seats", "Seats", "number"), CURRENCY,
        Blank("invoice_id", "Number of the contract"), Blank("sku", "Plan"), TEAM, OWNER, COST_CENTER,
    ),
    "seat": (
        Blank("tool", "Tool", needed=True, hint="cursor"), PERSON, Blank("vendor", "Who is paid"), Blank("plan", "Plan"),
        Blank("price", "Price each time", "number"), CURRENCY, Blank("interval", "Billed", options=INTERVALS),
        Blank("valid_from", "From", "date", needed=True), Blank("valid_until", "Until, the day after the last", "date"),
        Blank("renews_on", "Renews on", "date"),
    ),
    "hours": (
        Blank("kind", "Kind of work", needed=True, hint="enablement"), Blank("hours", "Hours", "number", needed=True),
        Blank("day", "Day", "date", needed=True), PERSON, TEAM, WORKFLOW, Blank("output_id", "Output"),
        Blank("rate", "Rate of an hour", "number"), CURRENCY,
    ),
}  # fmt: skip
TITLES = {"charge": "A charge", "contract": "A contract", "seat": "A seat", "hours": "Hours of work"}


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The form, empty, filled with the entry to be changed, or as it was sent and refused."""
    form = _form(path)
    if not may_enter(ask.scope):
        why = "It takes a right to all rows and to figures of people."
        return {
            "empty": Empty(
                "You may not enter anything here", why, (Link("Go to what was entered", "/entries"),)
            ),
            "title": TITLES[form],
        }
    entry, typed = _asked(ask, form)
    wrong = ask.typed.wrong if ask.typed else {}
    held = ask.desk.directory()
    return {
        "empty": None,
        "title": TITLES[form],
        "form": form,
        "entry": entry,
        "blanks": tuple(_filled(one, typed, wrong) for one in BLANKS[form]),
        "wrong": wrong.get("", ""),
        "wrong_proof": wrong.get("proof", ""),
        "refused": bool(wrong),
        "forms": tuple((f"/entries/{name}", said, name == form) for name, said in FORMS.items()),
        "teams": tuple(sorted((team.team_id, team.name) for team in held.teams.values())),
        "owners": known_owners(held),
    }


def _form(path: Mapping[str, str]) -> str:
    if path["form"] not in FORMS:
        raise UnknownNameError("form", path["form"], FORMS)
    return path["form"]


def _asked(ask: Ask, form: str) -> tuple[str, Mapping[str, str]]:
    """The entry that is to be changed, and the words that stand in the form."""
    if ask.typed:
        return ask.typed.fields.get("entry", ""), ask.typed.fields
    if not ask.entry:
        return "", {}
    known = {row["id"]: row for row in ask.desk.bookkeeping.entries(ask.scope) if row["form"] == form}
    if ask.entry not in known:
        raise UnknownNameError("entry", ask.entry, known)
    return ask.entry, known[ask.entry]["words"]


def _filled(blank: Blank, typed: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": blank.name, "words": blank.words, "kind": blank.kind, "needed": blank.needed, "options": blank.options,
        "hint": blank.hint, "known": blank.known, "value": typed.get(blank.name, ""), "wrong": wrong.get(blank.name, ""),
    }  # fmt: skip


def act(ask: Ask, path: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """Enter what the form says, in place of the entry it names."""
    form = _form(path)
    told = {one.name: fields[one.name] for one in BLANKS[form] if fields.get(one.name)}
    proof = entering.Upload(ask.upload.name, ask.upload.content) if ask.upload else None
    entry = entering.Entry(form, told, proof)
    books = ask.desk.bookkeeping
    if may_enter(ask.scope) and (wrong := books.wrong(entry)):
        again = {"proof": "choose the file again"} if proof else {}
        raise WrongFieldsError(fields, {**again, **{name: SAID.get(why, why) for name, why in wrong.items()}})
    return books.enter(entry, ask.scope, fields.get("entry", "")).rstrip(".").capitalize()


SAID = {
    "say amount=, or price= and seats=": "an amount is needed, or price and seats",
    "say from=, the day since when the seat is paid for": "it is needed",
}

PAGE = Page(
    "entry",
    "/entries/{form}",
    "Enter by hand",
    "Data",
    "What did it cost, for whom, and what proves it?",
    view,
    parent="entries",
    controls=(),
    dimensions=(),
    example=(("form", "charge"),),
    act=act,
    largest=LARGEST,
    then="/entries",
)
