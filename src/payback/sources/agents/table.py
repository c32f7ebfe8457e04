"""What agents used, added up by tool, model, day, project, branch and session, with exact list prices.

Whole numbers only, so adding and taking away again leaves nothing behind. Knows tariffs, not where prices come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.rows import DAY_MS
from payback.sources.agents.tariff import Tariff, amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from payback.sources.agents.copies import Class, Copy, Place
    from payback.sources.agents.rows import Rows
    from payback.sources.agents.tariff import PriceFor

FOLDED = frozenset({"codex"})
DIMENSIONS = ("tool", "model", "day", "project", "branch", "session")
CUTS = len(DIMENSIONS)
SUMS = (
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "errors",
    "retries",
)
# After the sums: the amount in 10^-24 US dollars, tokens that it covers not, and tokens that it covers.
AMOUNT, UNPRICED, PRICED = len(SUMS), len(SUMS) + 1, len(SUMS) + 2
EMPTY = [0] * (len(SUMS) + 3)

Cut = tuple[str, str, int, str, str, str]
"""Tool, model, day (since 1970, in the zone asked for), project, branch, session."""


class Table:
    """Sums by cut. `tariffs` are the price schedules met so far."""

    __slots__ = ("_day_of", "_price_for", "sums", "tariffs")

    def __init__(self, price_for: PriceFor, day_of: Callable[[int], int]) -> None:
        self._price_for, self._day_of = price_for, day_of
        self.sums: dict[Cut, list[int]] = {}
        self.tariffs: dict[Class, Tariff] = {}

    def prepare(self) -> None:
        """Have prices at hand, where none have been asked for yet."""
        if not self.tariffs:
            self._price_for.prepare()

    def restore(self, sums: list[list[Any]], tariffs: list[list[Any]]) -> None:
        """Sums (cut and values in one list, the amount as text) and tariffs as they were kept."""
        for row in sums:
            self.sums[tuple(row[:CUTS])] = [int(value) for value in row[CUTS:]]
        for kind, tariff in tariffs:
            self.tariffs[tuple(kind)] = Tariff.restored(tariff)

    def kept_tariffs(self) -> list[list[Any]]:
        """The schedules met so far as plain values."""
        return [[kind, tariff.kept()] for kind, tariff in self.tariffs.items()]

    def add_log(self, rows: Rows) -> None:
        """All rows of one log: by its cells where their prices are regular, else one by one."""
        singly = set()
        for of, at, day, utc_day, band, *counts in rows.cells:
            kind = rows.classes[of]
            tariff = self._tariff(kind)
            requests, given, read, five, hour, out, reasoning, searches, errors, retries = counts
            units = (given, read, five, hour, out, reasoning, searches, requests)
            rates = tariff.rates_of_day(utc_day, band)
            worth = None if rates is None else amount(units, rates)
            if not tariff.is_regular or (worth is None and rates is not None):
                singly.add(of)
                continue
            self._add(kind, rows.places[at], day, (units, errors, retries, rates, worth), 1)
        if singly:
            every = rows.copies(range(len(rows.groups())))
            self.add((copy for _, _, copy in every if copy[0][-1] in {rows.classes[of] for of in singly}), 1)

    def add(self, copies: Iterable[Copy], sign: int) -> None:
        """Add copies (1) or take them away (-1), each at the price of its own instant and prompt length."""
        for (out, _, _, minus, given, read, five, hour, reasoning, searches, *outcome, kind), place in copies:
            units = (given, read, five, hour, out, reasoning, searches, outcome[0])
            rates = self._tariff(kind).rates(-minus, given + read + five + hour)
            worth = None if rates is None else amount(units, rates)
            self._add(kind, place, self._day_of(-minus), (units, outcome[1], outcome[2], rates, worth), sign)

    def _add(self, kind: Class, place: Place, day: int, what: tuple[Any, ...], sign: int) -> None:
        (given, read, five, hour, out, reasoning, _, requests), errors, retries, rates, worth = what
        tokens = given + read + five + hour + out
        if five and rates is not None and kind[0] in FOLDED and rates[2] == rates[0]:
            given, five = given + five, 0  # writes without a price of their own are plain input
        cut = (kind[0], kind[2], day, place[2], place[3], place[1])
        sums = self.sums.get(cut)
        if sums is None:
            sums = self.sums[cut] = EMPTY.copy()
        told = (requests, given, read, five, hour, out, reasoning, errors, retries)
        more = (worth or 0, tokens if worth is None else 0, 0 if worth is None else tokens)
        for place_, value in enumerate((*told, *more)):
            sums[place_] += sign * value
        if sign < 0 and not any(sums):
            del self.sums[cut]

    def _tariff(self, kind: Class) -> Tariff:
        tariff = self.tariffs.get(kind)
        if tariff is None:
            tariff = self.tariffs[kind] = Tariff.of(self._price_for.schedule(kind))
        return tariff


def day_text(day: int) -> str:
    """ISO date of a day counted from 1970."""
    from datetime import date

    return date.fromordinal(day + 719_163).isoformat()


def days_in(zone: Any) -> Callable[[int], int]:
    """What cuts milliseconds since 1970 into days of a zone, counted from 1970."""
    if str(zone) == "UTC":
        return _utc_day
    from datetime import UTC, datetime

    known: dict[int, int] = {}

    def day_of(time: int) -> int:
        quarter = time // 900_000
        offset = known.get(quarter)
        if offset is None:
            away = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone).utcoffset()
            offset = known[quarter] = round(away.total_seconds() * 1000) if away else 0
        return (time + offset) // DAY_MS

    return day_of


def _utc_day(time: int) -> int:
    return time // DAY_MS
