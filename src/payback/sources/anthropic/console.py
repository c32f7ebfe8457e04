"""The Console's Usage and Cost reports: buckets of a day with results in them. Amounts are decimal text in cents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Usage
from payback.sources.amounts import cents, instant
from payback.sources.anthropic.reply import each, rfc3339, word
from payback.sources.anthropic.tokens import API, VENDOR, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.anthropic.reply import Params, Row
    from payback.sources.source import Context, Page, Slice

COST_CUTS = ("workspace_id", "description")
USAGE_CUTS = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "workspace_id",
)
LINE = (
    "workspace_id",
    "description",
    "cost_type",
    "token_type",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
)
DETAILS = ("cost_type", "token_type", "service_tier", "context_window", "inference_geo")


def asked(cuts: tuple[str, ...]) -> Callable[[Slice], Params]:
    """How a slice is asked for with these cuts: days, as many as one reply may hold."""

    def params(slice_: Slice) -> Params:
        return [
            ("starting_at", rfc3339(slice_.since)),
            ("ending_at", rfc3339(slice_.until)),
            ("bucket_width", "1d"),
            *(("group_by[]", cut) for cut in cuts),
            ("limit", "31"),
        ]

    return params


def costs(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """A charge per workspace and description of each day."""
    return _buckets(page, context, _charge)


def usages(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use per key, workspace, model, tier and band of prompt length of each day."""
    return _buckets(page, context, _usage)


def _buckets(
    page: Page, context: Context, read: Callable[[Row, Context, str | None], Entry]
) -> Iterator[Entry | Rejected]:
    """Each result of each bucket, told when it was; a result that does not read is refused alone."""
    body = page.body
    if isinstance(body, Mapping) and isinstance(body.get("data"), list):
        body = {"data": [row for bucket in body["data"] for row in _results(bucket)]}
    account = page.about.get("account")
    return each(replace(page, body=body), context, lambda row: [read(row, context, account)])


def _results(bucket: Any) -> Iterable[Any]:
    """The results of a bucket with its ends; a bucket that is none stands for itself, to be refused."""
    results = bucket.get("results") if isinstance(bucket, Mapping) else None
    if not isinstance(results, list):
        return ["a bucket without results"]
    ends = {name: bucket.get(name) for name in ("starting_at", "ending_at")}
    return [{**row, **ends} if isinstance(row, Mapping) else row for row in results]


def _charge(row: Row, context: Context, account: str | None) -> Charge:
    amount = cents(row.get("amount"))
    if amount is None:
        raise ValueError("the row has no amount")
    start, end = instant(row.get("starting_at")), instant(row.get("ending_at"))
    details = {f"x_{name}": str(row[name]) for name in DETAILS if word(row.get(name))}
    return Charge(
        charge_id=digest(context.source, start, *(row.get(name) for name in LINE)),
        vendor=VENDOR,
        charge_period_start=start,
        charge_period_end=end,
        source=context.source,
        precedence="billing_api",
        currency=str(row.get("currency") or "USD"),
        account=account,
        sub_account=word(row.get("workspace_id")),
        service="Claude API",
        sku=word(row.get("description")),
        model=word(row.get("model")),
        billed_cost=amount,
        effective_cost=amount,
        details=details,
    )


def _usage(row: Row, context: Context, account: str | None) -> Usage:
    start, end = instant(row.get("starting_at")), instant(row.get("ending_at"))
    tier = word(row.get("service_tier"))
    return Usage(
        usage_id=digest(context.source, start, *(row.get(name) for name in USAGE_CUTS)),
        occurred_at=start,
        bucket_seconds=int((end - start).total_seconds()),
        vendor=VENDOR,
        tool=API,
        source=context.source,
        precedence="usage_api",
        account=account,
        project=word(row.get("workspace_id")),
        api_key=word(row.get("api_key_id")),
        actor=word(row.get("account_id")) or word(row.get("service_account_id")),
        model=word(row.get("model")),
        payment=None if (tier or "").startswith("priority") else "metered",
        service_tier=tier,
        region=word(row.get("inference_geo")),
        context_window=word(row.get("context_window")),
        requests=0,
        **tokens(row),
    )
