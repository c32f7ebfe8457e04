"""The invented repositories: branches, merges and squashes, trailers of agents, notes by line, reverts, bots.

Each is what a clone that was never pruned looks like: `origin` with every pull request's branch; two of them hold
the heads of all of them as well (`refs/pull/N/head` at GitHub), two hold git-ai notes. Knows no ledger and no log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

import orjson

from payback.demo import marks
from payback.demo.fast_import import Commit, Import, git
from payback.demo.lines import Brought, MainLine, written
from payback.demo.merging import GITHUB, OWNER, Merging
from payback.demo.people import CLAUDE, CODEX, GEMINI
from payback.demo.prices import HAIKU, OPUS, SONNET
from payback.demo.records import whole
from payback.demo.trees import Patch, Tree, Typist, applied, size
from payback.demo.words import subject

if TYPE_CHECKING:
    from pathlib import Path

    from payback.demo.lines import Sheet
    from payback.demo.people import Person
    from payback.demo.records import Change, Session
    from payback.demo.span import Span

HOST = "git.example.com"
WITH_PULL_REFS = ("billing", "platform-infra")
WITH_NOTES = ("billing", "search-engine")
NAMES = {OPUS: "Claude Opus 4.5", SONNET: "Claude Sonnet 4.5", HAIKU: "Claude Haiku 4.5"}
FOOTER = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"
WORKING = (
    "refs/remotes/origin/main"  # every branch is written through this one ref, which ends where main ends
)
ORIGIN = '[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
TRAILERS = {
    CODEX: "Co-authored-by: Codex <noreply@openai.com>",
    GEMINI: "Assisted-by: Gemini CLI (gemini-2.5-pro)",
    "cursor": "Made-with: Cursor\nCo-authored-by: Cursor <cursoragent@cursor.com>",
    "copilot": "Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
}


def remote(name: str) -> str:
    """The address that a repository's `origin` names."""
    return f"https://{HOST}/{OWNER}/{name}.git"


def full_name(name: str) -> str:
    """host/owner/name of a repository."""
    return f"{HOST}/{OWNER}/{name}"


def write(
    place: Path, span: Span, founder: Person, changes: list[Change], merging: Merging = GITHUB
) -> list[Brought]:
    """The repository at `place` with these changes in it and its main branch checked out; the lines that each commit
    brought to it come back.

    Raises SourceError if git cannot be run or refuses.
    """
    place.mkdir(parents=True)
    with Import(place) as stream:
        history = _History(stream, span, place.name, merging)
        history.begin(founder)
        history.write(changes)
    config = place / ".git" / "config"
    told = config.read_text(encoding="utf-8")
    config.write_text(told + ORIGIN.format(url=remote(place.name)), encoding="utf-8")
    git(place, "reset", "--quiet", "--hard", "refs/heads/main")
    return history.lines.told


@dataclass(slots=True)
class _Branch:
    """A change while it is written: its version of the files, its head, what it did, who wrote which line of it."""

    tree: Tree
    head: int
    sheet: Sheet
    patches: list[Patch] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    merge: int | None = None
    noted: list[tuple[int, Session, dict[str, str]]] = field(default_factory=list)


