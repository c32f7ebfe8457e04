"""How fast usage is priced, and how far from genai-prices: rows per second beside its own calls, and the whole sweep.

`python -m benchmarks.pricing` prints `name value unit` lines and writes `benchmarks/results/pricing.json`. The sweep
asks for every entry of the list, every tier it prices, an instant on either side of every date and time of day at
which a price changes, and prompts on either side of every threshold.
"""

from __future__ import annotations

import json
import math
import platform
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from genai_prices import Usage
from genai_prices.data import providers as their_providers

from payback.prices.book import Named
from payback.prices.card import WORDS, Card, Units, Unpriced
from payback.prices.listed import source
from payback.prices.listed.rates import ALWAYS, EPOCH, boundaries
from payback.prices.listed.search import Found
from payback.prices.schedule import Asked, Schedule, compiled
from payback.prices.shelf import public
from payback.prices.table import price
from payback.prices.tier import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genai_prices.types import ModelInfo as TheirModel
    from genai_prices.types import Provider as TheirProvider

    from payback.prices.listed.types import ModelInfo, Provider

RESULTS = Path(__file__).parent / "results" / "pricing.json"
SIZES = (250_000, 1_000_000, 4_000_000)
BAR = 5_000_000
ENDLESS = 10_000_000
MIX = (
    ("anthropic", "claude-opus-4-5-20251101"),
    ("anthropic", "claude-sonnet-4-5-20250929"),
    ("anthropic", "claude-haiku-4-5-20251001"),
    ("anthropic", "claude-opus-4-6"),
    ("aws", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("openai", "gpt-5.1-codex"),
    ("openai", "gpt-5-codex"),
    ("openai", "gpt-5.6-sol"),
    ("google", "gemini-2.5-pro"),
    (None, "a-model-nobody-lists"),
)


@dataclass(frozen=True)
class Case:
    """One request of the sweep and what genai-prices says it costs."""

    entry: str
    tier: Tier
    instant: datetime
    units: Units
    theirs: Decimal


@dataclass
class Sweep:
    """Cases that both price, the schedules that price them here, and why the rest is not compared."""

    cases: list[Case] = field(default_factory=list)
    schedules: dict[tuple[str, Tier], Schedule] = field(default_factory=dict)
    apart: Counter[str] = field(default_factory=Counter)
    entries: int = 0

    def schedule(self, _vendor: str | None, model: str, tier: Tier) -> Schedule:
        """Stands in for `shelf.Books`, so that the whole columns can be priced by entry instead of by name."""
        return self.schedules[model, tier]


def sweep(every: int = 1, offset: int = 0) -> Sweep:
    """The comparison over every `every`-th entry of the list, counted from `offset`."""
    found = Sweep()
    pairs = zip(source.providers(), their_providers, strict=True)
    entries = ((ours, theirs, at) for ours, theirs in pairs for at in range(len(theirs.models)))
    for index, (ours, theirs, at) in enumerate(entries):
        if index % every == offset:
            found.entries += 1
            _compare(found, ours, theirs, at)
    return found


def _compare(found: Sweep, ours: Provider, theirs: TheirProvider, at: int) -> None:
    mine, model = ours.models[at], theirs.models[at]
    entry = f"{theirs.id}/{model.id}/{at}"
    nothing = Named(frozenset(), frozenset())
    for context, tier in _tiers(found, model):
        asked = Asked(nothing, Found(ours, mine, is_own=True), tier, "", "list")
        schedule = found.schedules[entry, tier] = compiled(asked, (), negotiated=False)
        for instant in _instants(mine):
            card = schedule.at(instant)
            if isinstance(card, Unpriced):
                found.apart["a tier before the list prices it: unpriced here, standard there"] += 1
                continue
            for units in _usages(found, card):
                theirs_usd = model.calc_price(
                    usage_of(units), theirs, genai_request_timestamp=instant, price_context=context
                ).total_price
                found.cases.append(Case(entry, tier, instant, units, theirs_usd))


def _tiers(found: Sweep, model: TheirModel) -> Iterator[tuple[dict[str, str] | None, Tier]]:
    yield None, Tier()
    contexts = {tuple(sorted(each.when.items())): each.when for each in model.price_variants or ()}
    for when in contexts.values():
        ((key, word),) = when.items()
        if key in {"processing", "service_tier"}:
            yield dict(when), Tier(service_tier=word)
        elif key == "speed":
            yield dict(when), Tier(speed=word)
        else:
            found.apart[f"a condition that no row of usage carries: {key}"] += 1


def _instants(model: ModelInfo) -> Iterator[datetime]:
    """Either side of each start and each time of day, and a moment within."""
    starts, times = boundaries(model)
    days = [EPOCH + timedelta(microseconds=start) for start in sorted(starts) if start != ALWAYS]
    days = [
        datetime(2023, 1, 5, tzinfo=UTC),
        *days,
        datetime(2026, 11, 23, tzinfo=UTC),
        datetime(2027, 6, 1, tzinfo=UTC),
    ]
    for day in days:
        for time_of_day in (0, *sorted(times)):
            edge = day + timedelta(microseconds=time_of_day)
            yield from (edge - timedelta(microseconds=1), edge, edge + timedelta(minutes=7))


def _usages(found: Sweep, card: Card) -> Iterator[Units]:
    """Requests around each threshold, of the units that the list has a rate for."""
    edges = [12_345, *(edge + more for edge in card.thresholds for more in (0, 1))]
    for prompt in (*edges, ENDLESS):
        rates = card.bands[card.band(prompt)]
        read, write, long = prompt // 3, prompt // 7, prompt // 11
        units = Units(prompt - read - write - long, read, write, long, 4_321, 321, 2, 1)
        kept = Units(*(count if rate is not None else 0 for count, rate in zip(units, rates, strict=True)))
        if kept != units:
            for name, count, rate in zip(Units._fields, units, rates, strict=True):
                if count and rate is None:
                    found.apart[
                        f"no rate for {WORDS[name]}: unpriced here, nothing or the unspecific rate there"
                    ] += 1
            kept = kept._replace(input_tokens=kept.input_tokens and prompt - sum(kept[1:4]))
        yield kept._replace(reasoning_tokens=min(kept.reasoning_tokens, kept.output_tokens))


def usage_of(units: Units) -> Usage:
    """The same units as genai-prices counts them: input with all that the cache served and stored."""
    return Usage(
        input_tokens=units.prompt_tokens,
        cache_read_tokens=units.cache_read_tokens,
        cache_write_tokens=units.cache_write_5m_tokens + units.cache_write_1h_tokens,
        cache_write_5m_tokens=units.cache_write_5m_tokens,
        cache_write_1h_tokens=units.cache_write_1h_tokens,
        output_tokens=units.output_tokens,
        output_reasoning_tokens=units.reasoning_tokens,
        web_searches=units.web_searches,
    )


def differences(found: Sweep) -> tuple[Decimal, Decimal]:
    """The largest absolute difference of single requests, and of whole columns, in USD."""
    scalar = max(
        abs(found.schedule(None, case.entry, case.tier).at(case.instant).price(case.units) - case.theirs)
        for case in found.cases
    )
    table = pa.table(
        {
            "vendor": pa.nulls(len(found.cases), pa.string()),
            "model": [case.entry for case in found.cases],
            "service_tier": [case.tier.service_tier for case in found.cases],
            "speed": [case.tier.speed for case in found.cases],
            "region": pa.nulls(len(found.cases), pa.string()),
            "occurred_at": pa.array([case.instant for case in found.cases], pa.timestamp("us", tz="UTC")),
            "bucket_seconds": np.zeros(len(found.cases), np.int64),
            "quality": ["exact"] * len(found.cases),
            "context_window": pa.nulls(len(found.cases), pa.string()),
            **{name: [getattr(case.units, name) for case in found.cases] for name in Units._fields},
        }
    )
    amounts = price(_typed(table), found)["list_usd"].to_pylist()
    columns = max(abs(ours - case.theirs) for ours, case in zip(amounts, found.cases, strict=True))
    return scalar, columns


def _typed(table: pa.Table) -> pa.Table:
    """Text columns as text, where all values happen to be NULL."""
    for name in ("service_tier", "speed"):
        table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(pa.string()))
    return table


