"""opencode and the tools forked from it: one SQLite database (current) or one JSON file a message (before 1.2).

The four token kinds are disjoint and reasoning stands beside output, billed as output. One assistant message is one
request; where a message holds several finished steps, each step is one. A message has the same id in the database and
in the files it was migrated from, so it counts once. `cost` is the tool's own price, 0 for plans and unknown models.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    BadFieldError,
    embedded,
    happened,
    instant,
    last_part,
    mapping,
    text,
    tokens,
    usd,
)
from payback.sources.agents.folders import data_home, existing, files, first_named, local_applications
from payback.sources.agents.intake import Intake
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.reader import AgentLog
from payback.sources.agents.sqlite_file import columns, read_database, rows
from payback.sources.agents.whole_file import beside, read_document

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from payback.sources.agents.reader import Mark, Places, Reading


class Product(NamedTuple):
    """One tool that writes this format: the variables that name its data folder, that folder below the XDG data home,
    and how its databases' names begin.
    """

    tool: str
    title: str
    variables: tuple[str, ...]
    folder: str
    prefix: str


PRODUCTS = (
    Product("opencode", "opencode", ("OPENCODE_DATA_DIR",), "opencode", "opencode"),
    Product("kilo_cli", "Kilo CLI", ("KILO_DATA_DIR",), "kilo", "kilo"),
    Product("mimocode", "MiMoCode", ("MIMOCODE_DATA_DIR",), "mimocode", "mimocode"),
)
ENDED = {"completed": False, "error": True}
PARTS = """
SELECT id, message_id, session_id,
       json_extract(data, '$.type') AS type, json_extract(data, '$.tool') AS tool,
       json_extract(data, '$.state.status') AS status, json_extract(data, '$.state.time.start') AS started,
       json_extract(data, '$.tokens') AS tokens, json_extract(data, '$.cost') AS cost
FROM part
WHERE CASE WHEN typeof(data) = 'text' AND json_valid(data) THEN json_extract(data, '$.type') END
      IN ('tool', 'retry', 'step-finish')
ORDER BY id
"""


def discover(product: Product, places: Places) -> Iterator[Path]:
    """Every database of the product, then the message files of older versions."""
    defaults = dict.fromkeys([data_home(places), local_applications(places)])
    folders = first_named(places, product.variables, *(root / product.folder for root in defaults))
    named_file = places.environ.get("OPENCODE_DB", "") if product.tool == "opencode" else ""
    if named_file and named_file != ":memory:":
        yield from existing(folder / named_file for folder in folders)
    for folder in folders:
        yield from files(folder, partial(_is_database, product.prefix), depth=0)
        yield from files(folder / "storage" / "message", _is_message, depth=1)


def _is_database(prefix: str, path: Path) -> bool:
    return path.suffix == ".db" and (path.stem == prefix or path.stem.startswith(f"{prefix}-"))


def _is_message(path: Path) -> bool:
    return path.suffix == ".json" and path.name.startswith("msg_")


class Conversations:
    """The messages of one database or file, with what is known of their sessions and parts."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._sessions: dict[str, Mapping[str, Any]] = {}
        self._parts: dict[str, list[dict[str, Any]]] = {}

    def database(self, connection: sqlite3.Connection) -> None:
        """All messages of a database."""
        for session in rows(connection, "session", ("id", "parent_id", "directory")):
            self._sessions[str(session["id"])] = session
        if {"id", "message_id", "session_id", "data"} <= columns(connection, "part"):
            for part in connection.execute(PARTS):
                self._parts.setdefault(str(part["message_id"]), []).append(dict(part))
        for stored in rows(connection, "message", ("id", "session_id", "data")):
            with self._intake.row():
                self._stored(stored)

    def _stored(self, stored: Mapping[str, Any]) -> None:
        data = embedded(stored.get("data"))
        if data is None:
            raise BadFieldError("a message in the database is not JSON")
        self.message({**mapping(data), "id": stored.get("id"), "sessionID": stored.get("session_id")})

    def document(self, path: Path, document: Any) -> None:
        """One message file; its session stands in another file, which names the parent."""
        message = mapping(document)
        session = text(message.get("sessionID")) or path.parent.name
        self._sessions[session] = _session_file(path, session)
        with self._intake.row():
            self.message({**message, "id": text(message.get("id")) or path.stem, "sessionID": session})

    def message(self, message: Mapping[str, Any]) -> None:
        """One assistant message as one request, or one for each step it finished, and its tool calls."""
        found, session = text(message.get("id")), text(message.get("sessionID"))
        if message.get("role") != "assistant" or found is None or session is None:
            return
        parts = self._parts.get(found, [])
        earlier = [part for part in parts if part["type"] == "step-finish"][:-1]
        for step in earlier:
            spent = {"tokens": embedded(step["tokens"]), "cost": step["cost"]}
            self._usage(f"{found} {step['id']}", {**message, **spent, "error": None}, 0)
        last = {**message, "cost": _rest(message.get("cost"), earlier)} if earlier else message
        retries = sum(part["type"] == "retry" for part in parts)
        usage = self._usage(found, last, retries)
        self._calls(session, message, parts, usage)

    def _usage(self, key: str, message: Mapping[str, Any], retries: int) -> str | None:
        when = mapping(message.get("time"))
        model = text(message.get("modelID"))
        session = str(message["sessionID"])
        known = self._sessions.get(session, {})
        directory = text(mapping(message.get("path")).get("cwd"), known.get("directory"))
        row = self._intake.usage(
            key,
            happened(when.get("completed"), when.get("created")),
            vendor=vendor_of(text(message.get("providerID")), model),
            model=model,
            session_id=session,
            run_id=text(message.get("parentID")),
            agent=text(message.get("agent"), message.get("mode")),
            is_subagent=text(known.get("parent_id"), known.get("parentID")) is not None,
            working_directory=directory,
            project=last_part(directory),
            retries=retries,
            duration_seconds=_duration(when),
            is_final=when.get("completed") is not None,
            reported_usd=usd(message.get("cost")),
            **_counts(mapping(message.get("tokens"))),
            **_failed(message.get("error")),
        )
        return row.usage_id if row else None

    def _calls(
        self, session: str, message: Mapping[str, Any], parts: list[dict[str, Any]], usage: str | None
    ) -> None:
        when = mapping(message.get("time"))
        for part in parts:
            at = instant(part["started"], when.get("created"), when.get("completed"))
            if part["type"] == "tool" and at:
                found = str(part["id"])
                run = text(message.get("parentID"))
                self._intake.call(session, found, part["tool"], at, run_id=run, usage_id=usage)
                self._intake.outcome(session, found, is_error=ENDED.get(str(part["status"])))


