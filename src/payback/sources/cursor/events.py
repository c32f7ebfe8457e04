"""Every request made with Cursor, and the money of those that the seat does not cover.

An event has no id: equal events are told apart by their order. Events that the plan covers carry an amount too; only
on-demand ones, and Cursor's fee on requests with the customer's own key, are asked for on the invoice.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected, Usage
from payback.sources.amounts import cents, count, instant
from payback.sources.cursor.asking import TOOL, TRIES, VENDOR, milliseconds, pages
from payback.sources.http import UnreachableError
from payback.sources.source import DAY, Every, Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Payment
    from payback.sources.source import Ask, Context

PER_PAGE = 1000
COUNTS = ("inputTokens", "outputTokens", "cacheWriteTokens", "cacheReadTokens")
OWN_KEY, ON_DEMAND, FAILED = "user api key", "usage-based", ("errored", "aborted")
FEE = "Cursor token fee"


def fetch(ask: Ask) -> Iterator[Page]:
    """All events of the stretch as one page: as many as Cursor says there are, however its pages came."""
    path, told = "/teams/filtered-usage-events", {**milliseconds(ask), "pageSize": PER_PAGE}
    for _ in range(TRIES):
        events: list[Any] = []
        total = None
        for page in pages(ask, path, told):
            events += page.get("usageEvents") or []
            total = page.get("totalUsageEventsCount", total)
        if total is None or total == len(events):
            yield Page(events, f"usage events of {ask.part.since:%Y-%m-%d}")
            return
    raise UnreachableError(
        f"{ask.connection}: usage events of {ask.part.since:%Y-%m-%d} did not add up to the count that Cursor gives in "
        f"{TRIES} attempts; they are tried again with the next sync"
    )


def parse(page: Page, context: Context) -> Iterable[Usage | Charge | Rejected]:
    """A request per event, and a charge per person, model and UTC day with money to pay."""
    again: Counter[str] = Counter()
    owed: dict[tuple[datetime, str, str, str], list[Decimal]] = defaultdict(list)
    for number, told in enumerate(page.body, start=1):
        try:
            key = _key(told)
            again[key] += 1
            usage = _usage(told, digest(context.source, key, again[key]), context)
            amount = _owed(told)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"event is not read: {error}", page.what, number)
            continue
        yield usage
        if amount:
            day = usage.occurred_at.replace(hour=0, minute=0, second=0, microsecond=0)
            sku = FEE if usage.payment == "own_key" else ON_DEMAND
            owed[day, sku, usage.actor or "", usage.model or ""].append(amount)
    for place, amounts in sorted(owed.items()):
        yield _charge(place, amounts, context)


def _key(told: dict[str, Any]) -> str:
    tokens = told.get("tokenUsage") or {}
    names = ("timestamp", "userEmail", "model", "conversationId", "chargedCents")
    return digest(*(told.get(name) for name in names), *(tokens.get(name) for name in COUNTS))


def payment(told: dict[str, Any]) -> Payment | None:
    """Who pays for the tokens of an event: its kind says so, else whether it is chargeable; None where neither is told."""
    kind, chargeable = str(told.get("kind") or "").casefold(), told.get("isChargeable")
    if kind.startswith(OWN_KEY):
        return "own_key"
    if kind.startswith("included") or chargeable is False:
        return "seat"
    return "metered" if kind.startswith(ON_DEMAND) or chargeable else None


def _owed(told: dict[str, Any]) -> Decimal | None:
    """What the invoice asks for this event, in dollars: nothing where the seat covers it or it failed uncharged."""
    if told.get("isChargeable") is False or _failed(told):
        return None
    by = payment(told)
    return cents(told.get("cursorTokenFee" if by == "own_key" else "chargedCents")) if by in PAID else None


PAID = frozenset({"own_key", "metered"})


def _failed(told: dict[str, Any]) -> bool:
    return str(told.get("kind") or "").casefold().startswith(FAILED)


def _usage(told: dict[str, Any], usage_id: str, context: Context) -> Usage:
    tokens = told.get("tokenUsage")
    held = {name: count((tokens or {}).get(name)) for name in COUNTS}
    by, failed = payment(told), _failed(told)
    return Usage(
        usage_id=usage_id,
        occurred_at=instant(told["timestamp"]),
        vendor=None if by == "own_key" else VENDOR,
        tool=TOOL,
        source=context.source,
        model=told.get("model"),
        account=context.told.get("account"),
        actor=told.get("userEmail") or told.get("userId"),
        session_id=told.get("conversationId"),
        payment=by,
        precedence="usage_api",
        input_tokens=held["inputTokens"],
        cache_read_tokens=held["cacheReadTokens"],
        cache_write_5m_tokens=held["cacheWriteTokens"],
        output_tokens=held["outputTokens"],
        requests=0 if failed else 1,
        errors=1 if failed else 0,
        error="errored" if failed else None,
        reported_usd=cents((tokens or {}).get("totalCents")),
        quality="exact" if tokens or failed else "estimated",
    )


def _charge(place: tuple[datetime, str, str, str], amounts: list[Decimal], context: Context) -> Charge:
    day, sku, person, model = place
    amount = sum(amounts, Decimal(0))
    return Charge(
        charge_id=digest(context.source, day.isoformat(), sku, person, model),
        vendor=VENDOR,
        account=context.told.get("account"),
        charge_period_start=day,
        charge_period_end=day + DAY,
        source=context.source,
        precedence="billing_api",
        service="Cursor",
        sku=sku,
        tool=TOOL,
        model=model or None,
        billed_cost=amount,
        effective_cost=amount,
        currency="USD",
        quantity=float(len(amounts)),
        unit="requests",
        actor=person or None,
    )


EVENTS = Stream(
    name="events",
    title="usage events",
    tables=("usage", "charges"),
    needs="an admin key of the team",
    pages=("Spend", "Adoption", "Reconciliation"),
    plan=Every(most=timedelta(days=5), restated=timedelta(days=3), history=timedelta(days=360)),
    fetch=fetch,
    parse=parse,
)
