"""Entered by hand: charges, contracts, seats and hours that somebody entered, and which of them a bill has replaced since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.access.scope import Sight
from payback.errors import SettingsError
from payback.web import words
from payback.web.blocks import Button, Column, Link, Sentence, Table
from payback.web.page import Page
from payback.web.standing import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.access.scope import Scope
    from payback.web.asking import Ask

    Row = Mapping[str, Any]

MOST = 200
FORMS = {"charge": "Charge", "contract": "Contract", "seat": "Seat", "hours": "Hours"}
COLUMNS = (
    Column("what", "What"),
    Column("form_said", "Entered as"),
    Column("since", "From", "day"),
    Column("until", "Until", "day", help="The first day that it does not cover"),
    Column(
        "amount",
        "Amount",
        "money",
        help="Of a contract that of its whole term, of a seat its price each time",
    ),
    Column("hours", "Hours", "number"),
    Column("whose", "Whose"),
    Column("standing", "Stands"),
    Column("proof", "Proof", "code"),
    Column("entered_at", "Entered", "instant"),
)
ACTS = Column("acts", "Take back", "acts")


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Every entry, latest first, and the way to enter more."""
    rows = ask.desk.bookkeeping.entries(ask.scope)
    may = may_enter(ask.scope)
    return {
        "empty": None,
        "sentence": _sentence(rows),
        "links": tuple(
            Link(
                f"Enter {said.casefold() if form == 'hours' else f'a {said.casefold()}'}", f"/entries/{form}"
            )
            for form, said in FORMS.items()
        )
        if may
        else (),
        "closed": "" if may else "Entering takes a right to all rows and to figures of people.",
        "table": Table(
            "Latest first",
            (*COLUMNS, ACTS) if may else COLUMNS,
            tuple(_row(ask, row) for row in rows[:MOST]),
            empty="Nothing has been entered by hand. Enter what no bill, file or connection tells; when its bill arrives, the bill counts.",
            note=_note(rows),
        ),
    }


def may_enter(scope: Scope) -> bool:
    """Whether a reader may enter something and take it back."""
    return scope.sight is Sight.EVERYTHING and scope.may_see_people


def _sentence(rows: Sequence[Row]) -> Sentence:
    gone = sum(row["parts"] > 0 and row["replaced"] == row["parts"] for row in rows)
    if not rows:
        return Sentence("", "Nothing", "has been entered by hand.")
    said = words.plural(len(rows), "entry", "entries")
    if not gone:
        return Sentence("", said, "by hand; no bill has replaced any of them whole.")
    return Sentence("", said, f"by hand; bills have replaced {words.grouped(gone)} of them.")


def _note(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    more = f"The {MOST} latest of {words.grouped(len(rows))}. " if len(rows) > MOST else ""
    return f"{more}What was entered stands lowest: a bill of the same vendor for the same time takes its place, and is not added to it."


def _row(ask: Ask, row: Row) -> dict[str, Any]:
    what = title_of(row)
    told = {
        name: row[name]
        for name in (
            "id",
            "form",
            "since",
            "until",
            "amount",
            "currency",
            "hours",
            "entered_at",
            "parts",
            "replaced",
            "by",
        )
    }
    return {
        **told,
        "what": what,
        "href": f"/entries/{row['form']}?entry={quote(row['id'], safe='')}" if may_enter(ask.scope) else "",
        "form_said": FORMS.get(row["form"], row["form"]),
        "whose": _whose(ask, row),
        "standing": standing_said(row),
        "quiet": row["parts"] > 0 and row["replaced"] == row["parts"],
        "proof": row["attachment"] and _ending(row["attachment"]),
        "proof_href": row["attachment"] and f"/attachments/{row['attachment']}",
        "acts": (
            Button(
                "Take back",
                {"act": "withdraw", "entry": row["id"]},
                f"Take back: {what} from {words.day(row['since'])}",
            ),
        ),
    }


def _ending(name: str) -> str:
    """What kind of file proves it, by its ending: PDF."""
    return name.partition(".")[2].upper() or "File"


def title_of(row: Row) -> str:
    """What an entry is about, in words: OpenAI, Invoice 17."""
    what = row["what"].capitalize() if row["form"] == "hours" else words.title(row["what"])
    about = row["about"]
    if not about or about == row["what"]:
        return what
    return f"{what}, {words.title(about) if row['words'].get('tool') == about else about}"


def _whose(ask: Ask, row: Row) -> str | None:
    held = ask.desk.directory()
    person = row["person"] and (row["person"] if ask.scope.may_see_people else "somebody")
    team = held.teams.get(row["team"] or "")
    said = (team.name if team else row["team"], row["owner"] and f"owner {row['owner']}", person)
    return ", ".join(one for one in said if one) or None


def standing_said(row: Row) -> str | None:
    """Whether an entry counts, or whose word stands in its place."""
    if not row["parts"]:
        return None if row["form"] == "hours" else "no charge yet"
    by = ", ".join(WORDS.get(one, one) for one in row["by"].split(", ")) if row["by"] else ""
    if not row["replaced"]:
        return "counts"
    if row["replaced"] == row["parts"]:
        return f"replaced by {by}"
    return f"{row['replaced']} of {row['parts']} charges replaced by {by}"


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Take an entry back."""
    if form.get("act") != "withdraw" or not form.get("entry"):
        raise SettingsError("the form does not say which entry to take back")
    ask.desk.bookkeeping.withdraw(form["entry"], ask.scope)
    return "The entry is taken back"


PAGE = Page(
    "entries",
    "/entries",
    "Entered by hand",
    "Data",
    "What does payback know because somebody said so?",
    view,
    controls=(),
    dimensions=(),
    act=act,
)
