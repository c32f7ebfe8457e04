"""Who an account on GitHub is: a person, an automation or an AI agent, by its number first. A deleted account is nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.delivery.markers import sign_of_account
from payback.delivery.registry import registry

if TYPE_CHECKING:
    from payback.delivery.markers import Sign

SUFFIX = "[bot]"


@dataclass(frozen=True, slots=True)
class Account:
    """A login without `[bot]`, what stands behind it, and the sign of AI that it gives as an author."""

    login: str | None = None
    kind: str | None = None
    sign: Sign | None = None
    is_bot: bool | None = None


def account(told: Any) -> Account:
    """The account that an answer tells of; `Account()` where it was deleted, which GitHub shows as ghost."""
    login = told.get("login") if isinstance(told, dict) else None
    if not login:
        return Account()
    bare = login.removesuffix(SUFFIX)
    is_app = told.get("__typename") == "Bot" or login != bare
    known, number = registry(), told.get("databaseId")
    names = {bare.lower(), f"{bare}{SUFFIX}".lower()} if is_app else {bare.lower()}
    sign = sign_of_account(f"{bare}{SUFFIX}" if is_app else bare, number, known)
    automated = is_app or bool(names & (known.automation_logins | known.reviewers))
    kind = "agent" if sign is not None else "bot" if automated else "person"
    return Account(bare, kind, sign, automated or sign is not None)


def login(told: Any) -> str | None:
    """The login alone."""
    return account(told).login
