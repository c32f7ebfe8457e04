"""PagerDuty for the invented company: incidents by when they were created, and what happened to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.demo.vendors.replies import Asked, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from payback.demo.incidents import Breakage

Row = dict[str, Any]
SITE = "https://lumen-harbour.pagerduty.com"
MOST = 100


def on_file(broken: Iterable[Breakage]) -> Row:
    """Every incident with its log, as JSON."""
    rows, log = [], {}
    for number, one in enumerate(broken, start=1):
        rows.append(_incident(one, number))
        log[one.id] = list(_entries(one))
    return {"incidents": rows, "log": log}


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _incident(one: Breakage, number: int) -> Row:
    repo = one.cause.repo
    last = one.resolved_at or one.taken_up_at
    return {
        "id": one.id, "type": "incident", "incident_number": number, "title": f"{repo} answers with errors",
        "summary": f"[#{number}] {repo} answers with errors", "html_url": f"{SITE}/incidents/{one.id}",
        "created_at": _at(one.opened_at), "status": "resolved" if one.resolved_at else "acknowledged",
        "resolved_at": _at(one.resolved_at) if one.resolved_at else None, "last_status_change_at": _at(last),
        "urgency": "high", "service": {"id": f"P{repo.upper()}", "type": "service_reference", "summary": repo},
        "teams": [], "priority": None,
    }  # fmt: skip


def _entries(one: Breakage) -> Iterable[Row]:
    told = [("trigger_log_entry", one.opened_at), ("acknowledge_log_entry", one.taken_up_at)]
    if one.resolved_at:
        told.append(("resolve_log_entry", one.resolved_at))
    for place, (kind, at) in enumerate(told):
        yield {"id": f"R{one.id}{place}", "type": kind, "created_at": _at(at), "agent": None}


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _refusal(401, 2006, "Account Not Found")
    if "read" not in asked.rights:
        return _refusal(403, 2010, "Access Denied")
    match asked.path.strip("/").split("/"):
        case ["incidents"]:
            return _page(asked, "incidents", _wanted(asked, held["incidents"]))
        case ["incidents", number]:
            one = next((row for row in held["incidents"] if row["id"] == number), None)
            return Told(200, {"incident": one}) if one else _refusal(404, 2100, "Not Found")
        case ["incidents", number, "log_entries"] if number in held["log"]:
            return _page(asked, "log_entries", held["log"][number])
    return _refusal(404, 2100, "Not Found")


def _wanted(asked: Asked, rows: list[Row]) -> list[Row]:
    since, until = asked.one("since", "0000"), asked.one("until", "9999")
    states = asked.many("statuses")
    return [
        row for row in rows if since <= row["created_at"] < until and (not states or row["status"] in states)
    ]


def _page(asked: Asked, name: str, rows: list[Row]) -> Told:
    refusal = _refusal(400, 2001, "Invalid Input Provided")
    size = asked.number("limit", 25, MOST, refusal)
    text = asked.one("offset", "0")
    if not text.isdigit():
        return refusal
    begin = int(text)
    more = begin + size < len(rows)
    return Told(
        200, {name: rows[begin : begin + size], "limit": size, "offset": begin, "more": more, "total": None}
    )


def _refusal(status: int, code: int, message: str) -> Told:
    return Told(status, {"error": {"message": message, "code": code}})
