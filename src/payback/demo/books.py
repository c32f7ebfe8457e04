"""The company's money from all vendors: what is metered, what is asked for and by whom, and what of it is true.

One source speaks for each vendor and month: an invoice where there is one, else the vendor's own cost report or bill export.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import orjson

from payback.demo import bills, making
from payback.demo.assistants import copilot_days, copilot_meter, cursor_events
from payback.demo.incidents import breakages
from payback.demo.issues import issues
from payback.demo.people import CLAUDE, CURSOR
from payback.demo.seats import CLAUDE_SEAT, COPILOT, CURSOR_SEAT_YEAR, YEAR, claude_months, holdings
from payback.demo.shipments import shipments
from payback.demo.span import day_in
from payback.demo.tickets import tickets
from payback.demo.truth import days
from payback.demo.use import ANTHROPIC, OPENAI, Place, metered
from payback.demo.vendors import (
    anthropic,
    clouds,
    cursor,
    github,
    litellm,
    openai,
    opencost,
    pagerduty,
)
from payback.demo.workloads import unattended
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payback.demo.assistants import Day, Event, Metered
    from payback.demo.bills import Line
    from payback.demo.hosts import Hosts
    from payback.demo.incidents import Breakage
    from payback.demo.lines import Brought
    from payback.demo.people import Company
    from payback.demo.plan import Story
    from payback.demo.records import Change
    from payback.demo.seats import Holding
    from payback.demo.shipments import Shipment
    from payback.demo.span import Span
    from payback.demo.tickets import Ticket
    from payback.demo.truth import Truth
    from payback.demo.use import Use
    from payback.demo.vendors.clouds import Item

COPILOT_PLACE = Place(None, COPILOT)
LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Books:
    """All that money follows from."""

    uses: list[Use]
    held: list[Holding]
    events: list[Event]
    days: list[Day]
    meter: list[Metered]
    lines: list[Line]
    clouds: dict[str, list[Item]]
    changes: list[Change]
    shipped: list[Shipment]
    broken: list[Breakage]
    tickets: list[Ticket]
    issues: list[Ticket]
    brought: list[Brought]


def books(span: Span, company: Company, story: Story, truth: Truth) -> Books:
    """Everything metered and billed, settled into the truth."""
    alone = list(unattended(span))
    uses = sorted([*metered(span, company, story.sessions), *alone], key=lambda use: use.occurred_at)
    held = holdings(span, company)
    events = list(cursor_events(span, held))
    worked = list(copilot_days(span, held))
    meter = copilot_meter(span, worked)
    lines = [
        *bills.metered_lines(span, ANTHROPIC, uses),
        *bills.claude_seats(span, company, truth),
        *bills.metered_lines(span, OPENAI, uses),
        *bills.cursor_lines(span, held, events),
    ]
    items = {
        "aws": clouds.aws_items(span, company),
        "azure": clouds.azure_items(span),
        "google": clouds.google_items(span),
    }
    shipped = shipments(span, story.changes)
    told = Books(
        uses,
        held,
        events,
        worked,
        meter,
        lines,
        items,
        story.changes,
        shipped,
        breakages(span, shipped),
        tickets(span, company, story.changes),
        issues(span, story.changes),
        story.lines,
    )
    for use in alone:
        truth.add_use(use)
    _settle(span, told, truth)
    for person, month in claude_months(span, company):
        if month not in bills.invoiced(span, ANTHROPIC):  # by contract, until the invoice comes
            until = add_months(month, 1)
            truth.fee(person, Place(None, CLAUDE), (month, until), (CLAUDE_SEAT, CLAUDE_SEAT))
    return told


def _settle(span: Span, told: Books, truth: Truth) -> None:
    for line in told.lines:
        line.settle(truth)
    _reported(span, told, truth)
    _cursor(span, told, truth)
    _copilot(span, told, truth)
    for day, place, nano in opencost.costs(span):
        truth.add("amortised", f"{day:%Y-%m}", place, nano)
    for item in (item for items in told.clouds.values() for item in items):
        _cloud(item, truth)
    _holders(span, told, truth)


def _reported(span: Span, told: Books, truth: Truth) -> None:
    """Months without an invoice: what the vendor's cost report says, line by line of its own."""
    sums: dict[tuple[str, date, Place], int] = defaultdict(int)
    for use in told.uses:
        month = use.utc_day.replace(day=1)
        if month not in bills.invoiced(span, use.vendor):
            sums[use.vendor, month, use.place] += use.nano or 0
    for (vendor, month, place), nano in sums.items():
        if nano:
            amount = Fraction(nano * bills.percent_of(span, vendor, month), 100)
            truth.bought(f"{month:%Y-%m}", amount, {place: nano})


def _cursor(span: Span, told: Books, truth: Truth) -> None:
    """Every request at list price; what is asked for the running month's, whose invoice is still to come."""
    for event in told.events:
        day = day_in(event.occurred_at)
        month, place = f"{day:%Y-%m}", Place(event.person.team_on(day), CURSOR)
        truth.requests[month, CURSOR] += 1
        truth.users.add((month, CURSOR, event.person.id))
        truth.count_tokens(month, CURSOR, event.tokens)
        truth.add("list", month, place, event.nano)
        if not event.is_included and day.replace(day=1) not in bills.invoiced(span, CURSOR):
            truth.bought(month, event.charged, {place: 1})


