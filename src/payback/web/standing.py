"""How money stands against the bills, in words: whose word counts, what a share of it is, what months are meant."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.period import Period, add_months, month_start
from payback.web import words
from payback.web.blocks import Sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    Row = Mapping[str, Any]

WORDS = {
    "invoice": "invoice",
    "billing_api": "billing API",
    "cloud_export": "cloud export",
    "usage_api": "usage API",
    "gateway": "gateway",
    "telemetry": "telemetry",
    "local_log": "local log",
    "entered": "entered by hand",
}


def whole_months(period: Period) -> Period:
    """The calendar months that days lie in: bills are held against use a month at a time."""
    return Period(month_start(period.since), add_months(period.until - timedelta(days=1), 1))


def month_said(month: date) -> str:
    """Oct 2026, kept on one line."""
    return f"{words.MONTHS[month.month - 1]}\u00a0{month.year}"


def months_said(period: Period) -> str:
    """Sep – Oct 2026."""
    first, last = month_said(period.since), month_said(period.until - timedelta(days=1))
    return first if first == last else f"{first} – {last}"


def word_said(told: str | None) -> str | None:
    """Whose word counts, as people say it; None where there is no bill."""
    return ", ".join(WORDS.get(one, one) for one in told.split(", ")) if told else None


def set_aside_said(told: Mapping[str, Decimal], currency: str) -> str | None:
    """What lower sources said of the same money."""
    said = (f"{WORDS.get(word, word)} {words.money(amount, currency)}" for word, amount in told.items())
    return ", ".join(said) or None


def explained(rows: Iterable[Row], currency: str, when: str) -> Sentence:
    """What share of the money billed for use known use explains, in one currency."""
    told = [row for row in rows if row["currency"] == currency]
    known, unknown, bare = (_sum(told, name) for name in ("explained", "unexplained", "not_invoiced"))
    for_use = known + unknown
    if for_use <= 0:
        if not bare:
            return Sentence("", "No bill for use", f"in {currency} in {when}.")
        return Sentence(
            f"No bill for use in {currency} in {when} yet:",
            words.short(bare, "money", currency),
            "of use at list price is metered and not invoiced.",
        )
    whole = (
        f"of the {words.short(for_use, 'money', currency)} billed for use in {when} is explained by known use"
    )
    if not unknown:
        return Sentence("", "All", f"{whole}.")
    rest = f"{words.short(unknown, 'money', currency)} is explained by nothing payback knows of."
    return Sentence("", words.exact(known / for_use, "share"), f"{whole}; {rest}")


def _sum(rows: Iterable[Row], name: str) -> Decimal:
    return sum((row[name] for row in rows if row[name] is not None), Decimal(0))
