"""An enterprise's cost centres as groups, with the organizations, teams and repositories that stand in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.ledger.entries import Identity, Rejected
from payback.sources.copilot.place import VENDOR, place
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context


def fetch(ask: Ask) -> Iterator[Page]:
    """All cost centres. An organization has none of its own."""
    if place(ask.told).is_enterprise:
        yield Page(ask.http.get(f"{place(ask.told).money}/cost-centers").body, "cost-centers")


def parse(page: Page, context: Context) -> Iterable[Identity | Rejected]:
    """A group per active cost centre, and one per organization, team or repository in it that belongs to it."""
    for number, told in enumerate((page.body or {}).get("costCenters") or (), start=1):
        try:
            if told.get("state") == "deleted":
                continue
            yield from _group(told, context)
        except (AttributeError, KeyError, TypeError) as error:
            yield Rejected(context.source, f"cost centre lacks {error}", page.what, number)


def _group(told: dict[str, object], context: Context) -> list[Identity]:
    account = place(context.told).name
    centre = Identity(
        system=VENDOR,
        identity=f"cost_center:{told['id']}",
        kind="group",
        name=str(told["name"]),
        source=context.source,
        account=account,
    )
    resources = told.get("resources")
    inside = [
        Identity(
            system=VENDOR,
            identity=f"{str(one['type']).casefold()}:{one['name']}@{told['id']}",
            kind="group",
            name=str(one["name"]),
            belongs_to=centre.identity,
            source=context.source,
            account=account,
        )
        for one in (resources if isinstance(resources, list) else [])
        if one["type"] != "User"
    ]
    return [centre, *inside]


CENTRES = Stream(
    name="cost_centers",
    title="cost centres",
    tables=("identities",),
    needs="the right to read enterprise billing",
    pages=("People", "Owners"),
    plan=Snapshot(),
    fetch=fetch,
    parse=parse,
    optional=True,
)
