"""Whose Copilot is read: an enterprise or one organization, and the addresses that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

VENDOR = "github"
TOOL = "copilot"


@dataclass(frozen=True, slots=True)
class Place:
    """An enterprise or an organization by its name in GitHub's addresses."""

    name: str
    is_enterprise: bool

    @property
    def people(self) -> str:
        """The address under which seats and metrics stand."""
        return f"/{'enterprises' if self.is_enterprise else 'orgs'}/{self.name}/copilot"

    @property
    def money(self) -> str:
        """The address under which billing stands."""
        return f"/{'enterprises' if self.is_enterprise else 'organizations'}/{self.name}/settings/billing"


def place(told: Mapping[str, Any]) -> Place:
    """What the settings name; an enterprise holds its organizations, so it comes first. SettingsError for neither."""
    for name, is_enterprise in (("enterprise", True), ("organization", False)):
        if told.get(name):
            return Place(str(told[name]), is_enterprise)
    raise SettingsError(
        'a Copilot connection needs organization = "NAME" or enterprise = "NAME", as in its address on GitHub'
    )
