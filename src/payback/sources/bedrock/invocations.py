"""Model-invocation logs: one request a record, without money. Prompts and answers are dropped as the file is read.

A record whose hour's file lies beside its day is looked for in the neighbouring hours, so each day is whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.amounts import count, instant
from payback.sources.bedrock import principals
from payback.sources.cloud.naming import known_as
from payback.sources.source import DAY, Page, Slice, since_told
from payback.sources.stores import fingerprint, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.sources.source import Ask, Context, Plan
    from payback.sources.stores import Found, Verdict

RESTATED = timedelta(days=3)
_HOUR = re.compile(r"(?:^|/)(\d{4})/(\d{2})/(\d{2})(?:/(\d{2}))?(?=/|$)")
_NAMED = re.compile(r"[^a-z]")
KEPT = (
    "timestamp", "accountId", "region", "requestId", "operation", "modelId", "identity", "inferenceRegion", "status",
    "errorCode", "requestMetadata",
)  # fmt: skip
COUNTS = ("inputTokenCount", "outputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount")
TAGS = ("team", "workflow", "cost_center", "environment", "task_type")


def plan(plan: Plan) -> Iterator[Slice]:
    """The days whose files are not in yet. Days long past are not listed again."""
    place = plan.told.get("logs")
    if not place:
        return
    oldest = _oldest(plan)
    files = opened(str(place), plan.told, plan.secrets).files(lambda folder: _verdict(folder, oldest - DAY))
    by_day: dict[datetime, list[Found]] = defaultdict(list)
    for file in files:
        if "/data/" not in f"/{file.path}":
            for day in _days(file, str(place)):
                by_day[day].append(file)
    last = plan.window[1] if plan.window else plan.now + DAY
    for day, held in sorted(by_day.items()):
        mark = fingerprint(held)
        if oldest <= day < last and (plan.window or plan.marks.get(f"{day:%Y-%m-%d}") != mark):
            yield Slice(day, day + DAY, mark, f"{day:%Y-%m-%d}", tuple(held))


def _oldest(plan: Plan) -> datetime:
    if plan.window:
        told = plan.window[0]
    elif days := [key for key in plan.marks if key[:1].isdigit()]:
        told = datetime.fromisoformat(max(days)).replace(tzinfo=UTC) - RESTATED
    else:
        told = since_told(plan.told, datetime(2000, 1, 1, tzinfo=UTC))
    return told.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)


def _verdict(folder: str, oldest: datetime) -> Verdict:
    match = _HOUR.search(folder)
    if match is None:
        return "skip" if folder.endswith("/data") else "open"
    return "whole" if datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC) >= oldest else "skip"


def _days(file: Found, place: str) -> set[datetime]:
    """The days whose records a file may hold: that of its hour, and the one next to it at midnight."""
    match = _HOUR.search(file.path)
    if match is None:
        raise SourceError(f"{place}: {file.path} does not lie in a folder of its hour (.../2026/11/10/09/)")
    day = datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    hour = int(match[4] or 12)
    return {day} | ({day - DAY} if hour == 0 else set()) | ({day + DAY} if hour == 23 else set())


def fetch(ask: Ask) -> Iterator[Page]:
    """Records of the files of a day, one page a file, without prompts and answers."""
    store = opened(str(ask.told["logs"]), ask.told, ask.secrets)
    about = {"since": ask.part.since.isoformat(), "until": ask.part.until.isoformat()}
    for file in ask.part.what:
        yield Page([(line, row and bare(row)) for line, row in store.rows(file.path)], file.path, about)


def bare(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what was asked and answered: its named fields and its counts."""
    kept: dict[str, Any] = {name: record[name] for name in KEPT if name in record}
    for side in ("input", "output"):
        told = record.get(side)
        if isinstance(told, dict):
            kept |= {name: told[name] for name in COUNTS if name in told}
    return kept


def parse(page: Page, context: Context) -> Iterator[Usage | Rejected]:
    """One usage a record of the day; records of the day beside it belong to that day's slice."""
    since, until = page.about["since"], page.about["until"]
    for line, record in page.body:
        if record is None:
            yield Rejected(context.source, "the record is cut or is no JSON object", page.what, line)
            continue
        try:
            usage = _usage(record, context)
        except ValueError as error:
            yield Rejected(context.source, str(error), page.what, line)
            continue
        if datetime.fromisoformat(since) <= usage.occurred_at < datetime.fromisoformat(until):
            yield usage


def _usage(record: Mapping[str, Any], context: Context) -> Usage:
    account, request = record.get("accountId"), record.get("requestId")
    model = _model(str(record.get("modelId") or ""), context)
    error = record.get("errorCode")
    identity = record.get("identity")
    if not request:
        raise ValueError("the record has no requestId")
    return Usage(
        usage_id=digest("bedrock", account, record.get("region"), request),
        occurred_at=instant(record.get("timestamp")),
        vendor="aws",
        tool="bedrock",
        source=context.source,
        model=model,
        response_id=str(request),
        account=context.told.get("account") or account,
        project=account,
        actor=principals.actor(identity.get("arn")) if isinstance(identity, dict) else None,
        payment="metered",
        precedence="usage_api",
        input_tokens=count(record.get("inputTokenCount")),
        cache_read_tokens=count(record.get("cacheReadInputTokenCount")),
        cache_write_5m_tokens=count(record.get("cacheWriteInputTokenCount")),
        output_tokens=count(record.get("outputTokenCount")),
        requests=0 if error else 1,
        errors=1 if error else 0,
        error=str(error) if error else None,
        region=record.get("region"),
        **_tags(record.get("requestMetadata")),
    )


def _model(told: str, context: Context) -> str | None:
    """The model's own id; an application inference profile hides it, unless the table of names tells."""
    if named := known_as(told, context.told):
        return named
    if ":application-inference-profile/" in told or ":provisioned-model/" in told:
        return told
    return told.rpartition("/")[2] or None


def _tags(told: Any) -> dict[str, Any]:
    """Team, workflow, cost centre, environment and task type that a request was tagged with, however they are spelled."""
    if not isinstance(told, dict):
        return {}
    named = {_NAMED.sub("", str(name).casefold()): str(value) for name, value in told.items() if value}
    return {name: named[_NAMED.sub("", name)] for name in TAGS if _NAMED.sub("", name) in named}
