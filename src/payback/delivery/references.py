"""How a person names a change: `REPO#NUMBER`, a commit's hash, a branch, or the ticket of changes; and which that is.

A repository may be named by the end of its full name: `web#12` means `github.com/acme/web#12` where only one repository
ends so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from payback.errors import PaybackError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from payback.delivery.links import Work

Kind = Literal["pull_request", "commit", "branch", "ticket"]

_PULL = re.compile(r"^(.*?)[#!](\d{1,9})$")
_SHA = re.compile(r"^(?:(\S+)@)?([0-9a-fA-F]{7,64})$")
_BRANCH = re.compile(r"^(?:([^\s:]+):)?([^\s:~^?*\[\\]+)$")
_TICKET = re.compile(r"^[A-Z][A-Z0-9_]+-\d{1,9}$")
_FORMS = (
    "name a change as REPO#NUMBER (acme/web#12), a commit (3f2a91c), a branch (feature/login, acme/web:feature/login) or a "
    "ticket (PAY-17)"
)


class UnclearReferenceError(PaybackError):
    """A text that names no change, with the forms that do."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person asked for. `name` is the number, the hash (maybe cut short) or the branch."""

    kind: Kind
    repo: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """One change: its id in the tables, where it is, what it is called, when it ended. A ticket is its `changes`."""

    kind: Kind
    id: str
    repo: str
    title: str | None = None
    author: str | None = None
    branch: str | None = None
    ended_at: datetime | None = None
    url: str | None = None
    commit_ids: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()


def parse_reference(text: str) -> Reference:
    """What a text asks for. UnclearReferenceError says which forms there are. Seven to sixty-four hexadecimal digits are a
    commit; a branch of such a name is asked for as `REPO:NAME`.
    """
    asked = text.strip()
    if found := _PULL.match(asked):
        if not re.fullmatch(r"\S*", found[1]):
            raise UnclearReferenceError(f"{text!r} names no change; {_FORMS}")
        return Reference("pull_request", found[1] or None, str(int(found[2])))
    if found := _SHA.match(asked):
        return Reference("commit", found[1], found[2].lower())
    if _TICKET.match(asked):
        return Reference("ticket", None, asked)
    if found := _BRANCH.match(asked):
        return Reference("branch", found[1], found[2])
    raise UnclearReferenceError(f"{text!r} names no change; {_FORMS}")


def resolve(reference: Reference, work: Work, assigned: pa.Table | None = None) -> Subject:
    """The change that is meant. UnknownNameError if there is none; UnclearReferenceError if several fit. `assigned`
    (repo, branch) makes branches known that have requests but no commit yet.
    """
    if reference.kind == "pull_request":
        return _pull_request(reference, work)
    if reference.kind == "commit":
        return _commit(reference, work)
    if reference.kind == "ticket":
        return _ticket(reference, work)
    return _branch(reference, work, assigned)


def _pull_request(reference: Reference, work: Work) -> Subject:
    rows = _rows(work.pull_requests, pc.equal(work.pull_requests["number"], int(reference.name)))
    row = _only(reference, rows, "pull_request_id", work.pull_requests["pull_request_id"].to_pylist())
    own = _rows(work.commits, pc.equal(work.commits["pull_request_id"], row["pull_request_id"]))
    return Subject(
        "pull_request",
        row["pull_request_id"],
        row["repo"],
        row["title"],
        row["author"],
        row["head_branch"],
        row["merged_at"] or row["closed_at"],
        row["url"],
        frozenset(commit["commit_id"] for commit in own),
    )


def _commit(reference: Reference, work: Work) -> Subject:
    rows = _rows(work.commits, pc.starts_with(work.commits["sha"], reference.name))
    row = _only(reference, rows, "commit_id", ())
    return Subject(
        "commit",
        row["commit_id"],
        row["repo"],
        row["subject"],
        row["author_email"],
        row["branch"],
        row["committed_at"],
        commit_ids=frozenset({row["commit_id"]}),
    )


def _ticket(reference: Reference, work: Work) -> Subject:
    """A ticket as the changes that name it or that its tracker says belong to it."""
    rows = [
        row
        for row in work.pull_requests.to_pylist()
        if reference.name in {part.strip() for part in (row["tickets"] or "").split(",")}
    ]
    if not rows:
        known = [
            one for row in work.pull_requests["tickets"].to_pylist() for one in (row or "").split(",") if one
        ]
        raise UnknownNameError("ticket with a change", reference.name, known)
    changes = frozenset(row["pull_request_id"] for row in rows)
    ends = [row["merged_at"] or row["closed_at"] for row in rows]
    own = _rows(work.commits, pc.is_in(work.commits["pull_request_id"], pa.array(sorted(changes))))
    return Subject(
        "ticket",
        reference.name,
        ", ".join(sorted({row["repo"] for row in rows})),
        ended_at=None if None in ends else max(ends),
        commit_ids=frozenset(commit["commit_id"] for commit in own),
        changes=changes,
    )


def _branch(reference: Reference, work: Work, assigned: pa.Table | None) -> Subject:
    commits = _rows(work.commits, pc.equal(work.commits["branch"], reference.name))
    pulls = _rows(work.pull_requests, pc.equal(work.pull_requests["head_branch"], reference.name))
    used = _rows(assigned, pc.equal(assigned["branch"], reference.name)) if assigned is not None else []
    rows = [row for row in (*commits, *pulls, *used) if row["repo"]]
    found = [{"repo": row["repo"], "id": f"{row['repo']}:{reference.name}"} for row in rows]
    names = [name for name in pc.unique(work.commits["branch"]).to_pylist() if name]
    row = _only(reference, list({one["id"]: one for one in found}.values()), "id", names)
    own = frozenset(commit["commit_id"] for commit in commits if commit["repo"] == row["repo"])
    return Subject("branch", row["id"], row["repo"], reference.name, None, reference.name, commit_ids=own)


def _only(reference: Reference, rows: list[dict[str, Any]], key: str, known: Iterable[str]) -> dict[str, Any]:
    named = [row for row in rows if _is_repo(row["repo"], reference.repo)]
    exact = [row for row in named if row["repo"] == reference.repo] or named
    if len(exact) == 1:
        return exact[0]
    asked = f"{reference.repo or ''} {reference.name}".strip()
    if not exact:
        raise UnknownNameError(reference.kind.replace("_", " "), asked, known)
    choices = ", ".join(sorted(row[key] for row in exact)[:8])
    raise UnclearReferenceError(f"{asked!r} could be any of: {choices}; name it in full")


def _is_repo(full: str, asked: str | None) -> bool:
    return asked is None or full == asked or full.lower().endswith(f"/{asked.lower()}")


def _rows(table: pa.Table, wanted: pa.ChunkedArray) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.filter(wanted).to_pylist()
    return found