def invented(rows: int, seed: int = 7) -> pa.Table:
    """Rows of `usage` of ten models over a year, a tenth of them batch, some over every threshold."""
    random = np.random.default_rng(seed)
    chosen = random.integers(0, len(MIX), rows)
    instants = 1_764_547_200_000_000 + random.integers(0, 350 * 86_400_000_000, rows)
    tiers = pa.array(["standard"] * 9 + ["batch"])
    return pa.table(
        {
            "vendor": pa.array([vendor for vendor, _ in MIX]).take(pa.array(chosen)),
            "model": pa.array([model for _, model in MIX]).take(pa.array(chosen)),
            "service_tier": tiers.take(pa.array(random.integers(0, 10, rows))),
            "speed": pa.nulls(rows, pa.string()),
            "region": pa.nulls(rows, pa.string()),
            "occurred_at": pa.array(instants).cast(pa.timestamp("us", tz="UTC")),
            "bucket_seconds": np.zeros(rows, np.int64),
            "quality": pa.array(["exact"]).take(pa.array(np.zeros(rows, np.int64))),
            "context_window": pa.nulls(rows, pa.string()),
            "input_tokens": random.integers(0, 60_000, rows),
            "cache_read_tokens": random.integers(0, 230_000, rows),
            "cache_write_5m_tokens": random.integers(0, 9_000, rows),
            "cache_write_1h_tokens": np.zeros(rows, np.int64),
            "output_tokens": random.integers(1, 9_000, rows),
            "reasoning_tokens": random.integers(0, 2, rows),
            "web_searches": np.zeros(rows, np.int64),
            "requests": np.ones(rows, np.int64),
        }
    )