class _History:
    def __init__(self, stream: Import, span: Span, name: str, merging: Merging) -> None:
        self.stream, self.span, self.name, self.merging = stream, span, name, merging
        self.chance = span.chance("repository", name)
        self.typist = Typist(self.chance)
        self.tree: Tree = {}
        self.head = 0
        self.branches: dict[int, _Branch] = {}
        self.lines = MainLine()

    def begin(self, founder: Person) -> None:
        """The files as they stood before the company's first month."""
        self.tree = self.typist.first_tree(self.name)
        start = datetime.combine(self.span.first, time(9), UTC) - timedelta(days=30)
        who = _signed(founder.name, founder.email)
        self.head = self.stream.commit(Commit("refs/heads/main", who, who, start, "Begin\n", self.tree))
        self.lines.begin(self.tree, Brought(start, founder))

    def write(self, changes: list[Change]) -> None:
        """Everything in order of time, so that each branch begins at the main line of its day."""
        events = [(instant, 0, change) for change in changes for instant in change.commits]
        events += [(change.merged_at, 1, change) for change in changes if change.merged_at]
        for instant, is_merge, change in sorted(events, key=lambda event: (*event[:2], event[2].number)):
            if is_merge:
                self.merge(change, instant)
            else:
                self.commit(change, instant)
        self.note_down(changes)
        self.call(changes)
        self.stream.point(WORKING, self.head)
        self.stream.refs(self.refs(changes))

    def refs(self, changes: list[Change]) -> dict[str, int]:
        """Where each branch stands at the end; of a name that was used again, the later one."""
        heads = {
            f"refs/remotes/origin/{change.branch}": self.branches[change.number].head for change in changes
        }
        form = self.merging.head
        if form and self.name in WITH_PULL_REFS:
            heads |= {
                self.merging.told(form, change): self.branches[change.number].head for change in changes
            }
        return heads

    def commit(self, change: Change, instant: datetime) -> None:
        """One commit on the change's branch."""
        branch = self.branches.setdefault(
            change.number, _Branch(dict(self.tree), self.head, dict(self.lines.sheet))
        )
        patches, said = self.done(change, branch)
        change.written.sizes.append(0)
        for patch in patches:
            change.written.sizes[-1] += size(branch.tree, patch)
            applied(branch.tree, patch)
        files = {patch.path: branch.tree[patch.path] for patch in patches}
        who = self.author(change.author)
        session = _before(change, instant)
        message = "\n\n".join((said, *_signature(change.mark, session))) + "\n"
        branch.head = self.stream.commit(
            Commit(WORKING, who, who, instant, message, files, parents=(branch.head,))
        )
        branch.patches += patches
        if not change.squashed:
            mine = Brought(whole(instant), change.author, change, marks.of_commit(change))
            branch.sheet |= written(branch.sheet, files, lambda _path, _line: mine)
        branch.marks.append(branch.head)
        change.written.messages.append(message)
        branch.subjects.append(said.split("\n", 1)[0])
        if self.name in WITH_NOTES and change.mark == CLAUDE and session is not None:
            branch.noted.append((branch.head, session, _ranges(branch.tree, patches)))

    def done(self, change: Change, branch: _Branch) -> tuple[list[Patch], str]:
        """What a commit changes, and its message without trailers."""
        if change.kind == "bot":
            return self.typist.bump(branch.tree, change.title), change.title
        if change.reverts is not None:
            undone = self.branches[change.reverts.number]
            name = self.stream.name(undone.head)
            patches = [patch.reversed() for patch in reversed(undone.patches)]
            return patches, f"{change.title}\n\nThis reverts commit {name}."
        said = change.title if len(change.commits) == 1 else subject(self.chance)
        return self.typist.patches(branch.tree), said

    def merge(self, change: Change, instant: datetime) -> None:
        """The change's patches on the main line, as a merge commit or as one squashed commit."""
        branch, before = self.branches[change.number], dict(self.tree)
        for patch in branch.patches:
            applied(self.tree, patch)
        files = {patch.path: self.tree[patch.path] for patch in branch.patches}
        parents: tuple[int, ...] = (self.head,)
        if change.squashed:
            who = self.author(change.author)
            message = self.squashed(change, branch.subjects, _before(change, instant))
        else:
            who = self.author(change.merger or change.author)
            parents = (self.head, branch.head)
            message = self.merging.told(self.merging.merge, change)
        self.head = self.stream.commit(
            Commit("refs/heads/main", who, self.merging.committer or who, instant, message, files, parents)
        )
        branch.merge = self.head
        changed = {path: lines for path, lines in files.items() if lines != before.get(path)}
        self.lines.merged(self.owners(change, branch, changed), whole(instant), change)

    def owners(self, change: Change, branch: _Branch, files: Tree) -> Sheet:
        """Who wrote the lines of the files that a merge changed."""
        if change.squashed:
            squash = Brought(
                whole(change.merged_at or self.span.until), change.author, change, marks.of_squash(change)
            )
            return written(self.lines.sheet, files, lambda _path, _line: squash)
        made = written(self.lines.sheet, files, lambda path, line: branch.sheet[path][line][-1])
        same = {path for path, lines in files.items() if lines == branch.tree.get(path)}
        return {path: branch.sheet[path] if path in same else page for path, page in made.items()}

    def call(self, changes: list[Change]) -> None:
        """What Git calls each change's commits and merge, and how large it is, on the change."""
        told = [self.branches[change.number] for change in changes]
        marks = [mark for one in told for mark in (*one.marks, *([one.merge] if one.merge else ()))]
        names = dict(zip(marks, self.stream.names(marks), strict=True))
        for change, one in zip(changes, told, strict=True):
            written = change.written
            written.commits = [names[mark] for mark in one.marks]
            written.merge = names[one.merge] if one.merge else None
            written.added = sum(len(patch.added) for patch in one.patches)
            written.dropped = sum(len(patch.dropped) for patch in one.patches)
            written.files = len({patch.path for patch in one.patches})

    def note_down(self, changes: list[Change]) -> None:
        """The git-ai notes: which lines of a commit which conversation wrote."""
        notes: dict[int, str] = {}
        for change in changes:
            for mark, session, ranges in self.branches[change.number].noted:
                notes[mark] = _note(session, self.stream.name(mark), ranges)
        if notes:
            who = _signed("git-ai", "git-ai@lumen-harbour.example")
            end = self.span.until - timedelta(minutes=1)
            self.stream.commit(Commit("refs/notes/ai", who, who, end, "Notes added by git-ai\n", notes=notes))

    def squashed(self, change: Change, subjects: list[str], session: Session | None) -> str:
        """The message of a squash: the title, what it was made of, what it takes back, and the trailers."""
        body = "\n\n".join(f"* {said}" for said in subjects) if len(subjects) > 1 else ""
        told = [self.merging.told(self.merging.squash, change), body]
        if change.reverts is not None:
            told.append(self.merging.told(self.merging.revert, change.reverts))
        return "\n\n".join(part for part in (*told, *_signature(change.mark, session)) if part) + "\n"

    def author(self, person: Person) -> str:
        """Name and e-mail as this commit has them; some people use a private address now and then."""
        private = bool(person.git_emails) and self.chance.random() < 0.3
        return _signed(person.name, person.git_emails[0] if private else person.email)


