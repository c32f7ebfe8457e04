"""The invented company's time: which months it lives through, when people work, and where chance comes from.

Everything invented follows from one `Span`. Reads no clock and no system randomness; knows nothing of people or tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from payback.errors import SettingsError
from payback.period import add_months, day_of, midnight, month_start

ZONE = ZoneInfo("Europe/Paris")
DAY_STARTS = time(8, 45)
DAY_ENDS = time(18, 30)
FEWEST_PEOPLE = 8
QUIET_SEED = 0


@dataclass(frozen=True, slots=True)
class Span:
    """What determines an invented company: the same four values give the same company, byte for byte.

    `months` counts the running month in. Facts end where `today` begins.
    """

    seed: int
    months: int
    people: int
    today: date

    def __post_init__(self) -> None:
        if self.people < FEWEST_PEOPLE or self.months < 1:
            raise SettingsError(
                f"the invented company needs at least {FEWEST_PEOPLE} people and 1 month,"
                f" not {self.people} people and {self.months} months; ask for more"
            )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing stands out: no team has a bottleneck."""
        return self.seed == QUIET_SEED

    @property
    def first(self) -> date:
        """The first day of the first month."""
        return add_months(self.today, 1 - self.months)

    @property
    def until(self) -> datetime:
        """The instant at which facts end (UTC), not included."""
        return midnight(self.today, ZONE)

    @property
    def month_starts(self) -> tuple[date, ...]:
        """The first day of each month, the running one last."""
        return tuple(add_months(self.first, index) for index in range(self.months))

    @property
    def closed_months(self) -> tuple[date, ...]:
        """The months that have ended, which are those a vendor has sent an invoice for."""
        return tuple(month for month in self.month_starts if month < month_start(self.today))

    def month_after(self, share: float) -> date:
        """The first day of the month that lies this share of the span after its beginning."""
        return add_months(self.first, round(share * self.months))

    def chance(self, *about: object) -> Random:
        """A source of chance for one subject; other subjects do not disturb it."""
        words = (self.seed, self.months, self.people, self.today, *about)
        return Random("/".join(str(word) for word in words))  # noqa: S311  invented records, no secret


def day_in(instant: datetime) -> date:
    """The day of an instant at the company."""
    return day_of(instant, ZONE)


def month_in(instant: datetime) -> str:
    """The month of an instant at the company, as 2026-03."""
    return f"{day_in(instant):%Y-%m}"


def at_work(instant: datetime, chance: Random) -> datetime:
    """The same instant if people work then, else a moment in the first hour of the next working day. UTC."""
    local = instant.astimezone(ZONE)
    day, clock = local.date(), local.time()
    if day.weekday() < 5 and DAY_STARTS <= clock <= DAY_ENDS:
        return instant
    if clock > DAY_ENDS:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    start = datetime.combine(day, DAY_STARTS, ZONE).astimezone(UTC)
    return start + timedelta(seconds=chance.randrange(3600))


def moment_on(day: date, chance: Random) -> datetime:
    """A moment of a working day or, where the day is free, of the next one. UTC."""
    start = datetime.combine(day, DAY_STARTS, ZONE).astimezone(UTC)
    return at_work(start + timedelta(seconds=chance.randrange(8 * 3600)), chance)


def closes_a_month(day: date) -> bool:
    """Whether a month of UTC ends within the night after it in Paris."""
    return (day + timedelta(days=1)).day == 1
