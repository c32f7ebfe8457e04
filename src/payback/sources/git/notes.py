"""git-ai notes of a repository, read by what changed on their ref: new evidence, and evidence that is no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.notes import NOTES_REF, parse_note, signs_of_note
from payback.ledger.entries import Rejected
from payback.sources.git.blobs import blobs
from payback.sources.git.command import run
from payback.sources.git.history import instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from payback.delivery.markers import Sign
    from payback.delivery.registry import Registry
    from payback.sources.git.command import Git
    from payback.sources.git.shape import Node

_ABSENT = "0" * 40


@dataclass(slots=True)
class NoteReading:
    """Evidence rows of new or changed notes, ids of rows that their older text gave, and notes not understood."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class NotesOf:
    """Whose notes: the repository's name, its commits, and the register that names tools."""

    repo: str
    nodes: Mapping[str, Node]
    known: Registry


def read_notes(git: Git, path: Path, span: tuple[str | None, str | None], whose: NotesOf) -> NoteReading:
    """The notes that differ between two tips of the notes ref (from None: all of them)."""
    old, new = span
    reading = NoteReading()
    changed = list(_changed(git, path, old, new))
    texts = dict(blobs(git, path, {blob for _, *pair in changed for blob in pair if blob}))
    for sha, before, after in changed:
        rows = _rows(sha, texts.get(after or ""), whose, reading)
        known = {row["evidence_id"] for row in rows}
        older = _rows(sha, texts.get(before or ""), whose, NoteReading())
        reading.gone |= {row["evidence_id"] for row in older} - known
        reading.rows += rows
    return reading


def noted(git: Git, path: Path, tip: str, known: Registry) -> dict[str, tuple[Sign, ...]]:
    """The signs of every note at a tip of the notes ref, by commit."""
    by_commit = {sha: blob for sha, _, blob in _changed(git, path, None, tip) if blob}
    texts = dict(blobs(git, path, set(by_commit.values())))
    return {
        sha: tuple(signs_of_note(parse_note(texts[blob], known)))
        for sha, blob in by_commit.items()
        if blob in texts
    }


def _changed(
    git: Git, path: Path, old: str | None, new: str | None
) -> Iterator[tuple[str, str | None, str | None]]:
    """Commit, blob before, blob after of each note that differs."""
    if old == new:
        return
    if old is None or new is None:
        for blob, sha in _entries(run(git, path, ["ls-tree", "-r", "-z", "--full-tree", new or old or ""])):
            yield (sha, None, blob) if new else (sha, blob, None)
        return
    pieces = run(git, path, ["diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", old, new]).split(b"\0")
    for meta, name in zip(pieces[::2], pieces[1::2], strict=False):
        _, _, before, after, _ = meta.decode().split(" ")
        yield _commit_of(name), _blob(before), _blob(after)


def _entries(out: bytes) -> Iterator[tuple[str, str]]:
    for entry in out.split(b"\0"):
        meta, tab, name = entry.partition(b"\t")
        if tab and b" blob " in meta:
            yield meta.decode().rsplit(" ", 1)[1], _commit_of(name)


def _commit_of(name: bytes) -> str:
    return name.decode("utf-8", "replace").replace("/", "")


def _blob(sha: str) -> str | None:
    return None if sha.startswith(_ABSENT) else sha


def _rows(sha: str, text: str | None, whose: NotesOf, reading: NoteReading) -> list[dict[str, Any]]:
    if text is None:
        return []
    note = parse_note(text, whose.known)
    place = f"{whose.repo} {NOTES_REF} {sha[:12]}"
    reading.rejected += [Rejected("git", why, place) for why in note.problems]
    node = whose.nodes.get(sha)
    occurred_at = instant(node.committed) if node else None
    return evidence_rows("commit", f"{whose.repo}@{sha}", signs_of_note(note), occurred_at)
