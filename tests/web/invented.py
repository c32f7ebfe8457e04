"""A small invented company for page tests: ten weeks of use by four tools, changes, a rejected row, a model unpriced."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from payback.insight.effect import CONTROLLED, Effect
from payback.insight.finding import ACCEPT, FOLLOW, Evidence, Finding, to_json
from payback.insight.impact.verdict import IMPROVED, MOVED, UNKNOWN, WORSE
from payback.org.directory import Catalogue, Membership, Person, RateCard, Span, Team, Tool, Workflow
from payback.org.organisation import Organisation
from payback.state.decided import Decided, Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
REPO = "git.example/acme/shop"
MODELS = {
    "claude_code": (("anthropic", "claude-opus-4-5", 5), ("anthropic", "claude-haiku-4-5", 1)),
    "codex": (("openai", "gpt-5.2-codex", 2),),
    "gemini_cli": (("google", "gemini-3-pro", 2),),
    "opencode": (("mystery", "house-model", None),),
}
WEIGHTS = {"claude_code": 6, "codex": 3, "gemini_cli": 1, "opencode": 1}
KINDS = ("read", "edit", "test", "shell", "search", "subagent")
PLAIN = {
    "bucket_seconds": 0, "web_searches": 0, "requests": 1, "errors": 0, "retries": 0, "attempt": 1, "quality": "exact",
    "reasoning_tokens": 0, "cache_write_1h_tokens": 0, "synced_at": NOW,
}  # fmt: skip


def usage(seed: int = 7, days: int = 70) -> list[dict]:
    """Rows of `usage`, six requests a session, three sessions on a working day."""
    rnd = random.Random(seed)
    rows = []
    for age in range(days, -1, -1):
        day = TODAY - timedelta(days=age)
        busy = 0 if day.weekday() > 4 else 2 + (days - age) // 25
        for number in range(busy):
            rows += _session(rnd, day, f"s-{(days - age) * 10 + number}", number)
    rows[0]["session_id"] = "s-1"
    return rows


def _session(rnd: random.Random, day: date, name: str, number: int) -> Iterator[dict]:
    tool = rnd.choices(list(WEIGHTS), WEIGHTS.values())[0]
    moment = datetime(day.year, day.month, day.day, 7 + number, rnd.randrange(60), tzinfo=UTC)
    change = rnd.randrange(1, 40)
    for index in range(6):
        vendor, model, price = rnd.choice(MODELS[tool])
        moment += timedelta(seconds=rnd.randrange(20, 400))
        tokens = {
            "input_tokens": rnd.randrange(400, 9000),
            "cache_read_tokens": rnd.randrange(8000, 90000),
            "cache_write_5m_tokens": rnd.randrange(0, 6000),
            "output_tokens": rnd.randrange(100, 4000),
        }
        failed = rnd.random() < 0.04
        cost = None if price is None else sum(tokens.values()) * price * Decimal("0.0000021")
        yield PLAIN | tokens | {
            "occurred_at": moment, "vendor": vendor, "model": model, "tool": tool, "session_id": name,
            "run_id": f"{name}-{index // 3}", "repo": REPO, "branch": f"feature/{change}", "actor": "ann",
            "source": f"agents:{tool}", "duration_seconds": rnd.uniform(1, 30), "list_usd": cost and cost.quantize(Decimal("1e-9")),
            "errors": int(failed), "requests": int(not failed), "error": "overloaded" if failed else None,
            "retries": int(rnd.random() < 0.05), "attempt": 1 + (rnd.random() < 0.05), "change": change,
            "workflow": "triage" if change % 5 == 0 else None,
        }  # fmt: skip


def spend(rows: list[dict]) -> list[dict]:
    """Rows of `spend` at list price, one per request."""
    return [
        {
            "spend_id": str(index), "day": row["occurred_at"].date(), "currency": "USD", "list": row["list_usd"],
            "unpriced_tokens": _tokens(row) if row["list_usd"] is None else 0, "tokens": _tokens(row),
            "requests": row["requests"], "basis": "team unattributed", "synced_at": NOW,
            "reconciled": "not_invoiced",
            "pull_request": f"{REPO}#{row['change']}" if row["change"] < 25 else None,
        }
        | {name: row[name] for name in ("vendor", "tool", "model", "run_id", "session_id", "repo", "branch", "source", "workflow")}
        for index, row in enumerate(rows)
    ]  # fmt: skip


def _tokens(row: dict) -> int:
    return sum(
        row[name] for name in ("input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "output_tokens")
    )


def step_spend(rows: list[dict]) -> list[dict]:
    """Rows of `step_spend`, one per request, its kind by turn."""
    names = ("tool", "vendor", "model", "session_id", "run_id", "repo", "branch", "source")
    return [
        {
            "hour": row["occurred_at"].replace(minute=0, second=0),
            "kind": KINDS[index % 6],
            "steps": 1 + index % 3,
        }
        | {"errors": 0, "output_tokens": 900, "list_usd": row["list_usd"], "synced_at": NOW}
        | {name: row[name] for name in names}
        for index, row in enumerate(rows)
    ]


def work(seed: int = 7) -> list[dict]:
    """Rows of `work`: forty changes, most with signs of AI."""
    rnd = random.Random(seed)
    return [_change(rnd, number) for number in range(1, 41)]


def _change(rnd: random.Random, number: int) -> dict:
    day = TODAY - timedelta(days=max(0, 66 - number * 5 // 3))
    merged = datetime(day.year, day.month, day.day, 15, tzinfo=UTC) if number < 38 else None
    ai = rnd.choices(("agent_authored", "agent_assisted", "none_detected"), (2, 5, 3))[0]
    return {
        "pull_request_id": f"{REPO}#{number}", "repo": REPO, "number": number, "state": "merged" if merged else "open",
        "title": f"Basket keeps its items, part {number}", "created_at": datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - timedelta(days=2),
        "merged_at": merged, "merged_day": merged and day, "additions": rnd.randrange(5, 900), "deletions": rnd.randrange(300),
        "files": 4, "ai_class": ai, "ai_tools": None if ai == "none_detected" else "claude_code", **_main(number, ai), "evidence_complete": True,
        "cycle_hours": rnd.uniform(2, 90), "cost_list": None if ai == "none_detected" else Decimal(rnd.randrange(100, 4000)) / 1000,
        "sessions": 0 if ai == "none_detected" else 2, "head_branch": f"feature/{number}", "source": "git", "synced_at": NOW,
        **_course(rnd, number, day, merged),
    }  # fmt: skip


def _main(number: int, ai: str) -> dict:
    """Two thirds of the changes with AI were made with Claude Code, half of these with its premium model."""
    tool, model = (
        ("claude_code", "claude-opus-4-5"), ("claude_code", "claude-haiku-4-5"), ("codex", "gpt-5.2-codex"),
    )[number % 3]  # fmt: skip
    return {} if ai == "none_detected" else {"main_tool": tool, "main_model": model}


def _course(rnd: random.Random, number: int, day: date, merged: datetime | None) -> dict:
    """Phases, reviews and outcome of a change; the open ones wait for a review."""
    ready = datetime(day.year, day.month, day.day, 10, tzinfo=UTC) - timedelta(days=1)
    plain = {
        "team": ("red", "blue")[number % 2],
        "author": "ann",
        "ready_at": ready,
        "size_band": "M",
        "work_type": ("feature", "fix")[number % 2],
    }
    if merged is None:
        return plain
    phases = {
        f"{name}_hours": rnd.uniform(1, 20)
        for name in ("coding", "pickup", "review", "merge_wait", "deploy_wait", "lead")
    }
    return plain | phases | {
        "first_commit_at": ready - timedelta(hours=phases["coding_hours"]), "deployed_at": merged,
        "approved_at": ready + timedelta(hours=phases["pickup_hours"] + phases["review_hours"]),
        "change_requests": int(number % 4 == 0), "first_review_at": ready + timedelta(hours=phases["pickup_hours"]), "closed_at": merged, "deployed_day": day,
        "deployment_id": f"d{number}", "rejected": number % 4 == 0, "review_rounds": number % 3, "comments": number % 5,
        "reworked": number % 6 == 0, "reverted": number % 12 == 0, "followed_by_fix": number % 6 == 0, "bugs": 0,
        "major_rework": False, "ticket_reopened": False, "partial": False,
    }  # fmt: skip


def deployments() -> list[dict]:
    """A production deployment for each merged change; every fifth fails."""
    return [
        {
            "deployment_id": f"d{row['number']}", "repo": REPO, "team": row["team"], "counted_as": "release", "is_proposed": True,
            "finished_at": row["merged_at"], "finished_day": row["merged_day"], "pull_requests": 1, "ai_class": row["ai_class"],
            "ai_share": "none" if row["ai_class"] == "none_detected" else "all", "failed": row["number"] % 5 == 0,
            "incidents": int(row["number"] % 5 == 0), "recovery_hours": 3.0 if row["number"] % 5 == 0 else None,
            "is_rework": False, "source": "delivery", "synced_at": NOW,
        }
        for row in work()
        if row["merged_at"]
    ]  # fmt: skip


def work_signs() -> list[dict]:
    """A trailer on each change with AI."""
    return [
        {
            "pull_request_id": row["pull_request_id"], "kind": "trailer", "tool": "claude_code", "grade": "A", "repo": REPO,
            "team": row["team"], "merged_day": row["merged_day"], "signs": 2, "source": "delivery", "synced_at": NOW,
        }
        for row in work()
        if row["ai_class"] != "none_detected"
    ]  # fmt: skip


def code_fates() -> list[dict]:
    """Lines of each merged change at four ages; those that are not old enough are locked."""
    ages = ((14, 90), (30, 80), (60, 70), (90, 65))
    return [
        {
            "commit_id": f"{REPO}@{row['number']}", "age_days": age, "repo": REPO, "ai_class": row["ai_class"],
            "tool": row["ai_tools"], "team": row["team"], "added": 100, "committed_at": row["merged_at"],
            "alive": alive if row["merged_at"] + timedelta(days=age) <= NOW else None, "source": "git", "synced_at": NOW,
        }
        for row in work()
        if row["merged_at"]
        for age, alive in ages
    ]  # fmt: skip


def outputs() -> list[dict]:
    """Two triages a week; every third was corrected, every fourth sent to someone else."""
    return [
        {
            "output_id": f"o{n}", "workflow": "triage", "kind": "triage", "produced_at": NOW - timedelta(days=3 * n + 1),
            "corrected": n % 3 == 0, "reopened": False, "rerouted": n % 4 == 0, "source": "files", "synced_at": NOW,
        }
        for n in range(20)
    ]  # fmt: skip


def pieces() -> list[dict]:
    """The triages as useful output of their workflow."""
    return [
        {
            "piece_id": f"triage:{row['output_id']}", "workflow": "triage", "kind": "triage", "subject": row["output_id"],
            "day": row["produced_at"].date(), "came_back": row["corrected"] or row["rerouted"], "tool": "claude_code",
            "model": "claude-haiku-4-5", "source": "files", "synced_at": NOW,
        }
        for row in outputs()
    ]  # fmt: skip


def reviews() -> list[dict]:
    """One review by a person of each merged change."""
    return [
        {
            "review_id": str(row["number"]), "pull_request_id": row["pull_request_id"], "reviewer": f"bob{row['number'] % 3}",
            "state": "approved", "is_bot": False, "submitted_at": row["first_review_at"], "source": "github:pull_requests",
            "synced_at": NOW,
        }
        for row in work()
        if row["merged_at"]
    ]  # fmt: skip


def developers() -> list[dict]:
    """One developer on every day."""
    return [
        {"day": TODAY - timedelta(days=n), "person": "ann", "team": "red", "source": "delivery", "synced_at": NOW}
        for n in range(70)
    ]  # fmt: skip


def effort_costs() -> list[dict]:
    """Workshops, reviews of changes with AI beside like ones, and hours that nobody has a rate for."""
    plain = {
        "how": "entered",
        "basis": "entered",
        "currency": "USD",
        "replaced": False,
        "source": "ledger",
        "synced_at": NOW,
    }
    rows = [
        {"kind": "enablement", "team": "red", "hours": 12.0, "rate": Decimal(80)},
        {"kind": "enablement", "team": "blue", "hours": 6.0, "rate": Decimal(80)},
        {"kind": "qa", "team": "red", "hours": 3.0, "rate": None, "about": "testing"},
        *(_reviewed(row) for row in work() if row["merged_at"] and row["ai_class"] != "none_detected"),
    ]
    return [
        plain | {"effort_cost_id": str(n), "day": TODAY - timedelta(days=5)} | row
        | {"cost": row["rate"] and (Decimal(str(row["hours"])) * row["rate"]).quantize(Decimal("1e-9"))}
        for n, row in enumerate(rows)
    ]  # fmt: skip


def _reviewed(row: dict) -> dict:
    """The review of one change; every ninth stands back, blue's takes less than expected."""
    took = 0.2 + row["number"] % 7 / 10 + (0.4 if row["team"] == "red" else -0.1)
    return {
        "kind": "review", "team": row["team"], "day": row["merged_day"], "pull_request": row["pull_request_id"], "repo": REPO,
        "how": "measured", "basis": "each review reads 500 changed lines an hour, 60 minutes at most", "rate": Decimal(80),
        "took": took, "expected": 0.5, "expected_error": 0.05, "hours": round(took - 0.5, 6), "matched": 9, "matched_authors": 4,
        "matched_with": f"{REPO} · {row['work_type']} · quarter from 2026-10-01", "person": f"p{row['number'] % 8}",
        "replaced": row["number"] % 9 == 0, "tool": row.get("main_tool"),
    }  # fmt: skip


