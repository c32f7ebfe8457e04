"""An invented enterprise and organization on GitHub, answering as its API does."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import httpx2

SEATS = [
    {
        "created_at": "2026-02-01T09:00:00Z", "assignee": {"login": "octo-dev", "id": 11}, "plan_type": "business",
        "assigning_team": {"slug": "core", "name": "Core"}, "pending_cancellation_date": None,
        "last_activity_at": "2026-11-20T08:11:00Z",
    },
    {
        "created_at": "2026-03-01T09:00:00Z", "assignee": {"login": "idle-dev", "id": 12}, "plan_type": "business",
        "pending_cancellation_date": "2026-11-30", "last_activity_at": None,
    },
    {  # the same person again, for another organization
        "created_at": "2026-02-01T09:00:00Z", "assignee": {"login": "octo-dev", "id": 11}, "plan_type": "business",
        "pending_cancellation_date": None, "last_activity_at": "2026-11-01T08:11:00Z",
    },
    {"created_at": "2026-10-01T09:00:00Z", "assignee": None, "plan_type": "business"},
]  # fmt: skip
CENTRES = [
    {
        "id": "cc-1", "name": "Platform", "state": "active",
        "resources": [{"type": "User", "name": "octo-dev"}, {"type": "Org", "name": "acme-eng"}],
    },
    {"id": "cc-2", "name": "Gone", "state": "deleted", "resources": []},
]  # fmt: skip


def person(day: str, login: str, suggestions: int = 10) -> dict:
    return {
        "day": day, "user_id": 11, "user_login": login, "code_generation_activity_count": suggestions,
        "code_acceptance_activity_count": 4, "used_chat": True,
    }  # fmt: skip


def credit_item(gross: float, net: float) -> dict:
    return {
        "product": "Copilot", "sku": "Copilot AI Credits", "model": "model-y", "unitType": "credits",
        "pricePerUnit": 0.01, "grossQuantity": gross * 100, "grossAmount": gross, "discountQuantity": 0,
        "discountAmount": gross - net, "netQuantity": net * 100, "netAmount": net,
    }  # fmt: skip


def seat_item(
    day: str, sku: str = "Copilot Business", product: str = "Copilot", unit: str = "user-months"
) -> dict:
    return {
        "date": day, "product": product, "sku": sku, "quantity": 3, "unitType": unit, "pricePerUnit": 19,
        "grossAmount": 57, "discountAmount": 0, "netAmount": 57, "organizationName": "acme-eng",
    }  # fmt: skip


class GitHub:
    """The replies; what it holds may be changed between two syncs."""

    def __init__(self) -> None:
        self.seats = list(SEATS)
        self.reports = {"2026-11-18": [person("2026-11-18", "octo-dev")]}
        self.parts = {"octo-dev": credit_item(80, 20.5)}
        self.refused: dict[str, int] = {}
        self.dead_links = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        address = urlsplit(str(request.url))
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.hostname == "files.example":
            return self.file(request, address.path)
        assert request.headers["authorization"].startswith("Bearer ")
        for part, status in self.refused.items():
            if part in address.path:
                return httpx2.Response(status, json={"message": "Must have admin rights"})
        return self.answer(address.path, asked)

    def answer(self, path: str, asked: dict[str, str]) -> httpx2.Response:
        if path.endswith("/billing/seats"):
            return self.page(path, int(asked.get("page", 1)))
        if path.endswith("users-1-day"):
            if asked["day"] not in self.reports:
                return httpx2.Response(204)
            links = [f"https://files.example/{asked['day']}.ndjson?signature=abc"]
            return httpx2.Response(200, json={"download_links": links, "report_day": asked["day"]})
        if path.endswith("cost-centers"):
            return httpx2.Response(200, json={"costCenters": CENTRES})
        return httpx2.Response(200, json={"usageItems": self.items(path, asked)})

    def items(self, path: str, asked: dict[str, str]) -> list[dict]:
        month = date(int(asked["year"]), int(asked["month"]), 1)
        if path.endswith("premium_request/usage"):
            return [credit_item(4, 4)] if month == date(2026, 5, 1) and "user" not in asked else []
        if month != date(2026, 11, 1):
            return []
        return self.credits(asked) if path.endswith("ai_credit/usage") else self.all_products(asked)

    def credits(self, asked: dict[str, str]) -> list[dict]:
        if "user" in asked:
            return [self.parts[asked["user"]]] if asked["user"] in self.parts else []
        if asked.get("day", "18") != "18" or asked.get("cost_center_id") == "cc-2":
            return []
        return [credit_item(7, 7.0) if asked.get("cost_center_id") == "cc-1" else credit_item(120, 30.0)]

    def all_products(self, asked: dict[str, str]) -> list[dict]:
        if "cost_center_id" in asked:
            return []
        return [
            seat_item("2026-11-01"),
            seat_item("2026-11-01", "Copilot AI Credits", unit="credits"),
            seat_item("2026-11-01", "Copilot Premium Request", unit="requests"),
            seat_item("2026-11-01", "Actions Linux", product="Actions", unit="minutes"),
        ]

    def page(self, path: str, number: int) -> httpx2.Response:
        part = self.seats[2 * number - 2 : 2 * number]
        headers = {"link": f'<https://api.github.com{path}?page={number + 1}>; rel="next"'}
        more = 2 * number < len(self.seats)
        return httpx2.Response(
            200, json={"total_seats": len(self.seats), "seats": part}, headers=headers if more else {}
        )

    def file(self, request: httpx2.Request, path: str) -> httpx2.Response:
        assert "authorization" not in request.headers
        if self.dead_links:
            self.dead_links -= 1
            return httpx2.Response(403, text="expired")
        lines = self.reports[path.strip("/").removesuffix(".ndjson")]
        return httpx2.Response(200, content="\n".join(map(_line, lines)).encode())


def _line(told: dict | str) -> str:
    return told if isinstance(told, str) else json.dumps(told)
