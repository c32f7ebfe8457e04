"""One response, one row, for copies as the tally holds them: the compact form of `ledger.identity.merge`.

The numbers are those of the copy with the largest output (ties: a final one, then one that names its speed, then the
earliest); session, folder and branch are those of the copy with the smallest session id; copies outside side chains come
before those inside. A side chain that replays a response under another request id is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.agents.copies import merged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.sources.agents.copies import Copy
    from payback.sources.agents.rows import Digested


def resolved(copies: Iterable[Digested]) -> list[Copy]:
    """The responses behind copies, given by the digest of their id and by what tells requests under it apart."""
    groups: dict[int, dict[int, Copy]] = {}
    for group, sub, copy in copies:
        requests = groups.setdefault(group, {})
        requests[sub] = merged(requests[sub], copy) if sub in requests else copy
    return [copy for requests in groups.values() for copy in _billed(list(requests.values()))]


def _billed(requests: list[Copy]) -> list[Copy]:
    if len(requests) > 1 and not all(place[0] for _, place in requests):
        return [copy for copy in requests if not copy[1][0]]
    return requests
