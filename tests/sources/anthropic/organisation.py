"""An invented organisation at Anthropic: a plain function from request to reply, as strict as the reference says it is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 25)
KEY = "sk-ant-admin01-planted-and-never-shown"
BETA = "analytics-usage-cost-2026-08-24"
RIGHTS = {
    "console": ("me", "cost_report", "usage_report", "api_keys", "users", "workspaces", "service_accounts"),
    "analytics": ("analytics/cost", "analytics/usage"),
    "enterprise": (
        "analytics/user_cost_report",
        "analytics/user_usage_report",
        "analytics/users",
        "analytics/summaries",
    ),
}
SPAN = {"starting_at", "ending_at", "limit", "page", "group_by[]"}
KNOWN = {
    "me": set(),
    "cost_report": SPAN | {"bucket_width"},
    "usage_report/messages": SPAN | {"bucket_width"},
    "usage_report/claude_code": {"starting_at", "limit", "page"},
    "analytics/cost": SPAN | {"time_bucket_width", "order_by", "order"},
    "analytics/usage": SPAN | {"time_bucket_width"},
    "analytics/user_cost_report": SPAN | {"bucket_width"},
    "analytics/user_usage_report": SPAN | {"bucket_width"},
    "analytics/users": {"date", "limit", "page"},
    "analytics/summaries": {"starting_date"},
    "api_keys": {"limit", "after_id"},
    "users": {"limit", "after_id"},
    "workspaces": {"limit", "after_id", "include_archived"},
    "service_accounts": {"limit", "page", "include_archived"},
}
CUTS = {
    "cost_report": {"workspace_id", "description"},
    "usage_report/messages": {
        "account_id",
        "api_key_id",
        "context_window",
        "inference_geo",
        "model",
        "service_account_id",
        "service_tier",
        "workspace_id",
    },
    "analytics/user_cost_report": {"product", "model", "context_window", "inference_geo", "speed"},
}
CUTS["analytics/user_usage_report"] = CUTS["analytics/user_cost_report"]
CUTS["analytics/cost"] = CUTS["analytics/usage"] = {
    "actor",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "product",
    "workspace_id",
}
MOST = {"cost_report": 31, "usage_report/messages": 31, "service_accounts": 100}
PEOPLE = ("ana@example.com", "ben@example.com")
MODEL = "claude-opus-4-8"
LISTS = {
    "workspaces": [
        {"id": f"wrkspc_{n}", "name": f"Space {n}", "created_at": "2026-01-05T00:00:00Z"} for n in (1, 2)
    ],
    "api_keys": [
        {
            "id": "apikey_1",
            "name": "ci",
            "workspace_id": "wrkspc_1",
            "created_by": {"id": "user_1", "type": "user"},
        },
        {
            "id": "apikey_2",
            "name": "own",
            "workspace_id": None,
            "created_by": {"id": "user_2", "type": "user"},
        },
        {"id": "apikey_3", "name": "bot", "workspace_id": "wrkspc_2", "principal": {"id": "svac_1"}},
    ],
    "users": [
        {"id": f"user_{n}", "email": address, "name": address[:3].title(), "added_at": "2026-02-01T00:00:00Z"}
        for n, address in enumerate(PEOPLE, 1)
    ],
    "service_accounts": [{"id": "svac_1", "name": "ci-bot", "created_at": "2026-03-01T00:00:00Z"}],
}
Pages = "Callable[[list[dict]], list[dict]]"


@dataclass
class Organisation:
    """What the vendor holds and how it behaves. `restated` adds cents to the last `late` days; `shape` is what becomes of
    the pages of a reply.
    """

    opens: tuple[str, ...] = ("console",)
    refuses: dict[str, int] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    late: int = 0
    restated: int = 0
    page_size: int = 2
    shape: Callable[[list], list] = list
    asked: list[httpx2.Request] = field(default_factory=list)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        path = request.url.path.removeprefix("/v1/organizations/")
        if request.headers.get("x-api-key") != KEY:
            return refusal(401, f"invalid x-api-key {request.headers.get('x-api-key')}")
        if status := self._refused(path) or self._wrong(request, path):
            return refusal(status, f"no {path} for you, {KEY}")
        return httpx2.Response(200, json=self._answer(path, request.url.params))

    def _refused(self, path: str) -> int | None:
        may = [right for generation in self.opens for right in RIGHTS[generation]]
        if path in self.refuses:
            return self.refuses[path]
        return None if any(path == right or path.startswith(f"{right}/") for right in may) else 403

    def _wrong(self, request: httpx2.Request, path: str) -> int | None:
        """400 for what the vendor would not understand."""
        told = request.url.params
        cuts = told.get_list("group_by[]")
        wrong = [
            not set(told) <= KNOWN[path],
            not set(cuts) <= CUTS.get(path, set()) - set(self.without),
            path in {"analytics/cost", "analytics/usage"}
            and (len(cuts) > 5 or request.headers.get("anthropic-beta") != BETA),
            int(told.get("limit", 1)) > MOST.get(path, 1000),
            request.headers.get("anthropic-version") != "2023-06-01",
            "ending_at" in told and (days(told)[-1] - days(told)[0]).days >= 31,
        ]
        return 400 if any(wrong) else None

    def _answer(self, path: str, told: httpx2.QueryParams) -> dict:
        if path == "me":
            return {"id": "org-1", "type": "organization", "name": "Acme"}
        if path == "analytics/summaries":
            return {"summaries": [{"ending_at": "2026-11-25T00:00:00Z", "assigned_seat_count": 3}]}
        if path in LISTS and path != "service_accounts":
            return self._listed(LISTS[path], told)
        rows = LISTS[path] if path in LISTS else getattr(self, f"_{path.replace('/', '_')}")(told)
        return self._paged(rows, told)

    def _listed(self, rows: list[dict], told: httpx2.QueryParams) -> dict:
        ids = [row["id"] for row in rows]
        start = ids.index(told["after_id"]) + 1 if "after_id" in told else 0
        page = rows[start : start + self.page_size]
        more = start + self.page_size < len(rows)
        return {"data": page, "has_more": more, "first_id": page[0]["id"], "last_id": page[-1]["id"]}

    def _paged(self, rows: list[dict], told: httpx2.QueryParams) -> dict:
        size = min(self.page_size, int(told["limit"]))
        pages = self.shape([rows[at : at + size] for at in range(0, len(rows), size)] or [[]])
        number = int(told.get("page", "p0")[1:])
        more = number + 1 < len(pages)
        return {"data": pages[number], "has_more": more, "next_page": f"p{number + 1}" if more else None}

    def cents(self, day: date, number: int) -> str:
        """What one row of a day costs, at six places, as the vendor knows it now."""
        late = self.restated if (TODAY - day).days <= self.late else 0
        return f"{100 * number + day.day + late}.123456"

    def _buckets(self, told: httpx2.QueryParams, results: Callable[[date], list[dict]]) -> list[dict]:
        return [{**ends(day), "results": results(day)} for day in days(told)]

    def _cost_report(self, told: httpx2.QueryParams) -> list[dict]:
        return self._buckets(
            told,
            lambda day: [
                {
                    "amount": self.cents(day, n),
                    "currency": "USD",
                    "cost_type": "tokens",
                    "token_type": "output_tokens",
                    "model": MODEL,
                    "description": f"Claude - {n}",
                    "workspace_id": f"wrkspc_{n}",
                }
                for n in (1, 2)
            ],
        )

    def _usage_report_messages(self, told: httpx2.QueryParams) -> list[dict]:
        return self._buckets(
            told,
            lambda _day: [
                {**tokens(n), "api_key_id": f"apikey_{n}", "workspace_id": f"wrkspc_{n}", "model": MODEL}
                | {"context_window": "0-200k", "service_tier": "standard"}
                for n in (1, 2)
            ],
        )

    def _usage_report_claude_code(self, told: httpx2.QueryParams) -> list[dict]:
        return [
            {
                "date": f"{told['starting_at']}T00:00:00Z",
                "actor": {"type": "user_actor", "email_address": person},
                "organization_id": "org-1",
                "customer_type": "api",
                "terminal_type": terminal,
                "core_metrics": {"num_sessions": 1, "lines_of_code": {"added": 10, "removed": 1}},
                "tool_actions": {"edit_tool": {"accepted": 2, "rejected": 1}},
                "model_breakdown": [
                    {
                        "model": MODEL,
                        "tokens": {"input": 5, "output": 6, "cache_read": 7, "cache_creation": 8},
                        "estimated_cost": {"amount": 12.5, "currency": "USD"},
                    }
                ],
            }
            for person in (PEOPLE if told["starting_at"] < f"{TODAY}" else ())
            for terminal in ("vscode", "tmux")
        ]

    def _grouped(self, told: httpx2.QueryParams, name: str) -> list[dict]:
        cuts = told.get_list("group_by[]")
        return [
            {
                **ends(day),
                "group": {cut: value for cut, value in group(n).items() if cut in cuts},
                name: self.cost(day, n) if name == "cost" else use(n),
            }
            for day in days(told)
            for n in (1, 2)
        ]

    def cost(self, day: date, n: int) -> dict:
        return {"amount": self.cents(day, n), "list_amount": "500", "currency": "USD", "requests": n}

    def _analytics_cost(self, told: httpx2.QueryParams) -> list[dict]:
        return self._grouped(told, "cost")

    def _analytics_usage(self, told: httpx2.QueryParams) -> list[dict]:
        return self._grouped(told, "usage")

    def _flat(self, told: httpx2.QueryParams, figures: Callable[[date, int], dict]) -> list[dict]:
        return [
            {**ends(day), "actor": user(n), "product": "chat", "model": MODEL, **figures(day, n)}
            for day in days(told)
            for n in (1, 2)
        ]

    def _analytics_user_cost_report(self, told: httpx2.QueryParams) -> list[dict]:
        return self._flat(told, self.cost)

    def _analytics_user_usage_report(self, told: httpx2.QueryParams) -> list[dict]:
        return self._flat(told, lambda _day, n: use(n))

    def _analytics_users(self, told: httpx2.QueryParams) -> list[dict]:
        assert told["date"] < f"{TODAY}"
        return [
            {"user": {"id": f"user_{n}", "email_address": address}, "chat_metrics": {"message_count": n}}
            for n, address in enumerate(PEOPLE, 1)
        ]


def refusal(status: int, why: str) -> httpx2.Response:
    return httpx2.Response(status, json={"type": "error", "error": {"message": why}})


def days(told: httpx2.QueryParams) -> list[date]:
    """The days of a request on which the organisation has anything."""
    since, until = (date.fromisoformat(told[name][:10]) for name in ("starting_at", "ending_at"))
    return [
        since + timedelta(days=n) for n in range((until - since).days) if since + timedelta(days=n) < TODAY
    ]


def ends(day: date) -> dict:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z"}


def tokens(n: int) -> dict:
    return {
        "uncached_input_tokens": 1000 * n,
        "cache_read_input_tokens": 100 * n,
        "cache_creation": {"ephemeral_5m_input_tokens": 10 * n, "ephemeral_1h_input_tokens": n},
        "output_tokens": 50 * n,
        "server_tool_use": {"web_search_requests": 1},
    }


def use(n: int) -> dict:
    return {**tokens(n), "total_tokens": 1161 * n, "requests": n}


def user(n: int) -> dict:
    return {"type": "user_actor", "user_id": f"user_{n}", "email_address": PEOPLE[n - 1], "deleted": False}


def group(n: int) -> dict:
    return {
        "actor": user(n),
        "product": "messages_api",
        "workspace_id": f"wrkspc_{n}",
        "api_key_id": f"apikey_{n}",
        "model": MODEL,
    }


def cut(answer: httpx2.Response) -> httpx2.Response:
    """The first half of a reply."""
    body = json.dumps(json.loads(answer.content)).encode()
    return httpx2.Response(200, content=body[: len(body) // 2])
