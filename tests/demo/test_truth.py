from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from payback.demo.company import invent
from tests.demo.invented import TODAY, Home, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPEN = "9999"
PARIS = ZoneInfo("Europe/Paris")
LOGGED = ("claude_code", "codex", "gemini_cli")
KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
# US dollars per million tokens, typed once more here: input, cache read, 5 min write, 1 h write, output.
LIST = {
    "claude-opus-4-5-20251101": ("5", "0.5", "6.25", "10", "25"),
    "claude-sonnet-4-5-20250929": ("3", "0.3", "3.75", "6", "15"),
    "claude-haiku-4-5-20251001": ("1", "0.1", "1.25", "2", "5"),
    "gpt-5": ("1.25", "0.125", "0", "0", "10"),
    "gpt-5-codex": ("1.25", "0.125", "0", "0", "10"),
    "gpt-5.1-codex": ("1.25", "0.125", "0", "0", "10"),
    "gemini-2.5-pro": ("1.25", "0.125", "0", "0", "10"),
    "gpt-5-mini": ("0.25", "0.025", "0", "0", "2"),
    "gpt-5-nano": ("0.05", "0.005", "0", "0", "0.4"),
    "gpt-4.1-mini": ("0.4", "0.1", "0", "0", "1.6"),
}


def usd(model: str, tokens: tuple[int, ...]) -> Decimal:
    rates = zip(tokens, LIST[model], strict=True)
    return sum((count * Decimal(rate) for count, rate in rates), Decimal(0)) / 1_000_000


def test_tokens_and_requests_of_the_logs_add_up_to_the_truth(home: Home):
    tokens: Counter[tuple[str, str, str]] = Counter()
    requests: Counter[tuple[str, str]] = Counter()
    for answer in home.answers:
        month = f"{answer.at.astimezone(PARIS):%Y-%m}"
        requests[month, answer.tool] += 1
        tokens[month, answer.tool, "reasoning"] += answer.reasoning
        for kind, count in zip(KINDS, answer.tokens, strict=True):
            tokens[month, answer.tool, kind] += count
    told = {(row["month"], row["tool"], row["kind"]): row["tokens"] for row in logged(home.truth["tokens"])}
    assert tokens == told
    assert requests == {
        (row["month"], row["tool"]): row["requests"] for row in logged(home.truth["requests"])
    }


