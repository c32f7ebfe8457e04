"""One invented month, March 2026 in Paris, worked out by hand: the rows, and what each metric must be.

Clocks go forward on 29 March. Amounts are small enough to add up in the head; rows marked "outside" lie one instant
or one day beside the month and must not be seen.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa

from payback.access.facts import Ground
from payback.access.scope import Scope
from payback.ledger.tables import BY_NAME, TABLES
from payback.metrics.catalogue.worth import WORTH
from payback.period import Period
from payback.warehouse.contract import Append
from payback.warehouse.duckdb import DuckWarehouse
from tests.metrics import delivered

PARIS = ZoneInfo("Europe/Paris")
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
ALL = Scope.everything("a test", may_see_people=True)
SYNCED = datetime(2026, 4, 1, tzinfo=UTC)

ANN = {"person": "ann", "actor": "ann@x", "team": "red", "tool": "claude_code", "model": "opus"}
BOB = {"person": "bob", "actor": "bob@x", "team": "blue", "tool": "codex", "model": "gpt"}
KEY = {"actor": "key-7", "tool": "self_hosted", "model": "mystery"}


def request(when: str, who: dict, session: str, run: str | None, tokens: tuple[int, ...], **given) -> dict:
    """One row of `usage`: instant in UTC, tokens as (input, cache read, write 5m, write 1h, output, reasoning)."""
    plain = {
        "bucket_seconds": 0, "web_searches": 0, "requests": 1, "errors": 0, "retries": 0, "attempt": 1,
        "quality": "exact", "source": "agents", "synced_at": SYNCED, "session_id": session, "run_id": run,
        "occurred_at": datetime.fromisoformat(when + "+00:00"),
    }  # fmt: skip
    return plain | who | dict(zip(TOKENS, tokens, strict=True)) | amounts(given, "list_usd")


def spend(**given) -> dict:
    """One row of `spend`, in USD unless said."""
    plain = {
        "day": date(2026, 3, 2), "currency": "USD", "unpriced_tokens": 0, "tokens": 0, "requests": 0,
        "basis": "membership", "source": "agents", "synced_at": SYNCED,
    }  # fmt: skip
    return plain | amounts(given, "billed", "amortised", "list")


def change(number: int, merged: date | None, team: str | None, ai_class: str, **given) -> dict:
    """One row of `work`."""
    plain = {
        "pull_request_id": f"shop#{number}", "repo": "shop", "number": number, "merged_day": merged, "team": team,
        "state": "merged" if merged else "open", "ai_class": ai_class, "evidence_complete": True,
        "source": "git", "synced_at": SYNCED, **delivered.CHANGES[number],
    }  # fmt: skip
    return plain | amounts(given, "cost_list")


def step(kind: str, list_usd: str | None, hour: str = "2026-03-02T09:00", **given) -> dict:
    """One row of `step_spend`."""
    return {
        "hour": datetime.fromisoformat(hour + "+00:00"), "tool": "claude_code", "session_id": "s1", "run_id": "run1",
        "team": "red", "kind": kind, "list_usd": money(list_usd), "steps": 1, "errors": 0, "output_tokens": 10,
        "source": "agents", "synced_at": SYNCED, **given,
    }  # fmt: skip


def use_day(when: str, who: str, team: str | None, **given) -> dict:
    """One row of `use_days` as a vendor's report gives it."""
    plain = {"tool": "copilot", "source": "copilot", "requests": 0, "active": True, "synced_at": SYNCED}
    return plain | {"day": date.fromisoformat(when), "who": who, "person": who, "team": team} | given


def seat_day(when: str, seat: str, person: str | None, team: str | None, **given) -> dict:
    """One row of `seat_days`."""
    plain = {
        "tool": "copilot", "currency": "USD", "active_28": False, "idle_30": False, "is_latest": False,
        "source": "copilot", "synced_at": SYNCED,
    }  # fmt: skip
    row = {"day": date.fromisoformat(when), "seat_id": seat, "person": person, "holder": person, "team": team}
    return plain | row | amounts(given, "amortised")


def week(monday: str, person: str, team: str, **given) -> dict:
    """One row of `user_weeks`."""
    plain = {"tool": "claude_code", "days": 3, "active": True, "source": "ledger", "synced_at": SYNCED}
    return plain | {"week": date.fromisoformat(monday), "person": person, "team": team} | given


