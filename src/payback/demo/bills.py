"""What the invented vendors ask for: metered invoices by workspace, projects, seats by the month and by the year.

Amounts are whole billionths of a dollar, billed in whole cents. The running month has no invoice yet; Gemini is used
within a free allowance and nobody bills it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

import orjson

from payback.demo.people import CLAUDE, CODEX, CURSOR
from payback.demo.truth import ENVIRONMENT, ROBOT_PAYER, WORKFLOW, plain
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.people import Company, Person
    from payback.demo.span import Span
    from payback.demo.truth import Truth

COLUMNS = (
    "charge_id",
    "vendor",
    "account",
    "sub_account",
    "service",
    "sku",
    "tool",
    "model",
    "charge_category",
    "charge_class",
    "charge_period_start",
    "charge_period_end",
    "billed_cost",
    "effective_cost",
    "list_cost",
    "currency",
    "quantity",
    "unit",
    "invoice_id",
    "actor",
    "precedence",
    "tags",
)
CENT = 10**7
ACCOUNTS = {"anthropic": "acct-lumen-harbour", "openai": "org-lumen-harbour", "cursor": "team-lumen-harbour"}
DISCOUNT_AFTER, DISCOUNT_PERCENT = 0.3, 8
PROJECTS_AFTER = 0.4
CLAUDE_SEAT = 30 * 100 * CENT
CURSOR_SEAT_MONTH = 32 * 100 * CENT
CURSOR_AFTER = 0.2
CREDIT_AFTER, CREDIT = 0.5, 60 * 100 * CENT


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice. `team` is who it is for, `names_team` whether the line itself settles that."""

    vendor: str
    first: date
    until: date
    tool: str
    sku: str
    billed: int
    effective: int
    team: str | None = None
    names_team: bool = True
    sub_account: str = ""
    model: str = ""
    listed: int | None = None
    quantity: int = 1
    unit: str = "seats"
    category: str = "Usage"
    actor: str = ""
    tags: str = ""
    idle: bool = False

    @property
    def month(self) -> str:
        return f"{self.first:%Y-%m}"

    def row(self) -> dict[str, str]:
        """The line by the columns of the file."""
        parts = (self.vendor, self.month, self.sub_account, self.actor, self.sku)
        return {
            "charge_id": "/".join(part for part in parts if part),
            "vendor": self.vendor,
            "account": ACCOUNTS[self.vendor],
            "sub_account": self.sub_account,
            "service": f"{self.vendor} {self.unit}",
            "sku": self.sku,
            "tool": self.tool,
            "model": self.model,
            "charge_category": self.category,
            "charge_class": "",
            "charge_period_start": self.first.isoformat(),
            "charge_period_end": self.until.isoformat(),
            "billed_cost": plain(self.billed),
            "effective_cost": plain(self.effective),
            "list_cost": "" if self.listed is None else plain(self.listed),
            "currency": "USD",
            "quantity": str(self.quantity),
            "unit": self.unit,
            "invoice_id": f"{self.vendor}-{self.month}",
            "actor": self.actor,
            "precedence": "invoice",
            "tags": self.tags,
        }


def workspace(vendor: str, team: str) -> str:
    """The vendor's name for the part of the account that a team uses."""
    return f"{'ws' if vendor == 'anthropic' else 'proj'}-{team}"


def lines(span: Span, company: Company, truth: Truth) -> Iterator[Line]:
    """Every line of every invoice so far, in order of vendor and month."""
    for month in span.closed_months:
        yield from _anthropic(span, company, truth, month)
    for month in span.closed_months:
        yield from _openai(span, truth, month)
    for month in span.closed_months:
        yield from _cursor(span, company, month)


def _anthropic(span: Span, company: Company, truth: Truth, month: date) -> Iterator[Line]:
    """Metered workspaces at list less the negotiated discount, seats of the teams on seats, one goodwill credit."""
    percent = 100 - (DISCOUNT_PERCENT if month >= span.month_after(DISCOUNT_AFTER) else 0)
    until = add_months(month, 1)
    for (payer, model), (listed, tokens) in _metered(truth, month, CLAUDE).items():
        robot = payer == ROBOT_PAYER
        team = company.robot.team_on(month) if robot else payer
        if team is None or payer is None or (not robot and company.team(payer).claude == "seats"):
            continue
        billed = _cents(listed * percent, 100)
        yield Line(
            "anthropic", month, until, CLAUDE, model, billed, billed, team,
            sub_account=workspace("anthropic", payer), model=model, listed=listed, quantity=tokens, unit="tokens",
            tags=orjson.dumps({"workflow": WORKFLOW, "environment": ENVIRONMENT}).decode() if robot else "",
        )  # fmt: skip
    for person in company.people:
        yield from _claude_seat(span, company, truth, (person, month))
    if month == span.month_after(CREDIT_AFTER):
        yield Line(
            "anthropic", month, until, CLAUDE, "Goodwill credit", -CREDIT, -CREDIT, names_team=False, category="Credit"
        )  # fmt: skip


