"""Anthropic's Console: usage and cost reports by UTC day, the Claude Code report, workspaces, keys, users, service accounts.

Cents are decimal text. The newer analytics reports are not open to this organisation.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from payback.demo.bills import ACCOUNTS, percent_of
from payback.demo.people import CLAUDE
from payback.demo.prices import price_of
from payback.demo.use import ANTHROPIC, ROBOT_PAYER, key_of, workspace
from payback.demo.vendors.replies import Asked, Refused, Told, grouped, on_day
from payback.demo.workloads import GATEWAY, SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from payback.demo.people import Company, Person
    from payback.demo.span import Span
    from payback.demo.use import Use

Row = dict[str, Any]
ROOT = "/v1/organizations"
COUNTS = ("uncached_input_tokens", "cache_read", "write_5m", "write_1h", "output_tokens")
TOKEN_TYPES = (
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation.ephemeral_5m_input_tokens",
    "cache_creation.ephemeral_1h_input_tokens",
    "output_tokens",
)
USAGE_CUTS = (
    "account_id", "api_key_id", "context_window", "inference_geo", "model", "service_account_id", "service_tier",
    "workspace_id",
)  # fmt: skip
COST_CUTS = ("workspace_id", "description")
PARSED = ("cost_type", "token_type", "model", "service_tier", "context_window", "inference_geo")
MOST_DAYS, DEFAULT_DAYS = 31, 7
ROBOT_ACCOUNT = "svac_ci_triage"


# What is on file


def on_file(span: Span, company: Company, uses: Iterable[Use]) -> Row:
    """Everything the Console can be asked for, as JSON."""
    held = [use for use in uses if use.vendor == ANTHROPIC]
    return {
        "organization": {"id": ACCOUNTS[ANTHROPIC], "type": "organization", "name": "Lumen Harbour"},
        "usage": [_usage(use) for use in held],
        "costs": list(_costs(span, held)),
        "claude_code": _claude_code(company, held),
        "workspaces": _workspaces(span, company),
        "api_keys": _keys(span, company, held),
        "users": [
            {"id": f"user_{one.id}", "type": "user", "email": one.email, "name": one.name, "role": "developer",
             "added_at": _created(one.since)}
            for one in company.people if one.until is None
        ],
        "service_accounts": [_service(ROBOT_ACCOUNT, span), _service(SUMMARIES.service_account, span)],
    }  # fmt: skip


def _usage(use: Use) -> Row:
    return {
        "day": use.utc_day.isoformat(), "workspace_id": use.project, "api_key_id": use.key, "model": use.model,
        "service_tier": "standard", "context_window": "0-200k", **dict(zip(COUNTS, use.tokens, strict=True)),
    }  # fmt: skip


def _costs(span: Span, uses: list[Use]) -> Iterator[Row]:
    """A line per day, workspace, model and kind of token. A model in preview costs nothing."""
    sums: dict[tuple[date, str, str, int], int] = defaultdict(int)
    for use in uses:
        price = price_of(use.model, use.utc_day)
        for kind, nano in enumerate(price.parts(use.tokens) if price else ()):
            sums[use.utc_day, use.project, use.model, kind] += nano
    for (day, project, model, kind), nano in sorted(sums.items()):
        if nano:
            percent = percent_of(span, ANTHROPIC, day.replace(day=1))
            exact = Fraction(nano * percent, 10**9)
            token = TOKEN_TYPES[kind]
            yield {
                "day": day.isoformat(), "workspace_id": project, "amount": cents_text(exact), "cost_type": "tokens",
                "token_type": token, "model": model, "service_tier": "standard", "context_window": "0-200k",
                "inference_geo": None, "description": f"{model} Usage - {token}",
            }  # fmt: skip


def cents_text(amount: Fraction) -> str:
    """Cents as decimal text, exact for whole parts of 10^9 of a cent."""
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):f}"


def _claude_code(company: Company, uses: list[Use]) -> dict[str, list[Row]]:
    """One row per UTC day and person: what the Console's Claude Code report says."""
    people = {person.id: person for person in (*company.people, company.robot)}
    rows: dict[tuple[date, str], list[Use]] = defaultdict(list)
    for use in uses:
        if use.place.tool == CLAUDE and use.user:
            rows[use.utc_day, use.user].append(use)
    found: dict[str, list[Row]] = defaultdict(list)
    for (day, who), held in sorted(rows.items()):
        found[day.isoformat()].append(_person_day(day, people[who], held))
    return dict(found)