def effects() -> tuple[Effect, ...]:
    """The organisation and one team improved, another moved, a workflow cannot be told of."""
    since = TODAY - timedelta(days=60)
    held = _effect("rework_rate", "team", None, (-4.0, (-15.0, 7.0)), UNTOLD)
    worse = _effect("rework_rate", "team", "blue", (31.0, (12.0, 55.0)), WORSE)
    return (
        _effect("merged_prs", "organisation", None, (12.0, (3.0, 21.0)), IMPROVED, (held,)),
        replace(_effect("merged_prs", "team", "red", (18.0, (6.0, 31.0)), IMPROVED, (held,)), since=since),
        replace(_effect("merged_prs", "team", "blue", (15.0, (4.0, 27.0)), MOVED, (worse,)), since=since),
        _effect("", "workflow", "triage", None, UNTOLD),
    )


UNTOLD = f"{UNKNOWN} (needs about 6 more weeks)"


def _effect(
    metric: str, kind: str, unit: str | None, found: tuple | None, verdict: str, guards: tuple = ()
) -> Effect:
    percent, interval = found or (None, None)
    method = "difference_in_differences"
    return Effect(
        metric,
        kind,
        unit,
        "adoption",
        method,
        CONTROLLED,
        percent,
        interval,
        400,
        12,
        verdict,
        guardrails=guards,
    )


