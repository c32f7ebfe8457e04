"""OpenCost and Kubecost: what each workload of a GPU cluster cost a day, idle apart. An estimate from node prices.

It stands below a bill of the same vendor and account: where one arrives, these charges are set aside.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Rejected
from payback.sources.amounts import instant, money
from payback.sources.calls import PLACES, mapping
from payback.sources.source import Every, Page, Setting, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context

NOTHING = Decimal(0)
IDLE = "__idle__"
OTHERS = (
    "cpuCost", "cpuCostAdjustment", "ramCost", "ramCostAdjustment", "pvCost", "pvCostAdjustment", "networkCost",
    "networkCostAdjustment", "loadBalancerCost", "loadBalancerCostAdjustment", "externalCost", "sharedCost",
)  # fmt: skip
_SIGNS = re.compile(r"[^A-Za-z0-9_]")


def fetch(ask: Ask) -> Iterator[Page]:
    """Allocations of a stretch, one map a day, with idle as its own row and not shared over the others."""
    stretch = f"{ask.part.since:%Y-%m-%dT%H:%M:%SZ},{ask.part.until:%Y-%m-%dT%H:%M:%SZ}"
    params = {
        "window": stretch,
        "step": "1d",
        "aggregate": str(ask.told["aggregate"]),
        "accumulate": "false",
        "includeIdle": "true",
        "shareIdle": "false",
        "includeAggregatedMetadata": "true",
    }
    yield Page(ask.http.get(str(ask.told["path"]), params).body, f"allocation of {stretch}")


def parse(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Two charges for each workload and day: its GPUs, and the rest of it."""
    days = mapping(page.body).get("data")
    if not isinstance(days, list):
        yield Rejected(context.source, "the answer holds no list of days", file=page.what)
        return
    for name, told in ((name, told) for day in days for name, told in mapping(day).items()):
        try:
            yield from _charges(str(name), mapping(told), context)
        except ValueError as error:
            yield Rejected(context.source, f"{str(name)[:80]}: {error}", file=page.what)


def _charges(name: str, told: Mapping[str, Any], context: Context) -> Iterator[Charge]:
    window = mapping(told.get("window"))
    period = (
        instant(window.get("start") or told.get("start")),
        instant(window.get("end") or told.get("end")),
    )
    gpu, rest = _amounts(told)
    gpu_hours = told.get("gpuHours")
    if gpu or gpu_hours:
        yield _charge(Part(name, period, "GPU", gpu), told, context)
    if rest:
        yield _charge(Part(name, period, "Compute", rest), told, context)


def _amounts(told: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """Money of the GPUs and of the rest, adjustments included. What OpenCost could not work out (null) is not counted."""
    gpu = _sum(told, ("gpuCost", "gpuCostAdjustment"))
    total = money(told.get("totalCost"))
    rest = _sum(told, OTHERS) if total is None else total - (gpu or NOTHING)
    if gpu is None and rest is None:
        raise ValueError("no amount is known (all are null)")
    if (gpu or NOTHING) < 0 or (rest or NOTHING) < 0:
        raise ValueError(f"the total {total} is less than the GPU part {gpu}")
    return gpu or NOTHING, rest or NOTHING


def _sum(told: Mapping[str, Any], names: tuple[str, ...]) -> Decimal | None:
    known = [amount for name in names if (amount := money(told.get(name))) is not None]
    return sum(known, NOTHING) if known else None


class Part(NamedTuple):
    """Money of one kind for one workload and day."""

    name: str
    period: tuple[datetime, datetime]
    sku: str
    amount: Decimal


def _charge(part: Part, told: Mapping[str, Any], context: Context) -> Charge:
    where = mapping(told.get("properties"))
    hours = told.get("gpuHours") if part.sku == "GPU" else None
    device = mapping(told.get("gpuAllocation")).get("gpuModel")
    idle = IDLE in part.name
    details = {
        "x_Allocation": part.name,
        "x_Idle": "true" if idle else None,
        "x_Controller": where.get("controller"),
        "x_GpuModel": device if part.sku == "GPU" else None,
        "x_GpuEfficiency": told.get("gpuEfficiency") if part.sku == "GPU" else None,
        "ResourceId": where.get("providerID"),
    }
    return Charge(
        charge_id=digest("opencost", context.source, part.period[0], part.name, part.sku),
        vendor=str(context.told["vendor"]),
        charge_period_start=part.period[0],
        charge_period_end=part.period[1],
        source=context.source,
        precedence="usage_api",
        currency=str(context.told["currency"]),
        account=context.told.get("account") or where.get("cluster") or None,
        sub_account=IDLE if idle else where.get("namespace") or part.name,
        service="Kubernetes",
        sku=part.sku,
        tool=str(context.told["tool"]),
        effective_cost=part.amount,
        quantity=None if hours is None else float(hours),
        unit=None if hours is None else "GPU Hours",
        tags=_tags(where, str(context.told["team_label"])),
        details={key: str(value) for key, value in details.items() if value not in {None, ""}},
    )


def _tags(where: Mapping[str, Any], team_label: str) -> dict[str, str]:
    """Labels by sanitised key; those that say whose it is under payback's own names too."""
    labels = {
        _SIGNS.sub("_", str(key)): str(value) for key, value in mapping(where.get("labels")).items() if value
    }
    named = {PLACES[key]: value for key, value in labels.items() if key in PLACES}
    team = labels.get(_SIGNS.sub("_", team_label))
    return labels | named | ({"team": team} if team else {})


SOURCE = Source(
    kind="opencost",
    title="OpenCost",
    vendor="gpu_cluster",
    base="http://localhost:9003",
    settings=(
        Setting("token", "A bearer token, where a proxy in front of OpenCost asks for one", secret=True),
        Setting(
            "path",
            "The address of allocations; Kubecost has /model/allocation",
            default="/allocation/compute",
        ),
        Setting("aggregate", "What one row is", default="namespace,controllerKind,controller"),
        Setting("team_label", "The label that names the team", default="team"),
        Setting("vendor", "The vendor that the money is paid to", default="gpu_cluster"),
        Setting("account", "The account it is paid from, where it is not the cluster's name"),
        Setting("tool", "The tool that the cluster serves", default="self_hosted"),
        Setting("currency", "The currency OpenCost is configured for", default="USD"),
    ),
    streams=(
        Stream(
            name="allocation",
            title="allocation by day",
            tables=("charges",),
            needs="network reach to OpenCost's API (port 9003), or a token of the proxy in front of it",
            pages=("Spend by tool and team (own inference)",),
            plan=Every(most=timedelta(days=7), restated=timedelta(days=3), history=timedelta(days=30)),
            fetch=fetch,
            parse=parse,
        ),
    ),
    headers=lambda secrets, _told: (
        {"authorization": f"Bearer {secrets['token']}"} if "token" in secrets else {}
    ),
    note="OpenCost asks for no key inside the cluster; reach it by a port-forward, an ingress or payback inside the cluster.",
)
