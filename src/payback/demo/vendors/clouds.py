"""Three clouds that tell their money in files only: Amazon's CUR 2.0, Azure's FocusCost in euros, Google's billing export.

Each file is a month, rewritten until the month is closed. Lines name a team by tag, now and then a person; taxes, and what nobody tagged, name nobody.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import orjson

from payback.demo.prices import FLASH, SONNET
from payback.demo.truth import plain
from payback.demo.use import Place
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.demo.people import Company, Person
    from payback.demo.span import Span

Row = dict[str, Any]
AWS_AFTER, AZURE_AFTER, GOOGLE_AFTER = 0.2, 0.35, 0.5
PAYER, SUBSCRIPTION, BILLING_ACCOUNT = (
    "111122223333",
    "/subscriptions/0f00",
    "/providers/Microsoft.Billing/9001",
)
SEARCH_FLOW, SPEECH_FLOW = "doc-search", "voice-notes"
UNTAGGED = (60, 360)  # thousands of output tokens a day
TAX_PERCENT, CREDIT = 20, -25 * 10**9
ARN = f"arn:aws:bedrock:eu-west-1:{PAYER}:application-inference-profile/ab12"
AZURE_RESOURCE = (
    f"{SUBSCRIPTION}/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/lumen-speech"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a cloud's bill: an amount in billionths, what it costs at list, and where it says it belongs. `kind` is
    the vendor's own word, `what` the token kind. `holder` is whom it names.
    """

    day: date
    kind: str
    what: str
    amount: int
    listed: int
    quantity: int
    place: Place
    until: date | None = None
    holder: Person | None = None


