"""The company's LiteLLM proxy: its spend log, page by page, and its users, keys and teams. What it logs, providers bill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.use import ANTHROPIC
from payback.demo.vendors.replies import Asked, Told
from payback.demo.workloads import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from payback.demo.use import Use

Row = dict[str, Any]
HOST = "litellm.lumen-harbour.example"
BASE = f"http://{HOST}:4000"
CUT = 10_000


def on_file(uses: Iterable[Use]) -> Row:
    """The log and the lists, as JSON."""
    tagged = [use for use in uses if use.place.tool == "litellm"]
    flows = [work for work in WORKLOADS if work.is_tagged]
    return {
        "logs": [_row(number, use) for number, use in enumerate(tagged)],
        "keys": [{"token": _token(work.id), "key_alias": work.id, "user_id": None, "created_at": None} for work in flows],
        "teams": [{"team_id": f"team-{work.team}", "team_alias": work.team} for work in flows],
    }  # fmt: skip


def _token(flow: str | None) -> str:
    return f"hash-{flow}"


def _row(number: int, use: Use) -> Row:
    fresh, read, short, long, output = use.tokens
    prompt = fresh + read + short + long
    moment = use.occurred_at.astimezone(UTC)
    place = use.place
    return {
        "request_id": f"chatcmpl-{number:06d}", "call_type": "acompletion", "api_key": _token(place.workflow),
        "spend": (use.nano or 0) / 10**9, "prompt_tokens": prompt, "completion_tokens": output,
        "total_tokens": prompt + output, "startTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "endTime": f"{moment + timedelta(seconds=3):%Y-%m-%dT%H:%M:%SZ}", "request_duration_ms": 3000,
        "model": use.model, "model_group": "smart", "custom_llm_provider": use.vendor, "user": "", "team_id": None,
        "end_user": "", "session_id": "", "status": "success", "cache_hit": "False",
        "litellm_call_id": f"call-{number:06d}",
        "request_tags": [f"team:{place.team}", f"workflow:{place.workflow}", f"env:{place.environment}"],
        "metadata": {
            "user_api_key_alias": place.workflow, "status": "success", "attempted_retries": 0,
            "usage_object": _usage(use, prompt), "user_agent": "openai-python" if use.vendor != ANTHROPIC else "anthropic",
        },
    }  # fmt: skip


def _usage(use: Use, prompt: int) -> Row:
    _, read, short, long, output = use.tokens
    return {
        "prompt_tokens": prompt, "completion_tokens": output, "total_tokens": prompt + output,
        "cache_read_input_tokens": read, "cache_creation_input_tokens": short + long,
        "prompt_tokens_details": {"cached_tokens": read},
    }  # fmt: skip


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "Authentication Error, Invalid proxy server token passed")
    if "proxy_admin_viewer" not in asked.rights:
        return _error(403, "user not allowed to access this route. Only proxy admins can")
    reply = REPLIES.get(asked.path)
    return reply(asked, held) if reply else _error(404, "Not Found")


def _error(status: int, message: str) -> Told:
    return Told(
        status, {"error": {"message": message, "type": "auth_error", "param": None, "code": str(status)}}
    )


def _logs(asked: Asked, held: Mapping[str, Any]) -> Told:
    refusal = _error(400, "Invalid date format. Expected: YYYY-MM-DD HH:MM:SS")
    try:
        since, until = (
            datetime.strptime(asked.one(name), "%Y-%m-%d %H:%M:%S") for name in ("start_date", "end_date")  # noqa: DTZ007  UTC, as the proxy reads it
        )  # fmt: skip
    except ValueError:
        return refusal
    size = asked.number("page_size", 50, 1000, refusal)
    page = asked.number("page", 1, 10**6, refusal)
    ends = (f"{since:%Y-%m-%dT%H:%M:%SZ}", f"{until:%Y-%m-%dT%H:%M:%SZ}")
    rows = [row for row in held["logs"] if ends[0] <= row["startTime"] <= ends[1]]
    rows.sort(key=lambda row: row["startTime"], reverse=asked.one("sort_order", "desc") == "desc")
    total = min(len(rows), CUT)
    return Told(
        200,
        {"data": rows[(page - 1) * size : page * size], "total": total, "page": page, "page_size": size,
         "total_pages": max((total + size - 1) // size, 1)},
    )  # fmt: skip


def _keys(_asked: Asked, held: Mapping[str, Any]) -> Told:
    keys = held["keys"]
    return Told(200, {"keys": keys, "total_count": len(keys), "current_page": 1, "total_pages": 1})


REPLIES: Mapping[str, Callable[[Asked, Mapping[str, Any]], Told]] = {
    "/spend/logs/v2": _logs,
    "/user/list": lambda _asked, _held: Told(
        200, {"users": [], "total": 0, "page": 1, "page_size": 100, "total_pages": 1}
    ),
    "/key/list": _keys,
    "/team/list": lambda _asked, held: Told(200, held["teams"]),
}
