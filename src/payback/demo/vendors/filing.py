"""How every forge files what the company did: each change, shipment and issue with the repository that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from payback.demo import issues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from payback.demo.people import Company
    from payback.demo.records import Change
    from payback.demo.shipments import Shipment
    from payback.demo.tickets import Ticket

FIRST_ACCOUNT = 5001


class Repository(Protocol):
    """What a forge has of one repository."""

    def add_change(self, change: Change, /) -> None: ...
    def add_shipment(self, one: Shipment, /) -> None: ...
    def add_issue(self, issue: Ticket, /) -> None: ...


R = TypeVar("R", bound=Repository)


def accounts(company: Company) -> dict[str, int]:
    """The number of each person's account."""
    return {one.id: number for number, one in enumerate(company.people, start=FIRST_ACCOUNT)}


def filed(
    company: Company,
    begun: Callable[[int, str], R],
    what: tuple[Iterable[Change], Iterable[Shipment], Iterable[Ticket]],
) -> list[R]:
    """The repositories by name, each `begun` with its place, counted from 0, and its name, with all that belongs to it."""
    changes, shipped, tickets = what
    names = sorted({team.repo for team in company.teams})
    told = {name: begun(place, name) for place, name in enumerate(names)}
    for change in changes:
        told[change.repo].add_change(change)
    for one in shipped:
        told[one.repo].add_shipment(one)
    for issue in tickets:
        told[issues.REPO].add_issue(issue)
    return list(told.values())
