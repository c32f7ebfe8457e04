"""Which change each request served: session → repository → branch → commit and pull request, each dollar at most once.

A request belongs to at most one change, so money is never counted twice, and a request that no rule places stays
visible as `branch_only`, `repository_only` or `unlinked`. Slices are cut by commits, never by the clock: a request
belongs to the commit that follows it on its branch. It is a booking convention, not a claim of cause. Pure; requests in
any order give the same answer.

Rules, first that fits:
1. `session_note`, `session_trailer`: a commit names the request's session (git-ai note; Claude-Session and its kin).
2. `branch_commit`: the next commit on the request's branch.
3. `branch_pull_request`: no commit follows, but a pull request from that branch ended later, or is open.
4. `default_commit`: work on the default branch goes to the next direct commit there of the same person, or of a
   commit that bears evidence of the same tool; never to a pull request by name.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from payback.ledger.tables import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

How = Literal[
    "session_note", "session_trailer", "branch_commit", "branch_pull_request", "default_commit",
    "branch_only", "repository_only", "unlinked",
]  # fmt: skip
TO_A_CHANGE: frozenset[str] = frozenset(
    {"session_note", "session_trailer", "branch_commit", "branch_pull_request", "default_commit"}
)
COMMIT_WINDOW = timedelta(days=14)
PULL_REQUEST_WINDOW = timedelta(days=30)
_MICROSECOND = timedelta(microseconds=1)
_NO_BRANCH = frozenset({"", "HEAD", "(detached)", "detached", "unknown"})
_SHORT_TOOLS = {"claude": "claude_code", "copilot_cli": "copilot", "gemini": "gemini_cli"}

ASSIGNED = pa.schema([
    pa.field("usage_id", pa.string(), nullable=False),
    pa.field("repo", pa.string()),
    pa.field("branch", pa.string()),
    pa.field("commit_id", pa.string()),
    pa.field("pull_request_id", pa.string()),
    pa.field("how", pa.string(), nullable=False),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """The changes that requests may have served, as canonical tables, and what ties a request to a repository.

    `folders`: working directory → repository name. `default_branches`: repository → branch name. `people`: an actor as
    requests name it → addresses it commits with; the key "" stands for whoever works at this machine.
    """

    commits: pa.Table = field(default_factory=BY_NAME["commits"].schema.empty_table)
    pull_requests: pa.Table = field(default_factory=BY_NAME["pull_requests"].schema.empty_table)
    evidence: pa.Table = field(default_factory=BY_NAME["evidence"].schema.empty_table)
    folders: Mapping[str, str] = field(default_factory=dict)
    default_branches: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Request:
    session: str | None
    tool: str | None
    actor: str | None
    repo: str | None
    branch: str | None
    moment: int


@dataclass(frozen=True, slots=True)
class _Commit:
    commit_id: str
    repo: str
    branch: str | None
    author: str | None
    moment: int
    pull: str | None
    is_merge: bool
    on_default: bool


_Anchors = list[tuple[int, str]]
_Place = tuple[str | None, str | None, How]


@dataclass(slots=True)
class _Index:
    """Anchors sorted by time: by named session, by branch, by person or tool on the default branch, by head branch."""

    commits: dict[str, _Commit] = field(default_factory=dict)
    sessions: dict[str, list[tuple[int, str, How]]] = field(default_factory=lambda: defaultdict(list))
    branches: dict[tuple[str, str], _Anchors] = field(default_factory=lambda: defaultdict(list))
    authors: dict[tuple[str, str], _Anchors] = field(default_factory=lambda: defaultdict(list))
    tools: dict[tuple[str, str], _Anchors] = field(default_factory=lambda: defaultdict(list))
    pulls: dict[tuple[str, str], list[tuple[int, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )


def assign(usage: pa.Table, work: Work) -> pa.Table:
    """One row per request, in its order: usage_id, repo, branch, commit_id, pull_request_id, how (schema `ASSIGNED`).

    A request that names its repository by a full name (`host/owner/name`) is taken at its word; else its working
    directory says. `usage` needs usage_id, occurred_at, session_id, tool, actor, repo, branch, working_directory.
    """
    index = _index(work)
    folders: dict[tuple[str | None, str | None], str | None] = {}
    rows = [(one.repo, one.branch, *_place(one, work, index)) for one in _requests(usage, work, folders)]
    columns = list(zip(*rows, strict=True)) or [()] * (len(ASSIGNED) - 1)
    return pa.table([usage["usage_id"].combine_chunks(), *map(pa.array, columns)], names=ASSIGNED.names).cast(
        ASSIGNED
    )


def repository_at(folder: str | None, folders: Mapping[str, str]) -> str | None:
    """The repository of a working directory: of the longest known folder that holds it."""
    here = (folder or "").replace("\\", "/").rstrip("/")
    while here:
        if here in folders:
            return folders[here]
        here = here.rpartition("/")[0]
    return None


def _requests(
    usage: pa.Table, work: Work, known: dict[tuple[str | None, str | None], str | None]
) -> Iterable[_Request]:
    names = ("session_id", "tool", "actor", "repo", "branch", "working_directory")
    moments = usage["occurred_at"].cast(pa.int64()).to_pylist()
    columns = [usage[name].to_pylist() for name in names]
    for moment, session, tool, actor, repo, branch, folder in zip(moments, *columns, strict=True):
        place = (repo, folder)
        if place not in known:
            at_folder = None if "/" in (repo or "") else repository_at(folder, work.folders)
            known[place] = at_folder or repo
        named = None if branch is None or branch in _NO_BRANCH else branch
        yield _Request(session, tool, actor, known[place], named, moment)


def _place(request: _Request, work: Work, index: _Index) -> _Place:
    if (found := _named(request, work, index)) is not None:
        return found
    if request.repo is None:
        return None, None, "unlinked"
    if request.branch is None:
        return None, None, "repository_only"
    if request.branch == work.default_branches.get(request.repo):
        commit = _on_default(request, work, index)
        return (commit, None, "default_commit") if commit else (None, None, "branch_only")
    where = (request.repo, request.branch)
    if commit := _next(index.branches.get(where, ()), request.moment):
        return commit, _pull_of(index.commits[commit], request, index), "branch_commit"
    pull = _next_pull(index.pulls.get(where, ()), request.moment)
    return None, pull, "branch_pull_request" if pull else "branch_only"


def _named(request: _Request, work: Work, index: _Index) -> _Place | None:
    """The next commit that names the session, made where the request was made as far as both are known."""
    anchors = index.sessions.get(request.session or "", ())
    for position in range(bisect_left(anchors, (request.moment,)), len(anchors)):
        moment, commit_id, how = anchors[position]
        if moment - request.moment > _micros(COMMIT_WINDOW):
            return None
        commit = index.commits.get(commit_id)
        if commit is None:
            if request.repo is None or commit_id.rpartition("@")[0] == request.repo:
                return commit_id, None, how
        elif _same_place(request, commit, work):
            return commit_id, _pull_of(commit, request, index), how
    return None


def _same_place(request: _Request, commit: _Commit, work: Work) -> bool:
    if request.repo not in {None, commit.repo}:
        return False
    default = work.default_branches.get(commit.repo)
    return request.branch is None or commit.branch in {None, default, request.branch}


def _on_default(request: _Request, work: Work, index: _Index) -> str | None:
    repo = request.repo or ""
    addresses = work.people.get(request.actor or "", frozenset())
    if request.actor and "@" in request.actor:
        addresses |= {request.actor.lower()}
    if not addresses and not request.actor:
        addresses = work.people.get("", frozenset())
    if addresses:
        ahead = [_anchor(index.authors.get((repo, one), ()), request.moment) for one in addresses]
    else:
        ahead = [_anchor(index.tools.get((repo, _tool(request.tool)), ()), request.moment)]
    found = min((anchor for anchor in ahead if anchor), default=None)
    return found[1] if found else None


def _pull_of(commit: _Commit, request: _Request, index: _Index) -> str | None:
    if commit.pull is not None or request.branch is None:
        return commit.pull
    return _next_pull(index.pulls.get((commit.repo, request.branch), ()), commit.moment)


def _next(anchors: Sequence[tuple[int, str]], moment: int) -> str | None:
    found = _anchor(anchors, moment)
    return found[1] if found else None


def _anchor(anchors: Sequence[tuple[int, str]], moment: int) -> tuple[int, str] | None:
    position = bisect_left(anchors, (moment,))
    if position == len(anchors) or anchors[position][0] - moment > _micros(COMMIT_WINDOW):
        return None
    return anchors[position]


def _next_pull(anchors: Sequence[tuple[int, str, int]], moment: int) -> str | None:
    """The pull request that ends next, within the window of its end or, where it is open, of its beginning."""
    position = bisect_left(anchors, (moment,))
    if position == len(anchors):
        return None
    end, pull, begin = anchors[position]
    near = min(end, max(begin, moment)) - moment
    return pull if near <= _micros(PULL_REQUEST_WINDOW) else None


def _micros(span: timedelta) -> int:
    return span // _MICROSECOND


def _tool(name: str | None) -> str:
    return _SHORT_TOOLS.get(name or "", name or "")


def _index(work: Work) -> _Index:
    index = _Index()
    for commit in _commits(work.commits):
        index.commits[commit.commit_id] = commit
        if commit.is_merge:
            continue
        anchor = (commit.moment, commit.commit_id)
        default = work.default_branches.get(commit.repo)
        if commit.branch and commit.branch != default:
            index.branches[commit.repo, commit.branch].append(anchor)
        elif commit.on_default and commit.pull is None and commit.author:
            index.authors[commit.repo, commit.author].append(anchor)
    _add_pulls(work.pull_requests, index)
    _add_evidence(work.evidence, index)
    for anchors in (index.sessions, index.branches, index.authors, index.tools, index.pulls):
        for found in anchors.values():
            found.sort()
    return index


def _commits(table: pa.Table) -> Iterable[_Commit]:
    """Commits by author date: a rebase or a merge by a host moves the committer's date away from the work."""
    names = ("commit_id", "repo", "branch", "author_email")
    texts = [table[name].to_pylist() for name in names]
    moments = table["authored_at"].cast(pa.int64()).to_pylist()
    rest = [table[name].to_pylist() for name in ("pull_request_id", "is_merge", "on_default_branch")]
    for commit_id, repo, branch, author, moment, pull, is_merge, on_default in zip(
        *texts, moments, *rest, strict=True
    ):
        yield _Commit(commit_id, repo, branch, author, moment, pull, bool(is_merge), bool(on_default))


