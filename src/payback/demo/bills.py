"""What the invented vendors ask for by invoice: metered use by the month, seats by the month and by the year.

An invoice repeats the money of the vendor's own cost reports in whole cents, sometimes with one line per model only. The
running month has no invoice yet, OpenAI's latest one is late, and one of Anthropic's was restated after an outage.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from fractions import Fraction
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from payback.demo.people import CLAUDE, CURSOR
from payback.demo.seats import CENT, CLAUDE_SEAT, CURSOR_SEAT_YEAR, YEAR, claude_months
from payback.demo.truth import plain
from payback.demo.use import ANTHROPIC, OPENAI, PROJECTS_AFTER, Place
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from payback.demo.assistants import Event
    from payback.demo.people import Company, Person
    from payback.demo.seats import Holding
    from payback.demo.span import Span
    from payback.demo.truth import Truth
    from payback.demo.use import Use

COLUMNS = (
    "charge_id", "vendor", "account", "sub_account", "service", "sku", "tool", "model", "charge_category", "charge_class",
    "charge_period_start", "charge_period_end", "billed_cost", "effective_cost", "list_cost", "currency", "quantity",
    "unit", "invoice_id", "actor", "precedence", "tags",
)  # fmt: skip
ACCOUNTS = {ANTHROPIC: "acct-lumen-harbour", OPENAI: "org-lumen-harbour", "cursor": "team-lumen-harbour"}
DISCOUNT_AFTER, DISCOUNT_PERCENT = 0.3, 8
RESTATED_AFTER, RESTATED_PERCENT = 0.4, 97
CREDIT_AFTER, CREDIT = 0.5, 60 * 100 * CENT
LUMPED = 3  # every third invoice of Anthropic has one line per model


class Metered(NamedTuple):
    """What one line of an invoice is for: the part of the account (empty: all of it) and the model."""

    project: str
    model: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice. `shares` are what it paid for by list price, `holder` who a flat fee is for; a line with
    neither stays at `place`.
    """

    vendor: str
    first: date
    until: date
    sku: str
    billed: int
    place: Place
    project: str = ""
    model: str = ""
    tool: str = ""
    tokens: int = 0
    category: str = "Usage"
    holder: Person | None = None
    shares: dict[Place, int] = field(default_factory=dict)
    idle: bool = False

    @property
    def month(self) -> str:
        return f"{self.first:%Y-%m}"

    def row(self) -> dict[str, str]:
        """The line by the columns of the file."""
        who = self.holder.email if self.holder else ""
        parts = (self.vendor, self.month, self.project, who, self.sku)
        unit = "tokens" if self.tokens else "seats" if self.holder else "month"
        return {
            "charge_id": "/".join(part for part in parts if part),
            "vendor": self.vendor,
            "account": ACCOUNTS[self.vendor],
            "sub_account": self.project,
            "service": f"{self.vendor} {unit}",
            "sku": self.sku,
            "tool": self.tool,
            "model": self.model,
            "charge_category": self.category,
            "charge_class": "",
            "charge_period_start": self.first.isoformat(),
            "charge_period_end": self.until.isoformat(),
            "billed_cost": plain(self.billed),
            "effective_cost": plain(self.billed),
            "list_cost": "",
            "currency": self.place.currency,
            "quantity": str(self.tokens or 1),
            "unit": unit,
            "invoice_id": f"{self.vendor}-{self.month}",
            "actor": who,
            "precedence": "invoice",
            "tags": "",
        }

    def settle(self, truth: Truth) -> None:
        """The line's money put where it belongs."""
        if self.holder is not None:
            truth.fee(self.holder, self.place, (self.first, self.until), (self.billed, self.billed))
            if self.idle:
                truth.wasted("idle_seats", self.holder.team_on(self.first), self.billed)
        elif self.shares:
            truth.bought(self.month, self.billed, self.shares)
        else:
            truth.placed(self.month, self.billed, self.place)


def percent_of(span: Span, vendor: str, month: date) -> int:
    """What of list price a vendor asks for use of a month, per cent."""
    agreed = vendor == ANTHROPIC and month >= span.month_after(DISCOUNT_AFTER)
    return 100 - (DISCOUNT_PERCENT if agreed else 0)


