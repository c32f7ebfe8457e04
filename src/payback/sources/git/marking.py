"""The AI class and tool of commits, from their authors, messages and git-ai notes, without a warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.delivery.markers import CommitText, ai_class, signs_of_commit
from payback.delivery.registry import edition, registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from payback.delivery.fates.history import Mark
    from payback.delivery.markers import Sign
    from payback.sources.git.command import Git
    from payback.sources.git.history import Outline


@dataclass(frozen=True, slots=True)
class Marking:
    """How commits of one repository are marked. `version` names the register and the notes it stands on."""

    git: Git
    path: Path
    version: str
    notes: str | None
    seen: dict[str, Mapping[str, tuple[Sign, ...]]] = field(default_factory=dict)

    def of(self, commit: Outline) -> Mark:
        """AI class and tool of a commit by all of its signs."""
        text = CommitText(commit.author_name, commit.author_email, commit.message)
        return mark_of([*signs_of_commit(text, registry()), *self._noted().get(commit.sha, ())])

    def _noted(self) -> Mapping[str, tuple[Sign, ...]]:
        if self.notes is None:
            return {}
        if self.notes not in self.seen:
            from payback.sources.git.notes import noted

            self.seen[self.notes] = noted(self.git, self.path, self.notes, registry())
        return self.seen[self.notes]


def marking(git: Git, path: Path, notes: str | None) -> Marking:
    """How the commits of a repository are marked where its notes about AI end at a commit."""
    return Marking(git, path, f"{edition()} {notes or ''}".rstrip(), notes)


def mark_of(signs: Iterable[Sign]) -> Mark:
    """The class that signs come to, and the tool of the first sign of that class."""
    told = list(signs)
    found = ai_class(told)
    return found, next((sign.tool for sign in told if sign.ai_class == found), None)
