"""One repository read into rows: commits, the pull requests git can tell of, AI evidence, and how far that went.

A second reading with the cursor of the first gives only what changed: new commits, and older ones whose standing moved
(merged since, or rewritten away). A commit that a force-push made unreachable stays a fact; it is told again with
`on_default_branch` false and no pull request, and a pull request whose merge is gone from history is listed in `gone`.
Where the old tips themselves were pruned, everything is read anew (`whole`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import CommitText, sign_of_branch, signs_of_commit
from payback.delivery.paths import path_rules
from payback.delivery.registry import registry
from payback.ledger.entries import Rejected
from payback.ledger.tables import BY_NAME
from payback.sources.git import SOURCE
from payback.sources.git.attributes import attributes
from payback.sources.git.command import Git, stream
from payback.sources.git.cursor import Progress, parse_progress, progress_of
from payback.sources.git.differences import Differences
from payback.sources.git.heads import heads_of
from payback.sources.git.history import OUTLINE_FORMAT, outlines
from payback.sources.git.notes import NoteReading, NotesOf, read_notes
from payback.sources.git.repository import look, present
from payback.sources.git.rows import Scene, commit_row, offered_row, pull_id, pull_row
from payback.sources.git.shape import Node, Shape, Standing, Tips, furthest, merges_of, node_of, shape_of
from payback.sources.git.sizes import sized_commits
from payback.sources.git.traces import read_traces
from payback.warehouse.contract import Cursor, Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from payback.delivery.registry import Registry
    from payback.sources.git.repository import Place
    from payback.sources.git.shape import Head
    from payback.sources.git.sizes import Sized
    from payback.warehouse.contract import Change


@dataclass(frozen=True, slots=True)
class RepositoryReading:
    """What a repository gave: canonical rows to upsert, keys no longer true by table, rows refused, the new cursor.

    `whole` says that all reachable history is in it; `own_email` is the address this machine commits with.
    """

    repo: str
    git_dir: Path
    default_branch: str | None
    own_email: str | None
    commits: pa.Table
    pull_requests: pa.Table
    evidence: pa.Table
    gone: Mapping[str, tuple[str, ...]]
    rejected: tuple[Rejected, ...]
    cursor: str
    whole: bool

    @property
    def stream(self) -> str:
        """The name of its cursor: two clones of one repository are read apart."""
        return str(self.git_dir)

    def changes(self) -> list[Change]:
        """Everything to write, to be made visible together."""
        tables = (
            ("commits", self.commits),
            ("pull_requests", self.pull_requests),
            ("evidence", self.evidence),
        )
        deletes = [Delete(table, BY_NAME[table].key[0], keys) for table, keys in self.gone.items() if keys]
        upserts = [Upsert(name, rows) for name, rows in tables if rows.num_rows]
        return [*deletes, *upserts, Cursor(SOURCE, self.stream, self.cursor)]


@dataclass(frozen=True, slots=True)
class _History:
    nodes: Mapping[str, Node]
    new: Shape
    old: Shape
    standings: Mapping[str, Standing]
    wanted: tuple[str, ...]
    whole: bool


@dataclass(slots=True)
class _Rows:
    commits: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def read_repository(
    path: Path, cursor: str | None, now: datetime, git: Git | None = None
) -> RepositoryReading:
    """What a repository holds that the reading behind `cursor` did not see. SourceError if it cannot be read at all."""
    git, known = git or Git(), registry()
    place = look(git, path)
    current = progress_of(place, known.version)
    before = parse_progress(cursor)
    if before == current:
        return _reading(place, (current, False), _Rows(), {}, now)
    known_heads = before.heads_under(current) if before else {}
    if before is not None and before.rules != current.rules:
        before = None
    history = _history(git, (path, place), (before, current), known_heads)
    current = replace(current, heads=history.new.heads)
    rows = _rows(git, path, (place, history), known)
    notes_before = before.notes if before and not history.whole else None
    notes = _notes(git, path, (notes_before, current.notes), NotesOf(place.name, history.nodes, known))
    rows.evidence += notes.rows
    rows.rejected += notes.rejected
    if place.default:
        traced, refused = read_traces(git, path, place.default.tip, NotesOf(place.name, history.nodes, known))
        rows.evidence += traced
        rows.rejected += refused
    gone = {"pull_requests": _gone_pulls(place.name, history), "evidence": tuple(sorted(notes.gone))}
    return _reading(place, (current, history.whole), rows, gone, now)


def _history(
    git: Git, where: tuple[Path, Place], span: tuple[Progress | None, Progress], known: Mapping[int, Head]
) -> _History:
    (path, place), (before, current) = where, span
    here = set(present(git, path, before.shas())) if before else set()
    lost = before is not None and not here.issuperset(before.shas())
    old = before.within(here) if before else None
    starts = list(dict.fromkeys([*current.shas(), *(old.shas() if old else [])]))
    notes = {current.notes, old.notes if old else None}
    nodes = _nodes(git, path, [sha for sha in starts if sha not in notes])
    deleted = old.deleted(current) if old else {}
    tips = _tips(nodes, replace(current, refs={**current.refs, **deleted}))
    merges = merges_of(nodes, _tips(nodes, current))
    asked = Differences(git, path, has_contents=not place.is_partial)
    heads = heads_of(nodes, (tips, merges), known, asked)
    new_shape = shape_of(nodes, _tips(nodes, current), merges, heads)
    old_shape = shape_of(nodes, _tips(nodes, old), heads=known) if old else Shape()
    standings = {sha: _standing(sha, old_shape, new_shape) for sha in nodes}
    whole = before is None or lost
    wanted = tuple(
        sha
        for sha in nodes
        if whole or old_shape.standings.get(sha) is None or _moved(sha, old_shape, standings)
    )
    return _History(nodes, new_shape, old_shape, standings, wanted, whole)


def _tips(nodes: Mapping[str, Node], progress: Progress) -> Tips:
    return progress.tips(furthest(nodes, progress.default_tips))


def _nodes(git: Git, path: Path, starts: Sequence[str]) -> dict[str, Node]:
    if not starts:
        return {}
    words = [
        "log",
        "--stdin",
        "-z",
        "-s",
        "--encoding=UTF-8",
        "--no-color",
        "--no-notes",
        f"--format={OUTLINE_FORMAT}",
    ]
    with stream(git, path, words, (f"{sha}\n".encode() for sha in starts)) as chunks:
        return {outline.sha: node_of(outline) for outline in outlines(chunks)}


def _standing(sha: str, old: Shape, new: Shape) -> Standing:
    """Where a commit stands now. A branch once known is kept when the ref that told it is gone."""
    was, now = old.standings.get(sha), new.standings.get(sha)
    if now is None:
        return Standing(branch=was.branch if was else None)
    keeps = was is not None and was.branch is not None and not was.on_default
    return Standing(now.on_default, was.branch if was and keeps else now.branch, now.pull)


def _moved(sha: str, old: Shape, standings: Mapping[str, Standing]) -> bool:
    was, now = old.standings[sha], standings[sha]
    return was != now


def _branches(shape: Shape) -> dict[int, str]:
    return {number: head.branch for number, head in shape.heads.items()}


def _gone_pulls(repo: str, history: _History) -> tuple[str, ...]:
    told, now = (shape.merges.keys() | shape.offered.keys() for shape in (history.old, history.new))
    numbers = sorted(told - now)
    return tuple(found for number in numbers if (found := pull_id(repo, number)))


def _rows(git: Git, path: Path, what: tuple[Place, _History], known: Registry) -> _Rows:
    place, history = what
    default = place.default
    scene = Scene(
        place.name,
        history.nodes,
        history.new,
        history.standings,
        path_rules(attributes(git, path, default.tip)) if default else path_rules({}),
        place.shallow,
        default.name if default else None,
    )
    numbers = {sha: number for number, sha in history.new.merges.items() if _pull_moved(number, history)}
    rows = _Rows()
    for sized in _sized(git, path, history, numbers, place):
        _add(rows, sized, scene, numbers, known)
    for number in history.new.offered:
        if _pull_moved(number, history):
            _add_pull(rows, offered_row(number, scene), known)
    return rows


def _pull_moved(number: int, history: _History) -> bool:
    old, new = history.old, history.new
    return history.whole or any(
        was.get(number) != now.get(number)
        for was, now in (
            (old.merges, new.merges),
            (old.brought, new.brought),
            (old.offered, new.offered),
            (_branches(old), _branches(new)),
        )
    )


def _sized(
    git: Git, path: Path, history: _History, numbers: Mapping[str, int], place: Place
) -> Iterator[Sized]:
    """Wanted commits with sizes; merges that are no pull request are not measured, their lines are not theirs."""
    wanted = list(dict.fromkeys([*history.wanted, *numbers]))
    plain = [sha for sha in wanted if len(history.nodes[sha].parents) < 2 or sha in numbers]
    merges = [sha for sha in wanted if len(history.nodes[sha].parents) > 1 and sha not in numbers]
    yield from sized_commits(git, path, plain, sizes=not place.is_partial)
    for sized in sized_commits(git, path, merges, sizes=False):
        sized.commit.changes.clear()
        yield sized


def _add(rows: _Rows, sized: Sized, scene: Scene, numbers: Mapping[str, int], known: Registry) -> None:
    commit = sized.commit
    row = commit_row(sized, scene)
    rows.commits.append(row)
    signs = signs_of_commit(CommitText(commit.author_name, commit.author_email, commit.message), known)
    rows.evidence += evidence_rows("commit", row["commit_id"], signs, commit.committed_at)
    if sized.unsized and (len(commit.parents) < 2 or commit.sha in numbers):
        rows.rejected.append(Rejected(SOURCE, f"size unknown: {sized.unsized}", f"{scene.repo}@{commit.sha}"))
    if (number := numbers.get(commit.sha)) is not None:
        _add_pull(rows, pull_row(sized, number, scene), known)


def _add_pull(rows: _Rows, pull: dict[str, Any], known: Registry) -> None:
    rows.pulls.append(pull)
    sign = sign_of_branch(pull["head_branch"], known)
    found = [sign] if sign else []
    moment = pull["merged_at"] or pull["first_commit_at"]
    rows.evidence += evidence_rows("pull_request", pull["pull_request_id"], found, moment)


def _notes(git: Git, path: Path, span: tuple[str | None, str | None], whose: NotesOf) -> NoteReading:
    return read_notes(git, path, span, whose) if span[0] != span[1] else NoteReading()


def _reading(
    place: Place,
    state: tuple[Progress, bool],
    rows: _Rows,
    gone: Mapping[str, tuple[str, ...]],
    now: datetime,
) -> RepositoryReading:
    return RepositoryReading(
        repo=place.name,
        git_dir=place.git_dir,
        default_branch=place.default.name if place.default else None,
        own_email=place.own_email,
        commits=_table("commits", rows.commits, now),
        pull_requests=_table("pull_requests", rows.pulls, now),
        evidence=_table("evidence", rows.evidence, now),
        gone=gone,
        rejected=tuple(rows.rejected),
        cursor=state[0].text(),
        whole=state[1],
    )


def _table(name: str, rows: Iterable[dict[str, Any]], now: datetime) -> pa.Table:
    stamped = [{**row, "source": SOURCE, "synced_at": now} for row in rows]
    return pa.Table.from_pylist(stamped, schema=BY_NAME[name].schema)
