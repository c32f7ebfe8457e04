"""Claude Enterprise's engagement reports: what each user did on a day, by product, and how many seats are assigned.

A day is published at about 10:00 UTC of the next; asking earlier is refused by the vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Activity, Rejected, Seat
from payback.sources.amounts import count, instant
from payback.sources.anthropic.reply import each, part, within, word
from payback.sources.anthropic.tokens import VENDOR
from payback.sources.anthropic.ways import ORGANISATION
from payback.sources.source import DAY, Page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Entry
    from payback.sources.anthropic.reply import Params, Row
    from payback.sources.source import Ask, Context, Slice

SUMMARIES = f"{ORGANISATION}/analytics/summaries"
CHAT, CODE, COWORK = "claude", "claude_code", "cowork"
RECENT_DAYS = 7


def asked(slice_: Slice) -> Params:
    """The one day of a slice."""
    return [("date", f"{slice_.since:%Y-%m-%d}"), ("limit", "1000")]


def users(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Activity per user and product of a day; a product that a user did not touch has no row."""
    for number, body in enumerate(page.body["pages"], 1):
        told = Page(body, f"{page.what}, page {number}")
        yield from each(told, context, lambda row: _user(row, page.about["day"], context))


def _user(row: Row, day: str, context: Context) -> Iterable[Entry]:
    user = part(row.get("user"), "user")
    person = word(user.get("email_address")) or word(user.get("id"))
    if person is None:
        raise ValueError("the row names no user")
    same: dict[str, Any] = {
        "day": date.fromisoformat(day),
        "person": person,
        "source": context.source,
        "active": True,
    }
    chat = part(row.get("chat_metrics"), "chat_metrics")
    code = part(row.get("claude_code_metrics"), "claude_code_metrics")
    cowork = part(row.get("cowork_metrics"), "cowork_metrics")
    if _moved(code):
        yield Activity(tool=CODE, **same, **_code(code))
    for tool, told, sessions in (
        (CHAT, chat, "distinct_conversation_count"),
        (COWORK, cowork, "distinct_session_count"),
    ):
        if _moved(told):
            yield Activity(
                tool=tool, **same, sessions=_known(told, sessions), chats=_known(told, "message_count")
            )


def _code(told: Row) -> dict[str, Any]:
    core = part(told.get("core_metrics"), "core_metrics")
    lines = part(core.get("lines_of_code"), "lines_of_code")
    edits = [part(one, name) for name, one in part(told.get("tool_actions"), "tool_actions").items()]
    return {
        "sessions": _known(core, "distinct_session_count"),
        "edits_accepted": sum(count(one.get("accepted_count")) for one in edits),
        "edits_rejected": sum(count(one.get("rejected_count")) for one in edits),
        "lines_added": _known(lines, "added_count"),
        "lines_removed": _known(lines, "removed_count"),
        "commits": _known(core, "commit_count"),
        "pull_requests": _known(core, "pull_request_count"),
    }


def _known(told: Row, name: str) -> int | None:
    return None if told.get(name) is None else count(told[name])


def _moved(told: Any) -> bool:
    """Whether any count in an object, however deep, is more than nothing."""
    if isinstance(told, Mapping):
        return any(_moved(one) for one in told.values())
    return isinstance(told, int | float) and told > 0


def summaries(ask: Ask) -> Iterator[Page]:
    """The summaries of the last days, the newest last."""
    since = ask.now - RECENT_DAYS * DAY
    body = ask.http.get(SUMMARIES, [("starting_date", f"{since:%Y-%m-%d}")]).body
    yield Page(body, SUMMARIES)


def seats(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """As many seats as the newest summary says are assigned. Whose they are, the vendor does not tell here."""
    try:
        told = [
            part(one, "summary") for one in within(part(page.body, "the reply").get("summaries"), "summaries")
        ]
        counted = {
            instant(one.get("ending_at")): count(one["assigned_seat_count"])
            for one in told
            if one.get("assigned_seat_count") is not None
        }
    except ValueError as error:
        yield Rejected(context.source, str(error), page.what)
        return
    assigned = counted[max(counted)] if counted else 0
    for number in range(1, assigned + 1):
        yield Seat(seat_id=digest(context.source, number), tool=CHAT, vendor=VENDOR, source=context.source)
