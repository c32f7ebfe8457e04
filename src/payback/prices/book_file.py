"""Reads a price book written as TOML, and refuses what cannot be a price: wrong keys, wrong units, overwritten blocks.

Rates are US dollars per million tokens, per search and per request, as text or number (never rounded through a
float). `docs/understand/prices.md` shows every kind of entry.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.prices.book import Addition, Alias, Block, Book, Discount, Factor, Reach, Retirement
from payback.prices.card import MILLION, TOKENS, Rates
from payback.prices.listed.rates import ALWAYS, micros

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEYS = {
    "input": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write_5m": "cache_write_5m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "web_search": "web_searches",
    "request": "requests",
}
REACH = frozenset({"vendor", "model", "from", "until"})
ALLOWED = {
    "price": REACH | set(KEYS) | {"service", "region", "negotiated", "unit", "over"},
    "factor": REACH | {"service", "region", "times", "units"},
    "addition": REACH | {"unit", "rate", "of", "times"},
    "discount": REACH | {"percent", "units"},
    "alias": {"vendor", "model", "is", "is_vendor"},
    "long_prompts_end": set(REACH),
}
TOO_SMALL, TOO_LARGE = Decimal("0.0005"), Decimal(10_000)
PER_TOKEN_AT_MOST = Decimal("0.01")


def books_in(folder: Path) -> tuple[Book, ...]:
    """The books of a folder, by file name; none when there is no such folder."""
    try:
        return tuple(
            read(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.toml"))
        )
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the price books in {folder} cannot be read: {error}") from error


def read(text: str, file: str) -> Book:
    """A book from its TOML text. Raises SettingsError that names the file, the entry and what it should say."""
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not TOML: {error}") from error
    known = {"book", "source", "currency", *ALLOWED}
    if wrong := sorted(set(told) - known):
        raise SettingsError(f"{file} says {wrong[0]!r}; a price book knows: {', '.join(sorted(known))}")
    if told.get("currency", "USD") != "USD":
        raise SettingsError(f"{file}: prices are in USD, not {told['currency']!r}")
    book = Book(
        name=_text(told, "book", file),
        source=_text(told, "source", file),
        blocks=tuple(_block(entry) for entry in _entries(told, "price", file)),
        factors=tuple(_factor(entry) for entry in _entries(told, "factor", file)),
        additions=tuple(_addition(entry) for entry in _entries(told, "addition", file)),
        discounts=tuple(_discount(entry) for entry in _entries(told, "discount", file)),
        aliases=tuple(_alias(entry) for entry in _entries(told, "alias", file)),
        retirements=tuple(Retirement(_reach(entry)) for entry in _entries(told, "long_prompts_end", file)),
    )
    _not_overwritten(book.blocks, file, "price")
    _not_overwritten(book.factors, file, "factor")
    return book


class _Entry(dict[str, Any]):
    """One entry, which knows where it stands for the sake of errors."""

    where: str = ""

    def refuse(self, why: str) -> SettingsError:
        return SettingsError(f"{self.where}: {why}")

    def number(self, key: str) -> Decimal | None:
        """An exact number from text or number, None when absent."""
        found = self.get(key)
        if found is None:
            return None
        try:
            value = Decimal(found) if isinstance(found, (str, int, Decimal)) and found is not True else None
        except InvalidOperation:
            value = None
        if value is None or not value.is_finite() or value < 0:
            raise self.refuse(f"{key} is a number such as 2.5, not {found!r}")
        return value

    def needed(self, key: str) -> Decimal:
        value = self.number(key)
        if value is None:
            raise self.refuse(f"{key} is missing")
        return value


def _entries(told: dict[str, Any], kind: str, file: str) -> Iterable[_Entry]:
    found = told.get(kind, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise SettingsError(f"{file}: write each {kind} as [[{kind}]]")
    for index, each in enumerate(found, 1):
        entry = _Entry(each)
        entry.where = f"{file}, {kind} {index}"
        if wrong := sorted(set(each) - ALLOWED[kind]):
            raise entry.refuse(f"{wrong[0]!r} is not known here; known: {', '.join(sorted(ALLOWED[kind]))}")
        yield entry


def _block(entry: _Entry) -> Block:
    bands = entry.get("over", [])
    if not isinstance(bands, list) or not all(isinstance(band, dict) for band in bands):
        raise entry.refuse("write each longer band as [[price.over]] with `tokens` and its rates")
    if not {"input", "output"} <= set(entry):
        raise entry.refuse("a price has at least `input` and `output`, USD per million tokens")
    thresholds: list[int] = []
    rates = [_rates(entry)]
    for band in bands:
        longer = _Entry(
            {**{key: entry[key] for key in ("web_search", "request", "unit") if key in entry}, **band}
        )
        longer.where = f"{entry.where}, longer band"
        if wrong := sorted(set(band) - set(KEYS) - {"tokens"}):
            raise longer.refuse(f"{wrong[0]!r} is not known here")
        tokens = band.get("tokens")
        if type(tokens) is not int or tokens <= (thresholds[-1] if thresholds else 0):
            raise longer.refuse(f"tokens is a whole number above the band before, not {tokens!r}")
        thresholds.append(tokens)
        rates.append(_rates(longer))
    return Block(
        _reach(entry),
        tuple(rates),
        tuple(thresholds),
        _word(entry, "service"),
        _word(entry, "region"),
        is_negotiated=entry.get("negotiated", False) is True,
    )


def _rates(entry: _Entry) -> Rates:
    """Rates per unit; a cache or search rate that is not given is unknown, not free."""
    per_token = entry.get("unit", "million") == "token"
    if entry.get("unit", "million") not in {"million", "token"}:
        raise entry.refuse("unit is million (USD per million tokens) or token")
    rates: dict[str, Decimal | None] = {}
    for key, unit in KEYS.items():
        value = entry.number(key)
        if value is not None and unit in TOKENS:
            value = _per_token(entry, key, value, per_token=per_token)
        rates[unit] = value
    output, reasoning = rates["output_tokens"], rates["reasoning_tokens"]
    rates["reasoning_tokens"] = (
        reasoning - output if reasoning is not None and output is not None else Decimal(0)
    )
    if rates["requests"] is None:
        rates["requests"] = Decimal(0)
    return Rates(**rates)


def _per_token(entry: _Entry, key: str, value: Decimal, *, per_token: bool) -> Decimal:
    if per_token:
        if value > PER_TOKEN_AT_MOST:
            raise entry.refuse(
                f'{key} = {value} per token is ${value.scaleb(6)} per million; drop unit = "token"?'
            )
        return value
    if 0 < value < TOO_SMALL:
        raise entry.refuse(
            f"{key} = {value} looks like a price per token; rates are per million tokens: "
            f'write {value.scaleb(6).normalize():f}, or say unit = "token"'
        )
    if value > TOO_LARGE:
        raise entry.refuse(f"{key} = {value} is more than ${TOO_LARGE} per million tokens")
    return value.scaleb(-MILLION)


def _factor(entry: _Entry) -> Factor:
    service, region = _word(entry, "service"), _word(entry, "region")
    if (service is None) == (region is None):
        raise entry.refuse("a factor is for one `service` (batch, priority, fast, ...) or one `region`")
    return Factor(_reach(entry), entry.needed("times"), service, region, _units(entry))


def _addition(entry: _Entry) -> Addition:
    unit = KEYS.get(str(entry.get("unit")))
    if unit is None:
        raise entry.refuse(f"unit is one of {', '.join(KEYS)}")
    rate, times = entry.number("rate"), entry.number("times")
    of = None if "of" not in entry else KEYS.get(str(entry["of"]))
    if (rate is None) == (times is None) or (times is None) != (of is None):
        raise entry.refuse("give `rate`, or `of` (another unit) with `times`")
    if rate is not None and unit in TOKENS:
        rate = _per_token(entry, "rate", rate, per_token=False)
    return Addition(_reach(entry), unit, rate, of, times)


def _discount(entry: _Entry) -> Discount:
    percent = entry.needed("percent")
    if percent > 100:
        raise entry.refuse(f"percent is what is taken off, 0 to 100, not {percent}")
    return Discount(_reach(entry), (100 - percent).scaleb(-2), percent, _units(entry))


def _alias(entry: _Entry) -> Alias:
    if not isinstance(entry.get("is"), str):
        raise entry.refuse("`is` names the model that it stands for")
    return Alias(_reach(entry), _word(entry, "is_vendor"), entry["is"])


def _reach(entry: _Entry) -> Reach:
    since, until = _instant(entry, "from"), _instant(entry, "until")
    if since is None and not entry.where.partition(", ")[2].startswith("alias"):
        raise entry.refuse("`from` is missing: a price has a first day or instant, such as 2026-11-01")
    if until is not None and since is not None and until <= since:
        raise entry.refuse("`until` comes after `from`")
    return Reach(
        ALWAYS if since is None else since, _patterns(entry, "vendor"), _patterns(entry, "model"), until
    )


def _instant(entry: _Entry, key: str) -> int | None:
    found = entry.get(key)
    if found is None:
        return None
    if isinstance(found, datetime):
        if found.tzinfo is None:
            raise entry.refuse(
                f"{key} = {found} does not say its zone; write a day (UTC) or add an offset such as Z"
            )
        return micros(found)
    if isinstance(found, date):
        return micros(datetime(found.year, found.month, found.day, tzinfo=UTC))
    raise entry.refuse(f"{key} is a day or an instant without quotes, such as 2026-11-01, not {found!r}")


def _patterns(entry: _Entry, key: str) -> tuple[str, ...]:
    found = entry.get(key, "*")
    given = found if isinstance(found, list) else [found]
    if not given or not all(isinstance(each, str) and each for each in given):
        raise entry.refuse(f"{key} is a name or pattern such as claude-*, or a list of them")
    return tuple(each.lower() for each in given)


def _units(entry: _Entry) -> frozenset[str]:
    """The units an entry is for; without `units`, all tokens."""
    found = entry.get("units")
    if found is None:
        return frozenset(TOKENS)
    if not isinstance(found, list) or not set(found) <= set(KEYS):
        raise entry.refuse(f"units is a list of {', '.join(KEYS)}")
    return frozenset(KEYS[each] for each in found) | (
        frozenset(["reasoning_tokens"]) if "output" in found else frozenset()
    )


def _word(entry: _Entry, key: str) -> str | None:
    found = entry.get(key)
    if found is not None and (not isinstance(found, str) or not found):
        raise entry.refuse(f"{key} is a word")
    return None if found is None else found.lower()


def _text(told: dict[str, Any], key: str, file: str) -> str:
    found = told.get(key)
    if not isinstance(found, str) or not found:
        raise SettingsError(f'{file} needs {key} = "…" at its top')
    return found


def _not_overwritten(entries: Iterable[Block | Factor], file: str, kind: str) -> None:
    seen: dict[object, int] = {}
    for index, entry in enumerate(entries, 1):
        reach = entry.reach
        key = (
            reach.vendor,
            reach.model,
            reach.since,
            entry.service,
            entry.region,
            isinstance(entry, Block) and entry.is_negotiated,
        )
        if key in seen:
            raise SettingsError(
                f"{file}, {kind} {index}: {kind} {seen[key]} says the same from the same instant; "
                "a change is a new entry with a later `from`"
            )
        seen[key] = index
