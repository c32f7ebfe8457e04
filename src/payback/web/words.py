"""How a value is said on a page: money with its currency, counts, shares, days, instants, spans.

Tiles round to three significant digits; tables and tooltips are exact. A value that is not known is a dash, never 0.
Knows nothing of where a value comes from.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from payback.period import Period

UNKNOWN = "–"
THIN = "\u202f"
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIGITS = Context(prec=3, rounding=ROUND_HALF_EVEN)
_STEPS = (
    (Decimal(10) ** 12, "T"),
    (Decimal(10) ** 9, "B"),
    (Decimal(10) ** 6, "M"),
    (Decimal(10) ** 3, "k"),
)


def exact(value: Any, kind: str, currency: str = "USD") -> str:
    """The value as a table says it: every digit that counts, thin spaces between thousands."""
    if value is None:
        return UNKNOWN
    if kind == "money":
        return money(value, currency)
    return _SAID[kind](value) if kind in _SAID else str(value)


def short(value: Any, kind: str, currency: str = "USD") -> str:
    """The value as a tile says it: three significant digits."""
    if value is None:
        return UNKNOWN
    match kind:
        case "money":
            sign = "−" if value < 0 else ""
            return f"{sign}{SIGNS.get(currency, currency + THIN)}{_three(abs(Decimal(value)), cents=True)}"
        case "count" | "tokens" | "number":
            return _three(Decimal(value))
        case "share":
            return f"{_three(Decimal(value) * 100)}{THIN}%"
        case _:
            return exact(value, kind, currency)


def money(amount: Decimal, currency: str = "USD") -> str:
    """An amount with its currency: two places, or as many as a small amount needs to be seen."""
    size = abs(amount)
    places = 2 if size >= 1 or not size else 4 if size >= Decimal("0.001") else 6
    sign = "−" if amount < 0 else ""
    return f"{sign}{SIGNS.get(currency, currency + THIN)}{grouped(_places(size, places))}"


def grouped(value: Any) -> str:
    """A number with thin spaces between its thousands."""
    return f"{value:,}".replace(",", THIN).replace("-", "−")


def signed(value: Decimal, kind: str, currency: str = "USD") -> str:
    """A difference with its sign, rounded as a tile rounds."""
    return ("+" if value > 0 else "") + short(value, kind, currency)


def points(share: Decimal) -> str:
    """A difference between two shares, in points with one place: +0.6 points."""
    moved = _places(share * 100, 1) + 0
    return f"{'+' if moved > 0 else ''}{grouped(moved)}{THIN}points"


def day(value: date) -> str:
    """23 Nov 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def days(period: Period) -> str:
    """A range as people say it, last day included: 1–23 Nov 2026."""
    first, last = period.since, _last(period)
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    if first.year == last.year:
        return f"{first.day} {MONTHS[first.month - 1]} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def instant(value: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the organisation's zone: 23 Nov 2026, 14:05."""
    if value is None:
        return UNKNOWN
    local = value.astimezone(zone)
    return f"{day(local.date())}, {local:%H:%M}"


def span(seconds: Decimal) -> str:
    """A duration in the unit a person would say; one of less than nothing with its sign."""
    size, sign = abs(Decimal(seconds)), "−" if seconds < 0 else ""
    if not size:
        return f"0{THIN}s"
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= length:
            return f"{sign}{_places(size / length, 1)}{THIN}{unit}"
    return f"{sign}{_places(size, 1 if size < 10 else 0)}{THIN}s"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 session, 2 sessions."""
    return f"{grouped(count)} {one if count == 1 else many or one + 's'}"


def title(name: str | None) -> str:
    """A name of the ledger as people read it: claude_code becomes Claude Code."""
    said = (name or "").replace("_", " ").capitalize()
    return NAMES.get(name or "", f"{said[:-4]} API" if said.endswith(" api") else said)


def tail(name: str | None) -> str:
    """The last part of a path-like name, as people call it: shop of git.example/acme/shop."""
    return (name or "").rpartition("/")[2]


NAMES = {
    "": "Unattributed",
    "claude_code": "Claude Code",
    "codex": "Codex",
    "gemini_cli": "Gemini CLI",
    "qwen_code": "Qwen Code",
    "copilot_cli": "Copilot CLI",
    "copilot": "Copilot",
    "opencode": "opencode",
    "cline": "Cline",
    "roo_code": "Roo Code",
    "kilo_code": "Kilo Code",
    "kimi": "Kimi",
    "pi": "Pi",
    "goose": "Goose",
    "droid": "Droid",
    "cursor": "Cursor",
    "amp": "Amp",
    "git": "Git",
    "answer": "Answer only",
    "ai_class": "AI class",
    "cost_center": "Cost centre",
    "pull_request": "Pull request",
    "agent_authored": "Agent authored",
    "agent_assisted": "Agent assisted",
    "none_detected": "None detected",
    "anthropic": "Anthropic",
    "openai": "OpenAI",
    "github": "GitHub",
    "google": "Google",
    "aws": "AWS",
    "azure": "Azure",
    "openrouter": "OpenRouter",
    "openai_api": "OpenAI API",
    "anthropic_api": "Anthropic API",
    "azure_openai": "Azure OpenAI",
    "litellm": "LiteLLM",
    "vertex_ai": "Vertex AI",
    "explained": "Billed, explained by use",
    "unexplained": "Billed, explained by nothing",
    "fixed": "Billed whatever the use",
    "invoiced": "Use that a bill covers",
    "not_invoiced": "Use that no bill covers",
    "seat": "Use that a seat covers",
    "own_key": "Use on keys of their own",
}


def _last(period: Period) -> date:
    return period.until.fromordinal(max(period.until.toordinal() - 1, period.since.toordinal()))


def _places(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _three(value: Decimal, *, cents: bool = False) -> str:
    """Three significant digits, with k, M, B, T from ten thousand up; `cents` keeps the zeros of an amount."""
    size = _DIGITS.create_decimal(abs(value))
    sign = "−" if value < 0 and size else ""
    for length, letter in _STEPS:
        if size >= length and size >= 10000:
            return f"{sign}{_written(size / length, cents=False)}{letter}"
    return sign + _written(size, cents=cents and 0 < size < 100)


def _written(size: Decimal, *, cents: bool) -> str:
    """A size of three digits without an exponent; zeros are kept where cents count."""
    places = max(0, 2 - size.adjusted()) if size else 0
    text = grouped(_places(size, places))
    return text.rstrip("0").rstrip(".") if "." in text and not cents else text


_SAID = {
    "count": grouped,
    "tokens": grouped,
    "share": lambda value: f"{grouped(_places(Decimal(value) * 100, 1))}{THIN}%",
    "hours": lambda value: span(Decimal(str(value)) * 3600),
    "seconds": lambda value: span(Decimal(str(value))),
    "number": lambda value: grouped(_places(Decimal(str(value)), 2)),
    "day": day,
}