def fate(
    sha: str, age: int, added: int, alive: int | None, team: str | None = "red", day: str = "2026-03-10"
) -> dict:
    """One row of `code_fates`."""
    return {
        "commit_id": f"shop@{sha}", "age_days": age, "repo": "shop", "ai_class": "agent_assisted", "tool": "claude_code",
        "team": team, "added": added, "alive": alive, "committed_at": datetime.fromisoformat(day + "T12:00+00:00"),
        "source": "git", "synced_at": SYNCED,
    }  # fmt: skip


def effort(name: str, kind: str, team: str | None, hours: float, rate: str | None, **given) -> dict:
    """One row of `effort_costs`, with its money worked out."""
    plain = {
        "day": date(2026, 3, 10),
        "how": "entered",
        "basis": "entered",
        "currency": "USD",
        "replaced": False,
    }
    cost = None if rate is None else Decimal(str(hours)) * Decimal(rate)
    row = {
        "effort_cost_id": name,
        "kind": kind,
        "team": team,
        "hours": hours,
        "rate": money(rate),
        "cost": cost,
    }
    return plain | row | {"source": "ledger", "synced_at": SYNCED} | given


def survey(answer: str, question: str, value: float, **given) -> dict:
    """One row of `surveys`."""
    plain = {"day": date(2026, 3, 9), "team": "red", "licensed": True, "uses_ai": True}
    said = {"answer_id": answer, "question": question, "value": value, "source": "files", "synced_at": SYNCED}
    return plain | said | given


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def amounts(given: dict, *names: str) -> dict:
    return given | {name: money(given[name]) for name in names if name in given}


TOKENS = (
    "input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens",
    "reasoning_tokens",
)  # fmt: skip
NONE = (0, 0, 0, 0, 0, 0)

