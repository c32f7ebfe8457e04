"""What counts as one review where hosts tell them differently: what somebody says to a change in one sitting. Pure.

GitHub hands over a review with its comments; GitLab, Azure DevOps and Bitbucket each comment and verdict by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

APART = timedelta(hours=1)


def sittings(said: Iterable[tuple[str, str, datetime]]) -> Iterator[tuple[str, str, datetime]]:
    """Who, which change and when each sitting began. `said` is likewise what was said; what follows within an hour of the last
    belongs to the same sitting.
    """
    last: tuple[str, str, datetime] | None = None
    for one in sorted(said):
        if last is None or one[:2] != last[:2] or one[2] - last[2] > APART:
            yield one
        last = one
