"""incident.io: incidents that happened. Tests, tutorials and those declined, merged or cancelled are none.

Its timestamps are named by each organisation, so settings say which of them mean detected, taken up and resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census, Incident
from payback.sources.amounts import instant
from payback.sources.http import UnreachableError
from payback.sources.source import Page, Setting, Source, Stream, Updated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from payback.sources.source import Ask, Context

MOST = 250
REAL = frozenset({"standard", "retrospective"})
NONE = frozenset({"declined", "merged", "canceled"})
ENDED = frozenset({"learning", "closed"})


def fetch(ask: Ask) -> Iterator[Page]:
    """Incidents that changed since, oldest first."""
    told = {
        "page_size": MOST,
        "sort_by": "created_at_oldest_first",
        "updated_at[gte]": f"{ask.part.since:%Y-%m-%d}",
    }
    after, seen = None, set()
    while True:
        body = ask.http.get("/v2/incidents", {**told, **({"after": after} if after else {})}).body or {}
        yield Page(body.get("incidents") or [], f"incidents since {ask.part.since:%Y-%m-%d}")
        after = (body.get("pagination_meta") or {}).get("after")
        if not after or not body.get("incidents"):
            return
        if after in seen:
            raise UnreachableError(
                f"{ask.connection}: /v2/incidents gave the same page twice; it is tried again with the next sync"
            )
        seen.add(after)


def parse(page: Page, context: Context) -> Iterable[Incident | Census | Rejected]:
    """A row per incident that happened; what was taken for one before and is none goes."""
    for number, told in enumerate(page.body, start=1):
        try:
            key = str(told["id"])
            category = (told.get("incident_status") or {}).get("category")
            if told.get("mode", "standard") not in REAL or category in NONE:
                yield Census("incidents", "incident_id", key, (), context.source)
                continue
            yield _incident(key, told, category, context)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"incident is not read: {error!r}"[:200], page.what, number)


def _incident(key: str, told: Mapping[str, Any], category: str | None, context: Context) -> Incident:
    times = {
        str(one["incident_timestamp"]["name"]).casefold(): instant(one["value"]["value"])
        for one in told.get("incident_timestamp_values") or ()
        if (one.get("value") or {}).get("value")
    }
    resolved = _named(times, context.told["resolved_timestamp"])
    return Incident(
        incident_id=key,
        opened_at=_named(times, context.told["detected_timestamp"]) or instant(told["created_at"]),
        source=context.source,
        title=told.get("name"),
        service=_field(told, str(context.told["service_field"]).casefold()),
        severity=(told.get("severity") or {}).get("name"),
        url=told.get("permalink"),
        acknowledged_at=_named(times, context.told["acknowledged_timestamp"]),
        resolved_at=resolved if category is None or category in ENDED else None,
    )


def _named(times: Mapping[str, datetime], names: object) -> datetime | None:
    """The first of the timestamps named that was set."""
    wanted = names if isinstance(names, list) else str(names).split(",")
    return next((times[name] for one in wanted if (name := str(one).strip().casefold()) in times), None)


def _field(told: Mapping[str, Any], name: str) -> str | None:
    """The first value of a custom field."""
    for one in told.get("custom_field_entries") or ():
        if str(one["custom_field"]["name"]).casefold() == name:
            for value in one.get("values") or ():
                entry, option = value.get("value_catalog_entry") or {}, value.get("value_option") or {}
                found = entry.get("name") or option.get("value") or value.get("value_text")
                return str(found) if found else None
    return None


SOURCE = Source(
    kind="incident_io",
    title="incident.io",
    vendor="incident_io",
    base="https://api.incident.io",
    settings=(
        Setting("key", "An API key that may view incidents", secret=True, required=True),
        Setting(
            "detected_timestamp",
            "Which timestamp says when it was detected; else its creation",
            default="Reported at",
        ),
        Setting("acknowledged_timestamp", "Which timestamp says when it was taken up", default="Accepted at"),
        Setting(
            "resolved_timestamp", "Which timestamps say when it was resolved", default="Resolved at, Fixed at"
        ),
        Setting("service_field", "The custom field that names the service", default="Affected service"),
    ),
    streams=(
        Stream(
            name="incidents",
            title="incidents",
            tables=("incidents",),
            needs="an API key that may view incidents",
            pages=("Delivery",),
            plan=Updated(),
            fetch=fetch,
            parse=parse,
            by_id=True,
        ),
    ),
    headers=lambda secrets, _told: {"authorization": f"Bearer {secrets['key']}"},
    note="An admin makes the key under Settings, API keys, with View data, such as public incidents and organisation settings.",
    per_minute=1200,
)
