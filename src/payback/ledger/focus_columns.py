"""The columns of FOCUS (FinOps Open Cost and Usage Specification), as values: those of 1.2, which payback writes, and the
later ones it reads. By them a file's columns are known, whatever their case; nothing else about FOCUS is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Level = Literal["Mandatory", "Conditional", "Recommended"]
TEXT, NUMBER, INSTANT, PAIRS = "String", "Decimal", "Date/Time", "JSON"


@dataclass(frozen=True, slots=True)
class FocusColumn:
    """One column: how far the specification asks for it, its type, whether it may be null, and the version it came with."""

    name: str
    level: Level
    kind: str
    is_nullable: bool
    since: str = "1.2"


FOCUS_1_2 = (
    FocusColumn("AvailabilityZone", "Recommended", TEXT, is_nullable=True),
    FocusColumn("BilledCost", "Mandatory", NUMBER, is_nullable=False),
    FocusColumn("BillingAccountId", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("BillingAccountName", "Mandatory", TEXT, is_nullable=True),
    FocusColumn("BillingAccountType", "Conditional", TEXT, is_nullable=False),
    FocusColumn("BillingCurrency", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("BillingPeriodEnd", "Mandatory", INSTANT, is_nullable=False),
    FocusColumn("BillingPeriodStart", "Mandatory", INSTANT, is_nullable=False),
    FocusColumn("CapacityReservationId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CapacityReservationStatus", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ChargeCategory", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("ChargeClass", "Mandatory", TEXT, is_nullable=True),
    FocusColumn("ChargeDescription", "Mandatory", TEXT, is_nullable=True),
    FocusColumn("ChargeFrequency", "Recommended", TEXT, is_nullable=False),
    FocusColumn("ChargePeriodEnd", "Mandatory", INSTANT, is_nullable=False),
    FocusColumn("ChargePeriodStart", "Mandatory", INSTANT, is_nullable=False),
    FocusColumn("CommitmentDiscountCategory", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CommitmentDiscountId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CommitmentDiscountName", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CommitmentDiscountQuantity", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("CommitmentDiscountStatus", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CommitmentDiscountType", "Conditional", TEXT, is_nullable=True),
    FocusColumn("CommitmentDiscountUnit", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ConsumedQuantity", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("ConsumedUnit", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ContractedCost", "Mandatory", NUMBER, is_nullable=False),
    FocusColumn("ContractedUnitPrice", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("EffectiveCost", "Mandatory", NUMBER, is_nullable=False),
    FocusColumn("InvoiceId", "Recommended", TEXT, is_nullable=True),
    FocusColumn("InvoiceIssuerName", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("ListCost", "Mandatory", NUMBER, is_nullable=False),
    FocusColumn("ListUnitPrice", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("PricingCategory", "Conditional", TEXT, is_nullable=True),
    FocusColumn("PricingCurrency", "Conditional", TEXT, is_nullable=True),
    FocusColumn("PricingCurrencyContractedUnitPrice", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("PricingCurrencyEffectiveCost", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("PricingCurrencyListUnitPrice", "Conditional", NUMBER, is_nullable=True),
    FocusColumn("PricingQuantity", "Mandatory", NUMBER, is_nullable=True),
    FocusColumn("PricingUnit", "Mandatory", TEXT, is_nullable=True),
    FocusColumn("ProviderName", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("PublisherName", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("RegionId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("RegionName", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ResourceId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ResourceName", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ResourceType", "Conditional", TEXT, is_nullable=True),
    FocusColumn("ServiceCategory", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("ServiceName", "Mandatory", TEXT, is_nullable=False),
    FocusColumn("ServiceSubcategory", "Recommended", TEXT, is_nullable=False),
    FocusColumn("SkuId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("SkuMeter", "Conditional", TEXT, is_nullable=True),
    FocusColumn("SkuPriceDetails", "Conditional", PAIRS, is_nullable=True),
    FocusColumn("SkuPriceId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("SubAccountId", "Conditional", TEXT, is_nullable=True),
    FocusColumn("SubAccountName", "Conditional", TEXT, is_nullable=True),
    FocusColumn("SubAccountType", "Conditional", TEXT, is_nullable=True),
    FocusColumn("Tags", "Conditional", PAIRS, is_nullable=True),
)

LATER = (
    FocusColumn("AllocatedMethodDetails", "Conditional", PAIRS, is_nullable=True, since="1.3"),
    FocusColumn("AllocatedMethodId", "Conditional", TEXT, is_nullable=True, since="1.3"),
    FocusColumn("AllocatedResourceId", "Conditional", TEXT, is_nullable=True, since="1.3"),
    FocusColumn("AllocatedResourceName", "Conditional", TEXT, is_nullable=True, since="1.3"),
    FocusColumn("AllocatedTags", "Conditional", PAIRS, is_nullable=True, since="1.3"),
    FocusColumn("ContractApplied", "Conditional", PAIRS, is_nullable=True, since="1.3"),
    FocusColumn("HostProviderName", "Conditional", TEXT, is_nullable=True, since="1.3"),
    FocusColumn("ServiceProviderName", "Conditional", TEXT, is_nullable=True, since="1.3"),
    FocusColumn("CommitmentProgramEligibilityDetails", "Conditional", PAIRS, is_nullable=True, since="1.4"),
    FocusColumn("InvoiceDetailId", "Conditional", TEXT, is_nullable=True, since="1.4"),
    FocusColumn("ConsumerId", "Conditional", TEXT, is_nullable=True, since="1.5"),
    FocusColumn("CredentialDetails", "Conditional", PAIRS, is_nullable=True, since="1.5"),
    FocusColumn("CredentialId", "Conditional", TEXT, is_nullable=True, since="1.5"),
    FocusColumn("PrincipalId", "Conditional", TEXT, is_nullable=True, since="1.5"),
)

# What payback adds to a row, after the columns of FOCUS.
EXTRA = (
    FocusColumn("x_AiClass", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Basis", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Charge", "Recommended", PAIRS, is_nullable=True),
    FocusColumn("x_ChargeId", "Recommended", TEXT, is_nullable=False),
    FocusColumn("x_CostCenter", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_CredentialId", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Details", "Recommended", PAIRS, is_nullable=True),
    FocusColumn("x_Environment", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Model", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Owner", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Precedence", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_PrincipalId", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Requests", "Recommended", NUMBER, is_nullable=True),
    FocusColumn("x_Source", "Recommended", TEXT, is_nullable=False),
    FocusColumn("x_TaskType", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Team", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Tokens", "Recommended", NUMBER, is_nullable=True),
    FocusColumn("x_Tool", "Recommended", TEXT, is_nullable=True),
    FocusColumn("x_Vendor", "Recommended", TEXT, is_nullable=False),
    FocusColumn("x_Workflow", "Recommended", TEXT, is_nullable=True),
)
WRITTEN = (*FOCUS_1_2, *EXTRA)

BY_NAME = {column.name: column for column in (*FOCUS_1_2, *LATER)}
_FOLDED = {name.casefold(): name for name in BY_NAME}

# What a charge amounts to. Two rows that differ in these alone tell of the same charge, told anew.
AMOUNTS = frozenset(
    {
        "BilledCost",
        "CommitmentDiscountQuantity",
        "ConsumedQuantity",
        "ContractedCost",
        "EffectiveCost",
        "ListCost",
        "PricingCurrencyEffectiveCost",
        "PricingQuantity",
    }
)


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """A column's FOCUS name, whatever its case and underscores in the file; a column FOCUS does not know keeps its own."""
    told = name.strip()
    return _FOLDED.get(told.casefold().replace("_", "").replace(" ", ""), told)
