"""AWS data exports, months replaced whole when their files change: CUR 2.0 lines or FOCUS rows, told by their columns."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected
from payback.sources.bedrock import cur, lines, principals
from payback.sources.cloud import gpu, pages, periods
from payback.sources.cloud.naming import known_as
from payback.sources.focus import Given, read_rows
from payback.sources.stores import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.source import Ask, Context, Page, Plan, Slice

FOCUS_TOLD = ("x_ServiceCode", "ServiceName", "ResourceId", "ChargeDescription")


def plan(plan: Plan) -> Iterator[Slice]:
    """The billing periods whose files are not in yet."""
    place = plan.told.get("exports")
    if place:
        store = opened(str(place), plan.told, plan.secrets)
        yield from periods.slices(periods.newest(periods.runs(store.files()), str(place)), plan)


def fetch(ask: Ask) -> Iterator[Page]:
    """Lines of AI, file by file."""
    return pages.pages(opened(str(ask.told["exports"]), ask.told, ask.secrets), ask, is_wanted)


def is_wanted(row: Mapping[str, Any]) -> bool:
    """Whether a row of either kind is of Bedrock or of a machine with accelerators."""
    if cur.is_line(row):
        return cur.is_ai(row)
    if any("bedrock" in str(row.get(name) or "").casefold() for name in FOCUS_TOLD):
        return True
    return gpu.is_aws_instance(lines.instance(str(row.get("x_UsageType") or "")))


def parse(page: Page, context: Context) -> Iterator[Charge | Rejected]:
    """The charges of one file; lines that say the same stay apart."""
    yield from pages.broken(page, context.source)
    rows = [(line, row) for line, row in page.body if row is not None]
    if rows and not cur.is_line(rows[0][1]):
        given = Given(context.source, vendor="aws", part=page.about["part"], what=page.what)
        for one in read_rows(rows, given):
            yield pages.within(_focus(one, context), page) if isinstance(one, Charge) else one
        return
    seen: Counter[str] = Counter()
    for line, row in rows:
        try:
            charge = cur.charge_of(row, page.about["part"], context)
        except ValueError as error:
            yield Rejected(context.source, str(error), page.what, line)
            continue
        seen[charge.charge_id] += 1
        if (number := seen[charge.charge_id]) > 1:
            charge.charge_id = digest(charge.charge_id, number)
        yield pages.within(charge, page)


def _focus(charge: Charge, context: Context) -> Charge:
    """A FOCUS row with what AWS's own columns say besides: the model, the kind of token, the machine."""
    usage_type = charge.details.get("x_UsageType")
    told = lines.line(usage_type)
    profile = known_as(charge.details.get("ResourceId"), context.told)
    charge.model = charge.model or profile or known_as(told.model, context.told) or told.model
    if told.kind:
        charge.details = {**charge.details, "x_TokenType": told.kind}
    charge.tags = principals.plain(dict(charge.tags))
    machine = lines.instance(usage_type)
    if gpu.is_aws_instance(machine):
        prices = charge.details.get("SkuPriceDetails", "{}")
        return gpu.in_gpu_hours(charge, machine, gpu.told_count(prices))
    return charge
