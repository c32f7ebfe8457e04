"""What the company keeps in sheets of its own: seats with their renewals, hours, answers of surveys, outputs of workflows,
exchange rates. One CSV file each, in the columns that `payback import` knows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.afterwards import afterwards, pieces
from payback.demo.people import CLAUDE, CURSOR
from payback.demo.seats import CLAUDE_SEAT, COPILOT, CURSOR_SEAT_YEAR, YEAR
from payback.demo.truth import plain
from payback.demo.vendors.clouds import as_csv
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.demo.people import Company
    from payback.demo.seats import Holding
    from payback.demo.span import Span

Sheet = list[dict[str, str]]
KINDS = ("rates", "seats", "effort", "surveys", "outputs")
QUESTIONS = ("trust", "reliance", "team_health")
PLANS = {
    CLAUDE: ("anthropic", "team", CLAUDE_SEAT, "month"),
    CURSOR: ("cursor", "teams", CURSOR_SEAT_YEAR, "year"),
}
WORKSHOP_HOURS = 3


def sheets(span: Span, company: Company, held: list[Holding]) -> Iterator[tuple[str, bytes]]:
    """Each sheet that has rows, as a file name and its bytes."""
    for name, rows in (
        ("seats.csv", _seats(held)),
        ("effort.csv", [*_effort(span, company), *afterwards(span, company)]),
        ("surveys.csv", _surveys(span, company, held)),
        ("outputs.csv", [piece.row() for piece in pieces(span)]),
        ("rates.csv", _rates(span)),
    ):
        if rows:
            yield name, as_csv(rows)


def _seats(held: list[Holding]) -> Sheet:
    """Seats of the vendors that list no price or no holders; Copilot lists its own."""
    rows = []
    for one in held:
        if one.tool != COPILOT:
            vendor, plan, price, interval = PLANS[one.tool]
            renews = add_months(one.since, YEAR) if interval == "year" else None
            rows.append({
                "seat_id": f"{one.tool}/{one.person.id}", "tool": one.tool, "vendor": vendor, "person": one.person.email,
                "plan": plan, "price": plain(price), "currency": "USD", "interval": interval,
                "valid_from": one.since.isoformat(), "valid_until": one.until.isoformat() if one.until else "",
                "renews_on": renews.isoformat() if renews else "",
            })  # fmt: skip
    return rows


def _effort(span: Span, company: Company) -> Sheet:
    """A workshop for each team in the week in which it takes up AI."""
    rows = []
    for team in company.teams:
        day = span.month_after(team.adopts) if team.adopts is not None else span.today
        if day < span.today:
            people = company.members(team.id, day)
            rows += [
                {"effort_id": f"workshop/{team.id}/{one.id}", "day": day.isoformat(), "kind": "enablement",
                 "person": one.email, "team": team.id, "hours": str(WORKSHOP_HOURS), "measured": "false",
                 "workflow": "", "output_id": ""}
                for one in people
            ]  # fmt: skip
    return rows


def _surveys(span: Span, company: Company, held: list[Holding]) -> Sheet:
    """Every third month half of the people answer three questions from 1 to 5; those without a licence are asked too."""
    rows = []
    for month in span.month_starts:
        if month.month % 3 or month + timedelta(days=14) >= span.today:
            continue
        day = month + timedelta(days=14)
        for person in company.people:
            chance = span.chance("survey", person.id, month)
            if person.team_on(day) is None or chance.random() < 0.5:
                continue
            licensed = any(one.person.id == person.id and one.holds(day) for one in held)
            for question in QUESTIONS:
                value = min(5, chance.randint(1, 4) + person.uses_ai_on(day))
                rows.append(
                    {"answer_id": f"{day}/{person.id}/{question}", "day": day.isoformat(), "team": str(person.team_on(day)),
                     "person": person.email, "question": question, "value": str(value),
                     "licensed": str(licensed).lower(), "uses_ai": str(person.uses_ai_on(day)).lower()}
                )  # fmt: skip
    return rows


def _rates(span: Span) -> Sheet:
    """What a euro is worth in dollars from the first of each month."""
    return [
        {"day": month.isoformat(), "currency": "EUR", "into": "USD", "rate": f"{1.05 + span.chance('rate', month).randint(0, 90) / 1000:.4f}"}
        for month in span.month_starts
    ]  # fmt: skip
