"""What trackers and hosts call a state, as the words of the ledger; and how a file names a repository or a change.

A word that is not known is unknown where the ledger may know nothing (a ticket's category), else ValueError.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from payback.delivery.repositories import name_of_remote

if TYPE_CHECKING:
    from collections.abc import Mapping

_PULL = re.compile(r"^(?:(.+?)[#!])?(\d{1,9})$")
_PULL_ADDRESS = re.compile(
    r"^(https?://.+?)(?:/-)?/(?:pull|pulls|merge_requests|pullrequest|pull-requests)/(\d{1,9})"
)
_PARTS = re.compile(r"[,;|\s]+")


def _table(**words: str) -> Mapping[str, str]:
    return {word: name for name, told in words.items() for word in told.split()}


_CATEGORIES = _table(
    to_do="todo open new opened backlog triage proposed ready planned unstarted reopened created approved icebox accepted"
    " selectedfordevelopment readyfordevelopment readyforwork pending groomed refined",
    in_progress="inprogress indeterminate doing started active review inreview codereview qa testing intesting blocked onhold"
    " waiting development indevelopment committed progress paused implementing readyforreview readyfortest readyforqa"
    " readyforrelease wip",
    done="done closed resolved completed complete released shipped fixed verified merged deployed finished",
    cancelled="canceled cancelled wontfix wontdo duplicate rejected removed invalid notplanned declined abandoned",
)
_BY_PART = (("progress", "in_progress"), ("review", "in_progress"), ("test", "in_progress"), ("blocked", "in_progress"),
            ("waiting", "in_progress"), ("backlog", "to_do"), ("cancel", "cancelled"))  # fmt: skip
_STATES = _table(
    open="open opened active new draft inprogress reopened locked",
    merged="merged completed complete done",
    closed="closed declined abandoned rejected superseded cancelled canceled",
)
_REVIEWS = _table(
    approved="approved approve lgtm approvedwithsuggestions accepted yes 10 5",
    changes_requested="changesrequested requestchanges requestedchanges needswork rejected waitingforauthor declined no -10 -5",
    commented="commented comment commentonly comments",
    dismissed="dismissed reset withdrawn 0",
)
_STATUSES = _table(
    success="success succeeded successful ok passed deployed done completed complete active inactive finished live"
    " partiallysucceeded",
    failure="failure failed fail error errored broken rolledback timedout",
    running="running inprogress started pending queued waiting building requested created notstarted",
    cancelled="cancelled canceled skipped aborted rejected",
)
_KINDS = _table(
    deployment="deployment deploy deployed rollout",
    release="release tag version published",
    workflow_run="workflowrun workflow pipeline build run job ci",
    merge="merge merged push",
)


def category(status_category: str | None, status: str | None) -> str | None:
    """to_do, in_progress, done or cancelled by what the tracker calls the category, else by the words of the status; None where
    neither is known.
    """
    by_category, by_status = _category(status_category), _category(status)
    return by_status if (by_category, by_status) == ("done", "cancelled") else by_category or by_status


def _category(told: str | None) -> str | None:
    word = _folded(told)
    by_part = next((name for part, name in _BY_PART if part in word), None)
    return _CATEGORIES.get(word, by_part)


def state(told: str | None) -> str | None:
    """open, merged or closed; None where nothing is told."""
    return _one_of(_STATES, told, "state")


def review_state(told: str | None) -> str | None:
    """approved, changes_requested, commented or dismissed."""
    return _one_of(_REVIEWS, told, "state")


def status(told: str | None) -> str | None:
    """success, failure, running or cancelled."""
    return _one_of(_STATUSES, told, "status")


def deployment_kind(told: str | None) -> str:
    """deployment, release, workflow_run or merge; a deployment where nothing is told."""
    return _one_of(_KINDS, told, "kind") or "deployment"


def repository(told: str | None, host: str | None) -> str | None:
    """The repository as its remote names it: from an address, from `host/owner/name`, or from `owner/name` at a host."""
    if told is None:
        return None
    if found := name_of_remote(told):
        return found
    parts = [part for part in told.removesuffix(".git").split("/") if part]
    if len(parts) > 2 and "." in parts[0]:
        return "/".join([parts[0].lower(), *parts[1:]])
    return "/".join([host.lower(), *parts] if host else parts)


def change(told: str | None, repo: str | None, host: str | None) -> str | None:
    """`repo#number` from such a text, from an address of a change, or from a number beside a repository."""
    if told is None:
        return None
    if address := _PULL_ADDRESS.match(told):
        return f"{repository(address[1], host)}#{address[2]}"
    found = _PULL.match(told)
    owner = repository(found[1], host) if found and found[1] else repo
    if found is None or owner is None:
        raise ValueError(
            f"{told[:60]!r} names no change; write REPOSITORY#NUMBER, or a number and a column of repositories"
        )
    return f"{owner}#{int(found[2])}"


def listed(told: str | None) -> str | None:
    """Ids that stand in one cell, however they are parted, comma-separated."""
    return ",".join(dict.fromkeys(part for part in _PARTS.split(told or "") if part)) or None


def _one_of(words: Mapping[str, str], told: str | None, what: str) -> str | None:
    if told is None:
        return None
    word = _folded(told)
    if word not in words:
        known = ", ".join(dict.fromkeys(words.values()))
        raise ValueError(f"{what}: {told[:40]!r} is none of {known}")
    return words[word]


def _folded(told: str | None) -> str:
    """A word without case, spaces and signs; a vote such as -10 keeps its sign."""
    text = (told or "").strip().casefold()
    return text if text.lstrip("-").isdigit() else "".join(letter for letter in text if letter.isalnum())
