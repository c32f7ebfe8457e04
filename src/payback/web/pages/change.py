"""One change with its receipt: what it cost, which sessions and models, what the evidence is, how links were made."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.app.delivery_views import course
from payback.delivery.receipt_text import CLASSES, HOW, to_markdown
from payback.web import words
from payback.web.blocks import Column, Sentence, Table
from payback.web.page import Page
from payback.web.palette import hues
from payback.web.scorecards import PHASES, phase_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.delivery.receipt import Line, Receipt, Sum
    from payback.web.asking import Ask

MONEY = (
    Column("requests", "Requests", "count"),
    Column("tokens", "Tokens", "tokens"),
    Column("list_usd", "List price", "money", bar=True),
)
TICKETS = (
    Column("ticket_id", "Ticket", "code"),
    Column("title", "Title"),
    Column("kind", "Kind"),
    Column("active_hours", "Active", "hours"),
    Column("queue_hours", "Queued", "hours"),
    Column("cost_list", "List price", "money"),
)
GRADES = {"A": "A, certain", "B": "B, strong", "C": "C, weak"}


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The receipt, or UnknownNameError where there is no such change."""
    receipt = ask.desk.receipt(path["reference"], ask.scope)
    subject = receipt.subject
    return {
        "empty": None,
        "title": subject.id,
        "subject": {"id": subject.id, "kind": subject.kind, "title": subject.title, "url": _web(subject.url)},
        "facts": _facts(receipt),
        "sentence": _sentence(receipt),
        "ai_class": receipt.ai_class,
        "ai_hue": hues([receipt.ai_class])[receipt.ai_class],
        "ai_words": CLASSES[receipt.ai_class].capitalize().replace("ai ", "AI ").replace(" ai", " AI"),
        "models": _table("Models", ("Tool", "Model"), receipt.by_model, receipt.total),
        "sessions": _sessions(receipt),
        "evidence": _evidence(receipt),
        "links": _table(
            "How the links were made", ("Linked because",), _spoken(receipt.by_link), receipt.total
        ),
        "outside": _outside(receipt),
        "markdown": to_markdown(receipt),
        **_course(ask, receipt),
    }


STEPS = (
    ("first_commit_at", "First commit"), ("created_at", "Opened"), ("ready_at", "Ready for review"),
    ("first_review_at", "First review by another person"), ("approved_at", "First approval"), ("merged_at", "Merged"),
    ("deployed_at", "In production"),
)  # fmt: skip
OUTCOMES = (
    ("reverted", "reverted"), ("followed_by_fix", "followed by a fix within 14 days"),
    ("major_rework", "rewritten by over 30 % after the first review"), ("ticket_reopened", "its ticket was reopened"),
)  # fmt: skip


def _course(ask: Ask, receipt: Receipt) -> dict[str, Any]:
    """What happened to the change, how long each phase took, its tickets, and what became of it."""
    looked = ask.desk.view(ask.filters.period, ask.scope)
    row = course(looked, receipt.subject.id) if receipt.subject.kind == "pull_request" else None
    if row is None:
        return {"course": None, "phases": (), "tickets": None, "outcome": ""}
    steps = tuple({"step": said, "moment": row[name]} for name, said in STEPS if row[name])
    phases = {
        name: Decimal(str(round(hours, 4)))
        for name in PHASES
        if (hours := row[f"{name.removesuffix('_time')}_hours"]) is not None
    }
    became = [said for name, said in OUTCOMES if row[name]]
    if row["incidents"]:
        became.append(f"{words.plural(row['incidents'], 'incident')} with its deployment")
    return {
        "course": Table("Course", (Column("step", "Step"), Column("moment", "When", "instant")), steps),
        "phases": phase_parts(phases),
        "tickets": Table("Tickets", TICKETS, tuple(row["items"]), empty="It names no ticket that is known."),
        "outcome": f"What became of it: {', '.join(became)}." if became else "",
    }


def _web(url: str | None) -> str:
    """An address that a browser may follow; anything but http is left out."""
    return url if url and url.startswith(("https://", "http://")) else ""


def _facts(receipt: Receipt) -> tuple[tuple[str, Any, str], ...]:
    subject = receipt.subject
    return (
        ("Repository", subject.repo, ""),
        ("Branch", subject.branch, ""),
        ("Merged or closed", subject.ended_at, ""),
        ("Commits", len(subject.commit_ids) or None, ""),
        ("Shown at its host", subject.url if _web(subject.url) else None, _web(subject.url)),
    )


