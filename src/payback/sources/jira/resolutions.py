"""Which resolutions say that nothing was done. Pure.

Jira has no category of resolutions. English names are asked for, whatever the language of the key's owner, and those of
Jira's own are known; so are the ids of those that every older site was set up with. What a site calls otherwise its settings say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.sources.jira.site import named

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = frozenset(
    [
        "wontdo",
        "wontfix",
        "duplicate",
        "cannotreproduce",
        "incomplete",
        "declined",
        "rejected",
        "invalid",
        "obsolete",
        "abandoned",
        "cancelled",
        "canceled",
    ]
)
"""In letters alone."""
SET_UP_WITH = frozenset({"2", "3", "4", "5"})
"""Won't Fix, Duplicate, Incomplete, Cannot Reproduce. Ids from 10000 on are given out by each site as it goes."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What counts besides, as the settings say: names (in any case) or ids."""

    also: frozenset[str] = frozenset()

    @classmethod
    def told(cls, settings: Mapping[str, Any]) -> Undone:
        return cls(frozenset(name.casefold() for name in named(settings, "cancelled_resolutions")))

    def says(self, number: str | None, called: str | None) -> bool:
        """Whether the resolution with this id and name says that nothing was done; without either there is none."""
        name = (called or "").casefold()
        letters = "".join(filter(str.isalpha, name))
        return letters in NAMES or number in SET_UP_WITH or bool({number, name.strip()} & self.also)
