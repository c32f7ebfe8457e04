"""How far a repository has been read: the tips of its refs, its default branch, the rules in force and the heads of pull
requests found so far, as JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.delivery.notes import NOTES_REF
from payback.sources.git.reflog import LEFT
from payback.sources.git.repository import REMOTES, branch_of, pull_number
from payback.sources.git.shape import Head, Tips

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.sources.git.repository import Place

READER = 2


@dataclass(frozen=True, slots=True)
class Progress:
    """What a reading saw and found. Two equal ones saw the same history, notes and rules, so there is nothing to read.

    `heads`: by pull request, the branch it came from where its merge does not say so.
    """

    rules: str
    refs: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    default_tips: tuple[str, ...] = ()
    notes: str | None = None
    heads: Mapping[int, Head] = field(default_factory=dict, compare=False)

    def text(self) -> str:
        return json.dumps({
            "rules": self.rules,
            "refs": dict(self.refs),
            "default": self.default,
            "default_tips": list(self.default_tips),
            "notes": self.notes,
            "heads": {number: [one.merge, one.branch, one.tip, one.base] for number, one in self.heads.items()},
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
            self.heads,
        )

    def heads_under(self, later: Progress) -> Mapping[int, Head]:
        """The heads that hold for a later state: all, unless another reader found them."""
        return self.heads if self.rules.split(" ")[0] == later.rules.split(" ")[0] else {}

    def shas(self) -> list[str]:
        """Every hash it names, once."""
        named = [*self.refs.values(), *self.default_tips, *([self.notes] if self.notes else [])]
        return list(dict.fromkeys(named))

    def tips(self, default_tip: str | None) -> Tips:
        """Where a walk of this state starts. A local branch names commits before a remote one, and both before one
        that is deleted.
        """
        ranked = sorted(self.refs.items(), key=lambda item: (_rank(item[0]), item[0]))
        branches = [(name, sha) for ref, sha in ranked if (name := branch_of(ref))]
        left = [(name, sha) for ref, sha in ranked if (name := _left(ref))]
        pulls = {number: sha for ref, sha in self.refs.items() if (number := pull_number(ref)) is not None}
        return Tips(
            default_tip,
            self.default,
            tuple(dict.fromkeys(branches)),
            pulls,
            tuple(self.refs.values()),
            tuple(dict.fromkeys(left)),
        )

    def deleted(self, later: Progress) -> dict[str, str]:
        """Branches that a later state has no ref for, by the refs they had."""
        there = {branch_of(ref) for ref in later.refs}
        return {
            f"{LEFT}{ref.removeprefix(LEFT)}": sha
            for ref, sha in self.refs.items()
            if (name := branch_of(ref) or _left(ref)) and name not in there
        }


def _rank(ref: str) -> bool:
    return ref.startswith(REMOTES)


def _left(ref: str) -> str | None:
    return branch_of(ref.removeprefix(LEFT)) if ref.startswith(LEFT) else None


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
            {int(number): Head(*told) for number, told in held["heads"].items()},
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
