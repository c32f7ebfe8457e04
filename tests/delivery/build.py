"""Requests and changes as canonical tables, in one line each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from payback.delivery.links import Work
from payback.ledger.tables import BY_NAME

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
REPO = "github.com/acme/web"
TOKENS = {
    "input_tokens": 10,
    "cache_read_tokens": 20,
    "cache_write_5m_tokens": 3,
    "cache_write_1h_tokens": 4,
    "output_tokens": 5,
}


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(
        [{"source": "test", "synced_at": NOW, **row} for row in rows], schema=BY_NAME[name].schema
    )


def request(
    number: int, at: float, branch: str | None = "topic", usd: str | None = "1", **more: Any
) -> dict[str, Any]:
    return {
        "usage_id": f"u{number}",
        "occurred_at": hour(at),
        "bucket_seconds": 0,
        "session_id": "s1",
        "tool": "claude_code",
        "model": "opus",
        "working_directory": "/home/ana/web/src",
        "branch": branch,
        **TOKENS,
        "reasoning_tokens": 0,
        "web_searches": 0,
        "requests": 1,
        "errors": 0,
        "retries": 0,
        "list_usd": None if usd is None else Decimal(usd),
        "quality": "exact",
        **more,
    }  # fmt: skip


def usage(*rows: dict[str, Any]) -> pa.Table:
    return table("usage", list(rows))


def commit(sha: str, at: float, branch: str | None = "topic", **more: Any) -> dict[str, Any]:
    return {
        "commit_id": f"{REPO}@{sha}",
        "repo": REPO,
        "sha": sha,
        "author_email": "ana@acme.example",
        "authored_at": hour(at),
        "committed_at": hour(at),
        "subject": f"commit {sha}",
        "branch": branch,
        "is_merge": False,
        "on_default_branch": branch == "main",
        **more,
    }


def pull(number: int, merged: float | None, branch: str | None = "topic", **more: Any) -> dict[str, Any]:
    return {
        "pull_request_id": f"{REPO}#{number}",
        "repo": REPO,
        "number": number,
        "title": f"pull {number}",
        "head_branch": branch,
        "state": "open" if merged is None else "merged",
        "merged_at": None if merged is None else hour(merged),
        **more,
    }


def sign(sha: str, session: str | None = None, kind: str = "note", **more: Any) -> dict[str, Any]:
    return {
        "evidence_id": f"{sha} {session} {kind}",
        "subject_kind": "commit",
        "subject_id": f"{REPO}@{sha}",
        "kind": kind,
        "ai_class": "agent_assisted",
        "tool": "claude_code",
        "grade": "A",
        "seen_in": "there",
        "session_id": session,
        **more,
    }


def work(commits=(), pulls=(), signs=(), **more: Any) -> Work:
    return Work(
        **{
            "commits": table("commits", list(commits)),
            "pull_requests": table("pull_requests", list(pulls)),
            "evidence": table("evidence", list(signs)),
            "folders": {"/home/ana/web": REPO},
            "default_branches": {REPO: "main"},
            "people": {"": frozenset({"ana@acme.example"})},
            **more,
        }
    )
