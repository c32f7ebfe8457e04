"""OpenAI's organisation API: usage and costs by UTC day, projects, users, service accounts, keys. Dollars are JSON numbers.

Input tokens hold the cached ones. Costs can be cut by project, line, key and user; cutting by source is refused here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.people import CODEX
from payback.demo.prices import price_of
from payback.demo.use import DEFAULT_PROJECT, OPENAI, PROJECTS_AFTER, workspace
from payback.demo.vendors.replies import Asked, Refused, Told, grouped, on_day
from payback.demo.workloads import CATALOGUE, WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from payback.demo.people import Company
    from payback.demo.span import Span
    from payback.demo.use import Use

Row = dict[str, Any]
ROOT = "/v1/organization"
COUNTS = ("input_tokens", "input_cached_tokens", "output_tokens", "num_model_requests")
USAGE_CUTS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "api_source")
COST_CUTS = ("project_id", "line_item", "api_key_id", "user_id")
LINES = ("input", "cached input", "", "", "output")
OTHER_USAGE = frozenset(
    {
        "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions", "vector_stores",
        "code_interpreter_sessions", "file_search_calls", "web_search_calls",
    }
)  # fmt: skip
MOST = {"usage": (7, 31), "costs": (7, 180)}


def on_file(span: Span, company: Company, uses: Iterable[Use]) -> Row:
    """Everything the organisation can be asked for, as JSON."""
    held = [use for use in uses if use.vendor == OPENAI]
    people = {person.id: person for person in company.people}
    users = [
        {"object": "organization.user", "id": f"user-{one.id}", "name": one.name, "email": one.email, "role": "reader",
         "added_at": _seconds(one.since - timedelta(days=7)), "is_service_account": False}
        for one in company.people if one.until is None
    ]  # fmt: skip
    projects = _projects(span, company, held)
    return {
        "usage": [_usage(use, people) for use in held],
        "costs": list(_costs(held, people)),
        "projects": projects,
        "users": users,
        "admin_api_keys": [
            {"object": "organization.admin_api_key", "id": "key_admin", "name": "payback",
             "redacted_value": "sk-admin...xyz", "created_at": _seconds(span.first), "last_used_at": None,
             "owner": {"type": "user", "object": "organization.user", **{k: users[0][k] for k in ("id", "name", "role")}}}
        ],
        "api_keys": {one["id"]: _keys(held, people, one["id"]) for one in projects},
        "service_accounts": {one["id"]: _services(span, held, one["id"]) for one in projects},
    }  # fmt: skip


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _user(use: Use, people: Mapping[str, Any]) -> str | None:
    return f"user-{use.user}" if use.user in people else use.user


def _usage(use: Use, people: Mapping[str, Any]) -> Row:
    fresh, read, _, _, output = use.tokens
    return {
        "day": use.utc_day.isoformat(), "project_id": use.project, "user_id": _user(use, people), "api_key_id": use.key,
        "model": use.model, "batch": False, "service_tier": "default", "api_source": "unlabeled",
        "input_tokens": fresh + read, "input_cached_tokens": read, "output_tokens": output,
        "num_model_requests": use.requests,
    }  # fmt: skip


def _costs(uses: list[Use], people: Mapping[str, Any]) -> Iterator[Row]:
    """A line per day, project, key, user, model and kind of token; `nano` is the amount in billionths."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for use in uses:
        price = price_of(use.model, use.utc_day)
        for kind, nano in enumerate(price.parts(use.tokens) if price else ()):
            if nano:
                held = sums[use.utc_day, use.project, use.key, _user(use, people), use.model, kind]
                held[0] += nano
                held[1] += use.tokens[kind]
    for (day, project, key, user, model, kind), (nano, tokens) in sorted(sums.items(), key=repr):
        yield {
            "day": day.isoformat(), "project_id": project, "api_key_id": key, "user_id": user,
            "line_item": f"{model}, {LINES[kind]}", "nano": nano, "quantity": tokens,
        }  # fmt: skip


def _projects(span: Span, company: Company, uses: list[Use]) -> list[Row]:
    used = {use.project for use in uses}
    split = span.month_after(PROJECTS_AFTER)
    named = {DEFAULT_PROJECT: ("Default project", span.first)}
    for team in company.teams:
        if any(tool == CODEX for tool, _ in team.tools):
            named[workspace(OPENAI, team.id)] = (team.name, split)
    for work in WORKLOADS:
        if work.vendor == OPENAI and work.project in used:
            named[work.project] = (work.name if not work.is_tagged else "Gateway", work.starts(span))
    return [
        {"object": "organization.project", "id": key, "name": name, "created_at": _seconds(day), "archived_at": None,
         "status": "active"}
        for key, (name, day) in named.items()
    ]  # fmt: skip


def _keys(uses: list[Use], people: Mapping[str, Any], project: str) -> list[Row]:
    first: dict[str, Use] = {}
    for use in uses:
        if use.project == project:
            first.setdefault(use.key, use)
    return [
        {"object": "organization.project.api_key", "id": key, "name": f"{key} key", "redacted_value": "sk-proj...abc",
         "created_at": _seconds(use.utc_day - timedelta(days=7)), "last_used_at": None, "owner": _owner(use, people)}
        for key, use in sorted(first.items())
    ]  # fmt: skip


