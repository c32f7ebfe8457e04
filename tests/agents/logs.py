"""Invented logs of Claude Code and Codex, the price table of the corpus generator, and ways to read them in tests."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from payback.prices.card import Card, Rates, Unpriced
from payback.sources.agents.reader import Places
from payback.sources.agents.tally import tally
from tests.desk import desk

if TYPE_CHECKING:
    from payback.sources.agents.answer import Tally
    from payback.sources.agents.copies import Class

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)
SESSION = "11111111-2222-4333-a444-555555555555"
THREAD = "01970000-0000-7000-8000-000000000001"
MODEL = "claude-sonnet-4-5-20250929"


def generator() -> ModuleType:
    """The generator of corpora with a known truth."""
    if "gen_corpus" not in sys.modules:
        spec = importlib.util.spec_from_file_location("gen_corpus", desk("bench/gen_corpus.py"))
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["gen_corpus"] = module
        spec.loader.exec_module(module)
    return sys.modules["gen_corpus"]


def generate(out: Path, *options: str) -> Path:
    """A corpus written by the generator."""
    program = str(desk("bench/gen_corpus.py"))
    subprocess.run([sys.executable, program, "--out", str(out), *options], check=True, capture_output=True)
    return out


@dataclass
class AlwaysOneRow:
    """A schedule with one price for all time, or with several."""

    slots: list[list[Card | Unpriced]]
    starts: tuple[int, ...] = (-(2**63),)
    times: tuple[int, ...] = (0,)


class TablePrices:
    """Prices out of a table: USD per million tokens of input, output, cache write 5 min, 1 h, cache read."""

    def __init__(self, table: dict[str, tuple[float, ...]], identity: str = "table") -> None:
        self._table, self.identity, self.asked = table, identity, 0

    def prepare(self) -> None:
        """Nothing needs loading."""

    def schedule(self, kind: Class) -> AlwaysOneRow:
        self.asked += 1
        row = self._table.get(kind[2])
        return AlwaysOneRow([[Unpriced("not in the table") if row is None else Card("table", (rates(row),))]])


def rates(row: tuple[float, ...]) -> Rates:
    """Rates per token. Where no cache write is priced, it costs what plain input costs."""
    given, out, five, hour, read = (Decimal(str(price)).scaleb(-6) for price in row)
    return Rates(given, read, five or given, hour or given, out, web_searches=Decimal("0.01"))


PRICES = TablePrices({MODEL: (3, 15, 3.75, 6, 0.3), "gpt-5.1-codex": (1.25, 10, 0, 0, 0.125)})


def stamp(seconds: float = 0) -> str:
    """A time of day as both tools write it."""
    return (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def answer(message: str = "msg_1", request: str | None = "req_1", **told: Any) -> dict[str, Any]:
    """An assistant line: 10 tokens in, 100 out, 1000 written to the cache, 5000 read from it."""
    usage = {
        "input_tokens": told.get("given", 10),
        "cache_creation_input_tokens": 1000,
        "cache_read_input_tokens": 5000,
        "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 0},
        "output_tokens": told.get("out", 100),
        "service_tier": "standard",
    }
    return {
        **head(told),
        "message": {
            "model": told.get("model", MODEL),
            "id": message,
            "type": "message",
            "role": "assistant",
            "content": told.get("content", [{"type": "text", "text": "hi"}]),
            "stop_reason": told.get("stop", "end_turn"),
            "stop_sequence": None,
            "usage": {**usage, **told.get("usage", {})},
        },
        **({"requestId": request} if request else {}),
        "type": "assistant",
        "uuid": told.get("uuid", f"uuid-{message}-{told.get('seconds', 0)}"),
        "timestamp": told.get("time", stamp(told.get("seconds", 0))),
        **told.get("extra", {}),
    }


def prompt(text: Any = "please", **told: Any) -> dict[str, Any]:
    """A user line; `text` may be content blocks such as tool results."""
    return {
        **head(told),
        "type": "user",
        "message": {"role": "user", "content": text},
        "uuid": told.get("uuid", "uuid-prompt"),
        "timestamp": stamp(told.get("seconds", 0)),
        **told.get("extra", {}),
    }


def head(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "parentUuid": None,
        "isSidechain": told.get("side", False),
        "cwd": told.get("cwd", "/home/dev/src/app"),
        "sessionId": told.get("session", SESSION),
        "gitBranch": told.get("branch", "main"),
    }


def compact(line: Any) -> bytes:
    """A line as both tools write it."""
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def session(home: Path, *lines: Any, name: str = SESSION, root: str = ".claude") -> Path:
    """A Claude Code session of objects or raw bytes."""
    path = home / root / "projects" / "-home-dev-src-app" / f"{name}.jsonl"
    return written(path, lines)


def rollout(
    home: Path, *lines: Any, name: str = f"rollout-2026-10-05T12-00-00-{THREAD}", where: str = "sessions"
) -> Path:
    """A Codex rollout of objects or raw bytes."""
    return written(home / ".codex" / where / f"{name}.jsonl", lines)


def written(path: Path, lines: tuple[Any, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line if isinstance(line, bytes) else compact(line) for line in lines))
    return path


def event(kind: str, payload: dict[str, Any], seconds: float = 0) -> dict[str, Any]:
    """A line of a rollout."""
    return {"timestamp": stamp(seconds), "type": kind, "payload": payload}


def meta(thread: str = THREAD, seconds: float = 0, **told: Any) -> dict[str, Any]:
    """The first line of a rollout."""
    git = {
        "commit_hash": "c" * 40,
        "branch": "main",
        "repository_url": "https://token@github.com/acme/app.git",
    }
    payload = {
        "id": thread,
        "cwd": "/home/dev/src/app",
        "source": "cli",
        "model_provider": "openai",
        "git": git,
    }
    return event("session_meta", {**payload, **told}, seconds)


def context(seconds: float = 0, **told: Any) -> dict[str, Any]:
    """The line that says which model is in force."""
    return event("turn_context", {"cwd": "/home/dev/src/app", "model": "gpt-5.1-codex", **told}, seconds)


def count(total: tuple[int, ...], last: tuple[int, ...] | None, seconds: float) -> dict[str, Any]:
    """A token count: (input, cached, output, reasoning) in all and of the last call."""
    info = {"total_token_usage": counter(total)} | ({"last_token_usage": counter(last)} if last else {})
    payload = {
        "type": "token_count",
        "info": {**info, "model_context_window": 272000},
        "rate_limits": {"plan_type": "pro"},
    }
    return event("event_msg", payload, seconds)


def counter(values: tuple[int, ...]) -> dict[str, int]:
    given, cached, out, reasoning = values
    return {
        "input_tokens": given,
        "cached_input_tokens": cached,
        "output_tokens": out,
        "reasoning_output_tokens": reasoning,
        "total_tokens": given + out,
    }


def places(home: Path, system: Any = "linux", **environ: str) -> Places:
    """A home without anything in the environment but what is given."""
    return Places(home, environ, system)


def tallied(
    home: Path, store: Path | None = None, prices: Any = PRICES, zone: str = "UTC", jobs: int = 1
) -> Tally:
    """The tally of a home."""
    return tally(places(home), ZoneInfo(zone), prices, store, jobs)