def _days(span: Span, after: float) -> Iterator[date]:
    day = span.month_after(after)
    while day < span.today:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def aws_items(span: Span, company: Company) -> list[Item]:
    """Bedrock: a tagged workflow, now and then a person of Data with no tag, experiments that nobody tagged; a tax and a credit for closed months."""
    found = []
    somebody = next((one for one in company.people if one.memberships[0].team == "data"), company.people[0])
    for day in _days(span, AWS_AFTER):
        chance = span.chance("aws", day)
        for what, rate, bounds in (("input", 3300, (80, 900)), ("output", 16500, (8, 90))):
            thousands = chance.randint(*bounds)
            nano = thousands * rate * 1000
            place = Place("search", "bedrock", SEARCH_FLOW, "production")
            found.append(Item(day, "Usage", what, nano, nano, thousands, place))
        if chance.random() < 0.2:
            nano = 16_500_000 * chance.randint(1, 20)
            place = Place(somebody.team_on(day), "bedrock")
            item = Item(day, "Usage", "output", nano, nano, nano // 16_500_000, place, holder=somebody)
            found.append(item)
        found.append(_untagged(span, day))
    return found + _taxes(span, found)


def _untagged(span: Span, day: date) -> Item:
    """A notebook's calls through a shared role: no tag, nobody's name."""
    thousands = span.chance("aws", "untagged", day).randint(*UNTAGGED)
    nano = thousands * 16_500_000
    return Item(day, "Usage", "output", nano, nano, thousands, Place(None, "bedrock"))


def _taxes(span: Span, items: list[Item]) -> list[Item]:
    found = []
    nobody = Place(None, "bedrock")
    for month in span.closed_months:
        until = add_months(month, 1)
        total = sum(item.amount for item in items if month <= item.day < until)
        if total:
            tax = total * TAX_PERCENT // 100
            found.append(Item(month, "Tax", "tax", tax, 0, 1, nobody, until))
        if total and month.month % 4 == 0:
            found.append(Item(month, "Credit", "credit", CREDIT, 0, 1, nobody, until))
    return found


def azure_items(span: Span) -> list[Item]:
    """Azure OpenAI in euros: one resource of Mobile's."""
    found = []
    for day in _days(span, AZURE_AFTER):
        chance = span.chance("azure", day)
        place = Place("mobile", "azure_openai", SPEECH_FLOW, "production", "EUR")
        for what, rate, bounds in (("Inp", 360, (200, 2000)), ("Outp", 1440, (20, 300))):
            thousands = chance.randint(*bounds)
            nano = thousands * rate * 1000
            found.append(Item(day, "Usage", what, nano, nano, thousands, place))
    return found


def google_items(span: Span) -> list[Item]:
    """Vertex AI: labelled requests of Data's, and an agreed discount of a tenth as a credit of its own."""
    found = []
    for day in _days(span, GOOGLE_AFTER):
        chance = span.chance("google", day)
        place = Place("data", "vertex_ai")
        for what, rate, bounds in (("Input", 300, (300, 4000)), ("Output", 2500, (30, 400))):
            thousands = chance.randint(*bounds)
            nano = thousands * rate * 1000
            found.append(Item(day, "Usage", what, nano, nano, thousands, place))
            found.append(Item(day, "Credit", what, -nano // 10, 0, 0, place))
    return found


def months_of(items: list[Item]) -> dict[date, list[Item]]:
    """The lines by the month they are billed in."""
    found: dict[date, list[Item]] = {}
    for item in items:
        found.setdefault(item.day.replace(day=1), []).append(item)
    return dict(sorted(found.items()))


def aws_files(items: list[Item]) -> Iterator[tuple[str, bytes]]:
    """A gzipped CSV per billing period, as a path under the export and its bytes."""
    for month, held in months_of(items).items():
        text = as_csv([_cur(number, item) for number, item in enumerate(held)])
        path = f"bedrock/data/BILLING_PERIOD={month:%Y-%m}/bedrock-00001.csv.gz"
        yield path, gzip.compress(text, mtime=0)


def _cur(number: int, item: Item) -> dict[str, str]:
    usage = item.kind == "Usage"
    month = item.day.replace(day=1)
    begin = f"{item.day}T09:00:00Z" if usage else f"{item.day}T00:00:00Z"
    end = f"{item.day}T10:00:00Z" if usage else f"{item.until}T00:00:00Z"
    tags = (
        {
            "user:team": item.place.team,
            "user:workflow": item.place.workflow,
            "user:environment": item.place.environment,
        }
        if item.place.workflow
        else {}
    )
    who = f"arn:aws:sts::{PAYER}:assumed-role/Developer/{item.holder.email}" if item.holder else ""
    return {
        "identity_line_item_id": f"{item.day:%Y%m%d}{number:05d}", "identity_time_interval": f"{begin}/{end}",
        "bill_billing_period_start_date": f"{month}T00:00:00Z",
        "bill_billing_period_end_date": f"{add_months(month, 1)}T00:00:00Z", "bill_payer_account_id": PAYER,
        "bill_billing_entity": "AWS", "line_item_usage_account_id": PAYER, "line_item_usage_start_date": begin,
        "line_item_usage_end_date": end, "line_item_product_code": "AmazonBedrock",
        "line_item_usage_type": f"EUW1-{SONNET}-{item.what}-tokens" if usage else "",
        "line_item_operation": "InvokeModelInference" if usage else "", "line_item_line_item_type": item.kind,
        "line_item_resource_id": ARN if item.place.workflow else "", "line_item_usage_amount": str(item.quantity),
        "pricing_unit": "1K tokens" if usage else "", "line_item_unblended_cost": plain(item.amount),
        "line_item_currency_code": "USD", "pricing_public_on_demand_cost": plain(item.listed) if usage else "",
        "line_item_iam_principal": who, "resource_tags": orjson.dumps(tags).decode() if tags else "",
    }  # fmt: skip


def azure_files(items: list[Item]) -> Iterator[tuple[str, bytes]]:
    """A run per month with its manifest."""
    for month, held in months_of(items).items():
        last = add_months(month, 1) - timedelta(days=1)
        folder = f"focus/{month:%Y%m%d}-{last:%Y%m%d}/{last:%Y%m%d}0600"
        text = as_csv([_focus(item) for item in held])
        manifest = {"blobs": [{"blobName": f"{folder}/part_0_0001.csv", "byteCount": len(text)}]}
        yield f"{folder}/part_0_0001.csv", text
        yield f"{folder}/manifest.json", orjson.dumps(manifest)


def _focus(item: Item) -> dict[str, str]:
    place = item.place
    tags = {"team": place.team, "workflow": place.workflow, "environment": place.environment}
    month = item.day.replace(day=1)
    return {
        "BilledCost": plain(item.amount), "BillingAccountId": BILLING_ACCOUNT, "BillingCurrency": "EUR",
        "BillingPeriodStart": f"{month}T00:00:00Z", "BillingPeriodEnd": f"{add_months(month, 1)}T00:00:00Z",
        "ChargeCategory": item.kind, "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": f"{item.day}T00:00:00Z", "ChargePeriodEnd": f"{item.day + timedelta(days=1)}T00:00:00Z",
        "ConsumedQuantity": str(item.quantity), "ConsumedUnit": "1K", "EffectiveCost": plain(item.amount),
        "ListCost": plain(item.listed), "PricingQuantity": str(item.quantity), "PricingUnit": "1K",
        "ProviderName": "Microsoft", "ResourceId": AZURE_RESOURCE, "ServiceCategory": "AI and Machine Learning",
        "ServiceName": "Azure OpenAI", "SubAccountId": SUBSCRIPTION, "Tags": orjson.dumps(tags).decode(),
        "x_SkuMeterCategory": "Foundry Models", "x_SkuMeterSubcategory": "Azure OpenAI",
        "x_SkuMeterName": f"gpt 4.1 mini {item.what} glbl Tokens",
    }  # fmt: skip


def google_files(items: list[Item]) -> Iterator[tuple[str, bytes]]:
    """JSON lines per month; a credit stands in the line of the use that it is for."""
    for month, held in months_of(items).items():
        given = {(item.day, item.what): item.amount for item in held if item.kind == "Credit"}
        lines = [
            orjson.dumps(_exported(item, given[item.day, item.what]), option=orjson.OPT_APPEND_NEWLINE)
            for item in held
            if item.kind == "Usage"
        ]
        yield f"billing-{month:%Y-%m}.jsonl", b"".join(lines)


def _exported(item: Item, credit: int) -> Row:
    name = " ".join(part.capitalize() if part.isalpha() else part for part in FLASH.split("-"))
    return {
        "billing_account_id": "BA-01-LUMEN", "service": {"id": "AF-1", "description": "Vertex AI"},
        "sku": {"id": f"SKU-{item.what}", "description": f"{name} Text {item.what}"},
        "usage_start_time": f"{item.day}T08:00:00Z", "usage_end_time": f"{item.day}T09:00:00Z",
        "project": {"id": "ai-prod", "labels": []}, "labels": [{"key": "team", "value": item.place.team}],
        "cost": item.amount / 10**9, "cost_at_list": item.listed / 10**9, "currency": "USD",
        "credits": [{"type": "DISCOUNT", "name": "Agreement", "amount": credit / 10**9}],
        "usage": {"amount": item.quantity * 1000, "unit": "count", "amount_in_pricing_units": item.quantity / 1000,
                  "pricing_unit": "1M count"},
        "invoice": {"month": f"{item.day:%Y%m}"}, "cost_type": "regular", "export_time": f"{item.day}T20:00:00Z",
    }  # fmt: skip


def as_csv(rows: list[dict[str, str]]) -> bytes:
    """Rows that share their columns, with a heading."""
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
