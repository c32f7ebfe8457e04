"""What one entry of the list says at an instant and for a tier, as rates per band.

Follows the package's own rules: the last block whose condition holds wins, the first stands in when none does; a
variant replaces single prices; a price by prompt length holds for the whole request once its threshold is passed.
Two deliberate differences: a unit without any price is unknown (the package counts it as nothing), and a one-hour
cache write is unknown where only an unspecific cache-write price is given.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.prices.card import MILLION, Rates

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.prices.listed.types import ConditionalPrice, ModelInfo, PriceVariant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000
ALWAYS = -(2**63)
VARIANT_KEYS = ("processing", "service_tier", "speed")


class Moment(NamedTuple):
    """An instant as whole microseconds since 1970 (UTC) and as microseconds since its midnight.

    Apart, because a block's first instant stands for all its days while the time of day moves on its own.
    """

    micros: int
    of_day: int


class Priced(NamedTuple):
    """Rates per band, and the first instant of the block they come from (ALWAYS when it has none)."""

    thresholds: tuple[int, ...]
    bands: tuple[Rates, ...]
    since: int


def boundaries(model: ModelInfo) -> tuple[set[int], set[int]]:
    """Instants (µs since 1970) and times of day (µs) at which any price of the entry may change."""
    starts: set[int] = set()
    times: set[int] = set()
    for each in (*_blocks(model), *(model.price_variants or ())):
        if (day := getattr(each.constraint, "start_date", None)) is not None:
            starts.add(_midnight(day))
        elif each.constraint is not None:
            times.update((_of_day(each.constraint.start_time), _of_day(each.constraint.end_time)))
    return starts, times


def tiers(model: ModelInfo) -> set[str]:
    """The tier words that the entry prices apart at some time."""
    return {
        value
        for each in model.price_variants or ()
        for key, value in each.when.items()
        if key in VARIANT_KEYS
    }


def standard(model: ModelInfo, moment: Moment) -> Priced | None:
    """The entry's standard rates at a moment; None when it holds no prices at all."""
    blocks = list(_blocks(model))
    if not blocks:
        return None
    block = next((each for each in reversed(blocks) if _holds(each.constraint, moment)), blocks[0])
    return _priced(_given(block.prices), _since(block))


def variant(model: ModelInfo, moment: Moment, word: str) -> Priced | None:
    """The entry's rates at a moment for a tier word such as `batch` or `fast`; None where it knows no such rates then."""
    matching = [
        each for each in model.price_variants or () if _is_for(each, word) and _holds(each.constraint, moment)
    ]
    base = standard(model, moment)
    if not matching or base is None:
        return None
    blocks = list(_blocks(model))
    block = next((each for each in reversed(blocks) if _holds(each.constraint, moment)), blocks[0])
    prices = dict(_given(block.prices))
    for each in reversed(matching):
        prices.update(_given(each.prices))
    return _priced(prices, max(base.since, *(_since(each) for each in matching)))


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970, UTC."""
    return (instant - EPOCH) // MICROSECOND


def _blocks(model: ModelInfo) -> Iterator[Any]:
    if isinstance(model.prices, list):
        yield from model.prices
    else:
        yield _Always(model.prices)


class _Always(NamedTuple):
    prices: Any
    constraint: Any = None


def _is_for(each: PriceVariant, word: str) -> bool:
    return len(each.when) == 1 and any(each.when.get(key) == word for key in VARIANT_KEYS)


def _given(prices: Any) -> dict[str, Any]:
    return {key: price for key, price in vars(prices).items() if price is not None}


def _since(each: ConditionalPrice | PriceVariant) -> int:
    day = getattr(each.constraint, "start_date", None)
    return ALWAYS if day is None else _midnight(day)


def _holds(constraint: Any, moment: Moment) -> bool:
    if constraint is None:
        return True
    if (day := getattr(constraint, "start_date", None)) is not None:
        return moment.micros >= _midnight(day)
    start, end = _of_day(constraint.start_time), _of_day(constraint.end_time)
    if end < start:
        return moment.of_day >= start or moment.of_day < end
    return start <= moment.of_day < end


def _midnight(day: Any) -> int:
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - EPOCH) // MICROSECOND


def _of_day(time: Any) -> int:
    away = time.utcoffset() or timedelta()
    since = timedelta(
        hours=time.hour, minutes=time.minute, seconds=time.second, microseconds=time.microsecond
    )
    return int((since - away) // MICROSECOND % DAY)


def _priced(prices: Mapping[str, Any], since: int) -> Priced:
    starts = sorted({tier.start for price in prices.values() for tier in getattr(price, "tiers", ())})
    return Priced(tuple(starts), tuple(_rates(prices, above) for above in (-1, *starts)), since)


def _rates(prices: Mapping[str, Any], above: int) -> Rates:
    """Rates of the band of prompts over `above` tokens."""
    uncached, read = _at(prices, "input_mtok", above), _at(prices, "cache_read_mtok", above)
    write, short, long = (_at(prices, f"cache_write{life}_mtok", above) for life in ("", "_5m", "_1h"))
    output, reasoning = _at(prices, "output_mtok", above), _at(prices, "output_reasoning_mtok", above)
    searches, requests = (
        _at(prices, "web_searches_kcount", above, 3),
        _at(prices, "requests_kcount", above, 3),
    )
    if long is None and write is None and short is None:
        long = uncached
    return Rates(
        input_tokens=uncached,
        cache_read_tokens=_first(read, uncached),
        cache_write_5m_tokens=_first(short, write, uncached),
        cache_write_1h_tokens=long,
        output_tokens=output,
        reasoning_tokens=reasoning - output if reasoning is not None and output is not None else Decimal(0),
        web_searches=searches,
        requests=_first(requests, Decimal(0)),
    )


def _at(prices: Mapping[str, Any], key: str, above: int, per: int = MILLION) -> Decimal | None:
    price = prices.get(key)
    if price is None:
        return None
    if (steps := getattr(price, "tiers", None)) is not None:
        price = next((step.price for step in reversed(steps) if step.start <= above), price.base)
    return Decimal(price).scaleb(-per)


def _first(*rates: Decimal | None) -> Decimal | None:
    return next((rate for rate in rates if rate is not None), None)
