"""OpenRouter: what it billed and what was used, by day, model and key, and the keys. It remembers 30 completed UTC days.

Rows name no key, so every key is asked for, and the whole as well: what no key explains (keys deleted since) is kept
without one. Money at the upstream provider (own keys) is billed there and is no charge here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Identity, Rejected, Usage
from payback.sources.amounts import count, instant, money
from payback.sources.source import DAY, Every, Page, Setting, Snapshot, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context

VENDOR = "openrouter"
REMEMBERED = timedelta(days=30)
LINE = ("date", "model", "model_permaslug", "endpoint_id", "provider_name")
AMOUNTS = ("usage", "byok_usage_inference")
COUNTS = ("requests", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens")
NEEDS = "a management key (an owner makes it under Settings, Management keys)"


def _keys(ask: Ask) -> Iterator[Page]:
    """Every key, by offset, until a page brings none that is new."""
    seen: set[str] = set()
    while True:
        body = ask.http.get("keys", [("offset", str(len(seen))), ("include_disabled", "true")]).body
        listed = _listed(body, ask)
        found = {str(row["hash"]) for row in listed if isinstance(row, dict) and row.get("hash")}
        if seen and not found - seen:
            return
        yield Page(listed, f"keys from {len(seen)}")
        if not found - seen:
            return
        seen |= found


def _activity(ask: Ask) -> Iterator[Page]:
    """The days of a slice in one page: the whole, and what each key did."""
    keys = dict.fromkeys(
        str(row["hash"])
        for page in _keys(ask)
        for row in page.body
        if isinstance(row, dict) and row.get("hash")
    )
    whole = _listed(ask.http.get("activity").body, ask)
    by_key = {key: _listed(ask.http.get("activity", [("api_key_hash", key)]).body, ask) for key in keys}
    about = {"account": str(ask.told["account"])} if ask.told.get("account") else {}
    yield Page({"whole": whole, "by_key": by_key}, "activity", about)


def _listed(body: Any, ask: Ask) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise SourceError(f"{ask.connection}: the vendor did not answer with a list")
    found: list[Any] = body["data"]
    return found


def _entries(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use and money of each key and line, and of the rest that no key explains."""
    told: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for key, rows in page.body["by_key"].items():
        for line, row in enumerate(rows, 1):
            figures = yield from _read(row, f"{page.what} of a key", line, context)
            if figures is not None:
                yield from _pair(row, figures, key, page, context)
                for name, figure in figures.items():
                    told[_line(row)][name] += figure
    for line, row in enumerate(page.body["whole"], 1):
        figures = yield from _read(row, page.what, line, context)
        if figures is not None:
            known = told[_line(row)]
            rest = {name: max(figure - known[name], Decimal()) for name, figure in figures.items()}
            yield from _pair(row, rest, None, page, context)


def _read(
    row: Any, what: str, line: int, context: Context
) -> Generator[Rejected, None, dict[str, Decimal] | None]:
    """The figures of a row, returned; None where it is refused."""
    try:
        return _figures(row)
    except ValueError as error:
        yield Rejected(context.source, str(error), what, line)
        return None


def _figures(row: Any) -> dict[str, Decimal]:
    """Amounts and counts of a row. ValueError where it is none."""
    if not isinstance(row, dict):
        raise ValueError("the row is no object")  # noqa: TRY004  bad data is told as one kind of error
    instant(row.get("date"))
    amounts = {name: money(row.get(name)) or Decimal() for name in AMOUNTS}
    figures = {**amounts, **{name: Decimal(count(row.get(name))) for name in COUNTS}}
    if figures["cached_tokens"] > figures["prompt_tokens"]:
        raise ValueError("more cached tokens than prompt tokens")
    return figures


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in LINE)


