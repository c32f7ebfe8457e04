"""What was found and what people decided about it. A finding is kept as it was found last; decisions only grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from payback.state.tables import DecisionRow, FindingRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from payback.state.store import State


@dataclass(frozen=True, slots=True)
class Kept:
    """A finding as it was found last (`told`, plain values), since when, and the day it was no longer found, if it is gone.

    Found again after it was gone, it begins anew: `found_on` is the first day of the present spell.
    """

    id: str
    team: str | None
    told: Mapping[str, Any]
    found_on: date
    found_at: datetime
    gone_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a finding: by whom, what, and by what it is looked at later. `told` is the finding as it was then."""

    finding_id: str
    occurred_at: datetime
    actor: str
    act: str
    option: str | None = None
    owner: str | None = None
    reason: str | None = None
    until: date | None = None
    metric: str | None = None
    direction: str | None = None
    size: str | None = None
    due: date | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def keep_findings(state: State, kept: Iterable[Kept]) -> None:
    """Write findings in place of what was kept under their ids."""
    with state.writing() as session:
        for one in kept:
            session.merge(
                FindingRow(
                    id=one.id,
                    team=one.team,
                    told=dict(one.told),
                    found_on=one.found_on,
                    found_at=one.found_at,
                    gone_on=one.gone_on,
                )
            )


def kept_findings(state: State) -> tuple[Kept, ...]:
    """All findings that were ever made, by id."""
    with state.reading() as session:
        return tuple(
            Kept(row.id, row.team, row.told, row.found_on, row.found_at, row.gone_on)
            for row in session.scalars(select(FindingRow).order_by(FindingRow.id))
        )


def record_decision(state: State, one: Decided) -> None:
    """Write one decision. Nothing changes or removes it afterwards."""
    row = DecisionRow(
        **{name: getattr(one, name) for name in _COLUMNS if name != "told"}, told=dict(one.told)
    )
    with state.writing() as session:
        session.add(row)


def decisions(state: State) -> tuple[Decided, ...]:
    """All decisions, oldest first."""
    with state.reading() as session:
        return tuple(
            Decided(**{name: getattr(row, name) for name in _COLUMNS})
            for row in session.scalars(select(DecisionRow).order_by(DecisionRow.number))
        )


_COLUMNS = tuple(Decided.__dataclass_fields__)
