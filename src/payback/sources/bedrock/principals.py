"""Who an AWS principal is: the person behind a single sign-on session, else the user or role itself."""

from __future__ import annotations

import re

_ASSUMED = re.compile(r"^(arn:aws[\w-]*:sts::\d*:assumed-role/.+)/([^/]+)$")
PREFIXES = ("user:", "user_", "iamprincipal/", "iamprincipal:", "iamprincipal_")


def actor(arn: str | None) -> str | None:
    """The e-mail that names the session, else the role without its session (sessions of machines are without number)."""
    match = _ASSUMED.match(arn or "")
    if match is None:
        return arn or None
    return match[2] if "@" in match[2] else match[1]


def plain(tags: dict[str, str]) -> dict[str, str]:
    """Tags by the name people gave them: without `user:` and the like. A tag of the resource wins over the caller's."""
    found: dict[str, str] = {}
    for name, value in sorted(tags.items(), key=lambda tag: tag[0].casefold().startswith("iamprincipal")):
        prefix = next((one for one in PREFIXES if name.casefold().startswith(one)), "")
        found.setdefault(name[len(prefix) :] or name, value)
    return found