USAGE = [
    request("2026-02-28T22:59:59", ANN, "s0", "run0", (9, 9, 9, 9, 9, 9), list_usd="99"),  # outside: 28 Feb in Paris
    request("2026-03-02T09:10", ANN, "s1", "run1", (100, 700, 150, 50, 200, 80), list_usd="0.60", duration_seconds=2.0),
    request(
        "2026-03-02T09:20", ANN, "s1", "run1", (200, 1800, 0, 0, 100, 0),
        list_usd="0.40", duration_seconds=4.0, attempt=2,
    ),
    request("2026-03-10T22:30", BOB, "s2", "run2", (1000, 0, 0, 0, 300, 0), list_usd="0.90", duration_seconds=8.0),
    request("2026-03-10T23:30", BOB, "s2", "run2", (500, 500, 0, 0, 100, 0), list_usd="0.30", duration_seconds=6.0),
    request("2026-03-20T12:00", KEY, "s4", None, (400, 0, 0, 0, 100, 0), quality="estimated"),  # no price, no owner
    request("2026-03-20T12:05", ANN, "s3", "run3", NONE, list_usd="0", requests=0, errors=1, error="overloaded"),
    request("2026-03-20T12:06", ANN, "s3", "run3", NONE, list_usd="0", requests=0, retries=2, error="rate_limit"),
    request("2026-03-29T10:00", ANN, "s3", "run3", (100, 2900, 0, 0, 100, 0), list_usd="0.20", duration_seconds=3.0),
    request("2026-03-31T22:00", ANN, "s5", "run5", (9, 9, 9, 9, 9, 9), list_usd="99"),  # outside: 1 April in Paris
]  # fmt: skip
SPEND = [
    spend(
        spend_id="before", day=date(2026, 2, 28), team="red", billed="99", amortised="99", list="99"
    ),  # outside
    spend(spend_id="a", team="red", person="ann", tool="claude_code", list="1.00", tokens=3300, requests=2),
    spend(
        spend_id="b",
        day=date(2026, 3, 10),
        team="blue",
        person="bob",
        tool="codex",
        list="0.90",
        requests=1,
        workflow="triage",
    ),
    spend(
        spend_id="c", day=date(2026, 3, 11), team="blue", person="bob", tool="codex", list="0.30", requests=1
    ),
    spend(
        spend_id="d", day=date(2026, 3, 20), tool="self_hosted", unpriced_tokens=500, tokens=500, requests=1
    ),
    spend(
        spend_id="e",
        day=date(2026, 3, 29),
        team="red",
        person="ann",
        tool="claude_code",
        list="0.20",
        requests=1,
    ),
    spend(
        spend_id="f",
        charge_id="c1",
        tool="self_hosted",
        basis="unattributed",
        reconciled="unexplained",
        billed="10",
        amortised="1",
        list="0.60",
    ),
    spend(spend_id="g", charge_id="c2", basis="tag", reconciled="explained", team="red", billed="30"),
    spend(
        spend_id="h",
        charge_id="c3",
        basis="seat",
        reconciled="fixed",
        team="red",
        tool="claude_code",
        amortised="3",
    ),
    spend(
        spend_id="i",
        charge_id="c3",
        basis="seat",
        reconciled="fixed",
        team="blue",
        tool="codex",
        amortised="1",
    ),
    spend(
        spend_id="j",
        charge_id="c4",
        basis="tag",
        reconciled="unexplained",
        team="red",
        billed="5",
        currency="EUR",
    ),
    spend(
        spend_id="after", day=date(2026, 4, 1), team="red", billed="99", amortised="99", list="99"
    ),  # outside
]
WORK = [
    change(1, date(2026, 3, 3), "red", "agent_assisted", cost_list="1.00"),
    change(2, date(2026, 3, 12), "blue", "agent_authored", cost_list="1.20"),
    change(3, date(2026, 3, 15), "blue", "none_detected", evidence_complete=False),
    change(
        4, date(2026, 3, 30), None, "agent_assisted"
    ),  # evidence of AI, but no session is linked: cost unknown
    change(5, date(2026, 4, 1), "red", "agent_assisted", cost_list="99"),  # outside
    change(6, None, "red", "agent_assisted", cost_list="99"),  # still open
    delivered.WAITING,
]
STEPS = [
    step("test", "0.50", is_repeat=False), step("edit", "0.70", is_repeat=True), step("answer", "0.80"), step("read", None),
    step("edit", "99", "2026-02-28T22:00", is_repeat=True),  # outside
]  # fmt: skip
USE_DAYS = [  # besides the days of requests above
    use_day(
        "2026-03-05", "cat", "red", suggestions=40, acceptances=10, lines_suggested=100, lines_accepted=30,
        edits_accepted=6, edits_rejected=2, lines_added=200,
    ),
    use_day("2026-03-06", "cat", "red", suggestions=20),  # acceptances unknown
    use_day("2026-03-06", "dan", "blue", active=False, suggestions=0, acceptances=0),
    use_day("2026-04-06", "eve", "red", suggestions=99, acceptances=99),  # outside
]  # fmt: skip
USER_WEEKS = [
    week("2026-02-23", "eve", "red", habitual=True),  # outside
    week("2026-03-02", "ann", "red", habitual=True),
    week("2026-03-09", "ann", "red", habitual=True, tool="codex"),
    week("2026-03-09", "bob", "blue", habitual=False),
    week("2026-03-30", "cat", "red", habitual=True),  # its Monday is in March
]
SEAT_DAYS = [
    seat_day("2026-03-30", "s1", "ann", "red", amortised="1", active_28=True),
    seat_day("2026-03-31", "s1", "ann", "red", amortised="1", active_28=True),
    seat_day("2026-03-30", "s2", "bob", "blue", amortised="2", idle_30=True),
    seat_day("2026-03-31", "s2", "bob", "blue", amortised="2", idle_30=True),
    seat_day("2026-03-31", "s3", "cat", "red", idle_30=True),  # no price
    seat_day(
        "2026-03-31", "s4", "cat", "red", amortised="0.50", tool="cursor", active_28=None, idle_30=None,
        duplicate_of="copilot",
    ),
    seat_day("2026-03-30", "s5", None, None, amortised="4", idle_30=True),  # gone on the last day
    seat_day("2026-03-31", "s6", "eve", "red", amortised="5", currency="EUR", idle_30=True),
    seat_day("2026-04-01", "s1", "ann", "red", amortised="99", idle_30=True, is_latest=True),  # outside
]  # fmt: skip
SURVEYS = [
    survey("a", "trust", 5.0),
    survey("b", "trust", 4.0, team="blue"),
    survey("c", "trust", 2.0, uses_ai=False),
    survey("d", "reliance", 3.0),
    survey("e", "team_health", 5.0, uses_ai=False),
    survey("f", "trust", 5.0, day=date(2026, 4, 1)),  # outside
]
HELD = {"how": "measured", "basis": "each review reads 500 changed lines an hour", "tool": "claude_code"}
EFFORT_COSTS = [
    effort("e1", "enablement", "red", 10.0, "80"),  # 800
    effort("e2", "enablement", "blue", 4.0, None),  # no rate
    effort("e3", "review", "red", 1.5, "100", pull_request="shop#1", **HELD),  # 150
    effort("e4", "review", "blue", -0.5, "100", pull_request="shop#2", **HELD),  # 50 saved
    effort("e5", "review", "blue", 99.0, "100", replaced=True, **HELD),  # something was entered for it
    effort("e6", "rework", "blue", 2.0, "90"),  # 180
    effort("e7", "qa", "red", 3.0, "60"),  # 180
    effort("e8", "defect_triage", "red", 0.25, "100"),  # 25
    effort("e9", "correction", "blue", 0.5, "60", workflow="triage", how="assumed"),  # 30
    effort("e10", "incident", "red", 4.0, "120"),  # 480
    effort("e11", "security_review", None, 2.0, "150"),  # 300
    effort("e12", "support", "blue", 1.0, "50"),  # 50
    effort("e13", "other", "red", 1.0, "70"),  # 70
    effort("e14", "support", "red", 1.0, "5", currency="EUR"),
    effort("e15", "qa", "red", 99.0, "99", day=date(2026, 4, 1)),  # outside
]
FATES = [
    fate("a", 14, 999, 999), fate("a", 30, 100, 80), fate("a", 60, 100, 70),
    fate("b", 30, 50, 40, "blue"), fate("b", 60, 50, None, "blue"),
    fate("c", 30, 30, None, None), fate("c", 60, 30, None, None),  # too young for both
    fate("d", 30, 999, 0, day="2026-04-01"),  # outside
]  # fmt: skip

