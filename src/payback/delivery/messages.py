"""What a commit message says: subject, trailers, the pull request it names, the commit it reverts.

Reads any text without failing. Knows the forms that GitHub, GitLab, Azure DevOps and Bitbucket write; knows nothing of
AI tools (`markers` does).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_TRAILER = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]{0,4}:[ \t]*(\S.*)$", re.MULTILINE)
_PERSON = re.compile(r"^([^<>]*)<([^<>\s]+)>")
_GITHUB_MERGE = re.compile(r"^Merge pull request #(\d{1,9}) from (\S+)")
_BITBUCKET_MERGE = re.compile(r"^Merged in (\S+) \(pull request #(\d{1,9})\)")
_BITBUCKET_SQUASH = re.compile(r"\(pull request #(\d{1,9})\)$")
_AZURE = re.compile(r"^Merged PR (\d{1,9}): ?(.*)$")
_GITLAB = re.compile(r"^See merge request (?:\S*?)!(\d{1,9})\s*$", re.MULTILINE)
_SQUASH = re.compile(r"\(#(\d{1,9})\)$")
_MERGED_BRANCH = re.compile(
    r"^Merge (?:remote-tracking )?branch '([^']+)'(?: of \S+)?(?: into '?([^\s']+)'?)?"
)
_LISTED = re.compile(r"^\* (\S.*?)\s*$", re.MULTILINE)
_REVERTED_SHA = re.compile(r"^This reverts commit ([0-9a-f]{7,64})\b", re.MULTILINE)
_REVERTED_PULL = re.compile(r"^Reverts (?:([\w.-]+/[\w.-]+))?#(\d{1,9})\b", re.MULTILINE)

Form = Literal["github", "gitlab", "azure", "bitbucket", "squash"]


@dataclass(frozen=True, slots=True)
class Trailer:
    """One `Key: value` line. `in_last_paragraph` is what git itself calls a trailer; others stand mid-body."""

    key: str
    value: str
    in_last_paragraph: bool


@dataclass(frozen=True, slots=True)
class PullMention:
    """The pull request that a message says it merges."""

    number: int
    form: Form
    title: str | None
    head_branch: str | None
    base_branch: str | None


def subject_of(message: str) -> str:
    """The first non-empty line."""
    return message.strip("\n\r \t").split("\n", 1)[0].rstrip("\r")


def trailers_of(message: str) -> tuple[Trailer, ...]:
    """Every line-anchored `Key: value` below the subject, keys in lower case, in order."""
    text = message.replace("\r\n", "\n").strip("\n")
    head, blank, _ = text.rpartition("\n\n")
    last = len(head) + len(blank) if blank else len(text)
    body = text.find("\n")
    if body < 0:
        return ()
    return tuple(
        Trailer(found[1].lower(), found[2].strip(), found.start() >= last)
        for found in _TRAILER.finditer(text, body + 1)
    )


def person_of(value: str) -> tuple[str, str] | None:
    """Name and lower-case address of `Name <address>`, or None."""
    found = _PERSON.match(value.strip())
    return (found[1].strip(), found[2].strip().lower()) if found else None


def merged_branches(message: str) -> tuple[str, str | None] | None:
    """The branch that `Merge branch 'x' into y` merges, and the one it goes into where said."""
    found = _MERGED_BRANCH.match(subject_of(message))
    return (found[1], found[2]) if found else None


def pull_mention(message: str, *, is_merge: bool) -> PullMention | None:
    """The pull request that this message merges, or None. A bare `(#12)` counts only for a commit with one parent."""
    subject = subject_of(message)
    if found := _GITHUB_MERGE.match(subject):
        title = _first_line_after(message)
        return PullMention(int(found[1]), "github", title, _without_owner(found[2]), None)
    if found := _BITBUCKET_MERGE.match(subject):
        return PullMention(int(found[2]), "bitbucket", _first_line_after(message), found[1], None)
    if found := _AZURE.match(subject):
        return PullMention(int(found[1]), "azure", found[2] or None, None, None)
    if found := _GITLAB.search(message):
        return _gitlab(message, int(found[1]))
    return None if is_merge else _squash(subject)


def listed_subjects(message: str) -> tuple[str, ...]:
    """The `* subject` lines below the subject, by which a squash tells the commits it was made of, without merges."""
    body = message.replace("\r\n", "\n").strip("\n").partition("\n")[2]
    return tuple(line for line in _LISTED.findall(body) if not line.startswith("Merge "))


def reverted_commit(message: str) -> str | None:
    """The hash that `This reverts commit …` names."""
    found = _REVERTED_SHA.search(message)
    return found[1] if found else None


def reverted_pull(message: str) -> int | None:
    """The number that `Reverts owner/name#12` names."""
    found = _REVERTED_PULL.search(message)
    return int(found[2]) if found else None


def _gitlab(message: str, number: int) -> PullMention:
    branches = merged_branches(message)
    if branches is None:
        return PullMention(number, "gitlab", subject_of(message) or None, None, None)
    return PullMention(number, "gitlab", _first_line_after(message), branches[0], branches[1])


def _squash(subject: str) -> PullMention | None:
    found, form = _BITBUCKET_SQUASH.search(subject), "bitbucket"
    if found is None:
        found, form = _SQUASH.search(subject), "squash"
    if found is None:
        return None
    title = subject[: found.start()].strip() or None
    return PullMention(int(found[1]), "bitbucket" if form == "bitbucket" else "squash", title, None, None)


def _without_owner(head: str) -> str:
    owner, slash, branch = head.partition("/")
    return branch if slash else owner


def _first_line_after(message: str) -> str | None:
    _, _, rest = message.strip("\n\r \t").partition("\n")
    title = rest.strip("\n\r \t").split("\n", 1)[0].rstrip("\r")
    return title if title and not title.startswith("See merge request") else None
