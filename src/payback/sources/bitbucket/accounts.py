"""Who an account on Bitbucket is: a person, an automation or an AI agent. A deleted account is nobody.

People choose their nicknames themselves, so a name makes an agent of an app alone; names of accounts that only review stand
for any account, for nobody else is called so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.delivery.markers import sign_of_account
from payback.delivery.registry import registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.delivery.markers import Sign

APPS = frozenset({"app_user", "team", "AppUser"})
SUFFIX = "[bot]"


@dataclass(frozen=True, slots=True)
class Account:
    """Bitbucket's id of an account, what stands behind it, and the sign of AI that it gives as an author."""

    id: str | None = None
    kind: str | None = None
    sign: Sign | None = None

    @property
    def is_bot(self) -> bool:
        return self.kind in {"agent", "bot"}


def account(told: Mapping[str, Any] | None) -> Account:
    """The account that an answer tells of; `Account()` where it was deleted. Addresses are not told."""
    if not told:
        return Account()
    found = told.get("account_id") or told.get("uuid")
    names = {
        str(told[key]).lower().replace(" ", "-") for key in ("nickname", "display_name") if told.get(key)
    }
    is_app = told.get("type") in APPS
    sign = _sign(names) if is_app else None
    known = registry()
    automated = {name.removesuffix(SUFFIX) for name in known.automation_logins | known.reviewers}
    kind = "agent" if sign else "bot" if is_app or names & automated else "person"
    return Account(str(found) if found else None, kind if found else None, sign)


def _sign(names: set[str]) -> Sign | None:
    tried = (
        sign_of_account(one, None, registry()) for name in sorted(names) for one in (name + SUFFIX, name)
    )
    return next((sign for sign in tried if sign is not None), None)


def who(told: Mapping[str, Any] | None) -> str | None:
    """The id alone."""
    return account(told).id