def _copilot(span: Span, told: Books, truth: Truth) -> None:
    """Seats by the day, which name nobody: over the teams of those GitHub lists; the meter by person and month."""
    for day, _, nano in github.seat_days(span, told.held):
        holders = github.seats_by_team(span, told.held, day) or {None: 1}
        truth.bought(
            f"{day:%Y-%m}",
            nano,
            {COPILOT_PLACE._replace(team=team): count for team, count in holders.items()},
        )
    for one in told.meter:
        until = add_months(one.month, 1)
        truth.fee(one.person, COPILOT_PLACE, (one.month, until), (one.net, one.net))
        place = COPILOT_PLACE._replace(team=one.person.team_on(one.month))
        truth.add("list", f"{one.month:%Y-%m}", place, one.gross)
    for worked in told.days:
        truth.users.add((f"{worked.day:%Y-%m}", COPILOT, worked.person.id))


def _cloud(item: Item, truth: Truth) -> None:
    """A line of a bill export, on its day or over its month."""
    month = f"{item.day:%Y-%m}"
    truth.placed(month, item.amount, item.place)
    if item.listed:
        truth.add("list", month, item.place, item.listed)


def _holders(span: Span, told: Books, truth: Truth) -> None:
    """Who held a seat in which month, and what idle seats of Cursor and Copilot cost in closed months."""
    for one in told.held:
        for month in span.month_starts:
            if not one.holds(month):
                continue
            name = f"{month:%Y-%m}"
            truth.seats.add((name, one.tool, one.person.id))
            idle = (name, one.tool, one.person.id) not in truth.users
            if one.tool == CURSOR and idle and month in span.closed_months:
                length = (add_months(one.since, YEAR) - one.since).days
                covered = sum(1 for _ in days(month, add_months(month, 1)))
                fee = Fraction(CURSOR_SEAT_YEAR * covered, length)
                truth.wasted("idle_seats", one.person.team_on(month), fee)


def written(span: Span, company: Company, told: Books, hosts: Hosts) -> Iterator[tuple[str, bytes]]:
    """Every file of it, as a path under the company's folder and its bytes."""
    on_file = {
        "anthropic": anthropic.on_file(span, company, told.uses),
        "openai": openai.on_file(span, company, told.uses),
        "github": github.on_file(span, told.held, told.days, told.meter),
        **{vendor.name: vendor.on_file(span, company, told) for vendor in hosts.at},
        "pagerduty": pagerduty.on_file(told.broken),
        "cursor": cursor.on_file(span, told.held, told.events, told.changes),
        "litellm": litellm.on_file(told.uses),
        "opencost": opencost.on_file(span),
    }
    for name, held in on_file.items():
        yield f"vendors/{name}.json", orjson.dumps(held)
    yield making.FILE, making.version().encode()
    yield from _keys(span, hosts)
    yield from _invoices(span, told)
    for name, files in (
        ("aws", clouds.aws_files(told.clouds["aws"])),
        ("azure", clouds.azure_files(told.clouds["azure"])),
        ("google", clouds.google_files(told.clouds["google"])),
    ):
        for path, text in files:
            yield f"clouds/{name}/{path}", text


def _rights(hosts: Hosts) -> dict[str, tuple[str, list[str]]]:
    """By key: how it begins, and what it opens."""
    forge, tracker = hosts.at
    return {
        "anthropic": ("sk-ant-admin01", ["admin"]),
        "openai": ("sk-admin", ["admin"]),
        "github": ("ghp", ["manage_billing:copilot", "read:org"]),
        forge.name: forge.key,
        "pagerduty": ("pd", ["read"]),
        tracker.name: tracker.key,
        "cursor": ("key", ["admin", "analytics"]),
        "litellm": ("sk-litellm", ["proxy_admin_viewer"]),
    }


def _keys(span: Span, hosts: Hosts) -> Iterator[tuple[str, bytes]]:
    """A key per vendor that opens all that payback asks for, and one that opens nothing."""
    access: dict[str, dict[str, list[str]]] = {}
    for vendor, (prefix, rights) in _rights(hosts).items():
        chance = span.chance("key", vendor)
        full, limited = (f"{prefix}-{chance.getrandbits(160):040x}" for _ in range(2))
        access[vendor] = {full: rights, limited: []}
        yield f"keys/{vendor}", full.encode()
        yield f"keys/{vendor}-{LIMITED}", limited.encode()
    yield "vendors/access.json", orjson.dumps(access)


def _invoices(span: Span, told: Books) -> Iterator[tuple[str, bytes]]:
    """A file per vendor and month; and the first draft of the one that was restated."""
    grouped: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in told.lines:
        grouped[line.vendor, line.month].append(line)
    for (vendor, month), lines in sorted(grouped.items()):
        yield f"bills/{vendor}-{month}.csv", bills.as_csv(lines).encode()
    again = bills.restated(span)
    if again is not None:
        name = f"{again:%Y-%m}"
        drafts = [
            line
            for line in bills.metered_lines(span, ANTHROPIC, told.uses, first_draft=True)
            if line.month == name
        ]
        others = [line for line in grouped[ANTHROPIC, name] if line.category != "Usage"]
        yield f"bills/earlier/{ANTHROPIC}-{name}.csv", bills.as_csv([*drafts, *others]).encode()
