"""Every known pitfall has a home with a known truth; whole corpora have theirs."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from payback.ledger.identity import merge
from payback.sources.agents.claude import CLAUDE
from payback.sources.agents.codex import CODEX
from tests.agents.logs import TablePrices, generate, generator, places, tallied

if TYPE_CHECKING:
    from payback.ledger.entries import Usage
    from payback.sources.agents.reader import Mark

HAZARDS = [
    *[
        "c01-stream-partials",
        "c02-resume-copy",
        "c03-sidechain-replay",
        "c04-cache-1h",
        "c05-synthetic-error",
    ],
    *[
        "c06-null-in-tool-input",
        "c07-null-usage-fields",
        "c08-no-requestid",
        "c09-long-context",
        "c10-web-search",
    ],
    *[
        "c11-torn-last-line",
        "c12-spaced-json",
        "c13-advisor-iterations",
        "c14-cache-split-disagrees",
        "c15-retry-log",
    ],
    *["c16-two-roots", "c17-same-id-other-request", "c18-workflow-agent", "c19-quoted-usage-in-text"],
    *[
        "x01-plain",
        "x02-stale-repeat",
        "x03-cumulative-only",
        "x04-fork-replay",
        "x05-archived-copy",
        "x06-model-switch",
    ],
    *[
        "x07-total-reset",
        "x08-no-turn-context",
        "x09-cache-write",
        "x10-info-null-between",
        "x11-equal-turns",
    ],
    "x12-day-boundary",
]
COUNTS = {
    "requests": "requests",
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_write_5m": "cache_write_5m_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "cache_read": "cache_read_tokens",
    "reasoning": "reasoning_tokens",
}
CUTS = {"by_tool": (), "by_model": ("model",), "by_day_utc": ("day",)}
TOOLS = {"claude_code": "claude", "codex": "codex"}


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("hazards"), "--hazards")


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("corpus"), "--size", "6M", "--seed", "11", "--stale", "0.1")


def test_the_list_of_hazards_is_complete(homes: Path) -> None:
    assert sorted(each.name for each in homes.iterdir()) == sorted(HAZARDS)


@pytest.mark.parametrize("name", HAZARDS)
def test_the_tally_of_a_hazard_equals_its_truth(homes: Path, name: str) -> None:
    assert_tally_is_true(homes / name)


@pytest.mark.parametrize("name", HAZARDS)
def test_the_ledger_rows_of_a_hazard_equal_its_truth(homes: Path, name: str) -> None:
    assert_rows_are_true(homes / name, merge(usages(homes / name)))


def test_the_tally_of_a_corpus_equals_its_truth_by_tool_model_and_day(corpus: Path) -> None:
    assert_tally_is_true(corpus)


def test_the_ledger_rows_of_a_corpus_equal_its_truth(corpus: Path) -> None:
    assert_rows_are_true(corpus, merge(usages(corpus)))


def test_a_corpus_that_grew_while_it_was_read_piece_by_piece_gives_the_same_rows(
    corpus: Path, tmp_path: Path
) -> None:
    found: list[Usage] = []
    for reader in (CLAUDE, CODEX):
        for number, path in enumerate(sorted(reader.discover(places(corpus)))):
            whole, mark = path.read_bytes(), None
            growing = tmp_path / reader.tool / str(number) / path.name
            growing.parent.mkdir(parents=True)
            for share in (0.3, 0.31, 0.77, 1):
                with growing.open("ab") as file:
                    file.write(whole[growing.stat().st_size : int(len(whole) * share)])
                reading = reader.read(growing, mark, None)
                assert not reading.rejected
                mark = reading.mark
                found.extend(reading.usages)
    assert_rows_are_true(corpus, merge(found))


def usages(home: Path) -> list[Usage]:
    mark: Mark | None = None
    return [
        usage
        for reader in (CLAUDE, CODEX)
        for path in reader.discover(places(home))
        for usage in reader.read(path, mark, None).usages
    ]


def truth(home: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((home / "truth.json").read_text())
    return told


def assert_tally_is_true(home: Path) -> None:
    told, made = truth(home), tallied(home, prices=TablePrices(generator().PRICE))
    extra = Decimal(str(told["written"].get("expected_extra_cost_usd", 0)))
    for level, cuts in CUTS.items():
        rows = {
            "|".join((TOOLS[row["tool"]], *(row[cut] for cut in cuts))): row
            for row in made.rows(("tool", *cuts))
            if row["requests"]
        }
        assert rows.keys() == told[level].keys()
        for key, want in told[level].items():
            assert {name: rows[key][column] for name, column in COUNTS.items()} == {
                name: want[name] for name in COUNTS
            }
            assert abs(Decimal(rows[key]["list_usd"]) - extra - Decimal(str(want["cost_usd"]))) <= Decimal(
                "0.000001"
            )
    assert made.totals()["errors"] == told["written"].get("claude_api_errors", 0)
    assert made.totals()["retries"] == told["written"].get("expected_retries", 0)
    assert made.rejected == []


def assert_rows_are_true(home: Path, rows: list[Usage]) -> None:
    """Cache writes of Codex are part of the truth's input; the ledger keeps them apart."""
    told = truth(home)
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        kept = {name: getattr(row, column) for name, column in COUNTS.items()}
        if row.tool == "codex":
            kept |= {"input": kept["input"] + kept["cache_write_5m"], "cache_write_5m": 0}
        sums.setdefault(TOOLS[row.tool], Counter()).update(kept)
    for tool, want in told["by_tool"].items():
        assert sums[tool] == Counter({name: want[name] for name in COUNTS})
    assert sum(row.errors for row in rows) == told["written"].get("claude_api_errors", 0)
    assert sum(row.retries for row in rows) == told["written"].get("expected_retries", 0)
    assert len({row.usage_id for row in rows}) == len(rows)
