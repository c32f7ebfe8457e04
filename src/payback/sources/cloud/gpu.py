"""GPU time in the bills of clouds: which lines are of machines with accelerators, and how many of them a machine has.

A line is given in GPU hours only where it says how many GPUs the machine has; else it stays in hours of the machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from payback.sources.focus import cells

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.ledger.entries import Charge

UNIT = "GPU Hours"
_AWS = re.compile(r"^(?:ml\.)?(?:p\d|g\d|gr\d|trn\d|inf\d)[a-z0-9-]*\.", re.IGNORECASE)
_AZURE = re.compile(r"(?:^|[\s_])(?:Standard_)?N[CDV](?:\d|[a-z]|\s|$)", re.IGNORECASE)
_GOOGLE = re.compile(r"\bGPU\b|\bTPU\b", re.IGNORECASE)


def is_aws_instance(instance: str) -> bool:
    """Whether an instance type (p5.48xlarge, ml.g5.xlarge) has accelerators."""
    return bool(_AWS.match(instance))


def is_azure_series(name: str) -> bool:
    """Whether a meter subcategory or size (NCv3 Series, Standard_ND96asr_v4) is of the N series."""
    return bool(_AZURE.search(name))


def is_google_sku(description: str) -> bool:
    """Whether a Compute Engine SKU is of accelerators, which Google bills apart from the machine."""
    return bool(_GOOGLE.search(description))


def in_gpu_hours(charge: Charge, instance: str, gpus: str | None) -> Charge:
    """The charge of a machine's hours as GPU hours, where the number of its GPUs is told. Hours and number are kept."""
    charge.details = {**charge.details, "x_InstanceType": instance}
    if gpus and gpus.isdigit() and charge.quantity is not None and _is_hours(charge.unit):
        told: Mapping[str, str] = {"x_GpuCount": gpus, "x_InstanceHours": f"{charge.quantity:g}"}
        charge.details = {**charge.details, **told}
        charge.quantity, charge.unit = charge.quantity * int(gpus), UNIT
    return charge


def _is_hours(unit: str | None) -> bool:
    return (unit or "").casefold() in {"hrs", "hours", "hour", "1 hour", "h"}


def told_count(details: str | None) -> str | None:
    """The number of GPUs that FOCUS's SkuPriceDetails names; None where it names none."""
    try:
        found = cells.pairs(details) if details else {}
    except ValueError:
        return None
    return next((found[name] for name in ("GpuCount", "x_GpuCount") if found.get(name)), None)