def _add_pulls(table: pa.Table, index: _Index) -> None:
    names = ("merged_at", "closed_at", "first_commit_at", "created_at")
    merged, closed, first, created = (table[name].cast(pa.int64()).to_pylist() for name in names)
    texts = [table[name].to_pylist() for name in ("pull_request_id", "repo", "head_branch")]
    for pull, repo, branch, *moments in zip(*texts, merged, closed, first, created, strict=True):
        end = moments[0] if moments[0] is not None else moments[1]
        begins = [moment for moment in moments[2:] if moment is not None]
        if not branch or (end is None and not begins):
            continue
        far = end if end is not None else 2**62
        begin = min(begins, default=far) if end is None else far
        index.pulls[repo, branch].append((far, pull, begin))


def _add_evidence(table: pa.Table, index: _Index) -> None:
    names = ("subject_kind", "subject_id", "kind", "tool", "session_id")
    moments = table["occurred_at"].cast(pa.int64()).to_pylist()
    direct = {anchor[1] for found in index.authors.values() for anchor in found}
    seen: set[tuple[str, str]] = set()
    for kind, subject, sign, tool, session, moment in zip(
        *(table[name].to_pylist() for name in names), moments, strict=True
    ):
        if kind != "commit":
            continue
        commit = index.commits.get(subject)
        when = commit.moment if commit else moment
        if session and when is not None:
            how: How = "session_note" if sign == "note" else "session_trailer"
            index.sessions[session].append((when, subject, how))
        if commit and subject in direct and (subject, _tool(tool)) not in seen:
            seen.add((subject, _tool(tool)))
            index.tools[commit.repo, _tool(tool)].append((when or 0, subject))
