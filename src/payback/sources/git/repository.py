"""One repository on disk: where its data lies, what it is called, its refs, its default branch, its limits.

Several working folders (worktrees) of one repository are one place. Nothing here reads history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from payback.delivery.repositories import repository_name
from payback.sources.git.command import attempt, run
from payback.sources.git.reflog import LEFT, branches_left

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payback.sources.git.command import Git

_USUAL = ("main", "master")
_PULL_HEADS = ("refs/pull/", "refs/merge-requests/", "refs/pull-requests/")
HEADS, REMOTES, TAGS = "refs/heads/", "refs/remotes/", "refs/tags/"
NOTES = "refs/notes/ai"


@dataclass(frozen=True, slots=True)
class Default:
    """The branch that changes are merged into: its name and the commit at its tip."""

    name: str | None
    tip: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A repository as found: name as in every table, git's own folder, refs by full name, what limits its reading."""

    name: str
    git_dir: Path
    refs: dict[str, str]
    default: Default | None
    shallow: frozenset[str]
    is_partial: bool
    own_email: str | None

    def tips(self) -> dict[str, str]:
        """Refs whose history is work: branches, those deleted lately, tags, heads of pull requests, and HEAD itself."""
        wanted = (HEADS, REMOTES, TAGS, LEFT)
        return {
            ref: sha
            for ref, sha in self.refs.items()
            if ref == "HEAD" or ref.startswith(wanted) or pull_number(ref) is not None
        }


def look(git: Git, path: Path) -> Place:
    """The repository that a folder belongs to. SourceError if git knows none there."""
    git_dir = _git_dir(git, path)
    refs = _refs(git, path)
    refs |= _left(git, path, git_dir, refs)
    remote = attempt(git, path, ["config", "--get", "remote.origin.url"]) or _only_remote(git, path)
    folder = git_dir.parent.name if git_dir.name == ".git" else git_dir.name
    email = attempt(replace(git, reads_personal_settings=True), path, ["config", "--get", "user.email"])
    return Place(
        name=repository_name(remote.decode("utf-8", "replace") if remote else None, folder),
        git_dir=git_dir,
        refs=refs,
        default=_default(refs, partial(_symbolic, git, path)),
        shallow=_shallow(git_dir),
        is_partial=attempt(
            git, path, ["config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$"]
        )
        is not None,
        own_email=email.decode("utf-8", "replace").strip().lower() if email else None,
    )


@dataclass(frozen=True, slots=True)
class Trunk:
    """The default branch and no more: git's own folder, the commit at its tip, where a shallow history begins, and the tip
    of the notes about AI.
    """

    git_dir: Path
    tip: str
    shallow: frozenset[str]
    notes: str | None


def trunk(git: Git, path: Path) -> Trunk | None:
    """The default branch as it is here, a local one that is ahead of its remote; None where nothing is committed.
    Far quicker than a whole look. SourceError if git knows no repository there.
    """
    git_dir = _git_dir(git, path)
    words = ["for-each-ref", "--format=%(objectname) %(refname) %(symref)", HEADS, f"{REMOTES}origin/", NOTES]
    listed = run(git, path, words).decode("utf-8", "surrogateescape")
    found = [line.split(" ") for line in listed.splitlines()]
    refs, links = {ref: sha for sha, ref, _ in found}, {ref: link for _, ref, link in found if link}
    default = _default(refs, lambda ref: links.get(ref) if ref != "HEAD" else _symbolic(git, path, ref))
    if default is None:
        head = attempt(git, path, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        default = _default({"HEAD": head.decode().strip()}, lambda _: None) if head else None
    if default is None:
        return None
    tip = default.tip
    for other in default.candidates:
        if other != tip and attempt(git, path, ["merge-base", "--is-ancestor", tip, other]) is not None:
            tip = other
    return Trunk(git_dir, tip, _shallow(git_dir), refs.get(NOTES))


def branch_of(ref: str) -> str | None:
    """The branch's name of a local or remote branch ref; None for others and for a remote's HEAD."""
    if ref.startswith(HEADS):
        return ref.removeprefix(HEADS)
    if ref.startswith(REMOTES):
        _, slash, name = ref.removeprefix(REMOTES).partition("/")
        return name if slash and name != "HEAD" else None
    return None


def pull_number(ref: str) -> int | None:
    """The number N of `refs/pull/N/head` and its kin, where a mirror holds them."""
    for prefix in _PULL_HEADS:
        if ref.startswith(prefix):
            number, _, kind = ref.removeprefix(prefix).partition("/")
            return int(number) if number.isdigit() and kind in {"head", "from"} else None
    return None


def present(git: Git, path: Path, names: list[str]) -> dict[str, str]:
    """Of these hashes or refs, those that lead to a commit that is here, with that commit's hash."""
    if not names:
        return {}
    asked = [f"{name}^{{commit}}\n".encode("utf-8", "surrogateescape") for name in names]
    out = run(git, path, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], asked)
    answers = zip(names, out.decode("utf-8", "surrogateescape").splitlines(), strict=True)
    return {name: line.split(" ")[0] for name, line in answers if line.endswith(" commit")}