def restated(span: Span) -> date | None:
    """The month whose invoice Anthropic restated; None where it has not ended."""
    month = span.month_after(RESTATED_AFTER)
    return month if month in span.closed_months else None


def invoiced(span: Span, vendor: str) -> tuple[date, ...]:
    """The months a vendor's invoices have come for. OpenAI's latest one is late."""
    return span.closed_months[:-1] if vendor == OPENAI else span.closed_months


def metered_lines(span: Span, vendor: str, uses: Iterable[Use], *, first_draft: bool = False) -> list[Line]:
    """The lines for metered use, by month, project and model. `first_draft`: as they were before the restatement."""
    months = invoiced(span, vendor)
    found: dict[tuple[date, Metered], list[Use]] = {}
    for use in uses:
        month = use.utc_day.replace(day=1)
        if use.vendor == vendor and month in months and use.nano:
            found.setdefault((month, _names(span, use, month)), []).append(use)
    return [
        _metered_line(span, month, named, found[month, named], first_draft=first_draft)
        for month, named in sorted(found)
    ]


def _names(span: Span, use: Use, month: date) -> Metered:
    if use.vendor == OPENAI:
        return Metered(use.project if month >= span.month_after(PROJECTS_AFTER) else "", use.model)
    return Metered("" if month.month % LUMPED == 0 else use.project, use.model)


def _metered_line(span: Span, month: date, named: Metered, uses: list[Use], *, first_draft: bool) -> Line:
    vendor = uses[0].vendor
    shares: dict[Place, int] = {}
    for use in uses:
        shares[use.place] = shares.get(use.place, 0) + (use.nano or 0)
    amount = Fraction(sum(shares.values()) * percent_of(span, vendor, month), 100)
    if vendor == ANTHROPIC and month == restated(span) and not first_draft:
        amount = amount * RESTATED_PERCENT / 100
    return Line(
        vendor, month, add_months(month, 1), named.model, cents(amount), Place(None, f"{vendor}_api"), named.project,
        named.model, tokens=sum(sum(use.tokens) for use in uses), shares=shares,
    )  # fmt: skip


def claude_seats(span: Span, company: Company, truth: Truth) -> Iterator[Line]:
    """A line per person and month of the teams on seats, used or not, and one goodwill credit."""
    for person, month in claude_months(span, company):
        if month in span.closed_months:
            yield Line(
                ANTHROPIC, month, add_months(month, 1), "Claude Team seat", CLAUDE_SEAT, Place(None, CLAUDE),
                tool=CLAUDE, category="Purchase", holder=person,
                idle=(f"{month:%Y-%m}", CLAUDE, person.id) not in truth.users,
            )  # fmt: skip
    month = span.month_after(CREDIT_AFTER)
    if month in span.closed_months:
        yield Line(
            ANTHROPIC, month, add_months(month, 1), "Goodwill credit", -CREDIT, Place(None, "anthropic_api"),
            category="Credit",
        )  # fmt: skip


def cursor_lines(span: Span, held: list[Holding], events: list[Event]) -> Iterator[Line]:
    """Seats for a year, billed at once on the day they begin; by the month what was used on top of them."""
    for holding in held:
        start = holding.since
        while holding.tool == CURSOR and start <= span.month_starts[-1]:
            yield Line(
                CURSOR, start, add_months(start, YEAR), "Cursor Teams seat, one year", CURSOR_SEAT_YEAR,
                Place(None, CURSOR), tool=CURSOR, category="Purchase", holder=holding.person,
            )  # fmt: skip
            start = add_months(start, YEAR)
    for month in invoiced(span, CURSOR):
        charged: dict[Place, int] = {}
        for event in events:
            day = event.occurred_at.date()
            if not event.is_included and day.replace(day=1) == month:
                place = Place(event.person.team_on(day), CURSOR)
                charged[place] = charged.get(place, 0) + event.charged
        if charged:
            yield Line(
                CURSOR, month, add_months(month, 1), "On-demand usage", cents(Fraction(sum(charged.values()))),
                Place(None, CURSOR), shares=charged,
            )  # fmt: skip


def cents(amount: Fraction) -> int:
    """Rounded half up to whole cents, in billionths."""
    return int((2 * amount + CENT) // (2 * CENT)) * CENT


def as_csv(lines: list[Line]) -> str:
    """The lines as a CSV file with a heading."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(line.row() for line in lines)
    return text.getvalue()