def logged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of tools that write logs."""
    return [row for row in rows if row["tool"] in LOGGED]


def test_the_list_price_of_the_logs_adds_up_to_the_truth_in_every_cell(home: Home):
    cells: Counter[tuple[str, str | None, str, str | None]] = Counter()
    for answer in home.answers:
        if answer.model in LIST:
            local = answer.at.astimezone(PARIS)
            team = home.team_on(answer.person, local.date())
            workflow = "nightly-triage" if answer.person == "ci-triage" else None
            cells[f"{local:%Y-%m}", team, answer.tool, workflow] += usd(answer.model, answer.tokens)
    rows = [row for row in logged(home.truth["spend"]) if row["basis"] == "list"]
    told = {(row["month"], row["team"], row["tool"], row["workflow"]): Decimal(row["amount"]) for row in rows}
    assert dict(cells) == told
    assert len(told) == len(rows)


def test_the_company_is_large_enough_for_its_tests(home: Home):
    tools = {row["tool"] for row in home.truth["requests"]}
    assert tools == {*LOGGED, "cursor", "litellm", "openai_api"}
    assert sum(row["basis"] == "list" for row in home.truth["spend"]) > 20


def test_errors_and_retries_of_the_logs_are_those_of_the_truth(home: Home):
    claude = {
        line.get("uuid"): line for file in home.logs(".claude/projects/**/*.jsonl") for line in lines(file)
    }
    codex = [line["payload"] for file in home.logs(".codex/sessions/**/*.jsonl") for line in lines(file)]
    gemini = [line for file in home.logs(".gemini/tmp/*/chats/*.jsonl") for line in lines(file)]
    errors = {
        "claude_code": sum(line.get("isApiErrorMessage", False) for line in claude.values()),
        "codex": sum(payload.get("type") == "error" for payload in codex),
        "gemini_cli": sum(line.get("type") == "error" for line in gemini),
    }
    retries = {
        "claude_code": sum(line.get("subtype") == "api_error" for line in claude.values()),
        "codex": sum(payload.get("type") == "stream_error" for payload in codex),
        "gemini_cli": 0,
    }
    for name, found in (("errors", errors), ("retries", retries)):
        told = dict.fromkeys(found, 0)
        for row in home.truth[name]:
            told[row["tool"]] += row[name]
        assert found == told
        assert found["claude_code"] > 0


def test_the_model_without_a_price_has_tokens_and_no_money(home: Home):
    unknown = [answer for answer in home.answers if answer.model not in LIST]
    assert {answer.model for answer in unknown} == {"lumen-2-preview"}
    told = sum(row["tokens"] for row in home.truth["unpriced_tokens"])
    assert told == sum(sum(answer.tokens) for answer in unknown)
    first = min(answer.at for answer in unknown).astimezone(PARIS).date().isoformat()
    assert [event["day"] for event in home.truth["events"] if event["kind"] == "unknown_model"] == [first]


def test_what_is_billed_adds_up_to_the_truth_by_month_and_currency(home: Home):
    asked: Counter[tuple[str, str]] = Counter()
    invoiced = set()
    for line in home.bills:
        month = line["charge_period_start"][:7]
        asked[month, line["currency"]] += Decimal(line["billed_cost"])
        invoiced |= {(line["vendor"], month)} if line["charge_category"] == "Usage" else set()
    running = f"{TODAY:%Y-%m}"
    for row in csv.DictReader((home.path / "company/papers/seats.csv").read_text().splitlines()):
        if row["interval"] == "month" and (row["valid_until"] or OPEN) > f"{running}-01":
            asked[running, row["currency"]] += Decimal(row["price"])  # by contract, until the invoice comes
    for vendor, month, currency, amount in reported(home):
        if (vendor, month) not in invoiced:
            asked[month, currency] += amount
    told: Counter[tuple[str, str]] = Counter()
    for row in home.truth["spend"]:
        if row["basis"] == "billed":
            told[row["month"], row["currency"]] += Decimal(row["amount"])
    assert {key: round(amount, 6) for key, amount in asked.items() if amount} == {
        key: round(amount, 6) for key, amount in told.items()
    }
    assert {key[1] for key in told} == {"USD", "EUR"}


def reported(home: Home) -> Iterator[tuple[str, str, str, Decimal]]:
    """What vendors report or export without an invoice: vendor, month, currency and amount."""
    for row in home.vendor("anthropic")["costs"]:
        yield "anthropic", row["day"][:7], "USD", Decimal(row["amount"]) / 100
    for row in home.vendor("openai")["costs"]:
        yield "openai", row["day"][:7], "USD", Decimal(row["nano"]) / 10**9
    for row in home.vendor("cursor")["events"]:
        month = f"{datetime.fromtimestamp(int(row['timestamp']) / 1000, PARIS):%Y-%m}"
        if row["isChargeable"]:
            yield "cursor", month, "USD", Decimal(str(row["chargedCents"])) / 100
    for row in home.vendor("github")["seat_items"]:
        yield "github", row["date"][:7], "USD", Decimal(str(row["netAmount"]))
    for row in home.vendor("github")["meter"]:
        yield (
            "github",
            row["month"][:7],
            "USD",
            Decimal((row["used"] - row["included"]) * row["unit"]) / 10**9,
        )
    yield from exported(home.path / "company" / "clouds")


def exported(clouds: Path) -> Iterator[tuple[str, str, str, Decimal]]:
    for file in clouds.glob("aws/**/*.csv.gz"):
        for row in csv.DictReader(gzip.decompress(file.read_bytes()).decode().splitlines()):
            day = row["line_item_usage_start_date"]
            yield "aws", day[:7], row["line_item_currency_code"], Decimal(row["line_item_unblended_cost"])
    for file in clouds.glob("azure/**/*.csv"):
        for row in csv.DictReader(file.read_text("utf-8").splitlines()):
            yield "azure", row["ChargePeriodStart"][:7], row["BillingCurrency"], Decimal(row["BilledCost"])
    for file in clouds.glob("google/*.jsonl"):
        for row in lines(file):
            net = Decimal(str(row["cost"])) + sum(Decimal(str(one["amount"])) for one in row["credits"])
            yield "google", row["usage_start_time"][:7], row["currency"], net


def test_what_workflows_alone_used_is_worth_its_list_price(home: Home):
    cells: Counter[tuple[str, str]] = Counter()
    for row in home.vendor("openai")["usage"]:
        fresh = row["input_tokens"] - row["input_cached_tokens"]
        tokens = (fresh, row["input_cached_tokens"], 0, 0, row["output_tokens"])
        if row["user_id"] and row["user_id"].startswith("svc_"):
            cells[row["day"][:7], row["project_id"]] += usd(row["model"], tokens)
    flows = {row["id"]: row["when"].get("project") for row in home.settings["rules"]}
    told: Counter[tuple[str, str]] = Counter()
    for row in home.truth["spend"]:
        if row["basis"] == "list" and row["tool"] == "openai_api":
            told[row["month"], flows[row["workflow"]]] += Decimal(row["amount"])
    assert cells == told
    assert len(told) > 3


def test_metered_lines_are_list_less_the_discount_in_whole_cents(home: Home):
    """But for the month that was restated, which its first draft still shows."""
    metered = [line for line in home.bills if line["vendor"] == "anthropic" and line["unit"] == "tokens"]
    listed: Counter[tuple[str, str, str]] = Counter()
    for row in home.vendor("anthropic")["usage"]:
        if row["model"] in LIST:
            tokens = tuple(
                row[name]
                for name in ("uncached_input_tokens", "cache_read", "write_5m", "write_1h", "output_tokens")
            )
            for project in (row["workspace_id"], ""):
                listed[row["day"][:7], project, row["model"]] += usd(row["model"], tokens)
    agreed = next(event["day"] for event in home.truth["events"] if "Anthropic bills" in event["what"])
    drafts = sorted((home.path / "company" / "bills" / "earlier").glob("*.csv"))
    (month,) = (file.stem.removeprefix("anthropic-") for file in drafts)
    for line in metered:
        start = line["charge_period_start"]
        share = Decimal("0.92") if start >= agreed else Decimal(1)
        share *= Decimal("0.97") if start.startswith(month) else 1
        asked = Decimal(line["billed_cost"])
        assert abs(asked - listed[start[:7], line["sub_account"], line["model"]] * share) <= Decimal("0.005")
        assert asked == asked.quantize(Decimal("0.01"))
    assert {bool(line["sub_account"]) for line in metered} == {True, False}


def test_the_running_month_has_use_but_no_invoice_and_the_last_one_of_openai_is_late(home: Home):
    months = {(line["vendor"], line["charge_period_start"][:7]) for line in home.bills}
    assert not [vendor for vendor, month in months if month == f"{TODAY:%Y-%m}"]
    assert ("anthropic", "2026-02") in months
    assert ("openai", "2026-02") not in months
    assert ("openai", "2026-01") in months


def test_a_year_of_seats_is_billed_at_once_and_spread_over_its_days(home: Home):
    seats = [line for line in home.bills if line["sku"] == "Cursor Teams seat, one year"]
    start = seats[0]["charge_period_start"][:7]
    billed = [row for row in home.truth["spend"] if row["tool"] == "cursor" and row["basis"] == "billed"]
    first = sum(Decimal(row["amount"]) for row in billed if row["month"] == start)
    assert first >= 384 * len(seats) > 0
    spread = [row for row in home.truth["spend"] if row["tool"] == "cursor" and row["basis"] == "amortised"]
    january = sum(Decimal(row["amount"]) for row in spread if row["month"] == "2026-01")
    on_demand = sum(Decimal(row["amount"]) for row in billed if row["month"] == "2026-01")
    assert round(january - on_demand, 6) == round(Decimal(384 * 31 * len(seats)) / 365, 6)


def test_a_seat_is_idle_in_a_month_in_which_its_holder_did_not_use_it(home: Home):
    rows = {(row["month"], row["tool"]): row for row in home.truth["adoption"]}
    copilot = rows["2026-01", "copilot"]
    used = {row["record"]["user_login"] for row in home.vendor("github")["days"] if row["day"] < "2026-02"}
    assert 0 < copilot["active_users"] <= len(used)
    assert copilot["seats"] - copilot["active_users"] == copilot["idle_seats"] > 0


def test_two_teams_never_use_ai(home: Home):
    users = {row["team"] for row in logged(home.truth["spend"]) if row["basis"] == "list"}
    assert {team["id"] for team in home.settings["teams"]} - users == {
        "product",
        "platform",
        "identity",
        "quality",
    }


def test_a_pull_request_costs_what_its_branch_used_before_the_merge(home: Home):
    repos = str(home.path / "company" / "repos")
    used: Counter[tuple[str, int]] = Counter()
    changes = home.truth["pull_requests"]
    for answer in home.answers:
        if answer.model not in LIST or not answer.cwd.startswith(repos):
            continue
        name = answer.cwd.removeprefix(repos + "/").split("/")[0]
        at = answer.at.isoformat()
        after = [
            change
            for change in changes
            if change["repo"].endswith(f"/{name}")
            and change["branch"] == answer.branch
            and (change["merged_at"] or OPEN) >= at
        ]
        if after:
            first = min(after, key=lambda change: change["merged_at"] or OPEN)
            used[first["repo"], first["number"]] += usd(answer.model, answer.tokens)
    told = {
        (change["repo"], change["number"]): Decimal(change["usd"])
        for change in changes
        if Decimal(change["usd"])
    }
    assert dict(used) == told
    assert len(told) > 30


def test_going_round_in_circles_costs_money_and_has_an_owner(home: Home):
    waste = {(row["kind"], row["owner"]): Decimal(row["usd"]) for row in home.truth["waste"]}
    assert waste["retries", "infrastructure"] > 0
    spent = sum(Decimal(row["amount"]) for row in logged(home.truth["spend"]) if row["basis"] == "list")
    assert sum(usd for (kind, _), usd in waste.items() if kind == "retries") < spent / 2
    assert waste["idle_seats", None] == 30


@pytest.mark.parametrize("seed", [1, 2026])
def test_a_company_of_any_seed_adds_up(tmp_path: Path, seed: int):
    invent(tmp_path, seed=seed, months=2, people=9, today=TODAY, progress=lambda sentence: None)
    other = Home(tmp_path)
    test_tokens_and_requests_of_the_logs_add_up_to_the_truth(other)
    test_the_list_price_of_the_logs_adds_up_to_the_truth_in_every_cell(other)
    test_what_is_billed_adds_up_to_the_truth_by_month_and_currency(other)