def _git_dir(git: Git, path: Path) -> Path:
    return Path(run(git, path, ["rev-parse", "--path-format=absolute", "--git-common-dir"]).decode().strip())


def _shallow(git_dir: Path) -> frozenset[str]:
    file = git_dir / "shallow"
    return frozenset(file.read_text("ascii", "replace").split()) if file.is_file() else frozenset()


def _refs(git: Git, path: Path) -> dict[str, str]:
    """Every ref that leads to a commit which is here; a ref to a missing object is as if it were not."""
    out = run(git, path, ["for-each-ref", "--format=%(objectname) %(refname)"])
    pairs = [line.split(" ", 1) for line in out.decode("utf-8", "surrogateescape").splitlines()]
    peeled = present(git, path, list(dict.fromkeys(["HEAD", *(sha for sha, _ in pairs)])))
    found = {ref: peeled[sha] for sha, ref in pairs if sha in peeled}
    return {**found, "HEAD": peeled["HEAD"]} if "HEAD" in peeled else found


def _left(git: Git, path: Path, git_dir: Path, refs: dict[str, str]) -> dict[str, str]:
    """Branches that are deleted and whose last commit is still here, as `left/refs/heads/<name>`."""
    there = {branch_of(ref) for ref in refs}
    left = {name: sha for name, sha in branches_left(git_dir).items() if name not in there}
    here = present(git, path, list(dict.fromkeys(left.values())))
    return {f"{LEFT}{HEADS}{name}": sha for name, sha in left.items() if sha in here}


def _default(refs: dict[str, str], leads_to: Callable[[str], str | None]) -> Default | None:
    """By origin/HEAD, else a branch of a usual name, else what HEAD names, else a detached HEAD."""

    def named() -> Iterator[str | None]:
        yield leads_to(f"{REMOTES}origin/HEAD")
        yield from _usual(refs)
        yield leads_to("HEAD")

    for ref in named():
        name = branch_of(ref) if ref else None
        tips = tuple(refs[full] for full in (f"{REMOTES}origin/{name}", f"{HEADS}{name}") if full in refs)
        if name and tips:
            return Default(name, tips[0], tips)
    return Default(None, refs["HEAD"], (refs["HEAD"],)) if "HEAD" in refs else None


def _usual(refs: dict[str, str]) -> list[str]:
    return [
        f"{root}{name}" for name in _USUAL for root in (f"{REMOTES}origin/", HEADS) if f"{root}{name}" in refs
    ]


def _symbolic(git: Git, path: Path, ref: str) -> str | None:
    out = attempt(git, path, ["symbolic-ref", "--quiet", ref])
    return out.decode("utf-8", "surrogateescape").strip() if out else None


def _only_remote(git: Git, path: Path) -> bytes | None:
    out = attempt(git, path, ["config", "--get-regexp", r"^remote\..*\.url$"])
    lines = out.splitlines() if out else []
    return lines[0].split(b" ", 1)[1] if len(lines) == 1 and b" " in lines[0] else None
