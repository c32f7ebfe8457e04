"""Who an account on GitLab is: an automation or a person, and nobody where it was deleted."""

from __future__ import annotations

import re
from typing import Any

from payback.delivery.registry import registry

_BOT = re.compile(r"^(?:project|group)_\d+_bot(?:_|\d*$)|^service_account_|^duo-developer")
_GHOST, _GHOST_NAME = re.compile(r"^ghost\d*$"), "Ghost User"
_SUFFIX = "[bot]"


def login(user: dict[str, Any] | None) -> str | None:
    """The account's name. None for nobody, and for the Ghost User, to whom GitLab gives all that deleted accounts did."""
    told = user or {}
    name: str | None = told.get("username") or None
    is_ghost = name is not None and _GHOST.match(name) and told.get("name", _GHOST_NAME) == _GHOST_NAME
    return None if is_ghost else name


def is_bot(user: dict[str, Any]) -> bool:
    """Whether an account is automation: by its flag where GitLab tells it, by the names that GitLab gives to bots, and by those
    of reviewers and other automation that are known; GitLab has them without `[bot]`.
    """
    name, known = (user.get("username") or "").lower(), registry()
    named = {name, f"{name}{_SUFFIX}"} & (known.reviewers | known.automation_logins)
    return bool(user.get("bot")) or _BOT.match(name) is not None or bool(named)
