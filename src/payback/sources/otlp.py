"""OTLP/HTTP metrics in their JSON form: numbers of the metrics that are wanted; others are counted and forgotten. Pure.

The form is that of opentelemetry-proto: lowerCamelCase names, 64-bit integers as text or number, enums as integers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DELTA, CUMULATIVE = 1, 2
NOT_RECORDED = 1
EARLIEST, LATEST = 946_684_800 * 10**9, 4_102_444_800 * 10**9  # 2000 and 2100, in nanoseconds


@dataclass(frozen=True, slots=True)
class Point:
    """One number of a sum: whose it is, when it was read, since when it counts (0: not told), in nanoseconds."""

    name: str
    resource: Mapping[str, str]
    labels: Mapping[str, str]
    value: float
    begun: int
    read: int
    is_delta: bool


@dataclass(slots=True)
class Metrics:
    """What a request told: points that are wanted, how many were of other metrics, and why some do not read."""

    points: list[Point] = field(default_factory=list)
    ignored: int = 0
    refused: list[str] = field(default_factory=list)


def metrics(body: Any, wanted: Collection[str]) -> Metrics:
    """The points of a request. ValueError where it is no export of metrics."""
    if not isinstance(body, dict) or not isinstance(body.get("resourceMetrics", []), list):
        raise ValueError("the body is no ExportMetricsServiceRequest")  # noqa: TRY004  one kind of error for bad data
    found = Metrics()
    for part in _dicts(body.get("resourceMetrics")):
        resource = attributes(_dict(part.get("resource")).get("attributes"))
        for scope in _dicts(part.get("scopeMetrics")):
            for metric in _dicts(scope.get("metrics")):
                _metric(metric, resource, wanted, found)
    return found


def _metric(
    metric: Mapping[str, Any], resource: Mapping[str, str], wanted: Collection[str], found: Metrics
) -> None:
    name = str(metric.get("name"))
    if name not in wanted:
        found.ignored += sum(
            len(_dicts(kind.get("dataPoints"))) for kind in metric.values() if isinstance(kind, dict)
        )
        return
    told = _dict(metric.get("sum"))
    if told.get("aggregationTemporality") not in {DELTA, CUMULATIVE}:
        found.refused.append(f"{name} is no sum that says how it counts")
        return
    for number, one in enumerate(_dicts(told.get("dataPoints")), start=1):
        try:
            if int(one.get("flags") or 0) & NOT_RECORDED:
                continue
            found.points.append(_point(name, one, resource, is_delta=told["aggregationTemporality"] == DELTA))
        except (TypeError, ValueError, OverflowError):
            found.refused.append(f"point {number} of {name} does not read as a number at an instant")


def _point(name: str, told: Mapping[str, Any], resource: Mapping[str, str], *, is_delta: bool) -> Point:
    value = float(told["asInt"] if "asInt" in told else told.get("asDouble", "none"))
    begun, read = int(told.get("startTimeUnixNano") or 0), int(told.get("timeUnixNano") or 0)
    if not 0 <= value < 2**53 or not EARLIEST <= read < LATEST:
        raise ValueError(name)
    return Point(name, resource, attributes(told.get("attributes")), value, begun, read, is_delta)


def attributes(told: Any) -> dict[str, str]:
    """Attributes as text by name; those of other kinds than text, number and yes or no are left out."""
    return {str(one.get("key")): value for one in _dicts(told) for value in _texts(one.get("value"))}


def _texts(value: Any) -> Iterator[str]:
    for kind, held in _dict(value).items():
        if kind in {"stringValue", "intValue", "doubleValue"}:
            yield str(held)
        elif kind == "boolValue":
            yield "true" if held else "false"


def _dict(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def _dicts(told: Any) -> list[dict[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
