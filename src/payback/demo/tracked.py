"""Which changes were made in Cursor, whose code tracking tells of their commits whether or not Git shows a mark.

Only those who hold a seat and use it; a change that carries Cursor's mark was made there, and so were some without any.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.demo.people import CURSOR
from payback.demo.seats import holdings
from payback.demo.span import day_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.demo.people import Company
    from payback.demo.records import Change
    from payback.demo.span import Span

UNMARKED = 0.25
REMEMBERED = timedelta(days=350)
IDLE = "identity"


def track(span: Span, company: Company, changes: Iterable[Change]) -> None:
    """Marks the changes that were made in Cursor as such."""
    since = {
        one.person.id: one.since
        for one in holdings(span, company)
        if one.tool == CURSOR and one.person.memberships[0].team != IDLE
    }
    for change in changes:
        begun, held = day_in(change.commits[0]), since.get(change.author.id)
        if held is None or begun < max(held, span.today - REMEMBERED):
            continue
        if change.kind != "work" or change.sessions or change.mark not in {None, CURSOR}:
            continue
        chance = span.chance("cursor's change", change.repo, change.number)
        change.tracked = change.mark == CURSOR or chance.random() < UNMARKED
