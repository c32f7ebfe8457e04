"""One vendor in one month: the bill taken apart, every source that spoke of it, and what the money went for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.web import words
from payback.web.blocks import Column, Table
from payback.web.page import Page
from payback.web.series import spoken
from payback.web.standing import WORDS, explained, month_said, set_aside_said, word_said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.web.asking import Ask

    Row = Mapping[str, Any]

MOST = 100
PARTS = (
    ("billed", "Billed", "cash asked for in this month"),
    ("explained", "· for use, explained", "billed for use that payback knows of"),
    ("unexplained", "· for use, unexplained", "billed for use, and no known use explains it"),
    ("fixed", "· whatever the use", "seats, commitments, credits, taxes"),
    ("amortised", "Amortised", "what the days of this month cost, with seats and commitments spread"),
    ("metered", "Metered", "known use at list price"),
    ("invoiced", "· covered by the bill", "the use that the bill paid for"),
    ("not_invoiced", "· not invoiced", "no bill covers it yet"),
    ("covered_by_seats", "· covered by seats", "a flat fee covers it"),
    (
        "difference",
        "Difference",
        "billed for use, less the list price of the use it covers: discounts, tiers, and the unexplained",
    ),
)
CHARGES = (
    Column("said_by", "Source's word"),
    Column("counts", "Counts", "badge"),
    Column("category", "For"),
    Column("lines", "Lines", "count"),
    Column("billed", "Billed", "money"),
    Column("source", "Source", "code"),
)
USE = (
    Column("standing", "Stands"),
    Column("tool_name", "Tool"),
    Column("model", "Model", "code"),
    Column("billed", "Billed", "money", bar=True),
    Column("list", "List price", "money", bar=True),
    Column("requests", "Requests", "count"),
    Column("unpriced_tokens", "Unpriced tokens", "tokens"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The month's sentence, its parts, its charges by source and its money by tool and model, per currency."""
    found = ask.desk.bookkeeping.vendor_month(path["vendor"], _month(path["month"]), ask.scope)
    when = month_said(found["month"])
    use = tuple(
        _use(row) for row in found["use"] if any(row[name] for name in ("billed", "list", "unpriced_tokens"))
    )
    columns = USE if any(row["unpriced_tokens"] for row in use) else USE[:-1]
    note = f"The first {MOST} of {words.grouped(len(use))}." if len(use) > MOST else ""
    return {
        "empty": None,
        "title": f"{words.title(found['vendor'])}, {when}",
        "sentences": [explained(found["rows"], row["currency"], when) for row in found["rows"]],
        "parts": [_parts(row, several=len(found["rows"]) > 1) for row in found["rows"]],
        "charges": Table(
            "Who said what",
            CHARGES,
            tuple(_charge(row) for row in found["charges"]),
            empty="No bill for this month has been taken in.",
            note="What is set aside tells of the same money by a lower word. It may split the total and never adds to it.",
        ),
        "use": Table("What it went for", columns, use[:MOST], note=note),
    }


def _month(told: str) -> date:
    try:
        return date.fromisoformat(f"{told}-01")
    except ValueError:
        raise SettingsError(f"{told!r} is no month; write it like 2026-10") from None


def _parts(row: Row, *, several: bool) -> Table:
    columns = (Column("name", "What"), Column("amount", "Amount", "money"), Column("means", "Means"))
    caption = f"The month taken apart, {row['currency']}" if several else "The month taken apart"
    said = (word_said(row["source"]), set_aside_said(row["set_aside"], row["currency"]))
    note = ". ".join(
        part
        for part in (
            f"By the word of: {said[0]}" if said[0] else "",
            f"Set aside: {said[1]}" if said[1] else "",
        )
        if part
    )
    return Table(caption, columns, tuple(_amounts(row)), note=note + "." if note else "")


def _amounts(row: Row) -> Iterator[dict[str, Any]]:
    for key, name, means in PARTS:
        if row[key] is not None or key in {"billed", "metered"}:
            unpriced = key == "metered" and bool(row["unpriced_tokens"])
            yield {
                "name": name,
                "amount": row[key],
                "amount_unknown": "no bill" if key == "billed" else "unpriced" if unpriced else "none known",
                "amount_at_least": unpriced and row[key] is not None,
                "means": means,
                "currency": row["currency"],
            }


def _charge(row: Row) -> dict[str, Any]:
    return {
        **row,
        "said_by": WORDS.get(row["word"], row["word"]),
        "counts": "counts" if row["counts"] else "set aside",
        "counts_tone": "good" if row["counts"] else "plain",
        "quiet": not row["counts"],
    }


def _use(row: Row) -> dict[str, Any]:
    return {
        **row,
        "standing": spoken("reconciled", row["reconciled"]),
        "tool_name": words.title(row["tool"]) if row["tool"] else None,
        "list": row["list"] or None,
        "list_unknown": "unpriced" if row["unpriced_tokens"] else "–",
    }


PAGE = Page(
    "vendor_month",
    "/reconciliation/{vendor}/{month}",
    "Vendor and month",
    "Spend",
    "Who said what, and what did the money go for?",
    view,
    parent="reconciliation",
    controls=(),
    example=(("vendor", "anthropic"), ("month", "2026-11")),
)