def _pair(
    row: dict[str, Any], figures: dict[str, Decimal], key: str | None, page: Page, context: Context
) -> Iterator[Entry]:
    """The charge of a line, where it was billed here, and its use."""
    identity = digest(context.source, key, *_line(row))
    start = instant(row["date"])
    same: dict[str, Any] = {
        "vendor": VENDOR,
        "source": context.source,
        "account": page.about.get("account"),
        "api_key": key,
        "model": str(row.get("model") or row.get("model_permaslug") or "") or None,
    }
    if figures["usage"]:
        yield Charge(
            charge_id=identity,
            charge_period_start=start,
            charge_period_end=start + DAY,
            precedence="billing_api",
            service="OpenRouter",
            billed_cost=figures["usage"],
            effective_cost=figures["usage"],
            details={"x_provider_name": str(row["provider_name"])} if row.get("provider_name") else {},
            **same,
        )
    if any(figures[name] for name in COUNTS):
        yield from _uses(identity, start, figures, same)


def _uses(identity: str, start: Any, figures: dict[str, Decimal], same: dict[str, Any]) -> Iterator[Usage]:
    """The use that was billed here and the use on own keys; a line that holds both is split by their money."""
    billed, upstream = (figures[name] for name in AMOUNTS)
    counts = {name: int(figures[name]) for name in COUNTS}
    if not upstream:
        yield _usage(identity, start, counts, {**same, "payment": "metered"})
        return
    own = {name: int(number * upstream / (billed + upstream)) for name, number in counts.items()}
    told = {**same, "quality": "estimated" if billed else "exact"}
    elsewhere = digest(identity, "own key") if billed else identity
    yield _usage(elsewhere, start, own, {**told, "payment": "own_key", "reported_usd": upstream})
    rest = {name: number - own[name] for name, number in counts.items()}
    if billed and any(rest.values()):
        yield _usage(identity, start, rest, {**told, "payment": "metered"})


def _usage(identity: str, start: Any, counts: dict[str, int], same: dict[str, Any]) -> Usage:
    cached, prompt = counts["cached_tokens"], counts["prompt_tokens"]
    return Usage(
        usage_id=identity,
        occurred_at=start,
        bucket_seconds=86_400,
        tool="openrouter",
        precedence="usage_api",
        input_tokens=max(prompt - cached, 0),
        cache_read_tokens=min(cached, prompt),
        output_tokens=counts["completion_tokens"],
        reasoning_tokens=min(counts["reasoning_tokens"], counts["completion_tokens"]),
        requests=counts["requests"],
        **same,
    )


def _identities(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """An identity per key."""
    for line, row in enumerate(page.body, 1):
        if not isinstance(row, dict) or not row.get("hash"):
            yield Rejected(context.source, "the key has no hash", page.what, line)
        else:
            yield _key(row, context)


def _key(row: dict[str, Any], context: Context) -> Identity:
    name = row.get("name") or row.get("label")
    return Identity(
        system=VENDOR,
        identity=str(row["hash"]),
        source=context.source,
        kind="key",
        name=str(name) if name else None,
        account=str(context.told["account"]) if context.told.get("account") else None,
    )


def _streams() -> Iterable[Stream]:
    plan = Every(most=REMEMBERED, history=REMEMBERED, until_today=True)
    pages = ("Spend", "Reconciliation", "Unattributed")
    yield Stream("activity", "Costs and use", ("charges", "usage"), NEEDS, pages, plan, _activity, _entries)
    yield Stream("keys", "Keys", ("identities",), NEEDS, ("Owners",), Snapshot(), _keys, _identities)


SOURCE = Source(
    kind="openrouter",
    title="OpenRouter",
    vendor=VENDOR,
    base="https://openrouter.ai/api/v1",
    settings=(
        Setting(
            "key", "A management key; keys for inference may not read activity", secret=True, required=True
        ),
        Setting("account", "A name for the organisation, which the reports do not tell"),
    ),
    streams=tuple(_streams()),
    headers=lambda secrets, _told: {"authorization": f"Bearer {secrets['key']}"},
    note="OpenRouter remembers 30 completed days: connect it early and sync at least weekly.",
)