EXPECTED = {  # metric: (value, n, excluded n)
    "effect": (None, 0, 0),  # of no metric by itself; tests/app/test_effect_answers.py
    "spend_billed": (Decimal(40), 2, 7),
    "spend_amortised": (Decimal(5), 3, 6),
    "spend_list": (Decimal("3.00"), 5, 4),
    "price_per_million": (Decimal("272.727272727"), 8, 1),  # 2.40 over 8,800 priced tokens
    "invoice_cost": (Decimal(5), 3, 6),
    "enablement_cost": (Decimal(800), 1, 1),
    "review_cost": (Decimal(100), 2, 0),  # 150 − 50
    "qa_cost": (Decimal(180), 1, 0),
    "defect_triage_cost": (Decimal(25), 1, 0),
    "correction_cost": (Decimal(30), 1, 0),
    "rework_cost": (Decimal(180), 1, 0),
    "incident_cost": (Decimal(480), 1, 0),
    "security_review_cost": (Decimal(300), 1, 0),
    "support_cost": (Decimal(50), 1, 0),
    "other_cost": (Decimal(70), 1, 0),
    "full_cost": (Decimal(2220), 14, 7),  # 5 + 2,215
    **dict.fromkeys(WORTH, (None, 0, 0)),  # facts alone do not tell; see tests/app/test_paying_back.py
    "gpu_spend": (Decimal(1), 1, 1),  # f; d has tokens and no money of its own
    "gpu_price_per_million": (Decimal(2000), 1, 1),  # 1 over 500 tokens
    "tokens_input": (2300, 8, 0),
    "tokens_cache_read": (5900, 8, 0),
    "tokens_cache_write": (200, 8, 0),
    "tokens_output": (900, 8, 0),
    "tokens_reasoning": (80, 8, 0),
    "requests": (6, 8, 0),
    "cache_hit_share": (Decimal("0.702380952381"), 8, 0),  # 5,900 ÷ 8,400
    "context_per_request": (1000, 6, 0),  # 400 1000 [1000] 1000 2000 3000
    "context_per_request_p90": (3000, 6, 0),
    "errors": (1, 8, 0),
    "retries": (2, 8, 0),
    "error_share": (Decimal("0.142857142857"), 8, 0),  # 1 ÷ 7
    "retry_share": (Decimal("0.222222222222"), 8, 0),  # 2 ÷ 9
    "retry_spend": (Decimal("0.40"), 1, 0),
    "response_time": (4.0, 5, 1),  # 2 3 [4] 6 8
    "response_time_p90": (8.0, 5, 1),
    "run_cost": (Decimal("1.00"), 3, 0),  # 0.20 [1.00] 1.20
    "run_cost_p90": (Decimal("1.20"), 3, 0),
    "run_cost_max": (Decimal("1.20"), 3, 0),
    "runs": (3, 3, 0),  # run1 run2 run3
    "requests_per_run": (Decimal("1.666666666667"), 3, 0),  # 5 ÷ 3
    "step_spend": (Decimal("2.00"), 3, 1),
    "repeated_calls": (1, 1, 0),  # the edit
    "repeat_spend": (Decimal("0.70"), 1, 0),
    "merged_prs": (4, 4, 0),
    "cost_per_merged_pr": (Decimal("1.10"), 2, 1),  # 2.20 ÷ 2; shop#4 has evidence but no known cost
    "cost_per_merged_pr_all_in": (Decimal("0.75"), 4, 4),  # 3.00 ÷ 4
    "active_users": (4, 7, 0),  # ann, bob, key-7, cat
    "habitual_users": (2, 3, 0),  # ann, cat
    "use_frequency": (
        Decimal("1.333333333333"),
        6,
        0,
    ),  # days 1 1 1 (ann) 2 (bob) 1 (key-7) 2 (cat) over 6 weeks; 1 April is in one
    "acceptance_rate": (Decimal("0.25"), 2, 0),  # 10 ÷ 40
    "acceptance_rate_lines": (Decimal("0.3"), 1, 0),  # 30 ÷ 100
    "agent_edit_acceptance": (Decimal("0.75"), 1, 0),  # 6 ÷ 8
    "agent_lines": (200, 1, 0),
    "seats_assigned": (5, 5, 0),
    "seats_active": (1, 1, 0),
    "seats_idle": (3, 3, 0),
    "idle_seat_spend": (Decimal(8), 3, 1),  # 2 + 2 + 4; s3 has no price
    "duplicate_tool_spend": (Decimal("0.50"), 1, 0),
    "license_spend": (Decimal(4), 2, 0),
    "trust": (Decimal("0.5"), 4, 0),  # 5 4 of 5 4 2 3
    "trust_of_non_users": (Decimal(0), 1, 0),
    "survival_30": (Decimal("0.8"), 2, 1),  # 120 ÷ 150; c is too young
    "survival_60": (Decimal("0.7"), 1, 2),  # 70 ÷ 100
    "lines_locked_30": (30, 1, 0),
    "lines_locked_60": (80, 2, 0),
    "unattributed_share": (Decimal("0.2"), 5, 4),  # 0.60 ÷ 3.00
    "unattributed_share_billed": (Decimal("0.25"), 2, 7),  # 10 ÷ 40
    "unattributed_share_amortised": (Decimal("0.2"), 3, 6),  # 1 ÷ 5
    "reconciliation_gap": (Decimal("0.25"), 2, 0),  # 10 ÷ 40
    "unpriced_tokens": (500, 10, 0),
    "inexact_share": (Decimal("0.125"), 8, 0),  # 1 ÷ 8
    "evidence_coverage": (Decimal("0.75"), 4, 0),  # 3 ÷ 4
    **delivered.EXPECTED,
}
BY_TEAM = {  # metric: red, blue, unattributed
    "spend_list": (Decimal("1.20"), Decimal("1.20"), Decimal("0.60")),
    "spend_billed": (Decimal(30), None, Decimal(10)),
    "invoice_cost": (Decimal(3), Decimal(1), Decimal(1)),
    "review_cost": (Decimal(150), Decimal(-50), Decimal(0)),
    "full_cost": (Decimal(1708), Decimal(211), Decimal(301)),  # 3 + 1,705, 1 + 210, 1 + 300
    "requests": (3, 2, 1),
    "merged_prs": (1, 2, 1),
    "cost_per_merged_pr": (Decimal("1.00"), Decimal("1.20"), None),
    "cost_per_merged_pr_all_in": (Decimal("1.20"), Decimal("0.60"), Decimal("0.60")),
    "run_cost": (Decimal("0.20"), Decimal("1.20"), None),
    "active_users": (2, 1, 1),
    "seats_assigned": (4, 1, 0),
    "idle_seat_spend": (None, Decimal(4), Decimal(4)),
    "survival_30": (Decimal("0.8"), Decimal("0.8"), None),
    "error_share": (Decimal("0.25"), Decimal(0), Decimal(0)),
}


