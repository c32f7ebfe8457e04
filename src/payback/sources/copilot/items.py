"""Lines of GitHub's billing reports as charges, and what is left of a total when the parts of persons are taken from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected
from payback.sources.amounts import instant, money
from payback.sources.copilot.place import TOOL, VENDOR, place
from payback.sources.source import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.sources.source import Context, Page

METERED = ("credit", "premium request")
AMOUNTS = (
    "grossQuantity", "grossAmount", "discountQuantity", "discountAmount", "netQuantity", "netAmount",
)  # fmt: skip
KINDS = ("product", "sku", "model", "unitType", "pricePerUnit")


def items(told: Any) -> list[dict[str, Any]]:
    """The lines of a report."""
    return list((told or {}).get("usageItems") or ())


def is_seat_item(item: dict[str, Any]) -> bool:
    """Whether a line of the general report is Copilot's and no meter tells of it too."""
    words = f"{item.get('sku')} {item.get('unitType')}".casefold().replace("-", " ")
    return _is_copilot(item) and not any(word in words for word in METERED)


def _is_copilot(item: dict[str, Any]) -> bool:
    return str(item.get("product")).casefold().startswith("copilot")


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom lines are of: a login where they are a person's, and the name of a cost centre."""

    actor: str | None = None
    centre: str = ""


def charges(
    lines: Iterable[dict[str, Any]], page: Page, context: Context, whose: Whose
) -> Iterator[Charge | Rejected]:
    """A charge per line. Equal lines are told apart by their order."""
    seen: Counter[tuple[object, ...]] = Counter()
    for number, line in enumerate(lines, start=1):
        key = tuple(line.get(name) for name in (*KINDS, "date", "organizationName", "repositoryName"))
        seen[key] += 1
        try:
            yield _charge(line, page, context, whose, seen[key])
        except (ValueError, TypeError, AttributeError) as error:
            yield Rejected(context.source, f"line is not read: {error}", page.what, number)


def _charge(line: dict[str, Any], page: Page, context: Context, whose: Whose, again: int) -> Charge:
    begin, end = _period(line, page)
    is_seat = "grossQuantity" not in line
    billed = money(line["netAmount"] if "netAmount" in line else line.get("grossAmount"))
    key = (line.get("product"), line.get("sku"), line.get("model"), line.get("organizationName"), again)
    return Charge(
        charge_id=digest(
            context.source, begin.isoformat(), whose.centre, whose.actor, line.get("repositoryName"), *key
        ),
        vendor=VENDOR,
        account=place(context.told).name,
        sub_account=line.get("organizationName"),
        charge_category="Purchase" if is_seat else "Usage",
        charge_period_start=begin,
        charge_period_end=end,
        service=line.get("product"),
        sku=line.get("sku"),
        tool=TOOL if _is_copilot(line) else None,
        model=line.get("model") or None,
        billed_cost=billed,
        effective_cost=billed,
        list_cost=money(line.get("grossAmount")),
        currency="USD",
        quantity=_number(line.get("quantity") if is_seat else line.get("netQuantity")),
        unit=line.get("unitType"),
        actor=whose.actor,
        source=context.source,
        precedence="billing_api",
        tags={"cost_center": whose.centre} if whose.centre else {},
        details=_details(line, is_seat=is_seat),
    )


def _period(line: dict[str, Any], page: Page) -> tuple[datetime, datetime]:
    """The day a line names, else the stretch that was asked for."""
    if line.get("date"):
        day = instant(line["date"]).replace(hour=0, minute=0, second=0, microsecond=0)
        return day, day + DAY
    if "grossQuantity" not in line:
        raise ValueError("it names no date")
    return datetime.fromisoformat(page.about["since"]), datetime.fromisoformat(page.about["until"])


def _number(told: Any) -> float | None:
    found = money(told)
    return None if found is None else float(found)


def _details(line: dict[str, Any], *, is_seat: bool) -> dict[str, str]:
    told = {
        "ListUnitPrice": line.get("pricePerUnit"),
        "PricingQuantity": line.get("grossQuantity"),
        "ChargeFrequency": "Recurring" if is_seat else "Usage-Based",
        "x_DiscountAmount": line.get("discountAmount"),
        "x_Repository": line.get("repositoryName"),
    }
    return {name: str(value) for name, value in told.items() if value not in (None, "")}


def remainder(total: list[dict[str, Any]], parts: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The lines of a total less those of its parts, exact; lines of which nothing is left are gone."""
    left: dict[tuple[object, ...], dict[str, Any]] = {}
    for sign, lines in ((1, total), *((-1, part) for part in parts)):
        for line in lines:
            key = tuple(line.get(name) for name in KINDS[:-1])
            held = left.setdefault(key, {**line, **dict.fromkeys(AMOUNTS, Decimal(0))})
            for name in AMOUNTS:
                held[name] += sign * (money(line.get(name)) or 0)
    return [line for line in left.values() if any(line[name] for name in AMOUNTS)]