def _signed(name: str, email: str) -> str:
    return f"{name} <{email}>"


def _before(change: Change, instant: datetime) -> Session | None:
    """The conversation that led to a commit."""
    return next((session for session in reversed(change.sessions) if session.ended_at <= instant), None)


def _signature(mark: str | None, session: Session | None) -> tuple[str, ...]:
    """The last paragraphs of a commit message that say which agent took part."""
    if mark is None:
        return ()
    if mark == CLAUDE:
        model = NAMES.get(session.model, "Claude") if session else "Claude"
        return (FOOTER, f"Co-Authored-By: {model} <noreply@anthropic.com>")
    return (TRAILERS[mark],)


def _ranges(tree: Tree, patches: list[Patch]) -> dict[str, str]:
    """Where the added lines of each patch stand, counted from 1."""
    found = {}
    for patch in patches:
        if patch.added and patch.added[0] in tree[patch.path]:
            first = tree[patch.path].index(patch.added[0]) + 1
            found[patch.path] = f"{first}-{first + len(patch.added) - 1}"
    return found


def _note(session: Session, name: str, ranges: dict[str, str]) -> str:
    """One note in git-ai's authorship form 3.0.0."""
    key = f"s_{session.id.replace('-', '')[:14]}"
    files = "".join(f"{path}\n  {key}::t_{name[:14]} {lines}\n" for path, lines in sorted(ranges.items()))
    agent = {"tool": "claude", "id": session.id, "model": session.model}
    about = {
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.0.0",
        "base_commit_sha": name,
        "prompts": {},
        "sessions": {key: {"agent_id": agent, "human_author": session.person.name}},
    }
    return f"{files}---\n{orjson.dumps(about, option=orjson.OPT_INDENT_2).decode()}\n"
