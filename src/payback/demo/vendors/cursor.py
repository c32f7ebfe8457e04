"""Cursor's Admin and Analytics APIs: members, days, usage events, the running cycle, billing groups. Cents are floats.

Pages have numbers. Events that the seat covers carry an amount too; only on-demand ones are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.assistants import milliseconds
from payback.demo.people import CURSOR
from payback.demo.repositories import full_name
from payback.demo.vendors.replies import Asked, Refused, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.demo.assistants import Event
    from payback.demo.records import Change
    from payback.demo.seats import Holding
    from payback.demo.span import Span

Row = dict[str, Any]
LONGEST = timedelta(days=30)
REPORTS = frozenset({"tabs", "agent-edits"})
COUNTED = (
    "totalLinesAdded", "totalLinesDeleted", "acceptedLinesAdded", "acceptedLinesDeleted", "totalApplies", "totalAccepts",
    "totalRejects", "totalTabsShown", "totalTabsAccepted", "composerRequests", "chatRequests", "agentRequests",
    "cmdkUsages", "subscriptionIncludedReqs", "apiKeyReqs", "usageBasedReqs", "bugbotUsages",
)  # fmt: skip


def on_file(span: Span, held: list[Holding], events: list[Event], changes: Iterable[Change]) -> Row:
    """Everything that Cursor can be asked for, as JSON."""
    people = list({one.person.id: one.person for one in held if one.tool == CURSOR}.values())
    members = [
        {"id": f"user_{person.id}", "name": person.name, "email": person.email, "role": "member",
         "isRemoved": person.until is not None}
        for person in people
    ]  # fmt: skip
    cycle = datetime.combine(span.today.replace(day=1), datetime.min.time(), UTC)
    groups: dict[str, list[Row]] = defaultdict(list)
    for person in people:
        row = {"userId": f"user_{person.id}", "name": person.name, "email": person.email}
        groups[person.memberships[-1].team].append(
            row | {"joinedAt": f"{person.since}T09:00:00Z", "leftAt": None}
        )
    return {
        "members": members, "events": [_event(one) for one in events], "days": _days(events, cycle),
        "commits": [row for change in changes if change.tracked for row in _commits(change)],
        "cycle": milliseconds(cycle),
        "groups": [
            {"id": f"grp_{team}", "name": team, "type": "BILLING", "memberCount": len(rows), "spendCents": 0,
             "currentMembers": rows, "formerMembers": [], "dailySpend": []}
            for team, rows in sorted(groups.items())
        ],
    }  # fmt: skip


def _event(one: Event) -> Row:
    fresh, read, short, long, output = one.tokens
    return {
        "timestamp": str(milliseconds(one.occurred_at)), "userEmail": one.person.email,
        "conversationId": one.conversation, "model": one.model,
        "kind": "Included in Business" if one.is_included else "Usage-based", "maxMode": False, "requestsCosts": 1.0,
        "isTokenBasedCall": True, "isChargeable": not one.is_included, "isHeadless": False,
        "tokenUsage": {
            "inputTokens": fresh, "outputTokens": output, "cacheWriteTokens": short + long, "cacheReadTokens": read,
            "totalCents": one.nano / 10**7, "discountPercentOff": 0,
        },
        "chargedCents": one.charged / 10**7, "cursorTokenFee": (one.charged - one.nano) / 10**7, "isFreeBugbot": False,
    }  # fmt: skip


def _commits(change: Change) -> Iterator[Row]:
    """What code tracking tells of a change's commits: all of their lines are the agent's, or most."""
    written = change.written
    for sha, at, lines in zip(written.commits, change.commits, written.sizes, strict=True):
        by_agent = max(1, lines * 4 // 5)
        yield {
            "commitHash": sha, "commitSource": "ide", "userId": f"user_{change.author.id}", "userEmail": change.author.email,
            "repoName": full_name(change.repo), "branchName": change.branch, "isPrimaryBranch": False,
            "totalLinesAdded": max(1, lines), "totalLinesDeleted": 0, "tabLinesAdded": lines // 10, "tabLinesDeleted": 0,
            "composerLinesAdded": by_agent, "composerLinesDeleted": 0,
            "nonAiLinesAdded": max(0, lines - by_agent - lines // 10), "nonAiLinesDeleted": 0, "message": None,
            "commitTs": f"{at:%Y-%m-%dT%H:%M:%SZ}", "createdAt": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        }  # fmt: skip


def _days(events: list[Event], _cycle: datetime) -> list[Row]:
    """A row per person and day with use."""
    held: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for one in events:
        held[one.occurred_at.date().isoformat(), one.person.id].append(one)
    return [_day(day, told) for (day, _), told in sorted(held.items())]


def _day(day: str, events: list[Event]) -> Row:
    person, many = events[0].person, len(events)
    counts = dict.fromkeys(COUNTED, 0) | {
        "totalLinesAdded": 60 * many, "acceptedLinesAdded": 14 * many, "totalApplies": 2 * many, "totalAccepts": many,
        "totalRejects": many // 3, "totalTabsShown": 18 * many, "totalTabsAccepted": 5 * many, "agentRequests": many,
        "subscriptionIncludedReqs": sum(one.is_included for one in events),
        "usageBasedReqs": sum(not one.is_included for one in events),
    }  # fmt: skip
    instant = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return {
        "userId": f"user_{person.id}", "day": day, "date": milliseconds(instant), "email": person.email,
        "isActive": True, "mostUsedModel": events[0].model, "clientVersion": "2.4.1", **counts,
    }  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "Invalid API key")
    if asked.path.startswith("/analytics/"):
        if "analytics" not in asked.rights:
            return _error(403, "This endpoint requires an Enterprise team")
        return _analytics(asked, held)
    if "admin" not in asked.rights:
        return _error(403, "API key does not have the required scope")
    reply = REPLIES.get((asked.method, asked.path))
    return reply(asked, held) if reply else _error(404, "Not found")


def _error(status: int, message: str) -> Told:
    return Told(status, {"error": message})


BAD = _error(400, "Invalid request body")


def _stretch(asked: Asked) -> tuple[int, int]:
    body = asked.body or {}
    since, until = body.get("startDate"), body.get("endDate")
    if not isinstance(since, int) or not isinstance(until, int) or until < since:
        raise Refused(BAD)
    if until - since > LONGEST.total_seconds() * 1000:
        raise Refused(_error(400, "Date range cannot exceed 30 days"))
    return since, until


def _page(asked: Asked, rows: list[Row], most: int) -> tuple[int, int, list[Row]]:
    """The number of the page asked for, how many there are, and its rows."""
    body = asked.body or {}
    number, size = body.get("page", 1), body.get("pageSize", most)
    if not isinstance(number, int) or not isinstance(size, int) or number < 1 or not 1 <= size <= most:
        raise Refused(BAD)
    count = max((len(rows) + size - 1) // size, 1)
    return number, count, rows[(number - 1) * size : number * size]


def _daily(asked: Asked, held: Mapping[str, Any]) -> Told:
    since, until = _stretch(asked)
    rows = [row for row in held["days"] if since <= row["date"] <= until]
    number, count, page = _page(asked, rows, 1000)
    paging = {
        "page": number, "pageSize": len(page), "totalUsers": len(held["members"]), "totalPages": count,
        "hasNextPage": number < count, "hasPreviousPage": number > 1,
    }  # fmt: skip
    return Told(200, {"data": page, "period": {"startDate": since, "endDate": until}, "pagination": paging})


def _events(asked: Asked, held: Mapping[str, Any]) -> Told:
    since, until = _stretch(asked)
    rows = [row for row in held["events"] if since <= int(row["timestamp"]) <= until]
    who = (asked.body or {}).get("email")
    rows = [row for row in rows if who in {None, row["userEmail"]}]
    number, count, page = _page(asked, rows, 1000)
    paging = {
        "numPages": count, "currentPage": number, "pageSize": len(page), "hasNextPage": number < count,
        "hasPreviousPage": number > 1,
    }  # fmt: skip
    told = {"totalUsageEventsCount": len(rows), "pagination": paging, "usageEvents": page}
    return Told(200, told | {"period": {"startDate": since, "endDate": until}})


def _spend(asked: Asked, held: Mapping[str, Any]) -> Told:
    running = [row for row in held["events"] if int(row["timestamp"]) >= held["cycle"]]
    rows = [
        _member(one, [row for row in running if row["userEmail"] == one["email"]]) for one in held["members"]
    ]
    _, count, page = _page(asked, rows, 1000)
    told = {"teamMemberSpend": page, "subscriptionCycleStart": held["cycle"], "totalMembers": len(rows)}
    return Told(200, told | {"totalPages": count})


def _member(one: Row, events: list[Row]) -> Row:
    due = sum(row["chargedCents"] for row in events if row["isChargeable"])
    covered = sum(row["chargedCents"] for row in events if not row["isChargeable"])
    return {
        "userId": one["id"], "name": one["name"], "email": one["email"], "role": one["role"], "spendCents": due,
        "overallSpendCents": due + covered, "includedSpendCents": covered, "fastPremiumRequests": 0,
        "hardLimitOverrideDollars": 0, "monthlyLimitDollars": None,
    }  # fmt: skip


def _analytics(asked: Asked, held: Mapping[str, Any]) -> Told:
    """Lines by person and day, or by commit."""
    if asked.path == "/analytics/ai-code/commits":
        return _tracked(asked, held)
    name = asked.path.rpartition("/")[2]
    if not asked.path.startswith("/analytics/by-user/") or name not in REPORTS:
        return _error(404, "Not found")
    since, until = asked.one("startDate"), asked.one("endDate")
    found: dict[str, list[Row]] = defaultdict(list)
    for row in held["days"]:
        if since <= row["day"] <= until:
            found[row["email"]].append(_lines(name, row))
    people = sorted(found)
    size = asked.number("pageSize", 100, 500, BAD)
    begin = (asked.number("page", 1, 10_000, BAD) - 1) * size
    page = {person: found[person] for person in people[begin : begin + size]}
    paging = {"page": begin // size + 1, "pageSize": size, "hasNextPage": begin + size < len(people)}
    return Told(200, {"data": page, "pagination": paging, "params": {"startDate": since, "endDate": until}})


def _tracked(asked: Asked, held: Mapping[str, Any]) -> Told:
    """Commits made in the editor, by when they were made."""
    since, until = asked.one("startDate"), asked.one("endDate")
    rows = [row for row in held["commits"] if since <= row["commitTs"] <= until]
    page, size = asked.number("page", 1, 10_000, BAD), asked.number("pageSize", 100, 1000, BAD)
    shown = rows[(page - 1) * size : page * size]
    return Told(200, {"items": shown, "totalCount": len(rows), "page": page, "pageSize": size})


def _lines(report: str, row: Row) -> Row:
    if report == "tabs":
        return {
            "event_date": row["day"], "total_suggestions": row["totalTabsShown"], "total_accepts": row["totalTabsAccepted"],
            "total_rejects": 0, "total_lines_suggested": 2 * row["totalTabsShown"],
            "total_lines_accepted": 2 * row["totalTabsAccepted"],
        }  # fmt: skip
    return {
        "event_date": row["day"], "total_suggested_diffs": row["totalApplies"], "total_accepted_diffs": row["totalAccepts"],
        "total_rejected_diffs": row["totalRejects"], "total_green_lines_accepted": row["acceptedLinesAdded"],
        "total_red_lines_accepted": row["acceptedLinesAdded"] // 3,
    }  # fmt: skip


REPLIES = {
    ("GET", "/teams/members"): lambda _asked, held: Told(200, {"teamMembers": held["members"]}),
    ("GET", "/teams/groups"): lambda _asked, held: Told(
        200, {"groups": held["groups"], "unassignedGroup": None, "billingCycle": None}
    ),
    ("POST", "/teams/daily-usage-data"): _daily,
    ("POST", "/teams/filtered-usage-events"): _events,
    ("POST", "/teams/spend"): _spend,
}