def _seconds(work: Callable[[], object], times: int = 5) -> tuple[float, float]:
    """The first run and the best of all."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return spent[0], min(spent)


def _their_rate(calls: int = 3_000) -> float:
    from genai_prices import calc_price

    usage = Usage(input_tokens=50_000, cache_read_tokens=40_000, output_tokens=900)
    instant = datetime(2026, 10, 5, tzinfo=UTC)

    def work() -> None:
        for _ in range(calls):
            calc_price(usage, "claude-sonnet-4-5", provider_id="anthropic", genai_request_timestamp=instant)

    return calls / _seconds(work, 3)[1]


def main() -> None:
    """Prints and writes every figure."""
    books = public()
    speed = {}
    for rows in SIZES:
        table = invented(rows)
        first, best = _seconds(lambda table=table: price(table, books))
        speed[rows] = {
            "first_s": first,
            "best_s": best,
            "rows_per_s": rows / best,
            "first_rows_per_s": rows / first,
        }
    small, large = SIZES[0], SIZES[-1]
    slope = math.log(speed[large]["best_s"] / speed[small]["best_s"]) / math.log(large / small)
    begun = time.perf_counter()
    found = sweep()
    scalar, columns = differences(found)
    figures = {
        "pricing_rows_per_second": speed[large]["rows_per_s"],
        "pricing_rows_per_second_first_run": speed[large]["first_rows_per_s"],
        "pricing_bar_rows_per_second": BAR,
        "pricing_slope": slope,
        "genai_prices_calls_per_second": _their_rate(),
        "sweep_entries": found.entries,
        "sweep_cases": len(found.cases),
        "sweep_max_difference_of_one_request_usd": scalar,
        "sweep_max_difference_of_columns_usd": columns,
        "sweep_seconds": time.perf_counter() - begun,
    }
    units = {"second": "rows/s", "usd": "USD", "slope": "log/log", "seconds": "s"}
    for name, value in figures.items():
        unit = next((each for word, each in units.items() if word in name.split("_")), "count")
        print(
            name,
            f"{value:.12f}" if isinstance(value, Decimal) else f"{value:,.2f}".rstrip("0").rstrip("."),
            unit,
        )
    for why, count in sorted(found.apart.items()):
        print(f"sweep_not_compared {count} cases ({why})")
    told = {
        **{name: float(value) for name, value in figures.items()},
        "by_size": {str(rows): each for rows, each in speed.items()},
        "not_compared": dict(found.apart),
        "genai_prices": source.version(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
