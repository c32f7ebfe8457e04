"""How far a repository has been read: the tips of its refs, its default branch and the rules in force, as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.delivery.notes import NOTES_REF
from payback.sources.git.repository import REMOTES, branch_of, pull_number
from payback.sources.git.shape import Tips

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.git.repository import Place

READER = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """What a reading saw. Two equal ones have the same history, notes and rules, so there is nothing to read."""

    rules: str
    refs: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    default_tips: tuple[str, ...] = ()
    notes: str | None = None

    def text(self) -> str:
        return json.dumps({
            "rules": self.rules,
            "refs": dict(self.refs),
            "default": self.default,
            "default_tips": list(self.default_tips),
            "notes": self.notes,
        })  # fmt: skip

    def within(self, present: Iterable[str]) -> Progress:
        """The same without tips that are no longer in the repository."""
        here = set(present)
        return Progress(
            self.rules,
            {ref: sha for ref, sha in self.refs.items() if sha in here},
            self.default,
            tuple(sha for sha in self.default_tips if sha in here),
            self.notes if self.notes in here else None,
        )

    def shas(self) -> list[str]:
        """Every hash it names, once."""
        named = [*self.refs.values(), *self.default_tips, *([self.notes] if self.notes else [])]
        return list(dict.fromkeys(named))

    def tips(self, default_tip: str | None) -> Tips:
        """Where a walk of this state starts. A local branch names commits before a remote one does."""
        remote = {
            name: sha
            for ref, sha in self.refs.items()
            if ref.startswith(REMOTES) and (name := branch_of(ref))
        }
        local = {
            name: sha
            for ref, sha in self.refs.items()
            if not ref.startswith(REMOTES) and (name := branch_of(ref))
        }
        extra = [sha for name, sha in remote.items() if local.get(name, sha) != sha]
        pulls = {number: sha for ref, sha in self.refs.items() if (number := pull_number(ref)) is not None}
        return Tips(default_tip, self.default, {**remote, **local}, pulls, (*extra, *self.refs.values()))


def progress_of(place: Place, rules: str) -> Progress:
    """The state of a repository as it is now."""
    default = place.default
    return Progress(
        f"{READER} {rules}",
        place.tips(),
        default.name if default else None,
        default.candidates if default else (),
        place.refs.get(NOTES_REF),
    )


def parse_progress(text: str | None) -> Progress | None:
    """The state that a cursor holds, or None for no cursor or one that cannot be understood (then all is read anew)."""
    try:
        held = json.loads(text or "")
        return Progress(
            str(held["rules"]),
            {str(ref): str(sha) for ref, sha in held["refs"].items()},
            held["default"],
            tuple(map(str, held["default_tips"])),
            held["notes"],
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