def rows_of(table: str, rows: list[dict]) -> pa.Table:
    """Rows as the declared table wants them; columns that are not named are NULL."""
    schema = BY_NAME[table].schema
    return pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema=schema
    )


def numbered(rows: list[dict]) -> list[dict]:
    return [row | {"usage_id": str(index)} for index, row in enumerate(rows)]


def hourly(usage: list[dict]) -> list[dict]:
    """`usage_hourly` as plainly as it can be said."""
    names = BY_NAME["usage_hourly"].names
    keys = BY_NAME["usage_hourly"].key
    sums = [name for name in names if name not in keys]
    groups: dict[tuple, dict] = defaultdict(lambda: dict.fromkeys(sums, 0) | {"list_usd": None})
    for row in usage:
        hour = row["occurred_at"].replace(minute=0, second=0, microsecond=0)
        group = groups[tuple(hour if name == "hour" else row.get(name) for name in keys)]
        price = row.get("list_usd")
        extra = {"rows": 1, "unpriced_tokens": sum(row[t] for t in TOKENS[:5]) if price is None else 0}
        for name in sums:
            if name != "list_usd":
                group[name] += extra.get(name, row.get(name, 0))
        if price is not None:
            group["list_usd"] = (group["list_usd"] or Decimal(0)) + price
    return [dict(zip(keys, key, strict=True)) | sums for key, sums in groups.items()]


