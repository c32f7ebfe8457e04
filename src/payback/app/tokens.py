"""Tokens: who may come in without a person sitting there. The secret is told once and kept by nobody here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.app.arrivals import SCOPE as IMPORT
from payback.app.provisioning import SCOPE as SCIM
from payback.app.receiving import SCOPE as OTLP
from payback.errors import SettingsError, UnknownNameError
from payback.state.watched import Audited, Token, add_token, record_audit, revoke_token, tokens

if TYPE_CHECKING:
    from payback.access.scope import Scope
    from payback.app.application import App

SCOPES = {
    SCIM: "push users and groups to /scim/v2",
    IMPORT: "send outputs and surveys to /api/import",
    OTLP: "push metrics to /v1/metrics",
}
PREFIX = "pbk_"


def create(app: App, name: str, scope: str, days: int, secret: str) -> str:
    """Let a secret in under a name for some days; returns the token as it is given to whoever uses it."""
    if scope not in SCOPES:
        raise UnknownNameError("scope of tokens", scope, SCOPES)
    if not 1 <= days <= 3660:
        raise SettingsError("a token is valid for 1 to 3660 days")
    now = app.now()
    token = PREFIX + secret
    add_token(app.state, token, Token(name, scope, now, now + timedelta(days=days)))
    _note(app, "token.create", name, {"scope": scope, "days": days})
    return token


def revoke(app: App, name: str) -> str:
    """Shut a token out from now on."""
    revoke_token(app.state, name, app.now())
    _note(app, "token.revoke", name, {})
    return f"{name} opens nothing any more"


def listed(app: App) -> list[dict[str, Any]]:
    """All tokens, without their secrets."""
    now = app.now()
    return [
        {
            "name": one.name,
            "scope": one.scope,
            "created_at": one.created_at,
            "expires_at": one.expires_at,
            "revoked_at": one.revoked_at,
            "valid": one.is_valid(now),
        }
        for one in tokens(app.state)
    ]


def _note(app: App, action: str, name: str, details: dict[str, Any]) -> None:
    by: Scope = app.scope(None)
    record_audit(app.state, Audited(app.now(), by.reason, action, name, details))
