"""Who holds a Copilot seat now, and the GitHub logins behind them. Seats carry no price: the contract or the bill does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Identity, Rejected, Seat
from payback.sources.amounts import instant, money
from payback.sources.copilot.place import TOOL, VENDOR, place
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context

PER_PAGE = 100


def fetch(ask: Ask) -> Iterator[Page]:
    """All seats in one page, each once: an enterprise lists a person once for every organization that grants one."""
    yield Page(list(listed(ask)), "seats")


def listed(ask: Ask) -> Iterator[Any]:
    """The seats as GitHub tells them, page by page, until no next one is linked."""
    path: str | None = f"{place(ask.told).people}/billing/seats"
    params: tuple[tuple[str, object], ...] = (("page", 1), ("per_page", PER_PAGE))
    seen: set[str] = set()
    while path is not None and path not in seen:
        seen.add(path)
        reply = ask.http.get(path, params)
        yield from (reply.body or {}).get("seats") or ()
        path, params = reply.link("next"), ()


def parse(page: Page, context: Context) -> Iterable[Seat | Identity | Rejected]:
    """A seat and a login per person, a group per team that grants seats. A seat without a person is still paid for."""
    people: dict[str, Any] = {}
    for place_in_list, told in enumerate(page.body, start=1):
        try:
            holder = str((told.get("assignee") or {}).get("login") or f"nobody {place_in_list}")
            instant(told["created_at"])
            people[holder] = _latest(people.get(holder), told)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"seat is not read: {_why(error)}", page.what, place_in_list)
    for holder, told in people.items():
        yield from _entries(holder, told, context)
    for slug, team in sorted(
        {_team(told)["slug"]: _team(told) for told in people.values() if _team(told)}.items()
    ):
        yield Identity(
            system=VENDOR,
            identity=f"team:{slug}",
            kind="group",
            name=team.get("name") or slug,
            source=context.source,
            account=place(context.told).name,
        )


def _why(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _latest(before: Any, told: Any) -> Any:
    """Of the seats that several organizations grant one person: the one used last, and not cancelled if any is not."""
    if before is None:
        return told
    last = max(before, told, key=lambda seat: str(seat.get("last_activity_at") or ""))
    ends = [seat.get("pending_cancellation_date") for seat in (before, told)]
    return {**last, "pending_cancellation_date": max(map(str, ends)) if all(ends) else None}


def _team(told: Any) -> dict[str, Any]:
    team = told.get("assigning_team") or {}
    return team if team.get("slug") else {}


def _entries(holder: str, told: Any, context: Context) -> Iterator[Seat | Identity | Rejected]:
    who = told.get("assignee") or {}
    account = place(context.told).name
    try:
        used = told.get("last_activity_at")
        ends = told.get("pending_cancellation_date")
        yield Seat(
            seat_id=digest(context.source, who.get("id") or holder),
            tool=TOOL,
            vendor=VENDOR,
            source=context.source,
            person=who.get("login"),
            plan=told.get("plan_type"),
            price=money(context.told.get("seat_price")),
            currency=context.told.get("currency"),
            interval="month",
            ends_on=date.fromisoformat(str(ends)[:10]) if ends else None,
            valid_from=instant(told["created_at"]),
            last_active_at=instant(used) if used else None,
        )
    except ValueError as error:
        yield Rejected(context.source, f"seat of {holder}: {error}", "seats")
        return
    if who.get("login"):
        team = _team(told)
        yield Identity(
            system=VENDOR,
            identity=who["login"],
            name=who.get("name"),
            email=who.get("email"),
            belongs_to=f"team:{team['slug']}" if team else None,
            source=context.source,
            account=account,
            last_seen_at=instant(used) if used else None,
        )


SEATS = Stream(
    name="seats",
    title="seats",
    tables=("seats", "identities"),
    needs="the scope manage_billing:copilot or read:org (read:enterprise for an enterprise)",
    pages=("Tools and seats", "People"),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
)