REJECTED = [
    {
        "rejected_id": str(line), "file": "projects/shop/session.jsonl", "line": line, "why": "the line ends in the middle of a value",
        "source": "agents:claude_code", "synced_at": NOW,
    }
    for line in (812, 4410)
]  # fmt: skip

SEATS = [
    {
        "seat_id": f"seat-{person}", "tool": "copilot", "vendor": "github", "person": person, "plan": "business",
        "valid_from": NOW - timedelta(days=60), "price": Decimal(19), "currency": "USD", "interval": "month",
        "source": "copilot:seats", "synced_at": NOW,
    }
    for person in ("ann", "a.nother", "renovate[bot]")
]  # fmt: skip


def organisation() -> Organisation:
    """Two people in two teams, one within the other; a declared tool and workflow."""
    return Organisation(
        (
            Person("ann", "Ann Nother", email="a.nother@acme.example"),
            Person("bob", "Bob Ross", email="bob@acme.example", accounts=("bob-gh",)),
            Person("E-7", "Ross Bob"),
        ),
        (Team("shop", "Shop"), Team("red", "Red", parent="shop", cost_center="CC-1")),
        (Membership("bob", "red", Span(NOW - timedelta(days=30))), Membership("bob", "shop")),
        {},
        Catalogue(
            tools=(Tool("claude_code", "Claude Code", "anthropic", "code", "bob", approved=True),),
            rates=(RateCard(Decimal(80), "USD"),),
            workflows=(Workflow("triage", "Ticket triage", "shop", useful_output="output:triage"),),
        ),
    )


