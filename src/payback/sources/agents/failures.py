"""What kind of failure an agent wrote down, as a short word. The message itself may quote prompts and is never kept."""

from __future__ import annotations

import re
from typing import Any

STATUS = {
    400: "invalid_request",
    401: "authentication",
    402: "quota",
    403: "authentication",
    404: "not_found",
    408: "timeout",
    413: "too_long",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}
WORDS = (
    ("rate limit", "rate_limit"),
    ("ratelimit", "rate_limit"),
    ("too many requests", "rate_limit"),
    ("resource_exhausted", "rate_limit"),
    ("overloaded", "overloaded"),
    ("quota", "quota"),
    ("credit", "quota"),
    ("timeout", "timeout"),
    ("timed out", "timeout"),
    ("unauthor", "authentication"),
    ("autherror", "authentication"),
    ("api key", "authentication"),
    ("abort", "aborted"),
    ("cancel", "aborted"),
    ("context", "too_long"),
    ("output length", "too_long"),
    ("outputlength", "too_long"),
    ("network", "network"),
    ("connection", "network"),
    ("fetch failed", "network"),
)
_STATUS_IN_TEXT = re.compile(r"(?<![\w.])(4\d\d|5\d\d)(?![\w.])")


def failure_kind(status: Any = None, *hints: Any) -> str:
    """The failure as one word, from an HTTP status and any names or messages; `error` where nothing is recognised."""
    said = " ".join(hint[:2000] for hint in hints if isinstance(hint, str)).lower()
    code = _code(status)
    if code is None and (found := _STATUS_IN_TEXT.search(said)):
        code = int(found[1])
    if code is not None and code >= 400:
        return STATUS.get(code, "server_error" if code >= 500 else "invalid_request")
    return next((kind for word, kind in WORDS if word in said), "error")


def _code(status: Any) -> int | None:
    if isinstance(status, bool):
        return None
    if isinstance(status, str) and status.isdigit() and len(status) == 3:
        return int(status)
    return status if isinstance(status, int) and 100 <= status <= 599 else None
