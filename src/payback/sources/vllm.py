"""vLLM's own counters as use of the self-hosted models, so that the money of the GPUs can be split over tokens.

Counters only grow, so use is what they grew by between two readings; the last reading is kept in the mark of the slice.
The first reading of a server is where counting begins. Who asked, counters do not know: a gateway in front tells that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from payback.errors import SourceError
from payback.ledger.batches import digest
from payback.ledger.entries import Rejected, Usage
from payback.sources.prometheus import Sample, growth, samples
from payback.sources.source import Page, Setting, Slice, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context, Plan

PROMPT, ANSWERED = "vllm:prompt_tokens_total", "vllm:generation_tokens_total"
REQUESTS = "vllm:request_success_total"
WANTED = frozenset({PROMPT, ANSWERED, REQUESTS})
MOMENT = timedelta(seconds=1)


def plan(plan: Plan) -> Iterator[Slice]:
    """The stretch since the last reading, which is all that counters can tell; its mark is the reading taken now."""
    mark = plan.marks.get("")
    before = json.loads(mark) if mark and plan.window is None else None
    since = datetime.fromisoformat(before["at"]) if before else plan.now - MOMENT
    if since >= plan.now:
        return
    texts = dict(_read(plan))
    told = {place: _readings(text) for place, text in texts.items()}
    kept = {"at": plan.now.isoformat(), "told": (before["told"] if before else {}) | told}
    yield Slice(
        since,
        plan.now,
        json.dumps(kept, sort_keys=True) if plan.window is None else "",
        what={"before": before["told"] if before else None, "texts": texts},
    )


def _read(plan: Plan) -> Iterator[tuple[str, str]]:
    """Each server's page of metrics by where it stood: files where the setting `files` is told, else over HTTP."""
    if plan.told.get("files"):
        pattern = Path(str(plan.told["files"])).expanduser()
        found = sorted(pattern.parent.glob(pattern.name))
        if not found:
            raise SourceError(f"{plan.http.name}: no file is at {pattern}; write the text of /metrics there")
        for path in found:
            yield path.name, path.read_text(encoding="utf-8", errors="replace")
        return
    for target in plan.told.get("targets") or [plan.http.base]:
        body = plan.http.download(f"{str(target).rstrip('/')}/metrics")
        yield str(target), body.decode("utf-8", "replace")


def _readings(text: str) -> dict[str, float]:
    return {one.series: one.value for one in samples(text, WANTED) if isinstance(one, Sample)}


def fetch(ask: Ask) -> Iterator[Page]:
    """The readings that planning took, each beside the one before it."""
    what = ask.part.what
    for place, text in what["texts"].items():
        known = None if what["before"] is None else what["before"].get(place)
        body = {"text": text, "before": known, "since": ask.part.since, "until": ask.part.until}
        yield Page(body, f"{place}/metrics")


def parse(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use by model since the reading before; nothing where there is none."""
    before = page.body["before"]
    grown: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for one in samples(page.body["text"], WANTED):
        if isinstance(one, str):
            yield Rejected(context.source, one, file=page.what)
        elif before is not None:
            model = one.labels.get("model_name") or "unknown"
            grown[model][one.name] += growth(before.get(one.series), one.value)
    for model, numbers in sorted(grown.items()):
        if any(numbers.values()):
            yield use(model, numbers, page, context)


def use(model: str, numbers: Mapping[str, float], page: Page, context: Context) -> Usage:
    """What a model's counters grew by on one server, from `since` to `until` of the page, as one row."""
    since, until = page.body["since"], page.body["until"]
    told: Mapping[str, Any] = context.told
    return Usage(
        usage_id=digest("vllm", context.source, page.what, model, since),
        occurred_at=since,
        bucket_seconds=max(round((until - since).total_seconds()), 1),
        vendor=str(told["vendor"]),
        tool=str(told["tool"]),
        source=context.source,
        model=model,
        account=told.get("account"),
        project=told.get("project"),
        team=told.get("team"),
        workflow=told.get("workflow"),
        environment=told.get("environment"),
        precedence="telemetry",
        requests=round(numbers.get(REQUESTS, 0)),
        input_tokens=round(numbers.get(PROMPT, 0)),
        output_tokens=round(numbers.get(ANSWERED, 0)),
    )


SOURCE = Source(
    kind="vllm",
    title="vLLM",
    vendor="gpu_cluster",
    base="http://localhost:8000",
    settings=(
        Setting("token", "A bearer token, where a proxy in front of /metrics asks for one", secret=True),
        Setting("targets", "A list of servers to read, where there is more than the one at base_url"),
        Setting("files", "Files with the text of /metrics (a glob pattern), read instead of servers"),
        Setting("vendor", "The vendor that the GPUs' money is under", default="gpu_cluster"),
        Setting("tool", "The tool that the servers are", default="self_hosted"),
        Setting("account", "The account or cluster that the GPUs' money is under"),
        Setting("project", "The namespace that the GPUs' money is under"),
        Setting("team", "The team whose servers these are"),
        Setting("workflow", "The workflow that these servers serve"),
        Setting("environment", "experiment or production"),
    ),
    streams=(
        Stream(
            name="counters",
            title="token counters",
            tables=("usage",),
            needs="network reach to /metrics of each server, or files with its text",
            pages=("Spend by model (own inference)",),
            plan=plan,
            fetch=fetch,
            parse=parse,
        ),
    ),
    headers=lambda secrets, _told: (
        {"authorization": f"Bearer {secrets['token']}"} if "token" in secrets else {}
    ),
    note="vLLM serves /metrics without a key; sync often, for use between two readings is known as one sum.",
)
