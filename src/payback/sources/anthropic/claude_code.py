"""The Console's Claude Code report of one UTC day: what each person did, and an estimate of what it would cost.

The estimate repeats money of the cost report (or is notional under a subscription), so it is telemetry and never a charge.
A person has a row per terminal; the day's activity is their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.entries import Activity, Usage
from payback.sources.amounts import cents, count, instant
from payback.sources.anthropic.analytics import who
from payback.sources.anthropic.reply import each, part, within, word
from payback.sources.anthropic.tokens import VENDOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.ledger.entries import Entry, Payment, Rejected
    from payback.sources.anthropic.reply import Params, Row
    from payback.sources.source import Context, Page, Slice

TOOL = "claude_code"
DAY_SECONDS = 86_400
PAYMENT: dict[Any, Payment] = {"api": "metered", "subscription": "seat"}
ROW = ("date", "organization_id", "customer_type", "subscription_type", "terminal_type", "is_remote")
ADDED = (
    "sessions",
    "edits_accepted",
    "edits_rejected",
    "lines_added",
    "lines_removed",
    "commits",
    "pull_requests",
)


def asked(slice_: Slice) -> Params:
    """The one day of a slice."""
    return [("starting_at", f"{slice_.since:%Y-%m-%d}"), ("limit", "1000")]


def day(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Activity per person and use per row and model, from all pages of a day; a row told twice counts once."""
    activities: dict[str, Activity] = {}
    seen: set[str] = set()
    for number, body in enumerate(page.body["pages"], 1):
        part_of = replace(page, body=body, what=f"{page.what}, page {number}")
        for found in each(part_of, context, lambda row: _once(row, page, context, seen)):
            if isinstance(found, Activity):
                before = activities.get(found.person)
                activities[found.person] = found if before is None else _sum(before, found)
            else:
                yield found
    yield from activities.values()


def _once(row: Row, page: Page, context: Context, seen: set[str]) -> Iterable[Entry]:
    """What one row says; nothing where the same person, terminal and kind of customer was read before."""
    person = who(row.get("actor"))
    if person.id is None and word(part(row.get("actor"), "actor").get("email_address")) is None:
        raise ValueError("the row names no actor")
    key = digest(person.id, *(row.get(name) for name in ROW))
    found: list[Entry] = [_activity(row, context), *_usages(row, key, page, context)]
    if key in seen:
        return []
    seen.add(key)
    return found


def _activity(row: Row, context: Context) -> Activity:
    person = who(row.get("actor"))
    told = part(row.get("core_metrics"), "core_metrics")
    lines = part(told.get("lines_of_code"), "lines_of_code")
    edits = [part(one, name) for name, one in part(row.get("tool_actions"), "tool_actions").items()]
    return Activity(
        day=instant(row.get("date")).date(),
        person=str(person.actor or person.id),
        tool=TOOL,
        source=context.source,
        active=True,
        sessions=count(told.get("num_sessions")),
        edits_accepted=sum(count(one.get("accepted")) for one in edits),
        edits_rejected=sum(count(one.get("rejected")) for one in edits),
        lines_added=count(lines.get("added")),
        lines_removed=count(lines.get("removed")),
        commits=count(told.get("commits_by_claude_code")),
        pull_requests=count(told.get("pull_requests_by_claude_code")),
    )


def _sum(one: Activity, other: Activity) -> Activity:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in ADDED})


def _usages(row: Row, key: str, page: Page, context: Context) -> Iterator[Usage]:
    person = who(row.get("actor"))
    start = instant(row.get("date"))
    for told in within(row.get("model_breakdown") or [], "model_breakdown"):
        model = part(told, "model_breakdown")
        tokens = part(model.get("tokens"), "tokens")
        yield Usage(
            usage_id=digest(context.source, key, model.get("model")),
            occurred_at=start,
            bucket_seconds=DAY_SECONDS,
            vendor=VENDOR,
            tool=TOOL,
            source=context.source,
            precedence="telemetry",
            account=page.about.get("account") or word(row.get("organization_id")),
            actor=person.actor,
            api_key=person.api_key,
            model=word(model.get("model")),
            payment=PAYMENT.get(row.get("customer_type")),
            input_tokens=count(tokens.get("input")),
            cache_read_tokens=count(tokens.get("cache_read")),
            cache_write_5m_tokens=count(tokens.get("cache_creation")),
            output_tokens=count(tokens.get("output")),
            requests=0,
            reported_usd=_dollars(model.get("estimated_cost")),
            quality="estimated",
        )


def _dollars(told: Any) -> Any:
    """The estimate in dollars; None where it is in another currency or missing."""
    if not isinstance(told, Mapping) or told.get("currency", "USD") != "USD":
        return None
    return cents(told.get("amount"))
