"""OpenCost in the company's GPU cluster, set up three weeks ago: what each workload cost a day, and what stood idle."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.demo.use import Place
from payback.demo.vendors.replies import Asked, Refused, Told, on_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.demo.span import Span

Row = dict[str, Any]
HOST = "opencost.lumen-harbour.example"
BASE = f"http://{HOST}:9003"
AGE = timedelta(days=20)
IDLE = "__idle__"
WORKLOADS = (("reranker", "search", (14, 32)), ("speech", "mobile", (4, 16)))
GPU_HOURS_A_DAY, GPU_HOUR = 48, 2_150_000_000
TOOL = "self_hosted"


def on_file(span: Span) -> Row:
    """Allocations by day, as JSON."""
    rows = []
    day = max(span.first, span.today - AGE)
    while day < span.today:
        rows += [_allocation(day, name, hours) for name, hours in _hours(span, day)]
        day += timedelta(days=1)
    return {"allocations": rows}


def _hours(span: Span, day: date) -> Iterator[tuple[str, int]]:
    """GPU hours of each workload on a day; the rest of the cluster stands idle."""
    chance = span.chance("gpu", day)
    left = GPU_HOURS_A_DAY
    for name, _, bounds in WORKLOADS:
        hours = chance.randint(*bounds)
        left -= hours
        yield name, hours
    yield IDLE, left


def _allocation(day: date, name: str, hours: int) -> Row:
    team = next((team for workload, team, _ in WORKLOADS if workload == name), None)
    ends = {"start": f"{day}T00:00:00Z", "end": f"{day + timedelta(days=1)}T00:00:00Z"}
    gpu = hours * GPU_HOUR / 10**9
    return {
        "day": day.isoformat(), "name": name if name == IDLE else f"serving/deployment/{name}",
        "properties": {"cluster": "c1"} | (
            {"namespace": "serving", "controllerKind": "deployment", "controller": name, "labels": {"team": team}} if team else {}
        ),
        "window": ends, **ends, "minutes": 1440, "cpuCost": 0.0, "ramCost": 0.0, "gpuCount": hours / 24,
        "gpuHours": hours, "gpuCost": gpu, "gpuCostIdle": 0.0, "gpuEfficiency": 0.42 if team else 0.0, "totalCost": gpu,
    }  # fmt: skip


def costs(span: Span) -> Iterator[tuple[date, Place, int]]:
    """What a day of each workload cost, where it belongs, in billionths."""
    day = max(span.first, span.today - AGE)
    while day < span.today:
        for name, hours in _hours(span, day):
            team = next((team for workload, team, _ in WORKLOADS if workload == name), None)
            yield day, Place(team, TOOL), hours * GPU_HOUR
        day += timedelta(days=1)


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request. Nobody is asked for a key inside the cluster."""
    if asked.path not in {"/allocation/compute", "/allocation"}:
        return Told(404, {"code": 404, "message": "not found"})
    since, until = _window(asked)
    days = [since + timedelta(days=index) for index in range((until - since).days)]
    idle = asked.one("includeIdle") == "true"
    data = [
        {row["name"]: {k: v for k, v in row.items() if k != "day"}
         for row in on_day(held, "allocations", day) if idle or row["name"] != IDLE}
        for day in days
    ]  # fmt: skip
    return Told(200, {"code": 200, "data": data})


def _window(asked: Asked) -> tuple[date, date]:
    refusal = Told(400, {"code": 400, "message": "Invalid 'window' parameter"})
    first, comma, last = asked.one("window").partition(",")
    if not comma or asked.one("step") != "1d":
        raise Refused(refusal)
    try:
        return datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date()
    except ValueError:
        raise Refused(refusal) from None
