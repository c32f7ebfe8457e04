"""What a charge can have paid for: rows of use (or shares of a lower bill) of the same vendor and time that contradict
nothing the charge says of itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.covering import days, is_local_days, is_utc_days
from payback.ledger.use import ANY_TOOL, model_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from payback.ledger.placement import Place

    Row = dict[str, Any]


@dataclass(slots=True)
class Candidate:
    """Something paid for. `row` points at the use it is, -1 where it has a place of its `own`; `key` identifies it. Weights
    are list (or lower billed) money in billionths, else tokens.
    """

    row: int
    key: str
    vendor: str | None
    account: str | None
    project: str | None
    api_key: str | None
    model: str
    tool: str | None
    person: str | None
    team: str | None
    workflow: str | None
    day: date
    slot: datetime
    nano: int | None
    tokens: int
    own: Row | None = None
    basis: str = ""


class Wanted(NamedTuple):
    """What a charge says of itself, apart from its amounts. Charges with the same words are paid for by the same use."""

    vendor: str
    account: str | None
    project: str | None
    api_key: str | None
    model: str
    tool: str | None
    person: str | None
    team: str | None
    tagged_team: str | None
    tagged_workflow: str | None
    since: datetime
    until: datetime

    @classmethod
    def of(cls, charge: Row, place: Place) -> Wanted:
        """`place` is where rules and directory would put the charge by itself."""
        tags = dict(charge.get("tags") or {})
        of_part = charge["sub_account"] or charge.get("api_key")
        return cls(
            vendor=charge["vendor"],
            account=charge["account"],
            project=charge["sub_account"],
            api_key=charge.get("api_key"),
            model=model_key(charge["model"]),
            tool=None if charge["tool"] in ANY_TOOL else charge["tool"],
            person=place.person,
            team=place.team if of_part else None,
            tagged_team=tags.get("team"),
            tagged_workflow=tags.get("workflow"),
            since=charge["charge_period_start"],
            until=charge["charge_period_end"],
        )


ByModel = dict[str, list[Candidate]]


def _index() -> defaultdict[tuple[str | None, date], ByModel]:
    return defaultdict(lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Part:
    """The candidates of one vendor, account, model and time, whole and by project; many charges differ in it alone."""

    whole: list[Candidate]
    by_project: dict[str | None, list[Candidate]]

    @classmethod
    def of(cls, whole: list[Candidate]) -> Part:
        by_project: dict[str | None, list[Candidate]] = defaultdict(list)
        for one in whole:
            by_project[one.project or None].append(one)
        return cls(whole, dict(by_project))

    def agreeing(self, wanted: Wanted) -> list[Candidate]:
        """Those of the project that is wanted; else those that name none."""
        if wanted.project is None:
            return self.whole
        if same := self.by_project.get(wanted.project):
            return same
        return _silent(self.by_project.get(None, []), wanted)


@dataclass(slots=True)
class Pool:
    """All candidates, found by vendor, day and model."""

    zone: ZoneInfo
    by_day: dict[tuple[str | None, date], ByModel] = field(default_factory=_index)
    by_utc_day: dict[tuple[str | None, date], ByModel] = field(default_factory=_index)

    parts: dict[tuple[Any, ...], Part] = field(default_factory=dict)

    def add(self, candidates: Iterable[Candidate]) -> None:
        self.parts.clear()
        for one in candidates:
            self.by_day[one.vendor, one.day][one.model].append(one)
            self.by_utc_day[one.vendor, one.slot.date()][one.model].append(one)

    def __iter__(self) -> Iterator[Candidate]:
        return (one for models in self.by_day.values() for ones in models.values() for one in ones)

    def at_time(self, wanted: Wanted) -> list[Candidate]:
        """Those of the model and period wanted: whole days of the zone, whole days of UTC, else hour by hour."""
        period = {"charge_period_start": wanted.since, "charge_period_end": wanted.until}
        covered = days(period, self.zone)
        if is_local_days(period, self.zone):
            return _of_model(self.by_day, wanted, covered)
        if is_utc_days(period):
            return _of_model(self.by_utc_day, wanted, covered)
        first, last = wanted.since.date(), wanted.until.date()
        touched = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        near = _of_model(self.by_utc_day, wanted, touched)
        within = [one for one in near if wanted.since <= one.slot < wanted.until]
        return within or near

    def paid_for(self, wanted: Wanted) -> list[Candidate]:
        """The candidates of a charge, in the order of their keys. Of each thing the charge names, rows that say the same
        come before rows that do not say; rows that say otherwise are left out.
        """
        found = self._part(wanted).agreeing(wanted)
        for told, read in (
            (wanted.api_key, _api_key),
            (wanted.tool, _tool),
            (wanted.person, _person),
            (wanted.tagged_team, _team),
            (wanted.tagged_workflow, _workflow),
        ):
            if told is not None and found:
                found = _agreeing(found, told, read, wanted)
        return sorted(found, key=_key)

    def _part(self, wanted: Wanted) -> Part:
        key = (wanted.vendor, wanted.account, wanted.model, wanted.since, wanted.until)
        if (known := self.parts.get(key)) is None:
            found = self.at_time(wanted)
            if wanted.account is not None:
                found = [one for one in found if one.account in {None, wanted.account}]
            known = self.parts[key] = Part.of(found)
        return known


def _of_model(
    index: dict[tuple[str | None, date], ByModel], wanted: Wanted, covered: Iterable[date]
) -> list[Candidate]:
    """Those of the model a charge names, else those that name none; all where the charge names none."""
    models = [index[key] for day in covered if (key := (wanted.vendor, day)) in index]
    if not wanted.model:
        return [one for by_model in models for ones in by_model.values() for one in ones]
    same = [one for by_model in models for one in by_model.get(wanted.model, ())]
    return same or [one for by_model in models for one in by_model.get("", ())]


def _agreeing(
    found: list[Candidate], told: str, read: Callable[[Candidate], str | None], wanted: Wanted
) -> list[Candidate]:
    same = [one for one in found if read(one) == told]
    if same:
        return same
    if read in NAMED:
        return []
    silent = [one for one in found if not read(one)]
    return _silent(silent, wanted) if read is _api_key else silent


def _silent(silent: list[Candidate], wanted: Wanted) -> list[Candidate]:
    """Rows that name no project or key, of a charge that names one: where it belongs to a team, those of that team."""
    return silent if wanted.team is None else [one for one in silent if one.team == wanted.team]


def _api_key(one: Candidate) -> str | None:
    return one.api_key


def _tool(one: Candidate) -> str | None:
    return None if one.tool in ANY_TOOL else one.tool


def _person(one: Candidate) -> str | None:
    return one.person


def _team(one: Candidate) -> str | None:
    return one.team


def _workflow(one: Candidate) -> str | None:
    return one.workflow


NAMED = frozenset({_person})  # a row that does not say whose it was is not meant


def _key(one: Candidate) -> str:
    return one.key
