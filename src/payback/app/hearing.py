"""What vendors say by webhook: that something happened somewhere, signed. It is read again with the next sync, and that is all.

Nothing of a delivery is kept: whoever sends it again, or an old one, only has a list read once more.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from payback.app import connections
from payback.errors import PaybackError, SettingsError
from payback.sources.secrets import secret
from payback.warehouse.contract import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.app.application import App
    from payback.sources.source import Hook

SIGNED = "sha256="
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Hearing:
    """Which connections hear from their vendor, and what becomes of what they hear."""

    app: App

    def hook(self, name: str) -> Hook | None:
        """How the vendor of a connection signs what it says; None where payback.toml names no secret for it."""
        if name not in connections.names(self.app):
            return None
        try:
            source, _ = connections.outlined(self.app, name)
        except PaybackError:
            return None
        told = self.app.settings.sources[name]
        return source.hook if source.hook is not None and source.hook.secret in told else None

    def is_signed(self, name: str, hook: Hook, body: bytes, signature: str) -> bool:
        """Whether the vendor signed the body. SettingsError where there is nothing to check it with."""
        key = self._secret(name, hook)
        wanted = SIGNED + hmac.new(key.encode(), body, sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), signature.strip().encode())

    def _secret(self, name: str, hook: Hook) -> str:
        where = f"{hook.secret} of [sources.{name}]"
        reference = str(self.app.settings.sources[name][hook.secret])
        found = secret(reference, where, self.app.settings.home, self.app.around.environ)
        if len(found) < SHORTEST_SECRET:
            raise SettingsError(f"{where} has less than {SHORTEST_SECRET} characters; make a longer one")
        return found

    def take(self, name: str, hook: Hook, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Have what happened read again: which streams. ValueError where the body says not where it happened."""
        _, streams = connections.outlined(self.app, name)
        wanted = {one.name for one in streams}
        heard = [(stream, key) for stream, key in hook.heard(headers, body) if stream in wanted]
        now = self.app.now().isoformat()
        if heard:
            self.app.warehouse.apply([Cursor(f"{name}:{stream}", key, now) for stream, key in heard])
        return {"connection": name, "read_again": [stream for stream, _ in heard]}
