"""What a page is asked for, read from its URL and written back to it. The only reader of query parameters.

Whatever is wrong with a parameter is a SettingsError that says what may stand there. `since` and `through` are the
first and the last day meant, both included; a `Period` ends before its `until`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from payback.errors import SettingsError
from payback.period import Grain, Period, add_months, last_days, month_start, month_to_date, parse_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DIMENSIONS = ("tool", "model", "team", "repo", "environment", "workflow")
USUAL = DIMENSIONS[:-1]
BASES = {"list": "List price", "billed": "Billed", "amortised": "Amortised"}
RANGES = {
    "30d": "Last 30 days",
    "90d": "Last 90 days",
    "180d": "Last 180 days",
    "365d": "Last 365 days",
    "this_month": "This month",
    "last_month": "Last month",
    "all": "All days",
    "custom": "Other days",
}
CUTS = (
    "tool", "model", "team", "vendor", "account", "project", "api_key", "repo", "workflow", "environment", "owner",
    "cost_center", "agent", "source", "basis", "allocation", "reconciled",
)  # fmt: skip
DAYS = "30d"
LONGEST = 100
MOST_VALUES = 20
MOST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class Filters:
    """One view: days, comparison, cut, basis, currency and where. `to` is the team a rule would give to; `page` counts from 1."""

    preset: str
    period: Period
    previous: Period | None
    basis: str = "list"
    currency: str = "USD"
    grain: Grain = Grain.DAY
    by: str = "tool"
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = ""
    to: str = ""
    page: int = 1
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def last_day(self) -> date:
        """The last day meant."""
        return max(self.period.since, self.period.until - timedelta(days=1))

    def url(self, path: str = "", /, **changes: str | int | Sequence[str] | None) -> str:
        """This view at a path, with some parameters changed or (None) left out."""
        told: dict[str, Sequence[str]] = dict(self.asked)
        if not changes.keys() <= {"page"}:
            told.pop("page", None)
        for name, value in changes.items():
            told.pop(name, None)
            if value is not None:
                told[name] = [str(value)] if isinstance(value, (str, int)) else list(value)
        query = urlencode([(name, value) for name, values in told.items() for value in values])
        return f"{path}?{query}" if query else path or "?"

    def kept(self, path: str, dimensions: Sequence[str] = DIMENSIONS) -> str:
        """Another page with the same days, basis and those filters it knows, but its own cut, order and place."""
        unknown = [name for name in DIMENSIONS if name not in dimensions]
        return self.url(path, **dict.fromkeys(("by", "sort", "to", "page", "grain", *unknown)))

    def on(self, period: Period) -> Filters:
        """The same view on other days."""
        return replace(self, period=period)


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from, and what is meant where nothing is chosen. `span` is the days that hold data, None when there
    are none; `others` are the currencies besides the organisation's and USD; `days` is one of RANGES.
    """

    today: date
    span: Period | None
    currency: str
    others: Iterable[str] = ()
    days: str = DAYS


def parse_filters(asked: Mapping[str, Sequence[str]], offer: Offer) -> Filters:
    """The filters that query parameters mean. Raises SettingsError for a parameter that cannot be."""
    today, currency = offer.today, offer.currency
    told = {name: tuple(values) for name, values in asked.items() if name in KNOWN and any(values)}
    for name, values in told.items():
        if len(values) > MOST_VALUES or any(len(value) > LONGEST or "\x00" in value for value in values):
            raise SettingsError(f"{name} takes at most {MOST_VALUES} values of {LONGEST} characters")
    preset = _one(told, "range", "custom" if told.keys() & {"since", "through"} else offer.days, RANGES)
    period = _period(preset, told, today, offer.span)
    compare = _one(told, "compare", "previous", ("previous", "none"))
    return Filters(
        preset=preset,
        period=period,
        previous=_previous(preset, period) if compare == "previous" and preset != "all" else None,
        basis=_one(told, "basis", "list", BASES),
        currency=_one(told, "currency", currency, sorted({currency, "USD", *offer.others})),
        grain=Grain(_one(told, "grain", _natural_grain(period), [grain.value for grain in Grain])),
        by=_one(told, "by", "tool", CUTS),
        where={name: told[name] for name in DIMENSIONS if name in told},
        sort=_last(told, "sort", ""),
        to=_last(told, "to", ""),
        page=_page(told),
        asked=_kept(told, preset, offer),
    )


KNOWN = frozenset(
    {
        "range",
        "since",
        "through",
        "compare",
        "basis",
        "currency",
        "grain",
        "by",
        "sort",
        "to",
        "page",
        "format",
        *DIMENSIONS,
    }
)


def _kept(told: Mapping[str, tuple[str, ...]], preset: str, offer: Offer) -> dict[str, tuple[str, ...]]:
    """The parameters that say something: no defaults, and days only where they are meant."""
    silent = {
        ("range", offer.days),
        ("compare", "previous"),
        ("basis", "list"),
        ("currency", offer.currency),
        ("page", "1"),
    }
    unmeant = set() if preset == "custom" else {"since", "through"}
    return {
        name: values
        for name, values in told.items()
        if (name, values[-1]) not in silent and name not in unmeant
    }


def _last(told: Mapping[str, tuple[str, ...]], name: str, default: str) -> str:
    return told[name][-1] if name in told else default


def _one(
    told: Mapping[str, tuple[str, ...]], name: str, default: str, known: Sequence[str] | Mapping[str, str]
) -> str:
    found = _last(told, name, default)
    if found not in known:
        raise SettingsError(f"{name} cannot be {found!r}; it can be {', '.join(known)}")
    return found


def _page(told: Mapping[str, tuple[str, ...]]) -> int:
    found = _last(told, "page", "1")
    if not (found.isascii() and found.isdigit() and len(found) <= 6 and int(found)):
        raise SettingsError(f"page is a number from 1, not {found!r}")
    return int(found)


def _period(preset: str, told: Mapping[str, tuple[str, ...]], today: date, span: Period | None) -> Period:
    match preset:
        case "this_month":
            return month_to_date(today)
        case "last_month":
            return Period(add_months(today, -1), month_start(today))
        case "30d" | "90d" | "180d" | "365d":
            return last_days(today, int(preset[:-1]))
        case "all":
            return span or last_days(today, 30)
        case _:
            return _between(told, today)


def _between(told: Mapping[str, tuple[str, ...]], today: date) -> Period:
    try:
        last = parse_day(_last(told, "through", "today"), today)
        first = parse_day(_last(told, "since", str(last.replace(day=1))), today)
        period = Period(first, last + timedelta(days=1))
    except (OverflowError, ValueError) as error:
        raise SettingsError("those days are outside the calendar; write days such as 2026-11-23") from error
    if period.days > MOST_DAYS:
        raise SettingsError(f"a range of {period.days} days is too long; ask for at most ten years")
    return period


def _previous(preset: str, period: Period) -> Period | None:
    if period.since <= date.min + timedelta(days=period.days + 31):
        return None
    if preset == "last_month":
        return Period(add_months(period.since, -1), period.since)
    if preset == "this_month":
        first = add_months(period.since, -1)
        return Period(first, min(first + timedelta(days=period.days), period.since))
    return period.before()


def _natural_grain(period: Period) -> str:
    return "day" if period.days <= 62 else "week" if period.days <= 400 else "month"