def _sentence(receipt: Receipt) -> Sentence:
    if not receipt.by_model:
        return Sentence(
            "", "No AI use", "is linked to this change. That is no proof of none: see what stayed out below."
        )
    sessions = words.plural(len(receipt.by_session), "session")
    billed = f", of which {words.money(receipt.billed_usd)} billed" if receipt.billed_usd is not None else ""
    if receipt.total.list_usd is None:
        return Sentence("", "Not priced", f"in {sessions}: no model in them has a known price.")
    sign = "≥ " if receipt.total.unpriced_tokens else ""
    return Sentence(
        "", f"{sign}{words.money(receipt.total.list_usd)}", f"at list price in {sessions}{billed}."
    )


def _figures(amount: Sum) -> dict[str, Any]:
    return {
        "requests": amount.requests,
        "tokens": sum((amount.tokens or {}).values()),
        "list_usd": amount.list_usd,
        "list_usd_at_least": bool(amount.unpriced_tokens) and amount.list_usd is not None,
        "list_usd_unknown": "unpriced" if amount.unpriced_tokens else words.UNKNOWN,
    }


def _table(caption: str, heads: tuple[str, ...], lines: Iterable[Line], total: Sum) -> Table:
    names = tuple(Column(f"name_{index}", head) for index, head in enumerate(heads))
    rows = tuple(
        {f"name_{i}": words.NAMES.get(n, n) for i, n in enumerate(line.names)}
        | _hue(line)
        | _figures(line.sum)
        for line in lines
    )
    return Table(
        caption,
        (*names, *MONEY),
        rows,
        {"name_0": "All", **_figures(total)},
        empty="Nothing is linked to it.",
    )


def _hue(line: Line) -> dict[str, str]:
    return {"hue": hues([line.names[0]])[line.names[0]]} if len(line.names) == 2 else {}


def _spoken(lines: Iterable[Line]) -> list[Line]:
    return [
        type(line)((HOW.get(line.names[0], line.names[0]),), line.sum, line.begun_at, line.ended_at)
        for line in lines
    ]


def _sessions(receipt: Receipt) -> Table:
    columns = (
        Column("session_id", "Session", "code"),
        Column("tool", "Tool"),
        Column("begun_at", "From", "instant"),
        Column("ended_at", "To", "instant"),
        *MONEY,
    )
    rows = tuple(
        {
            "session_id": line.names[0],
            "href": f"/sessions/{quote(line.names[0], safe='')}",
            "tool": words.title(line.names[1]),
            "hue": hues([line.names[1]])[line.names[1]],
            "begun_at": line.begun_at,
            "ended_at": line.ended_at,
            **_figures(line.sum),
        }
        for line in receipt.by_session
    )
    note = (
        "Only the slice of a session that served this change is counted; each dollar is counted at most once."
    )
    return Table("Sessions", columns, rows, empty="No session is linked to it.", note=note if rows else "")


def _evidence(receipt: Receipt) -> Table:
    columns = (
        Column("kind", "Sign"),
        Column("tool", "Tool"),
        Column("grade", "Grade"),
        Column("seen_in", "Seen in"),
        Column("subject_id", "On", "code"),
    )
    rows = tuple(
        {
            **sign,
            "kind": words.title(sign["kind"]),
            "tool": words.title(sign["tool"]),
            "grade": GRADES.get(sign["grade"], sign["grade"]),
        }
        for sign in receipt.evidence
    )
    return Table(
        "Evidence of AI",
        columns,
        rows,
        empty="No sign was found. Signs can be switched off, so this is no proof of none.",
    )


def _outside(receipt: Receipt) -> Table:
    coverage = receipt.coverage
    given = (
        ("On the same branch, for another change or none yet", coverage.elsewhere_on_branch),
        ("In the same repository and time, placed nowhere", coverage.unlinked_nearby),
    )
    rows = tuple({"name": name, **_figures(amount)} for name, amount in given if amount.requests)
    return Table(
        "Not in this receipt", (Column("name", "Where"), *MONEY), rows, empty="Nothing near by was left out."
    )


PAGE = Page(
    "change",
    "/changes/{reference:path}",
    "Change",
    "Delivery",
    "What did this change cost?",
    view,
    parent="changes",
    controls=(),
    example=(("reference", "payback#12"),),
)
