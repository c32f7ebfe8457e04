"""Who is in the Cursor team, in which billing group, and the seat each paying member holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Identity, Rejected, Seat
from payback.sources.amounts import money
from payback.sources.cursor.asking import TOOL, VENDOR
from payback.sources.http import RefusedError
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context

UNPAID = frozenset({"free-owner", "unpaid-admin"})
NOT_THERE = frozenset({401, 403, 404})


def fetch(ask: Ask) -> Iterator[Page]:
    """The members, with the groups they are in where the team has groups."""
    members = ask.http.get("/teams/members").body or {}
    try:
        groups = (ask.http.get("/teams/groups").body or {}).get("groups") or []
    except RefusedError as error:  # the stream of groups tells of it
        if error.status not in NOT_THERE:
            raise
        groups = []
    yield Page({"members": members.get("teamMembers") or [], "groups": groups}, "members")


def parse(page: Page, context: Context) -> Iterable[Identity | Seat | Rejected]:
    """An account per member who was not removed, and a seat per one who is paid for."""
    groups = {
        member.get("userId"): f"group:{group.get('id')}"
        for group in page.body["groups"]
        for member in group.get("currentMembers") or ()
    }
    for number, told in enumerate(page.body["members"], start=1):
        try:
            if not told.get("isRemoved"):
                yield from _entries(told, groups.get(told.get("id")), context)
        except (AttributeError, KeyError, ValueError) as error:
            yield Rejected(context.source, f"member is not read: {error}", page.what, number)


def _entries(told: dict[str, Any], group: str | None, context: Context) -> list[Identity | Seat]:
    who = str(told.get("email") or told["id"])
    account = context.told.get("account")
    identity = Identity(
        system=VENDOR,
        identity=who,
        name=told.get("name"),
        email=told.get("email"),
        belongs_to=group,
        source=context.source,
        account=account,
    )
    if told.get("role") in UNPAID:
        return [identity]
    seat = Seat(
        seat_id=digest(context.source, told.get("id") or who),
        tool=TOOL,
        vendor=VENDOR,
        source=context.source,
        person=who,
        plan=context.told.get("plan"),
        price=money(context.told.get("seat_price")),
        currency=context.told.get("currency"),
        interval="month",
    )
    return [identity, seat]


def fetch_groups(ask: Ask) -> Iterator[Page]:
    """The billing groups of the running cycle."""
    yield Page(ask.http.get("/teams/groups").body, "groups")


def parse_groups(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """A group per billing group."""
    for number, told in enumerate((page.body or {}).get("groups") or (), start=1):
        if not isinstance(told, dict) or "id" not in told:
            yield Rejected(context.source, "group has no id", page.what, number)
            continue
        yield Identity(
            system=VENDOR,
            identity=f"group:{told['id']}",
            kind="group",
            name=told.get("name"),
            source=context.source,
            account=context.told.get("account"),
        )


MEMBERS = Stream(
    name="members",
    title="members and seats",
    tables=("identities", "seats"),
    needs="an admin key of the team",
    pages=("People", "Tools and seats"),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
)
GROUPS = Stream(
    name="groups",
    title="billing groups",
    tables=("identities",),
    needs="an admin key of a team that has billing groups",
    pages=("People", "Owners"),
    plan=Snapshot(),
    fetch=fetch_groups,
    parse=parse_groups,
    optional=True,
)
