"""Who may come in by a token, and the record of what was done that somebody may ask about. The record only grows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from payback.errors import UnknownNameError, WarehouseError
from payback.state.tables import AuditRow, TokenRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payback.state.store import State


@dataclass(frozen=True, slots=True)
class Audited:
    """One thing that was done: who, what, to which subject, with which details (JSON)."""

    occurred_at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Token:
    """One way in. The secret itself is never kept, only its digest. `scope` is access's own words."""

    name: str
    scope: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether the token opens anything at an instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def record_audit(state: State, entry: Audited) -> None:
    """Write one entry. Nothing changes or removes it afterwards."""
    row = AuditRow(
        occurred_at=entry.occurred_at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        details=dict(entry.details),
    )
    with state.writing() as session:
        session.add(row)


def audit(state: State, since: datetime, most: int = 1_000) -> tuple[Audited, ...]:
    """Entries from an instant on, oldest first, at most `most`."""
    wanted = select(AuditRow).where(AuditRow.occurred_at >= since).order_by(AuditRow.number).limit(most)
    with state.reading() as session:
        return tuple(
            Audited(row.occurred_at, row.actor, row.action, row.subject, row.details)
            for row in session.scalars(wanted)
        )


def audited(state: State, action: str) -> tuple[Audited, ...]:
    """All entries of one kind of action, oldest first."""
    wanted = select(AuditRow).where(AuditRow.action == action).order_by(AuditRow.number)
    with state.reading() as session:
        return tuple(
            Audited(row.occurred_at, row.actor, row.action, row.subject, row.details)
            for row in session.scalars(wanted)
        )


def digest_of(secret: str) -> str:
    """What is kept of a token's secret. Secrets are random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_token(state: State, secret: str, token: Token) -> None:
    """Let a token in. WarehouseError when the name is taken."""
    row = TokenRow(
        digest=digest_of(secret),
        name=token.name,
        scope=token.scope,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )
    with state.writing() as session:
        if session.scalar(select(TokenRow.name).where(TokenRow.name == token.name)) is not None:
            raise WarehouseError(
                f"there is already a token called {token.name!r}; revoke it, or take another name"
            )
        session.add(row)


def token_for(state: State, secret: str, now: datetime) -> Token | None:
    """The token whose secret this is, if it is valid at that instant."""
    with state.reading() as session:
        row = session.get(TokenRow, digest_of(secret))
        token = None if row is None else _token(row)
    return token if token is not None and token.is_valid(now) else None


def tokens(state: State) -> tuple[Token, ...]:
    """All tokens, revoked and expired ones too, by name."""
    with state.reading() as session:
        return tuple(_token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.name)))


def revoke_token(state: State, name: str, now: datetime) -> Token:
    """The token, revoked from now on (or since when it already was). UnknownNameError when there is none."""
    with state.writing() as session:
        row = session.scalar(select(TokenRow).where(TokenRow.name == name))
        if row is None:
            raise UnknownNameError("token", name, session.scalars(select(TokenRow.name)))
        row.revoked_at = row.revoked_at or now
        return _token(row)


def _token(row: TokenRow) -> Token:
    return Token(row.name, row.scope, row.created_at, row.expires_at, row.revoked_at)