def findings() -> tuple[list[Kept], list[Decided]]:
    """Four findings: one open, one decided and due, one snoozed, one gone."""
    evidence = (
        Evidence("3 attempts", "retry_spend", "/metrics/retry_spend?range=30d"),
        Evidence("The queue", None, "/reviews"),
    )
    retries = Finding(
        "retries", "team", "red", "Red paid $12.50 for repeated attempts.", "Stop at the second failure.", "red",
        Decimal("12.50"), evidence=evidence, team="red", metric="retry_spend", options=(FOLLOW, ACCEPT),
    )  # fmt: skip
    slow = Finding(
        "bottleneck", "team", "red", "Changes of Red wait for a first look.", "Review before you begin something new.", "red",
        evidence=evidence[1:], team="red", metric="cycle_time", options=(FOLLOW, ACCEPT),
    )  # fmt: skip
    idle = Finding(
        "idle-seats", "team", "shop", "Shop holds 3 seats.", "Give them back.", None, Decimal(90), "EUR",
        team="shop", metric="idle_seat_spend",
    )  # fmt: skip
    gone = Finding("idle-seats", "team", "blue", "Blue holds 1 seat.", "Give it back.", team="blue")
    begun, decided = NOW - timedelta(days=40), NOW - timedelta(days=33)
    kept = [
        Kept(one.id, one.team, to_json(one), begun.date(), begun, TODAY if one is gone else None)
        for one in (retries, slow, idle, gone)
    ]
    accepted = Decided(
        slow.id, decided, "eve", "accept", FOLLOW, "bob", None, None, "cycle_time", "less", "10",
        TODAY - timedelta(days=2), to_json(slow),
    )  # fmt: skip
    snoozed = Decided(idle.id, decided, "eve", "snooze", until=TODAY + timedelta(days=9), told=to_json(idle))
    return kept, [accepted, snoozed]
