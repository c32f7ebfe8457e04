"""Opsgenie, until it ends (April 2027): its incidents, taken over once. A window asked for reads that stretch again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Incident
from payback.sources.amounts import instant
from payback.sources.source import Page, Setting, Slice, Source, Stream, since_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.sources.source import Ask, Context, Plan

MOST, DEEPEST = 100, 20_000
HISTORY = timedelta(days=1500)
ENDED = frozenset({"resolved", "closed"})


def plan(told: Plan) -> Iterator[Slice]:
    """All of it, if it was never read."""
    if told.window:
        yield Slice(*told.window, "")
    elif "" not in told.marks:
        yield Slice(since_told(told.told, told.now - HISTORY), told.now, told.now.isoformat())


def fetch(ask: Ask) -> Iterator[Page]:
    """Incidents by their creation. Where a list is deeper than it may be paged through, it goes on from the last."""
    since, start = _milliseconds(ask.part.since), 0
    until = _milliseconds(ask.part.until)
    while True:
        query = f"createdAt>{since} AND createdAt<{until}"
        params = {"query": query, "sort": "createdAt", "order": "asc", "limit": MOST, "offset": start}
        rows = [
            one
            for one in (ask.http.get("/v1/incidents", params).body or {}).get("data") or ()
            if isinstance(one, dict)
        ]
        yield Page(rows, f"incidents since {ask.part.since:%Y-%m-%d}")
        if len(rows) < MOST:
            return
        start += MOST
        if start + MOST > DEEPEST:
            since, start = _milliseconds(instant(rows[-1]["createdAt"])) - 1, 0


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def parse(page: Page, context: Context) -> Iterable[Incident | Rejected]:
    """A row per incident. One that ended did so with its impact, else when it was last changed."""
    for number, told in enumerate(page.body, start=1):
        try:
            ended = told.get("impactEndDate") or told.get("updatedAt")
            yield Incident(
                incident_id=str(told["id"]),
                opened_at=instant(told["createdAt"]),
                source=context.source,
                title=told.get("message"),
                service=next(iter(map(str, told.get("impactedServices") or ())), None),
                severity=told.get("priority"),
                team=_team(told.get("responders") or ()),
                url=(told.get("links") or {}).get("web"),
                resolved_at=instant(ended) if told.get("status") in ENDED and ended else None,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"incident is not read: {error!r}"[:200], page.what, number)


def _team(responders: Iterable[Mapping[str, Any]]) -> str | None:
    return next((one.get("name") or one.get("id") for one in responders if one.get("type") == "team"), None)


SOURCE = Source(
    kind="opsgenie",
    title="Opsgenie",
    vendor="atlassian",
    base="https://api.opsgenie.com",
    settings=(Setting("key", "An API key with read access", secret=True, required=True),),
    streams=(
        Stream(
            name="incidents",
            title="incidents",
            tables=("incidents",),
            needs="an API key with read access, on the Standard or Enterprise plan",
            pages=("Delivery",),
            plan=plan,
            fetch=fetch,
            parse=parse,
            by_id=True,
        ),
    ),
    headers=lambda secrets, _told: {"authorization": f"GenieKey {secrets['key']}"},
    note="An owner makes the key under Settings, API key management; for the EU, base_url is https://api.eu.opsgenie.com.",
)