def _owner(use: Use, people: Mapping[str, Any]) -> Row:
    person = people.get(use.user or "")
    if person is not None:
        told = {"id": f"user-{person.id}", "name": person.name, "email": person.email, "role": "member"}
        return {"type": "user", "user": told}
    robot = use.user or CATALOGUE.service_account
    return {"type": "service_account", "service_account": {"id": robot, "name": robot, "role": "member"}}


def _services(span: Span, uses: list[Use], project: str) -> list[Row]:
    return [
        {"object": "organization.project.service_account", "id": work.service_account, "name": work.service_account,
         "role": "member", "created_at": _seconds(work.starts(span) - timedelta(days=7))}
        for work in WORKLOADS
        if work.vendor == OPENAI and work.project == project and any(use.project == project for use in uses)
    ]  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "invalid_api_key", "Incorrect API key provided")
    if "admin" not in asked.rights:
        return _error(
            403,
            "insufficient_permissions",
            "You have insufficient permissions for this operation. Missing scopes: api.usage.read",
        )
    return _reply(asked, held, asked.path.removeprefix(f"{ROOT}/").split("/"))


def _reply(asked: Asked, held: Mapping[str, Any], parts: list[str]) -> Told:
    match parts:
        case ["usage", name]:
            return _usage_report(asked, held, name)
        case ["costs"]:
            return _cost_report(asked, held)
        case ["projects" | "users" | "admin_api_keys" as name]:
            return _list(asked, held[name])
        case ["projects", project, "api_keys" | "service_accounts" as name] if project in held[name]:
            return _list(asked, held[name][project])
        case _:
            return _error(404, "not_found", f"Invalid URL (GET {asked.path})")


def _error(status: int, code: str, message: str) -> Told:
    told = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Told(status, {"error": told})


BAD_PAGE = _error(400, "invalid_page", "The page cursor is invalid or has expired")
BAD_LIMIT = _error(400, "invalid_limit", "limit is out of range")
BAD_TIME = _error(400, "missing_required_parameter", "Missing required parameter: 'start_time'")
BAD_CUT = _error(400, "invalid_value", "Invalid value for 'group_by'")
BAD_WIDTH = _error(400, "invalid_value", "Invalid value for 'bucket_width'")


def _usage_report(asked: Asked, held: Mapping[str, Any], name: str) -> Told:
    if name in OTHER_USAGE:
        return _buckets(asked, "usage", lambda _day: [])
    if name != "completions":
        return _error(404, "not_found", f"Invalid URL (GET {asked.path})")
    cuts = asked.many("group_by")
    if not set(cuts) <= set(USAGE_CUTS):
        return BAD_CUT

    def results(day: date) -> list[Row]:
        return [
            {"object": "organization.usage.completions.result", **dict.fromkeys(USAGE_CUTS), **about, **sums}
            for about, sums in grouped(on_day(held, "usage", day), cuts, COUNTS)
        ]

    return _buckets(asked, "usage", results)


def _cost_report(asked: Asked, held: Mapping[str, Any]) -> Told:
    cuts = asked.many("group_by")
    if not set(cuts) <= set(COST_CUTS):
        return BAD_CUT

    def results(day: date) -> list[Row]:
        return [
            {
                "object": "organization.costs.result", **dict.fromkeys(COST_CUTS), **about,
                "amount": {"value": sums["nano"] / 10**9, "currency": "usd"},
                "quantity": sums["quantity"], "quantity_unit": "tokens",
            }
            for about, sums in grouped(on_day(held, "costs", day), cuts, ("nano", "quantity"))
        ]  # fmt: skip

    return _buckets(asked, "costs", results)


def _buckets(asked: Asked, kind: str, results: Callable[[date], list[Row]]) -> Told:
    if asked.one("bucket_width", "1d") != "1d":
        return BAD_WIDTH
    limit = asked.number("limit", *MOST[kind], BAD_LIMIT)
    first = _day(asked, "start_time")
    until = _day(asked, "end_time") if asked.has("end_time") else first + timedelta(days=limit)
    count = max((until - first).days, 0)
    begin = asked.position("page", BAD_PAGE)
    data = [_bucket(first + timedelta(days=i), results) for i in range(begin, min(begin + limit, count))]
    more = begin + limit < count
    following = asked.cursor(begin + limit) if more else None
    return Told(200, {"object": "page", "data": data, "has_more": more, "next_page": following})


def _bucket(day: date, results: Callable[[date], list[Row]]) -> Row:
    start = _seconds(day)
    return {"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": results(day)}


def _day(asked: Asked, name: str) -> date:
    told = asked.one(name)
    if not told.isdigit():
        raise Refused(BAD_TIME)
    return datetime.fromtimestamp(int(told), UTC).date()


def _list(asked: Asked, rows: list[Row]) -> Told:
    limit = asked.number("limit", 20, 100, BAD_LIMIT)
    ids = [row["id"] for row in rows]
    after = asked.one("after")
    if after and after not in ids:
        return BAD_PAGE
    begin = ids.index(after) + 1 if after else 0
    page = rows[begin : begin + limit]
    ends = {"first_id": page[0]["id"] if page else None, "last_id": page[-1]["id"] if page else None}
    return Told(200, {"object": "list", "data": page, "has_more": begin + limit < len(rows), **ends})