def _rest(cost: Any, earlier: list[dict[str, Any]]) -> Any:
    """A message's cost is the sum of its steps' costs; the last step bears what the earlier ones did not."""
    whole = usd(cost)
    if whole is None:
        return None
    return max(whole - sum((usd(step["cost"]) or 0) for step in earlier), whole * 0)


def _counts(counts: Mapping[str, Any]) -> dict[str, int]:
    cache = mapping(counts.get("cache"))
    thoughts = tokens(counts, "reasoning")
    return {
        "input_tokens": tokens(counts, "input"),
        "cache_read_tokens": tokens(cache, "read"),
        "cache_write_5m_tokens": tokens(cache, "write"),
        "output_tokens": tokens(counts, "output") + thoughts,
        "reasoning_tokens": thoughts,
    }


def _failed(error: Any) -> dict[str, Any]:
    """A message that ended in an error; one that the person stopped is no failure of a request."""
    failure = mapping(error)
    if not failure:
        return {}
    data = mapping(failure.get("data"))
    kind = failure_kind(data.get("statusCode"), failure.get("name"), data.get("message"))
    return {} if kind == "aborted" else {"requests": 0, "errors": 1, "error": kind}


def _duration(when: Mapping[str, Any]) -> float | None:
    began, ended = instant(when.get("created")), instant(when.get("completed"))
    return (ended - began).total_seconds() if began and ended and ended >= began else None


def _session_file(path: Path, session: str) -> Mapping[str, Any]:
    for found in files(path.parent.parent.parent / "session", lambda file: file.stem == session, depth=1):
        return mapping(beside(found))
    return {}


def read(product: Product, path: Path, mark: Mark | None, _digest: Callable[[bytes], str] | None) -> Reading:
    """One database or one message file, whole when it changed."""
    intake = Intake(product.tool, "opencode", str(path))
    conversations = Conversations(intake)
    if path.suffix == ".json":
        return read_document(path, mark, intake, partial(conversations.document, path))
    return read_database(path, mark, intake, conversations.database)


OPENCODE_FAMILY = tuple(
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
