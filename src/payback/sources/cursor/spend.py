"""The running billing cycle as Cursor adds it up, kept for each day it was read: a check of the events, never money itself.

Cursor forgets a cycle once the next begins. The events hold the same money, so these rows carry no amount of their own;
the figures stand in their details.
"""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected
from payback.sources.amounts import cents, instant
from payback.sources.cursor.asking import TOOL, VENDOR, pages
from payback.sources.source import DAY, Page, Slice, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Ask, Context, Plan

PER_PAGE = 100
TOLD = (
    ("spendCents", "x_OnDemandToDate"),
    ("includedSpendCents", "x_IncludedToDate"),
    ("overallSpendCents", "x_OverallToDate"),
)


def today(plan: Plan) -> Iterator[Slice]:
    """The running day: read again, it is replaced; the days before stay as they were read."""
    midnight = plan.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    yield Slice(midnight, midnight + DAY, midnight.isoformat())


def fetch(ask: Ask) -> Iterator[Page]:
    """All members' spend of the cycle as one page."""
    members: dict[str, Any] = {}
    cycle = None
    for page in pages(ask, "/teams/spend", {"pageSize": PER_PAGE}):
        cycle = page.get("subscriptionCycleStart", cycle)
        for member in page.get("teamMemberSpend") or ():
            members[str(member.get("userId") or member.get("email"))] = member
    day = ask.part.since.isoformat()
    yield Page({"members": list(members.values()), "cycle": cycle}, "spend", {"day": day})


def parse(page: Page, context: Context) -> Iterable[Charge | Rejected]:
    """One row without an amount: what the team's cycle had come to on that day."""
    try:
        begun = instant(page.body["cycle"])
        sums = {
            name: str(
                sum((cents(member.get(told)) or Decimal(0) for member in page.body["members"]), Decimal(0))
            )
            for told, name in TOLD
        }
    except (AttributeError, TypeError, ValueError) as error:
        yield Rejected(context.source, f"spend is not read: {error}", page.what)
        return
    day = instant(page.about["day"])
    yield Charge(
        charge_id=digest(context.source, day.isoformat()),
        vendor=VENDOR,
        account=context.told.get("account"),
        charge_category="Adjustment",
        charge_period_start=day,
        charge_period_end=day + DAY,
        source=context.source,
        precedence="usage_api",
        service="Cursor",
        sku="billing cycle to date",
        tool=TOOL,
        details={**sums, "x_CycleStart": begun.isoformat(), "x_Members": str(len(page.body["members"]))},
    )


SPEND = Stream(
    name="spend",
    title="the running cycle",
    tables=("charges",),
    needs="an admin key of the team",
    pages=("Reconciliation",),
    plan=today,
    fetch=fetch,
    parse=parse,
)
