"""Azure Monitor's token metrics of AI resources, by hour and deployment: use without money and without a caller.

Two families of metrics tell of the same traffic. Of a resource and stretch one family is read: Models where it has data,
else the older one of Azure OpenAI; never both. The older one does not say which tokens came from a cache.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.errors import SettingsError
from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.amounts import count, instant
from payback.sources.cloud.naming import known_as
from payback.sources.http import RefusedError
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.sources.source import Ask, Context, Plan, Slice

VERSION = "2024-02-01"
HOUR = 3600
FILTER = "ModelDeploymentName eq '*' and ModelName eq '*'"


class Family(NamedTuple):
    """One family of metrics: its name, and the metric of each count."""

    name: str
    counts: Mapping[str, str]
    quality: str


MODELS = Family(
    "Models",
    {
        "InputTokens": "input",
        "OutputTokens": "output",
        "TotalTokens": "total",
        "cacheReadInputTokens": "read",
        "ephemeral5mInputTokens": "write_5m",
        "ephemeral1hInputTokens": "write_1h",
        "ModelRequests": "requests",
    },
    "exact",
)
OLDER = Family(
    "Azure OpenAI",
    {
        "ProcessedPromptTokens": "input",
        "GeneratedTokens": "output",
        "TokenTransaction": "total",
        "AzureOpenAIRequests": "requests",
    },
    "estimated",
)
FAMILIES = {family.name: family for family in (MODELS, OLDER)}


def resources(told: Mapping[str, Any]) -> tuple[str, ...]:
    """The resource ids that the setting names. SettingsError for one that is none."""
    named = told.get("resources", ())
    found = tuple(str(one) for one in ([named] if isinstance(named, str) else named))
    for one in found:
        if not one.casefold().startswith("/subscriptions/") or "/accounts/" not in one.casefold():
            raise SettingsError(
                f"resources holds {one!r}; a resource id is "
                "/subscriptions/…/resourceGroups/…/providers/Microsoft.CognitiveServices/accounts/NAME"
            )
    return found


def fetch(ask: Ask) -> Iterator[Page]:
    """For each resource the one family that has data in the stretch."""
    for resource in resources(ask.told):
        body = _asked(ask, resource, MODELS)
        family = MODELS
        if not _has_data(body):
            body, family = _asked(ask, resource, OLDER), OLDER
        if _has_data(body):
            yield Page(
                body, f"{family.name} metrics of {resource}", {"resource": resource, "family": family.name}
            )


def _asked(ask: Ask, resource: str, family: Family) -> Any:
    """The family's reply; nothing where the resource does not know its metrics (an older kind refuses the newer)."""
    params = {
        "api-version": VERSION,
        "metricnames": ",".join(family.counts),
        "timespan": f"{ask.part.since:%Y-%m-%dT%H:%M:%SZ}/{ask.part.until:%Y-%m-%dT%H:%M:%SZ}",
        "interval": "PT1H",
        "aggregation": "Total",
        "$filter": FILTER,
    }
    try:
        return ask.http.get(f"{resource}/providers/microsoft.insights/metrics", params).body
    except RefusedError as error:
        if family is MODELS and error.status == 400:
            return {}
        raise


def _has_data(body: Any) -> bool:
    return any(
        point.get("total")
        for metric in (body or {}).get("value", ())
        for series in metric.get("timeseries", ())
        for point in series.get("data", ())
    )


def parse(page: Page, context: Context) -> Iterator[Usage | Rejected]:
    """One usage a deployment, model and hour."""
    family, resource = FAMILIES[page.about["family"]], page.about["resource"]
    buckets: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for metric in page.body.get("value", ()):
        name = family.counts.get(str((metric.get("name") or {}).get("value")))
        for series in metric.get("timeseries", ()) if name else ():
            place = _place(series)
            for point in series.get("data", ()):
                try:
                    told = count(point.get("total"))
                except ValueError as error:
                    yield Rejected(
                        context.source, f"{metric['name']['value']} of {place[0]}: {error}", page.what
                    )
                    continue
                if told:
                    held = buckets[(*place, str(point.get("timeStamp")))]
                    held[str(name)] = held.get(str(name), 0) + told
    for key, counts in sorted(buckets.items()):
        try:
            yield _usage(key, counts, (resource, family), context)
        except ValueError as error:
            yield Rejected(context.source, f"{key[0]}: {error}", page.what)


def _place(series: Mapping[str, Any]) -> tuple[str, str, str]:
    """Deployment, model and region of a series; dimension names come in any case."""
    told = {
        str(one["name"]["value"]).casefold(): str(one.get("value") or "")
        for one in series.get("metadatavalues", ())
    }
    return told.get("modeldeploymentname", ""), told.get("modelname", ""), told.get("region", "")


def _usage(
    key: tuple[str, str, str, str], counts: Mapping[str, int], where: tuple[str, Family], context: Context
) -> Usage:
    deployment, model, region, stamp = key
    resource, family = where
    account = resource.rpartition("/")[2]
    read, short, long = (counts.get(name, 0) for name in ("read", "write_5m", "write_1h"))
    sent, output, total = counts.get("input", 0), counts.get("output", 0), counts.get("total")
    if total is not None and total == sent + output:
        sent -= read + short + long  # the vendor's total shows that its input holds the cached tokens
    if sent < 0:
        raise ValueError(f"the cached tokens of {stamp} are more than the input that holds them")
    return Usage(
        usage_id=digest("azure", resource.casefold(), deployment, model, region, stamp),
        occurred_at=_hour(stamp),
        vendor="azure",
        tool="azure_openai",
        source=context.source,
        model=known_as(deployment, context.told) or known_as(model, context.told) or model or None,
        account=context.told.get("account"),
        project="/".join(resource.split("/")[:3]),
        api_key=f"{account}/{deployment}" if deployment else account,
        payment="metered",
        precedence="usage_api",
        bucket_seconds=HOUR,
        input_tokens=sent,
        cache_read_tokens=read,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        output_tokens=output,
        requests=counts.get("requests", 0),
        region=region or None,
        reported_tokens=total,
        quality="exact" if family is MODELS else "estimated",
    )


def _hour(stamp: str) -> datetime:
    return instant(stamp).replace(minute=0, second=0, microsecond=0)


def plan_of(every: Any) -> Any:
    """The windows of a plan, where resources are named at all."""

    def plan(plan: Plan) -> Iterator[Slice]:
        if resources(plan.told):
            yield from every(plan)

    return plan
