"""BigQuery's REST API, as far as the billing export needs it: parameterised queries, paged to their end.

The table's name cannot be a parameter, so it is held to the letters that names of tables have. Everything else is one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from payback.errors import SettingsError, SourceError
from payback.sources.source import DAY, Slice, since_told
from payback.sources.vertex import skus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.http import Http
    from payback.sources.source import Ask, Plan

NAME = re.compile(r"^([a-z][a-z0-9:.-]{4,62})\.(\w{1,1024})\.(\w{1,1024})$")
PAGE = 10_000
PATIENCE = 120
LONGEST = timedelta(days=31)
EVER = datetime(2000, 1, 1, tzinfo=UTC)
MARK = ""
SELECTED = """
(LOWER(service.description) IN UNNEST(@services)
 OR REGEXP_CONTAINS(sku.description, r'\\b(GPU|TPU)\\b')
 OR (seller_name IS NOT NULL AND NOT REGEXP_CONTAINS(LOWER(seller_name), r'google')))
"""
CHANGED = """
SELECT FORMAT_TIMESTAMP('%F', usage_start_time, 'UTC') AS day, MAX(UNIX_MICROS(export_time)) AS seen
FROM `{table}` WHERE export_time > TIMESTAMP_MICROS(@seen) AND usage_start_time >= TIMESTAMP(@since)
 AND {selected} GROUP BY day ORDER BY day
"""
ROWS = """
SELECT TO_JSON_STRING(t) AS line FROM `{table}` AS t
WHERE usage_start_time >= TIMESTAMP(@since) AND usage_start_time < TIMESTAMP(@until) AND {selected}
"""


def plan(plan: Plan, table: str) -> Iterator[Slice]:
    """Runs of days with rows newer than the last export time seen; the newest such time is remembered with the last."""
    seen = 0 if plan.window else int(plan.marks.get(MARK) or 0)
    since = plan.window[0] if plan.window else since_told(plan.told, EVER)
    query = CHANGED.format(table=_checked(table), selected=SELECTED)
    told = list(_asked(plan.http, (plan.told, table), query, {"seen": seen, "since": since.isoformat()}))
    days = [(datetime.fromisoformat(str(row["day"])).replace(tzinfo=UTC), int(row["seen"])) for row in told]
    if plan.window:
        days = [(day, stamp) for day, stamp in days if day < plan.window[1]]
    runs = _runs([day for day, _ in days])
    newest = str(max((stamp for _, stamp in days), default=0))
    for index, (first, until) in enumerate(runs):
        is_last = index == len(runs) - 1
        yield Slice(first, until, newest if is_last and not plan.window else "", MARK)


def _runs(days: list[datetime]) -> list[tuple[datetime, datetime]]:
    """Days that follow each other as stretches of at most a month."""
    found: list[tuple[datetime, datetime]] = []
    for day in sorted(days):
        if found and found[-1][1] == day and day + DAY - found[-1][0] <= LONGEST:
            found[-1] = (found[-1][0], day + DAY)
        else:
            found.append((day, day + DAY))
    return found


def rows(ask: Ask, table: str) -> Iterator[Mapping[str, Any]]:
    """The rows of AI in the slice, as the export has them."""
    query = ROWS.format(table=_checked(table), selected=SELECTED)
    bounds = {"since": ask.part.since.isoformat(), "until": ask.part.until.isoformat()}
    for row in _asked(ask.http, (ask.told, table), query, bounds):
        told = orjson.loads(str(row["line"]))
        if skus.is_ai(told):
            yield told


def _checked(table: str) -> str:
    if not NAME.match(table):
        raise SettingsError(f"table {table!r} is not project.dataset.table")
    return table


def _asked(
    http: Http, where: tuple[Mapping[str, Any], str], query: str, values: Mapping[str, str | int]
) -> Iterator[dict[str, Any]]:
    """Rows of a query by column, all its pages."""
    told, table = where
    project = str(told.get("project") or _checked(table).split(".")[0])
    body = {
        "query": query,
        "useLegacySql": False,
        "parameterMode": "NAMED",
        "maxResults": PAGE,
        "timeoutMs": 60_000,
        "queryParameters": [*(_parameter(name, value) for name, value in values.items()), _services()],
    }
    reply = http.post(f"/bigquery/v2/projects/{project}/queries", body).body
    job = reply.get("jobReference") or {}
    address = f"/bigquery/v2/projects/{job.get('projectId', project)}/queries/{job.get('jobId')}"
    place = {"location": job["location"]} if job.get("location") else {}
    for _ in range(PATIENCE):
        if reply.get("jobComplete"):
            break
        reply = http.get(address, {**place, "maxResults": PAGE, "timeoutMs": 60_000}).body
    else:
        raise SourceError(
            "BigQuery did not finish the query in two hours; it is asked again with the next sync"
        )
    names = [field["name"] for field in (reply.get("schema") or {}).get("fields", ())]
    while True:
        for row in reply.get("rows") or ():
            yield {name: cell.get("v") for name, cell in zip(names, row["f"], strict=True)}
        token = reply.get("pageToken")
        if not token:
            return
        reply = http.get(address, {**place, "maxResults": PAGE, "pageToken": token}).body


def _parameter(name: str, value: str | int) -> dict[str, Any]:
    kind = "INT64" if isinstance(value, int) else "STRING"
    return {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": str(value)}}


def _services() -> dict[str, Any]:
    return {
        "name": "services",
        "parameterType": {"type": "ARRAY", "arrayType": {"type": "STRING"}},
        "parameterValue": {"arrayValues": [{"value": name} for name in sorted(skus.SERVICES)]},
    }
