"""Users and groups as identity providers pushed them, and which person or team each became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from payback.state.tables import ProvisionedRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.state.store import State


@dataclass(frozen=True, slots=True)
class Provisioned:
    """One user (`Users`) or group (`Groups`). `name` is unique within its kind, whatever its case; `subject` is the person
    or team it stands for.
    """

    id: str
    kind: str
    name: str
    subject: str
    resource: Mapping[str, Any]
    version: int
    created_at: datetime
    changed_at: datetime


def keep(state: State, one: Provisioned) -> None:
    """Write a user or group in place of what was kept under its id."""
    row = ProvisionedRow(
        id=one.id,
        kind=one.kind,
        name=one.name.casefold(),
        subject=one.subject,
        resource=dict(one.resource),
        version=one.version,
        created_at=one.created_at,
        changed_at=one.changed_at,
    )
    with state.writing() as session:
        session.merge(row)


def forget(state: State, id_: str) -> None:
    """Forget a user or group; the person or team stays."""
    with state.writing() as session:
        session.execute(delete(ProvisionedRow).where(ProvisionedRow.id == id_))


def provisioned(state: State, kind: str) -> tuple[Provisioned, ...]:
    """All users or all groups, in the order they came."""
    wanted = (
        select(ProvisionedRow)
        .where(ProvisionedRow.kind == kind)
        .order_by(ProvisionedRow.created_at, ProvisionedRow.id)
    )
    with state.reading() as session:
        return tuple(_told(row) for row in session.scalars(wanted))


def provisioned_as(state: State, kind: str, id_: str) -> Provisioned | None:
    """The user or group with an id; None when there is none."""
    with state.reading() as session:
        row = session.get(ProvisionedRow, id_)
        return _told(row) if row is not None and row.kind == kind else None


def provisioned_named(state: State, kind: str, name: str) -> Provisioned | None:
    """The user or group of a name, whatever its case; None when there is none."""
    wanted = select(ProvisionedRow).where(ProvisionedRow.kind == kind, ProvisionedRow.name == name.casefold())
    with state.reading() as session:
        row = session.scalar(wanted)
        return None if row is None else _told(row)


def _told(row: ProvisionedRow) -> Provisioned:
    return Provisioned(
        row.id, row.kind, row.name, row.subject, row.resource, row.version, row.created_at, row.changed_at
    )
