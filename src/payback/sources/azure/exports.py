"""FocusCost exports of Azure Cost Management, months replaced whole by their newest whole run; rows of AI and GPU machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Charge, Rejected
from payback.sources.azure.meters import meter
from payback.sources.cloud import gpu, pages, periods
from payback.sources.cloud.naming import known_as
from payback.sources.focus import Given, cells, read_rows
from payback.sources.stores import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.cloud.periods import Run
    from payback.sources.source import Ask, Context, Page, Plan, Slice
    from payback.sources.stores import Store

RESOURCES = ("/microsoft.cognitiveservices/", "/microsoft.machinelearningservices/")
SERVICES = frozenset(
    {"foundry models", "cognitive services", "azure openai service", "azure openai", "azure machine learning"}
)
NAMED = ("ServiceName", "x_SkuMeterCategory", "x_SkuMeterSubcategory")
SIZED = ("x_SkuMeterSubcategory", "x_SkuMeterName", "x_SkuDetails", "SkuPriceDetails")


def plan(plan: Plan) -> Iterator[Slice]:
    """The months whose newest run is not in yet."""
    place = plan.told.get("exports")
    if place:
        store = opened(str(place), plan.told, plan.secrets)
        found = list(_whole(store))
        yield from periods.slices(periods.newest(found, str(place)), plan)


def _whole(store: Store) -> Iterator[Run]:
    """Runs that are whole: where a manifest lists the blobs of a run, all of them are there, at their size."""
    files = store.files()
    listed = {
        file.path.rpartition("/")[0]: store.document(file.path)
        for file in files
        if file.path.lower().endswith("manifest.json")
    }
    for run in periods.runs(files):
        manifest = listed.get(run.folder)
        if manifest is None:
            if not listed:
                yield run
            continue
        sizes = {file.path.rpartition("/")[2]: file.size for file in run.files}
        blobs = {
            str(blob["blobName"]).rpartition("/")[2]: blob.get("byteCount")
            for blob in manifest.get("blobs", ())
        }
        if blobs and all(name in sizes and size in {None, sizes[name]} for name, size in blobs.items()):
            yield periods.Run(
                run.export,
                run.month,
                run.folder,
                tuple(one for one in run.files if one.path.rpartition("/")[2] in blobs),
            )


def fetch(ask: Ask) -> Iterator[Page]:
    """Rows of AI, file by file."""
    return pages.pages(opened(str(ask.told["exports"]), ask.told, ask.secrets), ask, is_ai)


def is_ai(row: Mapping[str, Any]) -> bool:
    """Whether a row is of an AI resource or service, or of a machine with accelerators."""
    resource = str(row.get("ResourceId") or "").casefold()
    if any(part in resource for part in RESOURCES):
        return True
    if any(str(row.get(name) or "").casefold() in SERVICES for name in NAMED):
        return True
    return bool(_machine(row))


def _machine(row: Mapping[str, Any]) -> str:
    if (
        "virtual machines"
        not in str(row.get("x_SkuMeterCategory") or row.get("ServiceName") or "").casefold()
    ):
        return ""
    return next(
        (str(row[name]) for name in SIZED[:2] if row.get(name) and gpu.is_azure_series(str(row[name]))), ""
    )


def parse(page: Page, context: Context) -> Iterator[Charge | Rejected]:
    """The charges of one file, with what the meter's name says of them."""
    yield from pages.broken(page, context.source)
    given = Given(
        context.source,
        vendor="azure",
        account=context.told.get("account"),
        part=page.about["part"],
        what=page.what,
    )
    for one in read_rows(((line, row) for line, row in page.body if row is not None), given):
        yield pages.within(_metered(one, context), page) if isinstance(one, Charge) else one


def _metered(charge: Charge, context: Context) -> Charge:
    charge.vendor = "azure"
    details = dict(charge.details)
    machine = _machine({"ServiceName": charge.service, **details})
    if machine:
        counted = gpu.told_count(details.get("SkuPriceDetails")) or gpu.told_count(
            details.get("x_SkuDetails")
        )
        return gpu.in_gpu_hours(charge, machine, counted)
    name = details.get("x_SkuMeterName")
    if name is None or charge.charge_category != "Usage":
        return charge
    told = meter(name)
    charge.model = known_as(name, context.told) or told.model
    said = {"x_TokenType": told.kind, "x_Scope": told.scope, "x_ServiceTier": told.tier}
    charge.details = {**details, **{key: value for key, value in said.items() if value}}
    amount = cells.number(details.get("PricingQuantity"))
    if told.scale and amount is not None:
        if charge.quantity is not None:
            consumed = {"ConsumedQuantity": f"{charge.quantity:g}", "ConsumedUnit": charge.unit or ""}
            charge.details = {**consumed, **charge.details}
        charge.quantity, charge.unit = float(amount * told.scale), "Tokens"
    return charge