def used(usage: list[dict], zone: ZoneInfo = PARIS) -> list[dict]:
    """`use_days` of requests, as plainly as it can be said."""
    groups: dict[tuple, dict] = {}
    for row in usage:
        who = row.get("person") or row.get("actor")
        if who and row.get("tool") and row["requests"]:
            day = row["occurred_at"].astimezone(zone).date()
            key = (day, who, row["tool"], row.get("team"), row["source"])
            names = ("day", "who", "tool", "team", "source")
            plain = {"person": row.get("person"), "active": True, "requests": 0, "synced_at": SYNCED}
            group = groups.setdefault(key, plain | dict(zip(names, key, strict=True)))
            group["requests"] += row["requests"]
    return list(groups.values())


def ground_of(zone: ZoneInfo = PARIS, currency: str = "USD", **tables: list[dict]) -> Ground:
    """A ground on an in-memory warehouse that holds these rows; `usage` brings its roll-ups along."""
    if "usage" in tables:
        usage = numbered(tables["usage"])
        days = [*used(usage, zone), *tables.get("use_days", [])]
        tables |= {"usage": usage, "usage_hourly": hourly(usage), "use_days": days}
    warehouse = DuckWarehouse.in_memory(TABLES)
    warehouse.apply([Append(name, rows_of(name, rows)) for name, rows in tables.items() if rows])
    return Ground(warehouse, zone, currency)


def the_month() -> Ground:
    return ground_of(
        usage=USAGE, spend=SPEND, work=WORK, step_spend=STEPS, use_days=USE_DAYS, user_weeks=USER_WEEKS,
        seat_days=SEAT_DAYS, surveys=SURVEYS, production_deployments=delivered.DEPLOYMENTS,
        work_items=delivered.TICKETS, sprint_items=delivered.COMMITMENTS, developer_days=delivered.DEVELOPERS,
        outputs=delivered.OUTPUTS, pieces=delivered.PIECES, code_fates=FATES, effort_costs=EFFORT_COSTS,
    )  # fmt: skip
