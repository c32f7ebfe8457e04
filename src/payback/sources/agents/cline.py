"""Cline and its descendants in VS Code and its forks: `ui_messages.json` of a task, and Cline's newer session files.

A task's file is rewritten whole. Each `api_req_started` holds one request, its counts as JSON in a string. What
`tokensIn` means differs: Cline writes the uncached rest, Roo Code and its kin since November 2025 the whole prompt;
`prompt_rest` decides. The model stands elsewhere: in the message, in `task_metadata.json`, or in the prompt as a tag.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    embedded,
    happened,
    last_part,
    mapping,
    sequence,
    text,
    tokens,
    usd,
    word,
)
from payback.sources.agents.folders import files, first_named, subfolders, vscode_users
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.whole_file import beside, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading


class Product(NamedTuple):
    """One tool of the family: its extension ids, folders below home that hold `tasks`, and from when on `tokensIn` is
    the whole prompt (None: never).
    """

    tool: str
    title: str
    extensions: tuple[str, ...]
    folders: tuple[str, ...] = ()
    whole_prompt_since: datetime | None = None


PRODUCTS = (
    Product("cline", "Cline", ("saoudrizwan.claude-dev",), (".cline/data",)),
    Product(
        "roo_code",
        "Roo Code",
        ("rooveterinaryinc.roo-cline", "rooveterinaryinc.roo-code-nightly"),
        (".vscode-mock/global-storage",),
        datetime(2025, 11, 1, tzinfo=UTC),
    ),
    Product("kilo_code", "Kilo Code", ("kilocode.kilo-code",), (), datetime(2025, 11, 12, tzinfo=UTC)),
    Product("zoo_code", "Zoo Code", ("zoocodeorganization.zoo-code",), (), datetime(2025, 11, 1, tzinfo=UTC)),
    Product("ibm_bob", "IBM Bob", ("ibm.bob-code",), (), datetime(2025, 11, 1, tzinfo=UTC)),
)
# Providers of Cline that report a prompt with its cached part inside, without taking it out.
CACHE_INSIDE = {"openai", "litellm", "doubao", "fireworks", "hicap", "lmstudio", "qwen", "xai", "zai"}
REQUESTS = {"api_req_started": 1, "deleted_api_reqs": 0, "subagent_usage": 0}
RETRIED = {"api_req_retried", "api_req_retry_delayed"}
MODEL_TAG = re.compile(r"<model>\s*([^<\s]{1,100})\s*</model>")
FOLDER_TAG = re.compile(r"# Current Work(?:ing|space) Directory \(([^)\n]{1,400})\)")


def discover(product: Product, places: Places) -> Iterator[Path]:
    """Task files below every editor's storage, and Cline's session files."""
    stores = [user / "globalStorage" / name for user in vscode_users(places) for name in product.extensions]
    stores += [places.home / folder for folder in product.folders]
    if product.tool == "cline":
        stores += [*first_named(places, ("CLINE_DATA_DIR",)), *_below(places, "CLINE_DIR", "data")]
    for store in dict.fromkeys(stores):
        for task in subfolders(store / "tasks"):
            yield from files(task, lambda path: path.name == "ui_messages.json", depth=0)
    if product.tool == "cline":
        homes = _below(places, "CLINE_DATA_DIR", "sessions") + _below(places, "CLINE_DIR", "data/sessions")
        homes = homes or [places.home / ".cline" / "data" / "sessions"]
        for sessions in first_named(places, ("CLINE_SESSION_DATA_DIR",), *homes):
            yield from files(sessions, lambda path: path.name.endswith(".messages.json"), depth=1)


def _below(places: Places, variable: str, rest: str) -> list[Path]:
    return [folder / rest for folder in first_named(places, (variable,))]


def prompt_rest(product: Product, at: datetime, provider: str | None, counts: Mapping[str, Any]) -> int:
    """The uncached input of a request. Counts below their own cached part are the rest already; so are all of Cline's
    except for the providers in `CACHE_INSIDE`, and those of older versions that spoke Anthropic's protocol.
    """
    said = tokens(counts, "tokensIn")
    cached = tokens(counts, "cacheReads") + tokens(counts, "cacheWrites")
    if said < cached:
        return said
    if product.whole_prompt_since is None:
        return said - cached if provider in CACHE_INSIDE else said
    if at < product.whole_prompt_since and counts.get("apiProtocol") != "openai":
        return said
    return said - cached


class Task:
    """One task: its messages, and what the files beside them say of models and folders."""

    def __init__(self, product: Product, path: Path, intake: Intake) -> None:
        self._product, self._intake = product, intake
        self._task = path.parent.name
        self._models: list[tuple[datetime, str, str | None]] = []
        self._directory: str | None = None
        self._seen: dict[str, int] = {}
        self._folder = path.parent

    def document(self, document: Any) -> None:
        """The whole task."""
        messages = [mapping(message) for message in sequence(document)]
        self._surroundings()
        for number, message in enumerate(messages, start=1):
            with self._intake.row(number):
                self._message(message)

    def _surroundings(self) -> None:
        item = mapping(beside(self._folder / "history_item.json"))
        self._directory = text(item.get("workspace"), item.get("cwdOnTaskInitialization"))
        for used in map(
            mapping, sequence(mapping(beside(self._folder / "task_metadata.json")).get("model_usage"))
        ):
            self._used(used.get("ts"), text(used.get("model_id")), text(used.get("model_provider_id")))
        for turn in map(mapping, sequence(beside(self._folder / "api_conversation_history.json"))):
            for said in _texts(turn.get("content")):
                if found := MODEL_TAG.search(said):
                    self._used(turn.get("ts"), found[1], None)
                if self._directory is None and (folder := FOLDER_TAG.search(said)):
                    self._directory = text(folder[1])
        self._models.sort(key=lambda used: used[0])

    def _used(self, at: Any, model: str | None, provider: str | None) -> None:
        if model:
            moment = at if isinstance(at, int | float) and not isinstance(at, bool) else None
            with self._intake.row():
                known = happened(moment) if moment else datetime(2000, 1, 1, tzinfo=UTC)
                self._models.append((known, model, provider))

    def _model(self, at: datetime, message: Mapping[str, Any]) -> tuple[str | None, str | None]:
        own = mapping(message.get("modelInfo"))
        if model := text(own.get("modelId")):
            return model, text(own.get("providerId"))
        # The prompt that names the model is stamped a moment after its request was announced: the nearest one counts.
        nearest = min(self._models, key=lambda used: abs(used[0] - at), default=None)
        return (nearest[1], nearest[2]) if nearest else (None, None)

    def _message(self, message: Mapping[str, Any]) -> None:
        said = message.get("say") or message.get("ask")
        if message.get("partial") is True or not isinstance(said, str):
            return
        at = happened(message.get("ts"))
        key = f"{self._task} {at.timestamp() * 1000:.0f}"
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] > 1:
            key = f"{key} {self._seen[key]}"
        if said in REQUESTS:
            self._request(key, at, said, message)
        elif said in RETRIED:
            error = failure_kind(None, message.get("text"))
            self._usage(key, at, message, requests=0, retries=1, error=error)
        elif said in {"tool", "command", "use_mcp_server", "browser_action_launch"}:
            name = text(_inside(message).get("tool"), _inside(message).get("toolName")) or said
            self._intake.call(self._task, key, name, at)

    def _request(self, key: str, at: datetime, said: str, message: Mapping[str, Any]) -> None:
        counts = {"apiProtocol": message.get("apiProtocol"), **_inside(message)}
        _, provider = self._model(at, message)
        failed = word(counts.get("cancelReason")) in {"streaming_failed", "retries_exhausted"}
        answered = REQUESTS[said]
        fields: dict[str, Any] = {"requests": 0 if failed else answered}
        if failed:
            error = failure_kind(None, counts.get("streamingFailedMessage"), counts.get("cancelReason"))
            fields |= {"errors": 1, "error": error}
        if not answered:  # a sum of requests that the task's file no longer holds one by one
            fields |= {"quality": "session_total", "is_subagent": said == "subagent_usage"}
        self._usage(
            key,
            at,
            message,
            input_tokens=prompt_rest(self._product, at, provider, counts),
            cache_read_tokens=tokens(counts, "cacheReads"),
            cache_write_5m_tokens=tokens(counts, "cacheWrites"),
            output_tokens=tokens(counts, "tokensOut"),
            reported_usd=usd(counts.get("cost")),
            **fields,
        )

    def _usage(self, key: str, at: datetime, message: Mapping[str, Any], **fields: Any) -> None:
        model, provider = self._model(at, message)
        self._intake.usage(
            key,
            at,
            vendor=vendor_of(provider, model),
            model=model,
            session_id=self._task,
            working_directory=self._directory,
            project=last_part(self._directory),
            **fields,
        )


def _inside(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON in a message's text; empty where it is prose."""
    return mapping(embedded(message.get("text")))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for block in map(mapping, sequence(content)):
        if isinstance(said := block.get("text"), str):
            yield said


def read(product: Product, path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """One task or session, whole when it changed."""
    from payback.sources.agents.cline_sessions import SdkSession

    intake = Intake(product.tool, "cline", str(path))
    if path.name == "ui_messages.json":
        return read_document(path, mark, intake, Task(product, path, intake).document)
    return read_document(path, mark, intake, SdkSession(path, intake).document)


CLINE_FAMILY = tuple(
    AgentLog(
        product.tool,
        product.title,
        "exact",
        partial(discover, product),
        partial(read, product),
        appends=False,
    )
    for product in PRODUCTS
)
