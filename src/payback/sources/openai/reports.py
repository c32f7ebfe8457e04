"""Costs and usage: UTC day buckets with results in them. Costs are dollars as JSON numbers; input tokens hold the cached ones.

Cuts that not every organisation may ask for are tried first and left out where the vendor answers 400.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Usage
from payback.sources.amounts import count, instant, money
from payback.sources.http import RefusedError
from payback.sources.openai.reply import VENDOR, each, mapping, pages, word
from payback.sources.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.openai.reply import Params
    from payback.sources.source import Ask, Context

TOOL = "openai_api"
BASIC = ("project_id", "user_id", "api_key_id", "model")
COST_CUTS = ("project_id", "line_item", "api_key_id")
REFUSED = 400


class Report(NamedTuple):
    """One report: where it is, its cuts from the finest to the surest, and how many days one reply may hold."""

    path: str
    cuts: tuple[tuple[str, ...], ...]
    most: str = "31"


COSTS = Report(
    "organization/costs",
    ((*COST_CUTS, "user_id", "api_source"), (*COST_CUTS, "user_id"), COST_CUTS),
    "180",
)
COMPLETIONS = Report(
    "organization/usage/completions",
    ((*BASIC, "batch", "service_tier", "api_source"), (*BASIC, "batch", "service_tier")),
)
EMBEDDINGS, MODERATIONS, SPEECHES, TRANSCRIPTIONS = (
    Report(f"organization/usage/{name}", (BASIC,))
    for name in ("embeddings", "moderations", "audio_speeches", "audio_transcriptions")
)
IMAGES = Report("organization/usage/images", ((*BASIC, "size", "source"),))
SEARCHES = Report(
    "organization/usage/web_search_calls",
    ((*BASIC, "context_level", "api_source"), (*BASIC, "context_level"), BASIC),
)


def fetch(report: Report, ask: Ask) -> Iterator[Page]:
    """The pages of a slice, cut as finely as the vendor lets this organisation ask."""
    about = {"account": str(ask.told["account"])} if ask.told.get("account") else {}
    for cuts in report.cuts:
        begun = False
        try:
            for number, body in enumerate(
                pages(ask.http, report.path, _asked(report, cuts, ask), "page", "next_page"), 1
            ):
                begun = True
                yield Page(body, f"{report.path} {ask.part.since:%Y-%m-%d}, page {number}", about)
        except RefusedError as error:
            if begun or error.status != REFUSED or cuts == report.cuts[-1]:
                raise
        else:
            return


def _asked(report: Report, cuts: tuple[str, ...], ask: Ask) -> Params:
    return [
        ("start_time", str(int(ask.part.since.timestamp()))),
        ("end_time", str(int(ask.part.until.timestamp()))),
        ("bucket_width", "1d"),
        *(("group_by[]", cut) for cut in cuts),
        ("limit", report.most),
    ]


def costs(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """A charge per day, line, project, key and user."""
    return each(_results(page), page, context, partial(_charge, page, context))


def usages(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use per day and cut."""
    return each(_results(page), page, context, partial(_usage, page, context))


def _results(page: Page) -> Any:
    """The results of every bucket, each with the ends of its bucket. Older replies call them `result`."""
    buckets = page.body.get("data")
    if not isinstance(buckets, list):
        return None
    found: list[Any] = []
    for bucket in buckets:
        results = (bucket.get("results") or bucket.get("result") or []) if isinstance(bucket, dict) else None
        if not isinstance(results, list):
            found.append("a bucket without results")
            continue
        ends = {name: bucket.get(name) for name in ("start_time", "end_time")}
        found += [{**row, **ends} if isinstance(row, dict) else row for row in results]
    return found


def _id(row: dict[str, Any], context: Context, *names: str) -> str:
    return digest(context.source, row.get("start_time"), *(row.get(name) for name in names))


def _charge(page: Page, context: Context, row: dict[str, Any]) -> Iterable[Entry]:
    told = mapping(row.get("amount"))
    amount = money(told.get("value"))
    if amount is None:
        raise ValueError("the row has no amount")
    line = word(row.get("line_item"))
    quantity = money(row.get("quantity"))
    yield Charge(
        charge_id=_id(row, context, *COST_CUTS, "user_id", "api_source"),
        vendor=VENDOR,
        charge_period_start=instant(row.get("start_time")),
        charge_period_end=instant(row.get("end_time")),
        source=context.source,
        precedence="billing_api",
        currency=str(told.get("currency") or "usd").upper(),
        account=page.about.get("account"),
        sub_account=word(row.get("project_id")),
        service="OpenAI API",
        sku=line,
        model=line.partition(",")[0].strip() if line and "," in line else None,
        billed_cost=amount,
        effective_cost=amount,
        quantity=None if quantity is None else float(quantity),
        unit=word(row.get("quantity_unit")),
        actor=word(row.get("user_id")),
        api_key=word(row.get("api_key_id")),
        details={"x_api_source": str(row["api_source"])} if word(row.get("api_source")) else {},
    )


def _usage(page: Page, context: Context, row: dict[str, Any]) -> Iterable[Entry]:
    start, end = instant(row.get("start_time")), instant(row.get("end_time"))
    searches = "web_search" in str(row.get("object"))
    is_batch = row.get("batch") is True
    yield Usage(
        usage_id=_id(
            row, context, *BASIC, "batch", "service_tier", "api_source", "size", "source", "context_level"
        ),
        occurred_at=start,
        bucket_seconds=int((end - start).total_seconds()),
        vendor=VENDOR,
        tool=TOOL,
        source=context.source,
        precedence="usage_api",
        account=page.about.get("account"),
        project=word(row.get("project_id")),
        api_key=word(row.get("api_key_id")),
        actor=word(row.get("user_id")),
        model=word(row.get("model")),
        payment="metered",
        service_tier="batch" if is_batch else word(row.get("service_tier")),
        web_searches=count(row.get("num_requests")) if searches else 0,
        requests=0 if searches else count(row.get("num_model_requests")),
        **_tokens(row),
    )


def _tokens(row: dict[str, Any]) -> dict[str, Any]:
    """Disjoint counts; of writes whose life is not told, all are the shorter. ValueError where they exceed the input."""
    read = count(row.get("input_cached_tokens"))
    long = count(row.get("input_cache_write_12h_tokens"))
    short = count(row.get("input_cache_write_30m_tokens"))
    written = max(count(row.get("input_cache_write_tokens")), long + short)
    fresh = count(row.get("input_tokens")) - read - written
    if fresh < 0:
        raise ValueError("more cached tokens than input tokens")
    return {
        "input_tokens": fresh,
        "cache_read_tokens": read,
        "cache_write_5m_tokens": written - long,
        "cache_write_1h_tokens": long,
        "output_tokens": count(row.get("output_tokens")),
    }
