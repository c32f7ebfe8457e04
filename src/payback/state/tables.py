"""The tables of the state, as SQLAlchemy sees them. What they become in a database is said by `migrations`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Date, DateTime, Index, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from sqlalchemy import Dialect


class Instant(TypeDecorator[datetime]):
    """An instant, kept in UTC whatever the database thinks of zones. A time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant has a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """Ground of all tables of the state."""


class ImportMappingRow(Row):
    __tablename__ = "import_mappings"

    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    target: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class SavedViewRow(Row):
    __tablename__ = "saved_views"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    path: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class SettingRow(Row):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Instant)


class AuditRow(Row):
    """Who did what to which subject, and when; rows are added and never changed."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_time", "occurred_at"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)


class TokenRow(Row):
    __tablename__ = "tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    scope: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


class ProvisionedRow(Row):
    """One user or group of an identity provider. `name` is its unique name in lower case, `subject` the person or team."""

    __tablename__ = "provisioned"
    __table_args__ = (Index("provisioned_by_name", "kind", "name", unique=True),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(500))
    resource: Mapped[dict[str, Any]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class FindingRow(Row):
    """A finding as it was found last. `found_on` begins its present spell, `gone_on` ends it."""

    __tablename__ = "findings"

    id: Mapped[str] = mapped_column(String(600), primary_key=True)
    team: Mapped[str | None] = mapped_column(String(255))
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    found_on: Mapped[date] = mapped_column(Date)
    found_at: Mapped[datetime] = mapped_column(Instant)
    gone_on: Mapped[date | None] = mapped_column(Date)


class DecisionRow(Row):
    """What somebody decided about a finding; rows are added and never changed."""

    __tablename__ = "decisions"
    __table_args__ = (Index("decisions_by_finding", "finding_id"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    finding_id: Mapped[str] = mapped_column(String(600))
    occurred_at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(255))
    act: Mapped[str] = mapped_column(String(16))
    option: Mapped[str | None] = mapped_column(String(32))
    owner: Mapped[str | None] = mapped_column(String(255))
    reason: Mapped[str | None] = mapped_column(Text)
    until: Mapped[date | None] = mapped_column(Date)
    metric: Mapped[str | None] = mapped_column(String(128))
    direction: Mapped[str | None] = mapped_column(String(8))
    size: Mapped[str | None] = mapped_column(String(32))
    due: Mapped[date | None] = mapped_column(Date)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
