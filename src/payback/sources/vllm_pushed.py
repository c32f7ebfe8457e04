"""vLLM's counters as a collector pushes them: the same use as from readings of /metrics, an hour of a server and model a row.

What is remembered of a server is a mark: the last value of each counter, and the row that still grows. A point told twice,
or an older one after a newer, adds nothing. Only a value that falls is a counter begun anew: a collector that restarts
tells another start time of a counter that went on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.prometheus import Sample, growth
from payback.sources.source import Context, Page
from payback.sources.vllm import WANTED, use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.ledger.entries import Usage
    from payback.sources.otlp import Point

SOURCE = "otlp:vllm"
NAMES = {name.removesuffix("_total"): name for name in WANTED} | {name: name for name in WANTED}
PLACE = ("k8s.namespace.name", "service.name", "service.instance.id", "k8s.pod.name", "host.name")
TOLD = {
    "account": ("k8s.cluster.name",),
    "project": ("k8s.namespace.name", "service.namespace"),
    "team": ("team",),
    "workflow": ("workflow",),
    "environment": ("deployment.environment.name", "deployment.environment"),
    "vendor": ("payback.vendor",),
    "tool": ("payback.tool",),
}
ELSE = {"vendor": "gpu_cluster", "tool": "self_hosted"}


@dataclass(slots=True)
class Counting:
    """One server's counters. Instants in nanoseconds; `series` is value and instant of the last point of each counter."""

    first: int
    since: int
    series: dict[str, tuple[float, int]] = field(default_factory=dict)
    grown: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, mark: str | None, begins: int) -> Counting:
        """As it was left, or beginning at an instant."""
        if mark is None:
            return cls(begins, begins)
        told = json.loads(mark)
        series = {name: (value, read) for name, (value, read) in told["series"].items()}
        return cls(told["first"], told["since"], series, told["grown"])

    def mark(self) -> str:
        told = {"first": self.first, "since": self.since, "series": self.series, "grown": self.grown}
        return json.dumps(told, sort_keys=True)


def place_of(resource: Mapping[str, str]) -> str:
    """What a server is called, from what its resource says of itself."""
    return "/".join(resource[name] for name in PLACE if resource.get(name)) or "unnamed"


def counted(mark: str | None, points: Sequence[Point], now: datetime) -> tuple[str, list[Usage]]:
    """The mark after the points of one server, and its rows that grew by them."""
    ordered = sorted(points, key=lambda point: point.read)
    held = Counting.of(mark, ordered[0].read)
    grew: set[str] = set()
    for point in ordered:
        model = point.labels.get("model_name") or "unknown"
        if more := _more(held, point):
            name = NAMES[point.name]
            told = held.grown.setdefault(model, {})
            told[name] = told.get(name, 0.0) + more
            grew.add(model)
    until = max(ordered[-1].read, held.since)
    rows = [_row(model, held, until, (points[0].resource, now)) for model in sorted(grew)]
    if _hour(until) != _hour(held.since):
        held.since, held.grown = until, {}
    return held.mark(), rows


def _more(held: Counting, point: Point) -> float:
    """What a point adds; a counter first seen adds all it shows only where it began after the server was known."""
    key = Sample(NAMES[point.name], point.labels, point.value).series
    before = held.series.get(key)
    if before is not None and point.read <= before[1]:
        return 0.0
    held.series[key] = (point.value, point.read)
    if point.is_delta:
        return point.value
    if before is None and point.begun <= held.first:
        return 0.0
    return growth(before[0] if before else None, point.value)


def _row(model: str, held: Counting, until: int, of: tuple[Mapping[str, str], datetime]) -> Usage:
    resource, now = of
    body = {"since": _instant(held.since), "until": _instant(until)}
    told: dict[str, Any] = {
        name: next((resource[one] for one in names if resource.get(one)), ELSE.get(name))
        for name, names in TOLD.items()
    }
    context = Context(SOURCE, SOURCE, told, now)
    return use(model, held.grown[model], Page(body, place_of(resource)), context)


def _instant(nanoseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=nanoseconds // 1000)


def _hour(nanoseconds: int) -> int:
    return nanoseconds // (3600 * 10**9)
