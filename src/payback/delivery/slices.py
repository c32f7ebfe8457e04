"""Rows of `links`: which stretch of a session belongs to which repository, branch, commit and pull request.

A session that goes from one branch to another and back gives three slices. Weights of one session's slices for one kind
of target, with what no target took, add up to 1: by list price where all of the session is priced, else by requests.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from payback.delivery.evidence import digest
from payback.ledger.tables import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCE = "links"
_KINDS = ("repository", "branch", "commit", "pull_request")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Moment:
    moment: int
    usage_id: str
    list_usd: Decimal | None
    targets: tuple[str | None, ...]
    how: str


@dataclass(frozen=True, slots=True)
class _Slice:
    kind: str
    target: str
    how: str
    members: tuple[_Moment, ...]


def link_rows(usage: pa.Table, assigned: pa.Table, now: datetime) -> pa.Table:
    """The `links` table of sessions. `usage` and `assigned` hold the same requests in the same order; `usage` needs
    usage_id, occurred_at, session_id, list_usd. Requests without a session have no link.
    """
    rows = [
        row for session, moments in _sessions(usage, assigned).items() for row in _links(session, moments)
    ]
    stamped = [{**row, "source": SOURCE, "synced_at": now} for row in rows]
    return pa.Table.from_pylist(stamped, schema=BY_NAME["links"].schema)


def _sessions(usage: pa.Table, assigned: pa.Table) -> dict[str, list[_Moment]]:
    sessions: dict[str, list[_Moment]] = defaultdict(list)
    moments = usage["occurred_at"].cast(pa.int64()).to_pylist()
    known = (usage[name].to_pylist() for name in ("usage_id", "session_id", "list_usd"))
    places = (
        assigned[name].to_pylist() for name in ("repo", "branch", "commit_id", "pull_request_id", "how")
    )
    for moment, usage_id, session, price, repo, branch, *change, how in zip(
        moments, *known, *places, strict=True
    ):
        if session is not None:
            at_branch = f"{repo}:{branch}" if repo and branch else None
            sessions[session].append(_Moment(moment, usage_id, price, (repo, at_branch, *change), how))
    for found in sessions.values():
        found.sort(key=lambda one: (one.moment, one.usage_id))
    return sessions


def _links(session: str, moments: Sequence[_Moment]) -> Iterator[dict[str, Any]]:
    whole = _weight(moments, moments)
    for position, kind in enumerate(_KINDS):
        for part in _slices(moments, position, kind):
            begin, end = part.members[0], part.members[-1]
            yield {
                "link_id": digest(session, kind, part.target, begin.usage_id),
                "from_kind": "session",
                "from_id": session,
                "to_kind": kind,
                "to_id": part.target,
                "how": part.how,
                "weight": float(_weight(part.members, moments) / whole) if whole else None,
                "valid_from": _EPOCH + timedelta(microseconds=begin.moment),
                "valid_until": _EPOCH + timedelta(microseconds=end.moment + 1),
            }


def _slices(moments: Sequence[_Moment], position: int, kind: str) -> Iterator[_Slice]:
    held: list[_Moment] = []
    for one in moments:
        if held and _key(held[-1], position) != _key(one, position):
            yield from _slice(held, position, kind)
            held = []
        held.append(one)
    yield from _slice(held, position, kind)


def _slice(held: Sequence[_Moment], position: int, kind: str) -> Iterator[_Slice]:
    if held and (target := held[0].targets[position]) is not None:
        how = held[0].how if position >= 2 else "working_directory" if position == 0 else "branch_at_the_time"
        yield _Slice(kind, target, how, tuple(held))


def _key(one: _Moment, position: int) -> tuple[str | None, str | None]:
    return one.targets[position], one.how if position >= 2 else None


def _weight(part: Sequence[_Moment], session: Sequence[_Moment]) -> Decimal:
    if any(one.list_usd is None for one in session):
        return Decimal(len(part))
    priced = sum((one.list_usd for one in part if one.list_usd is not None), Decimal(0))
    return priced if any(one.list_usd for one in session) else Decimal(len(part))
