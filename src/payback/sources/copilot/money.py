"""What GitHub asks for Copilot: seats from the general usage report, AI credits and premium requests from their meters.

The general report holds the meters' rows too, so of it only what no meter tells is taken: no dollar comes twice. Billed is
the net amount; the gross amount is the list price; the discount between them is the allowance that seats include.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payback.sources.copilot.items import Whose, charges, is_seat_item, items, remainder
from payback.sources.copilot.months import after, days, is_recent, months, told_until
from payback.sources.copilot.place import place
from payback.sources.copilot.seats import listed
from payback.sources.source import Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Charge, Rejected
    from payback.sources.source import Ask, Context, Plan, Slice

CREDITS_SINCE = datetime(2026, 6, 1, tzinfo=UTC)
NEEDS = "an organization owner or billing manager (enterprise: a right to read enterprise billing)"
PAGES = ("Spend", "Tools and seats", "Reconciliation")
NO_CENTRE = ("none", "")


def centres(ask: Ask) -> list[Any]:
    """An enterprise's cost centres; an organization has none of its own."""
    if not place(ask.told).is_enterprise:
        return []
    told = ask.http.get(f"{place(ask.told).money}/cost-centers").body or {}
    return list(told.get("costCenters") or ())


def _by_centre(ask: Ask) -> list[tuple[str, str]]:
    """Cost centres as (id, name), and `none`: an enterprise's calls tell of one of them at a time."""
    if not place(ask.told).is_enterprise:
        return [("", "")]
    return [*((str(one["id"]), str(one["name"])) for one in centres(ask)), NO_CENTRE]


def _date(day: datetime, *, whole_month: bool = False) -> dict[str, object]:
    told: dict[str, object] = {"year": day.year, "month": day.month}
    return told if whole_month else {**told, "day": day.day}


def _about(since: datetime, until: datetime, centre: str = "") -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat(), "centre": centre}


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter of use: its address, and the months in which it ran."""

    path: str
    begins: datetime | None = None
    ends: datetime | None = None

    def plan(self, asked: Plan) -> Iterator[Slice]:
        """Months in which the meter ran."""
        for part in months(asked):
            if (self.begins is None or part.until > self.begins) and (
                self.ends is None or part.since < self.ends
            ):
                yield part

    def fetch(self, ask: Ask) -> Iterator[Page]:
        """By person and month; else by cost centre, and by day where the month is recent."""
        if str(ask.told.get("per_user")).lower() == "true":
            yield from self._by_person(ask)
            return
        for centre, name in _by_centre(ask):
            which = {"cost_center_id": centre} if centre else {}
            stretches = days(ask) if is_recent(ask) else [(ask.part.since, ask.part.until)]
            for since, until in stretches:
                date = _date(since, whole_month=not is_recent(ask))
                body = ask.http.get(f"{place(ask.told).money}/{self.path}/usage", {**date, **which}).body
                yield Page({"total": body}, f"{self.path} of {since:%Y-%m-%d}", _about(since, until, name))

    def _by_person(self, ask: Ask) -> Iterator[Page]:
        """The month's total, and the part of each seat holder where there is a total at all."""
        path = f"{place(ask.told).money}/{self.path}/usage"
        date = _date(ask.part.since, whole_month=True)
        total = ask.http.get(path, date).body
        body: dict[str, Any] = {"total": total, "people": {}, "centres": {}}
        if items(total):
            logins = {(seat.get("assignee") or {}).get("login") for seat in listed(ask)}
            for login in sorted(filter(None, logins)):
                body["people"][login] = ask.http.get(path, {**date, "user": login}).body
            body["centres"] = {
                str(inside.get("name")): str(centre["name"])
                for centre in centres(ask)
                for inside in centre.get("resources") or ()
                if inside.get("type") == "User"
            }
        what = f"{self.path} of {ask.part.since:%Y-%m}"
        yield Page(body, what, _about(ask.part.since, told_until(ask)))

    def parse(self, page: Page, context: Context) -> Iterable[Charge | Rejected]:
        """A charge per line and person; what no seat holder used is a charge without a person."""
        people = page.body.get("people") or {}
        for login, told in people.items():
            whose = Whose(login, (page.body.get("centres") or {}).get(login, ""))
            yield from charges(items(told), page, context, whose)
        left = remainder(items(page.body["total"]), map(items, people.values()))
        yield from charges(left, page, context, Whose(None, page.about["centre"]))

    def stream(self, name: str, title: str) -> Stream:
        """The meter as a stream of charges."""
        return Stream(name, title, ("charges",), NEEDS, PAGES, self.plan, self.fetch, self.parse)


def fetch_seats(ask: Ask) -> Iterator[Page]:
    """The general usage report of a month, by cost centre."""
    for centre, name in _by_centre(ask):
        which = {"cost_center_id": centre} if centre and centre != "none" else {}
        date = _date(ask.part.since, whole_month=True)
        body = ask.http.get(f"{place(ask.told).money}/usage", {**date, **which}).body
        yield Page(body, f"usage of {ask.part.since:%Y-%m}", _about(ask.part.since, ask.part.until, name))


def parse_seats(page: Page, context: Context) -> Iterable[Charge | Rejected]:
    """A charge per day and line of Copilot that no meter tells of: the seats."""
    whose = Whose(None, page.about["centre"])
    yield from charges([item for item in items(page.body) if is_seat_item(item)], page, context, whose)


CREDITS = Meter("ai_credit", begins=CREDITS_SINCE).stream("credits", "AI credits")
PREMIUM = Meter("premium_request", ends=after(CREDITS_SINCE, 1)).stream(
    "premium_requests", "premium requests (until June 2026)"
)
SEAT_CHARGES = Stream(
    name="seat_charges",
    title="seat charges",
    tables=("charges",),
    needs=NEEDS,
    pages=PAGES,
    plan=months,
    fetch=fetch_seats,
    parse=parse_seats,
)

__all__ = ["CREDITS", "PREMIUM", "SEAT_CHARGES"]
