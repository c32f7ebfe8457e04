from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from payback.demo.company import invent
from tests.demo.invented import TODAY, Home, lines

if TYPE_CHECKING:
    from pathlib import Path

OPEN = "9999"
PARIS = ZoneInfo("Europe/Paris")
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
    told = {(row["month"], row["tool"], row["kind"]): row["tokens"] for row in home.truth["tokens"]}
    assert tokens == told
    assert requests == {(row["month"], row["tool"]): row["requests"] for row in home.truth["requests"]}


def test_the_list_price_of_the_logs_adds_up_to_the_truth_in_every_cell(home: Home):
    cells: Counter[tuple[str, str | None, str, str | None]] = Counter()
    for answer in home.answers:
        if answer.model in LIST:
            local = answer.at.astimezone(PARIS)
            team = home.team_on(answer.person, local.date())
            workflow = "nightly-triage" if answer.person == "ci-triage" else None
            cells[f"{local:%Y-%m}", team, answer.tool, workflow] += usd(answer.model, answer.tokens)
    rows = [row for row in home.truth["spend"] if row["basis"] == "list"]
    told = {(row["month"], row["team"], row["tool"], row["workflow"]): Decimal(row["amount"]) for row in rows}
    assert dict(cells) == told
    assert len(told) == len(rows)


def test_the_company_is_large_enough_for_its_tests(home: Home):
    assert {row["tool"] for row in home.truth["requests"]} == {"claude_code", "codex", "gemini_cli"}
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


@pytest.mark.parametrize(("basis", "column"), [("billed", "billed_cost"), ("amortised", "effective_cost")])
def test_the_bills_add_up_to_the_truth_by_month_and_tool(home: Home, basis: str, column: str):
    asked: Counter[tuple[str, str]] = Counter()
    for line in home.bills:
        asked[line["charge_period_start"][:7], line["tool"]] += Decimal(line[column])
    told: Counter[tuple[str, str]] = Counter()
    for row in home.truth["spend"]:
        if row["basis"] == basis:
            told[row["month"], row["tool"]] += Decimal(row["amount"])
    assert +asked == +told
    assert told


def test_a_row_says_a_team_only_where_the_bill_does(home: Home):
    accounts = {(one["vendor"], one["sub_account"]): one["team"] for one in home.settings["accounts"]}
    by_email = {one["email"]: one["id"] for one in home.settings["people"]}
    asked: Counter[tuple[str, str | None, bool]] = Counter()
    for line in home.bills:
        start = TODAY.fromisoformat(line["charge_period_start"])
        team = accounts.get((line["vendor"], line["sub_account"]))
        if line["actor"]:
            team = home.team_on(by_email[line["actor"]], start)
        is_open = not line["sub_account"] and not line["actor"]
        asked[f"{start:%Y-%m}", team, is_open] += Decimal(line["billed_cost"])
    told: Counter[tuple[str, str | None, bool]] = Counter()
    for row in home.truth["spend"]:
        if row["basis"] == "billed":
            told[row["month"], row["team"], row.get("undetermined") == ["team"]] += Decimal(row["amount"])
    assert {key: value for key, value in asked.items() if value} == dict(told)
    assert any(key[2] for key in told)


def test_metered_lines_are_list_less_the_discount_in_whole_cents(home: Home):
    metered = [line for line in home.bills if line["vendor"] == "anthropic" and line["unit"] == "tokens"]
    agreed = next(event["day"] for event in home.truth["events"] if event["kind"] == "price_change")
    for line in metered:
        share = Decimal("0.92") if line["charge_period_start"] >= agreed else Decimal(1)
        asked, listed = Decimal(line["billed_cost"]), Decimal(line["list_cost"])
        assert abs(asked - listed * share) <= Decimal("0.005")
        assert asked == asked.quantize(Decimal("0.01"))
    assert {line["charge_period_start"] >= agreed for line in metered} == {True, False}


def test_the_running_month_has_use_but_no_invoice(home: Home):
    months = {row["month"] for row in home.truth["spend"] if row["basis"] == "billed"}
    assert f"{TODAY:%Y-%m}" not in months
    assert f"{TODAY:%Y-%m}" in {row["month"] for row in home.truth["spend"] if row["basis"] == "list"}


def test_two_teams_never_use_ai(home: Home):
    users = {row["team"] for row in home.truth["spend"] if row["basis"] == "list"}
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
    spent = sum(Decimal(row["amount"]) for row in home.truth["spend"] if row["basis"] == "list")
    assert sum(usd for (kind, _), usd in waste.items() if kind == "retries") < spent / 2
    assert waste["idle_seats", None] == 30


@pytest.mark.parametrize("seed", [1, 2026])
def test_a_company_of_any_seed_adds_up(tmp_path: Path, seed: int):
    invent(tmp_path, seed=seed, months=2, people=9, today=TODAY, progress=lambda sentence: None)
    other = Home(tmp_path)
    test_tokens_and_requests_of_the_logs_add_up_to_the_truth(other)
    test_the_list_price_of_the_logs_adds_up_to_the_truth_in_every_cell(other)
    test_a_row_says_a_team_only_where_the_bill_does(other)
