"""PagerDuty: incidents with when they were taken up and resolved; and, where a workflow triages them, which were handed on.

Incidents cannot be asked for by their last change. So the last days are read again, those still open are remembered, and one
that is no longer open is asked for by its id. An incident that was merged into another is none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Census, Incident, Output
from payback.sources.amounts import instant
from payback.sources.http import RefusedError
from payback.sources.source import Page, Setting, Slice, Source, Stream, since_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.source import Ask, Context, Plan

    Entries = list[dict[str, Any]]

OPEN, OPEN_STATES = "open", ("triggered", "acknowledged")
MOST, DEEPEST = 100, 10_000
LONGEST, RESTATED, HISTORY = timedelta(days=30), timedelta(days=7), timedelta(days=400)
AT_ONCE = timedelta(minutes=1)
GONE = frozenset({404, 410})


def plan(told: Plan) -> Iterator[Slice]:
    """Windows of creation, oldest first, and then those that were open the last time or are now."""
    since, until = told.window or (_since(told), told.now)
    while since < until:
        end = min(since + LONGEST, until)
        yield Slice(since, end, "" if told.window else end.isoformat())
        since = end
    if told.window is None:
        before = told.marks.get(OPEN, "")
        yield Slice(told.now, told.now, "", OPEN, tuple(filter(None, before.split(","))))


def _since(told: Plan) -> datetime:
    begun = told.marks.get("")
    return datetime.fromisoformat(begun) - RESTATED if begun else since_told(told.told, told.now - HISTORY)


def fetch(ask: Ask) -> Iterator[Page]:
    """Incidents with what happened to them, page by page."""
    if ask.part.key == OPEN:
        yield from _open(ask)
        return
    for incidents in _window(ask, ask.part.since, ask.part.until):
        yield _page(ask, incidents, f"incidents of {ask.part.since:%Y-%m-%d}")


def _window(ask: Ask, since: datetime, until: datetime) -> Iterator[Entries]:
    """The incidents created in a stretch; in halves where it holds more than PagerDuty pages through."""
    told = {
        "since": _written(since),
        "until": _written(until),
        "time_zone": "UTC",
        "sort_by": "created_at:asc",
    }
    for number, incidents in enumerate(_listed(ask, "/incidents", list(told.items()), "incidents")):
        if (number + 2) * MOST > DEEPEST and until - since > AT_ONCE:
            half = since + (until - since) / 2
            yield from _window(ask, since, half)
            yield from _window(ask, half, until)
            return
        yield incidents


def _open(ask: Ask) -> Iterator[Page]:
    """Those that are open, and those that were and are not any more."""
    params = [("date_range", "all"), *(("statuses[]", state) for state in OPEN_STATES)]
    incidents = [one for page in _listed(ask, "/incidents", params, "incidents") for one in page]
    now = {str(one.get("id")) for one in incidents}
    for number in ask.part.what:
        if number not in now:
            try:
                incidents.append(
                    (ask.http.get(f"/incidents/{number}").body or {}).get("incident") or {"id": number}
                )
            except RefusedError as error:
                if error.status not in GONE:
                    raise
    page = _page(ask, incidents, "open incidents")
    yield Page(page.body, page.what, page.about, ",".join(sorted(now)) or ",")


def _page(ask: Ask, incidents: Entries, what: str) -> Page:
    told = {
        str(one["id"]): [
            entry
            for page in _listed(
                ask, f"/incidents/{one['id']}/log_entries", [("time_zone", "UTC")], "log_entries"
            )
            for entry in page
        ]
        for one in incidents
        if "id" in one
    }
    return Page({"incidents": incidents, "log": told}, what)


def _listed(ask: Ask, path: str, params: list[tuple[str, Any]], name: str) -> Iterator[Entries]:
    start = 0
    while True:
        body = ask.http.get(path, [*params, ("limit", MOST), ("offset", start)]).body or {}
        rows = [one for one in body.get(name) or () if isinstance(one, dict)]
        yield rows
        start += MOST
        if not body.get("more") or not rows:
            return


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def parse(page: Page, context: Context) -> Iterable[Incident | Output | Census | Rejected]:
    """A row per incident, and one per triage where a workflow is named; nothing for a merged one."""
    for number, told in enumerate(page.body["incidents"], start=1):
        try:
            yield from list(_rows(told, page.body["log"].get(str(told["id"]), []), context))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"incident is not read: {error!r}"[:200], page.what, number)


def _rows(told: Mapping[str, Any], log: Entries, context: Context) -> Iterator[Incident | Output | Census]:
    key, opened = str(told["id"]), instant(told["created_at"])
    if _is_merged(told, log):
        yield Census("incidents", "incident_id", key, (), context.source)
        yield Census("outputs", "output_id", _triage(key), (), context.source)
        return
    taken_up, resolved = _first(log, "acknowledge_log_entry"), _resolved(told, log)
    yield Incident(
        incident_id=key,
        opened_at=opened,
        source=context.source,
        title=told.get("title") or told.get("summary"),
        service=_name(told.get("service")),
        severity=_name(told.get("priority")) or told.get("urgency"),
        team=next((name for one in told.get("teams") or () if (name := _name(one))), None),
        url=told.get("html_url"),
        acknowledged_at=taken_up,
        resolved_at=resolved,
    )
    if workflow := context.told.get("triage_workflow"):
        rerouted = _is_handed_on(log, opened)
        yield Output(
            output_id=_triage(key),
            workflow=str(workflow),
            kind="triage",
            produced_at=opened,
            source=context.source,
            accepted_at=None if rerouted else taken_up,
            rerouted=rerouted or (False if resolved else None),
            link=told.get("html_url"),
        )


def _triage(key: str) -> str:
    return f"pagerduty:{key}"


def _name(told: Any) -> str | None:
    return (told.get("summary") or told.get("name") or told.get("id")) if isinstance(told, dict) else None


def _times(log: Entries, kind: str) -> list[datetime]:
    return sorted(instant(one["created_at"]) for one in log if one.get("type") == kind)


def _first(log: Entries, kind: str) -> datetime | None:
    return next(iter(_times(log, kind)), None)


def _resolved(told: Mapping[str, Any], log: Entries) -> datetime | None:
    """When it was resolved for good: what the incident says, else the last entry that says so."""
    if told.get("status") != "resolved":
        return None
    if told.get("resolved_at"):
        return instant(told["resolved_at"])
    entries = _times(log, "resolve_log_entry")
    last = told.get("last_status_change_at")
    return entries[-1] if entries else instant(last) if last else None


def _is_merged(told: Mapping[str, Any], log: Entries) -> bool:
    """Whether it was merged into another: so it says, or it was resolved in the moment of a merge."""
    if (told.get("resolve_reason") or {}).get("type") == "merge_resolve_reason":
        return True
    merges, ends = _times(log, "merge_log_entry"), _times(log, "resolve_log_entry")
    return any(abs(merge - end) <= AT_ONCE for merge in merges for end in ends)


def _is_handed_on(log: Entries, opened: datetime) -> bool:
    """Whether a person gave it to somebody else after it had been assigned; an escalation by time is none."""
    return any(
        one.get("type") == "assign_log_entry"
        and str((one.get("agent") or {}).get("type", "")).startswith("user")
        and instant(one["created_at"]) - opened > timedelta(seconds=1)
        for one in log
    )


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    return {
        "authorization": f"Token token={secrets['key']}",
        "accept": "application/vnd.pagerduty+json;version=2",
    }


SOURCE = Source(
    kind="pagerduty",
    title="PagerDuty",
    vendor="pagerduty",
    base="https://api.pagerduty.com",
    settings=(
        Setting("key", "A read-only API access key", secret=True, required=True),
        Setting("triage_workflow", "The workflow that assigns incidents, where one does"),
    ),
    streams=(
        Stream(
            name="incidents",
            title="incidents",
            tables=("incidents", "outputs"),
            needs="a read-only API access key",
            pages=("Delivery",),
            plan=plan,
            fetch=fetch,
            parse=parse,
            by_id=True,
        ),
    ),
    headers=headers,
    note="An admin makes a read-only key under Integrations, API Access Keys; for the EU, base_url is https://api.eu.pagerduty.com.",
    per_minute=900,
)