def _claude_seat(span: Span, company: Company, truth: Truth, whose: tuple[Person, date]) -> Iterator[Line]:
    """The seat of everyone in a team on seats, used or not; the seat of who left is paid for two more months."""
    person, month = whose
    team = person.team_on(month)
    left = person.until is not None and person.until <= month < add_months(person.until, 2)
    seated = person.memberships[-1].team if left else team
    if seated is None:
        return
    terms = company.team(seated)
    if terms.claude != "seats" or terms.adopts is None or month < span.month_after(terms.adopts):
        return
    idle = (f"{month:%Y-%m}", CLAUDE, person.id) not in truth.users
    yield Line(
        "anthropic", month, add_months(month, 1), CLAUDE, "Claude Team seat", CLAUDE_SEAT, CLAUDE_SEAT, team,
        listed=CLAUDE_SEAT, category="Purchase", actor=person.email, idle=idle,
    )  # fmt: skip


def _openai(span: Span, truth: Truth, month: date) -> Iterator[Line]:
    """At list price; one line per model until the account was split into projects, then one per project and model."""
    split = month >= span.month_after(PROJECTS_AFTER)
    whole: dict[str, tuple[int, int]] = {}
    for (payer, model), (listed, tokens) in _metered(truth, month, CODEX).items():
        if split and payer is not None:
            yield _openai_line(month, payer, model, (listed, tokens))
        else:
            sums = whole.get(model, (0, 0))
            whole[model] = (sums[0] + listed, sums[1] + tokens)
    for model, amounts in whole.items():
        yield _openai_line(month, None, model, amounts)


def _openai_line(month: date, team: str | None, model: str, amounts: tuple[int, int]) -> Line:
    listed, tokens = amounts
    billed = _cents(listed, 1)
    return Line(
        "openai", month, add_months(month, 1), CODEX, model, billed, billed, team, names_team=team is not None,
        sub_account=workspace("openai", team) if team else "", model=model, listed=listed, quantity=tokens,
        unit="tokens",
    )  # fmt: skip


def _cursor(span: Span, company: Company, month: date) -> Iterator[Line]:
    """Seats of the storefront and identity teams for a year, billed at once; each month then carries its part."""
    start = span.month_after(CURSOR_AFTER)
    holders = [person for team in ("storefront", "identity") for person in company.members(team, start)]
    if month < start:
        return
    age = (month.year - start.year) * 12 + month.month - start.month
    for person in holders:
        team = person.team_on(month)
        if age % 12 == 0:
            year = 12 * CURSOR_SEAT_MONTH
            yield Line(
                "cursor", month, add_months(month, 12), CURSOR, "Cursor Teams seat, one year", year, 0, team,
                category="Purchase", actor=person.email,
            )  # fmt: skip
        yield Line(
            "cursor", month, add_months(month, 1), CURSOR, "Cursor Teams seat, part of the year", 0, CURSOR_SEAT_MONTH,
            team, actor=person.email,
        )  # fmt: skip


def _metered(truth: Truth, month: date, tool: str) -> dict[tuple[str | None, str], tuple[int, int]]:
    """List price and tokens of a month by payer and model, in a fixed order."""
    wanted = f"{month:%Y-%m}"
    keys = [key for key in truth.metered if key[:2] == (wanted, tool)]
    keys.sort(key=lambda key: (key[2] or "", key[3]))
    return {key[2:]: (truth.metered[key], truth.metered_tokens[key]) for key in keys}


def _cents(amount: int, parts: int) -> int:
    """An amount of that many parts of a billionth, rounded half up to whole cents, in billionths."""
    unit = CENT * parts
    return (2 * amount + unit) // (2 * unit) * CENT


def as_csv(rows: list[Line]) -> str:
    """The lines as a CSV file with a heading."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(line.row() for line in rows)
    return text.getvalue()