def _person_day(day: date, person: Person, uses: list[Use]) -> Row:
    actor: Row = {"type": "user_actor", "email_address": person.email}
    if person.kind == "service":
        actor = {"type": "api_actor", "api_key_name": person.id}
    edits = len(uses) // 4
    return {
        "date": f"{day.isoformat()}T00:00:00Z", "actor": actor, "organization_id": ACCOUNTS[ANTHROPIC],
        "customer_type": "api", "subscription_type": None, "terminal_type": "vscode", "is_remote": False,
        "core_metrics": {
            "num_sessions": 1 + len(uses) // 20, "lines_of_code": {"added": 11 * edits, "removed": 3 * edits},
            "commits_by_claude_code": edits // 4, "pull_requests_by_claude_code": edits // 12,
        },
        "tool_actions": {
            "edit_tool": {"accepted": edits, "rejected": edits // 9},
            "multi_edit_tool": {"accepted": 0, "rejected": 0},
            "write_tool": {"accepted": edits // 5, "rejected": 0},
            "notebook_edit_tool": {"accepted": 0, "rejected": 0},
        },
        "model_breakdown": [_model_day(model, uses) for model in sorted({use.model for use in uses})],
    }  # fmt: skip


def _model_day(model: str, uses: list[Use]) -> Row:
    told = [use for use in uses if use.model == model]
    sums = [sum(column) for column in zip(*(use.tokens for use in told), strict=True)]
    nano = sum(use.nano or 0 for use in told)
    return {
        "model": model,
        "tokens": {
            "input": sums[0],
            "output": sums[4],
            "cache_read": sums[1],
            "cache_creation": sums[2] + sums[3],
        },
        "estimated_cost": {"amount": round(nano / 10**7), "currency": "USD"},
    }


def _created(day: date) -> str:
    """A few days before something was used for the first time."""
    return f"{day - timedelta(days=7)}T09:00:00Z"


def _workspaces(span: Span, company: Company) -> list[Row]:
    teams = [(team.id, team.name) for team in company.teams if team.adopts is not None]
    named = [*teams, (ROBOT_PAYER, "CI"), (GATEWAY, "Gateway")]
    return [
        {"id": workspace(ANTHROPIC, key), "type": "workspace", "name": name, "created_at": _created(span.first),
         "archived_at": None, "display_color": "#6C5BB9", "tags": {}}
        for key, name in named
    ]  # fmt: skip


def _keys(span: Span, company: Company, uses: list[Use]) -> list[Row]:
    """A key per person and workspace it was used in; keys of people who have left are inactive and still listed."""
    people = {person.id: person for person in (*company.people, company.robot)}
    first: dict[tuple[str, str], date] = {}
    for use in uses:
        if use.user:
            first.setdefault((use.user, use.project), use.utc_day)
    found = [_key(people[who], project, day) for (who, project), day in sorted(first.items())]
    if any(use.key == SUMMARIES.key for use in uses):
        gateway = _key_row(SUMMARIES.key, GATEWAY, (SUMMARIES.project, SUMMARIES.service_account), span.first)
        found.append(gateway)
    return found


def _key(person: Person, project: str, day: date) -> Row:
    holder = ROBOT_ACCOUNT if person.kind == "service" else f"user_{person.id}"
    row = _key_row(key_of(ANTHROPIC, person, project), f"claude-code-{person.id}", (project, holder), day)
    return row | ({"status": "inactive"} if person.until else {})


def _key_row(identity: str, name: str, whose: tuple[str, str], day: date) -> Row:
    project, holder = whose
    kind = "user" if holder.startswith("user_") else "service_account"
    return {
        "id": identity, "type": "api_key", "name": name, "partial_key_hint": "sk-ant-api03-...", "status": "active",
        "created_by": {"id": holder, "type": kind}, "principal": {"id": holder, "type": kind},
        "scope": {"type": "workspace", "workspace_id": project}, "workspace_id": project,
        "created_at": _created(day), "expires_at": None,
    }  # fmt: skip


def _service(identity: str, span: Span) -> Row:
    return {
        "id": identity, "type": "service_account", "name": identity.removeprefix("svac_"),
        "created_at": _created(span.first), "archived_at": None,
    }  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "authentication_error", "invalid x-api-key")
    if asked.headers.get("anthropic-version") != "2023-06-01":
        return _error(400, "invalid_request_error", "anthropic-version: header is required")
    if "admin" not in asked.rights:
        return _error(403, "permission_error", "Your API key does not have permission to use this endpoint")
    name = asked.path.removeprefix(f"{ROOT}/")
    reply = REPLIES.get(name)
    if reply is None or asked.method != "GET":
        return _error(404, "not_found_error", "Not found")
    return reply(asked, held)


def _error(status: int, kind: str, message: str) -> Told:
    return Told(status, {"type": "error", "error": {"type": kind, "message": message}})


BAD_PAGE = _error(400, "invalid_request_error", "page: the cursor is not valid for this request")
BAD_LIMIT = _error(400, "invalid_request_error", "limit: out of range")
BAD_TIME = _error(400, "invalid_request_error", "starting_at: a valid RFC 3339 datetime is required")
BAD_CUT = _error(400, "invalid_request_error", "group_by: unknown dimension")
BAD_WIDTH = _error(400, "invalid_request_error", "bucket_width: only 1d is supported here")


def _instant(asked: Asked, name: str) -> datetime:
    try:
        return datetime.fromisoformat(asked.one(name))
    except ValueError:
        raise Refused(BAD_TIME) from None


def _days(asked: Asked, held: Mapping[str, Any]) -> list[date]:
    """The UTC days asked for, up to the last one with anything in it."""
    first = _instant(asked, "starting_at").date()
    ends = [date.fromisoformat(row["day"]) for row in held["usage"][-1:]]
    until = _instant(asked, "ending_at").date() if asked.has("ending_at") else max([*ends, first])
    return [first + timedelta(days=index) for index in range(max((until - first).days, 0))]


def _buckets(
    asked: Asked, held: Mapping[str, Any], known: tuple[str, ...], results: Callable[[date], list[Row]]
) -> Told:
    if not set(asked.many("group_by")) <= set(known):
        return BAD_CUT
    if asked.one("bucket_width", "1d") != "1d":
        return BAD_WIDTH
    limit = asked.number("limit", DEFAULT_DAYS, MOST_DAYS, BAD_LIMIT)
    begin = asked.position("page", BAD_PAGE)
    wanted = _days(asked, held)
    data = [
        {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z",
         "results": results(day)}
        for day in wanted[begin : begin + limit]
    ]  # fmt: skip
    more = begin + limit < len(wanted)
    return Told(
        200, {"data": data, "has_more": more, "next_page": asked.cursor(begin + limit) if more else None}
    )


def _usage_report(asked: Asked, held: Mapping[str, Any]) -> Told:
    cuts = asked.many("group_by")

    def results(day: date) -> list[Row]:
        return [
            {
                **dict.fromkeys(USAGE_CUTS), **about,
                "uncached_input_tokens": sums["uncached_input_tokens"],
                "cache_read_input_tokens": sums["cache_read"],
                "cache_creation": {
                    "ephemeral_5m_input_tokens": sums["write_5m"], "ephemeral_1h_input_tokens": sums["write_1h"],
                },
                "output_tokens": sums["output_tokens"], "server_tool_use": {"web_search_requests": 0},
            }
            for about, sums in grouped(on_day(held, "usage", day), cuts, COUNTS)
        ]  # fmt: skip

    return _buckets(asked, held, USAGE_CUTS, results)


def _cost_report(asked: Asked, held: Mapping[str, Any]) -> Told:
    cuts = asked.many("group_by")
    parsed = PARSED if "description" in cuts else ()

    def results(day: date) -> list[Row]:
        rows = [{**row, "amount": Decimal(row["amount"])} for row in on_day(held, "costs", day)]
        return [
            {**dict.fromkeys((*PARSED, *COST_CUTS)), **about, "amount": f"{sums['amount']:f}", "currency": "USD"}
            for about, sums in grouped(rows, (*cuts, *parsed), ("amount",))
        ]  # fmt: skip

    return _buckets(asked, held, COST_CUTS, results)


def _claude_code_report(asked: Asked, held: Mapping[str, Any]) -> Told:
    day = asked.one("starting_at")
    try:
        date.fromisoformat(day)
    except ValueError:
        return BAD_TIME
    limit = asked.number("limit", 20, 1000, BAD_LIMIT)
    begin = asked.position("page", BAD_PAGE)
    rows = held["claude_code"].get(day, [])
    more = begin + limit < len(rows)
    following = asked.cursor(begin + limit) if more else None
    return Told(200, {"data": rows[begin : begin + limit], "has_more": more, "next_page": following})


def _listed(name: str) -> Callable[[Asked, Mapping[str, Any]], Told]:
    """A list whose pages begin after an id."""

    def reply(asked: Asked, held: Mapping[str, Any]) -> Told:
        limit, rows = asked.number("limit", 20, 1000, BAD_LIMIT), held[name]
        if asked.one("status"):
            rows = [row for row in rows if row["status"] == asked.one("status")]
        ids = [row["id"] for row in rows]
        after = asked.one("after_id")
        if after and after not in ids:
            return BAD_PAGE
        begin = ids.index(after) + 1 if after else 0
        page = rows[begin : begin + limit]
        ends = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
        return Told(200, {"data": page, "has_more": begin + limit < len(rows), **ends})

    return reply


def _services(asked: Asked, held: Mapping[str, Any]) -> Told:
    limit = asked.number("limit", 20, 100, BAD_LIMIT)
    begin, rows = asked.position("page", BAD_PAGE), held["service_accounts"]
    more = begin + limit < len(rows)
    following = asked.cursor(begin + limit) if more else None
    return Told(200, {"data": rows[begin : begin + limit], "has_more": more, "next_page": following})


REPLIES: dict[str, Callable[[Asked, Mapping[str, Any]], Told]] = {
    "me": lambda _asked, held: Told(200, held["organization"]),
    "usage_report/messages": _usage_report,
    "cost_report": _cost_report,
    "usage_report/claude_code": _claude_code_report,
    "api_keys": _listed("api_keys"),
    "users": _listed("users"),
    "workspaces": _listed("workspaces"),
    "service_accounts": _services,
}
