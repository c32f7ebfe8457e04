"""Gateways and tracing tools as plain functions from request to reply, and an installation connected to them."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from payback.app import App, Surroundings, connections, open_app
from payback.sources.amounts import instant

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEY = "planted-key-0123456789"
SMALL = 2  # rows a page, whatever is asked for


def opened(home: Path, toml: str, vendor: Any, now: datetime = NOW, **environ: str) -> App:
    home.mkdir(exist_ok=True)
    (home / "payback.toml").write_text(toml, encoding="utf-8")
    told = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana", "VENDOR_KEY": KEY} | environ
    return open_app(
        home,
        Surroundings(
            told,
            "linux",
            lambda: now,
            transport=httpx2.MockTransport(vendor),
            sleep=lambda _seconds: None,
        ),
    )


def synced(app: App, name: str) -> dict[str, dict]:
    """The rows that `payback sync` prints, by stream."""
    return {row["source"].partition(":")[2]: row for row in connections.sync(app, name)}


def held(app: App, *tables: str) -> dict[str, list[dict]]:
    """Rows of tables without when they were written."""
    found = {}
    for name in tables or ("usage", "charges", "identities", "rejected"):
        table = app.warehouse.table(name)
        names = [column for column in table.columns if column != "synced_at"]
        found[name] = sorted(app.warehouse.read(table.select(names)).to_pylist(), key=repr)
    return found


def faulty(vendor: Any, *faults: Any) -> Any:
    """The vendor with faults put in front of it: each request takes the next one; None lets it through."""
    waiting = iter(faults)

    def answer(request: httpx2.Request) -> httpx2.Response:
        fault = next(waiting, None)
        return vendor(request) if fault is None else fault(request, vendor)

    return answer


def late(_request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    return httpx2.Response(429, headers={"retry-after": "1"})


def broken(_request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    return httpx2.Response(500, text="oops")


def silent(request: httpx2.Request, _vendor: Any) -> httpx2.Response:
    raise httpx2.ReadTimeout("nothing came", request=request)


def cut(request: httpx2.Request, vendor: Any) -> httpx2.Response:
    whole = vendor(request)
    return httpx2.Response(whole.status_code, content=whole.content[: len(whole.content) // 2])


FAULTS = (late, broken, silent, cut, None, late, None, cut)
PARAMETERS = {
    "/spend/logs/v2": {"start_date", "end_date", "page", "page_size", "sort_by", "sort_order"},
    "/spend/logs": {"start_date", "end_date", "summarize"},
    "/user/list": {"page", "page_size"},
    "/key/list": {"page", "size", "return_full_object"},
    "/team/list": set(),
    "/api/public/v2/observations": {"fields", "type", "limit", "cursor", "fromStartTime", "toStartTime"},
    "/api/public/observations": {"type", "limit", "page", "fromStartTime", "toStartTime"},
    "/api/public/traces": {"fields", "limit", "page", "fromTimestamp", "toTimestamp"},
    "/v1/request/query-clickhouse": set(),
    "/allocation/compute": {
        "window", "step", "aggregate", "accumulate", "includeIdle", "shareIdle", "includeAggregatedMetadata",
    },
}  # fmt: skip


def checked(request: httpx2.Request) -> dict[str, str]:
    """The query, when the reference knows the address and every parameter of it."""
    told = dict(request.url.params)
    assert set(told) <= PARAMETERS[request.url.path], request.url
    return told


def page_of(rows: list, number: int) -> list:
    return rows[(number - 1) * SMALL : number * SMALL]


class LiteLLM:
    """A proxy with these rows. `old` has no `/spend/logs/v2`; `repeats` begins each page with the last row of the one before."""

    def __init__(
        self, rows: list[dict], *, old: bool = False, repeats: bool = False, page: int = SMALL, loses: int = 0
    ) -> None:
        self.rows, self.old, self.repeats, self.page, self.loses = rows, old, repeats, page, loses
        self.refuses: dict[str, int] = {}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path, told = request.url.path, checked(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return httpx2.Response(
                401, json={"error": {"message": f"wrong key {request.headers['authorization']}"}}
            )
        if path in self.refuses:
            return httpx2.Response(self.refuses[path], json={"error": "no"})
        if path == "/spend/logs/v2":
            return httpx2.Response(404) if self.old else httpx2.Response(200, json=self._paged(told))
        if path == "/spend/logs":
            return httpx2.Response(200, json=self._within(told)[:10_000])
        listed = {
            "/user/list": ("users", {"user_id": "u-7", "user_email": "dev@example.com", "user_alias": None}),
            "/key/list": ("keys", {"token": "9f2c", "key_alias": "ci-bot", "user_id": "u-7"}),
        }
        if path == "/team/list":
            return httpx2.Response(200, json=[{"team_id": "team-search", "team_alias": "Search"}])
        name, row = listed[path]
        return httpx2.Response(200, json={name: [row], "total_pages": 1, "page": 1})

    def _within(self, told: dict[str, str]) -> list[dict]:
        since, until = instant(told["start_date"]), instant(told["end_date"])
        return [row for row in self.rows if since <= instant(row["startTime"]) <= until]

    def _paged(self, told: dict[str, str]) -> dict:
        """Like LiteLLM: rows to any depth, but a total and a number of pages that end at 10,000 rows."""
        rows, page, size = self._within(told), int(told["page"]), min(self.page, int(told["page_size"]))
        data = rows[(page - 1) * size :][:size]
        if self.repeats and page > 1:
            data = [rows[(page - 1) * size - 1], *data]
        total = min(len(rows), 10_000)
        data = data[self.loses :] if page == 1 else data
        return {
            "data": data,
            "total": total,
            "page": page,
            "page_size": size,
            "total_pages": -(-total // size),
        }


class Langfuse:
    """A project with these observations; the cursor is the number of the next row. `old` knows pages by number only."""

    def __init__(self, rows: list[dict], *, old: bool = False, expires: int = 0) -> None:
        self.rows, self.old, self.expires = rows, old, expires

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path, told = request.url.path, checked(request)
        if path == "/api/public/traces":
            rows = [
                {"id": f"t-{row['id']}", "userId": "dev@x", "sessionId": "s", "tags": ["wf:triage"]}
                for row in self.rows
            ]
            return httpx2.Response(200, json=self._numbered(rows, told))
        since, until = instant(told["fromStartTime"]), instant(told["toStartTime"])
        rows = [row for row in self.rows if since <= instant(row["startTime"]) < until]
        if path == "/api/public/observations":
            return httpx2.Response(
                200, json=self._numbered([row | {"input": "secret"} for row in rows], told)
            )
        if self.old:
            return httpx2.Response(404)
        assert not {"io", "metadata", "prompt"} & set(told["fields"].split(","))
        first = int(told.get("cursor", 0))
        if first and self.expires:
            self.expires -= 1
            return httpx2.Response(400, json={"message": "the cursor has expired"})
        following = first + SMALL if first + SMALL < len(rows) else None
        data = rows[max(first - 1, 0) : first + SMALL]  # a page repeats the last row of the one before
        return httpx2.Response(200, json={"data": data, "meta": {"cursor": following and str(following)}})

    def _numbered(self, rows: list, told: dict[str, str]) -> dict:
        return {"data": page_of(rows, int(told["page"])), "meta": {"totalPages": -(-len(rows) // SMALL)}}


class Helicone:
    """An organisation with these requests."""

    def __init__(self, rows: list[dict]) -> None:
        self.rows = rows

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        checked(request)
        told = json.loads(request.content)
        assert told["includeInputs"] is False
        since, until = (
            instant(told["filter"][side]["request_response_rmt"]["request_created_at"][word])
            for side, word in (("left", "gte"), ("right", "lt"))
        )
        rows = [row for row in self.rows if since <= instant(row["request_created_at"]) < until]
        return httpx2.Response(200, json={"data": rows[told["offset"] :][: told["limit"]], "error": None})


class OpenCost:
    """A cluster in which one workload and idle cost the same each day."""

    def __init__(self, gpu_cost: float = 96.0) -> None:
        self.gpu_cost = gpu_cost

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        since, until = (instant(text) for text in checked(request)["window"].split(","))
        days = [since + timedelta(days=number) for number in range((until - since).days)]
        return httpx2.Response(
            200, json={"code": 200, "data": [self._day(day) for day in days if day <= NOW]}
        )

    def _day(self, day: datetime) -> dict:
        window = {"start": day.isoformat(), "end": (day + timedelta(days=1)).isoformat()}
        return {
            "ml": {
                "window": window, "properties": {"cluster": "c1", "namespace": "ml", "labels": {"team": "search"}},
                "gpuHours": 48, "gpuCost": self.gpu_cost, "totalCost": self.gpu_cost + 4,
            },
            "__idle__": {"window": window, "gpuHours": 10, "gpuCost": 20, "totalCost": 20},
        }  # fmt: skip
