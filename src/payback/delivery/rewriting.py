"""How much of a change was written after its first review, where its branch was rebased in between too. Pure.

A rebase keeps who wrote a commit and when (git-rebase, "--committer-date-is-author-date"), and dates it anew: the date
of the commit alone would call every line of it new. A commit that was written before the review and dated after it was
there before, where a commit by the same author, of the same moment, title and size is dated before the review. Where
none is known it was rebased, amended, or only brought late, and nobody can tell how much of it is new.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    Row = Mapping[str, Any]

MAJOR = 0.3


def is_rewritten(own: Sequence[Row], former: Iterable[Row], first_review: datetime) -> bool | None:
    """Whether over 30 % of the changed lines of commits came after the first review. `former` are commits that these may
    have been before. None where a size is unknown, or where it hangs on commits of which nobody can tell.
    """
    sizes = [_size(one) for one in own]
    whole = sum(size for size in sizes if size is not None)
    if not whole or None in sizes:
        return None
    seen = {_patch(one) for one in former if one["committed_at"] <= first_review}
    late = sum(_size(one) or 0 for one in own if _is_late(one, first_review))
    open_ = sum(_size(one) or 0 for one in own if _is_open(one, first_review) and _patch(one) not in seen)
    if late > MAJOR * whole:
        return True
    return None if late + open_ > MAJOR * whole else False


def former_commits(commits: Iterable[Row]) -> dict[Any, list[Row]]:
    """For each change, the commits that its own may have been before they were rebased: those of the same repository, author,
    moment and title. Told only of changes that have a commit that was dated anew.
    """
    known = list(commits)
    dated_anew: dict[Any, set[Any]] = defaultdict(set)
    for one in known:
        if one["pull_request_id"] is not None and one["authored_at"] < one["committed_at"]:
            dated_anew[_origin(one)].add(one["pull_request_id"])
    found: dict[Any, list[Row]] = defaultdict(list)
    for one in known:
        for change in dated_anew.get(_origin(one), ()):
            found[change].append(one)
    return found


def _origin(one: Row) -> tuple[Any, ...]:
    return one["repo"], one["author_email"], one["authored_at"], one["subject"]


def _patch(one: Row) -> tuple[Any, ...]:
    """What a rebase leaves as it was. One whose size is unknown is like none."""
    size = (one["additions"], one["deletions"]) if one["additions"] is not None else one["commit_id"]
    return *_origin(one), size


def _size(one: Row) -> int | None:
    return None if one["additions"] is None else one["additions"] + (one["deletions"] or 0)


def _is_late(one: Row, first_review: datetime) -> bool:
    return bool(first_review < min(one["authored_at"], one["committed_at"]))


def _is_open(one: Row, first_review: datetime) -> bool:
    return bool(one["authored_at"] <= first_review < one["committed_at"])
