"""What `payback agents` says: cuts, prices, what has none, and work shared between processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from payback.prices.card import Card, Unpriced
from payback.sources.agents.answer import Tally
from payback.sources.agents.history import History
from payback.sources.agents.listed_prices import ListedPrices
from payback.sources.agents.listing import listed
from payback.sources.agents.table import days_in
from payback.sources.agents.tariff import dollars
from payback.sources.agents.workers import shared
from tests.agents.logs import (
    MODEL,
    PRICES,
    AlwaysOneRow,
    answer,
    context,
    count,
    generate,
    meta,
    places,
    rates,
    rollout,
    session,
    tallied,
)

if TYPE_CHECKING:
    from pathlib import Path

    from payback.sources.agents.copies import Class

LOW, HIGH = (3, 15, 3.75, 6, 0.3), (6, 22.5, 7.5, 12, 0.6)


class OneSchedule:
    """The same schedule for every class."""

    identity = "one"

    def __init__(self, slots: list[list[Card | Unpriced]], **when: Any) -> None:
        self._schedule = AlwaysOneRow(slots, **when)

    def prepare(self) -> None:
        """Nothing needs loading."""

    def schedule(self, kind: Class) -> AlwaysOneRow:
        return self._schedule


def usd(home: Path, prices: Any) -> Decimal:
    return Decimal(tallied(home, prices=prices).totals()["list_usd"])


def worth(
    row: tuple[float, ...], given: int = 10, out: int = 100, written: int = 1000, read: int = 5000
) -> Decimal:
    counts = zip(rates(row)[:5], (given, read, written, 0, out), strict=True)
    return sum((rate * count for rate, count in counts if rate is not None), Decimal(0))


def test_nothing_anywhere_is_zero_and_not_unknown(tmp_path: Path) -> None:
    assert tallied(tmp_path).json() == {
        "totals": {
            **dict.fromkeys(("requests", "input_tokens", "cache_read_tokens", "cache_write_5m_tokens"), 0),
            **dict.fromkeys(
                ("cache_write_1h_tokens", "output_tokens", "reasoning_tokens", "errors", "retries"), 0
            ),
            "list_usd": "0",
        },
        "rows": [],
        "unpriced": [],
        "rejected": [],
    }


def test_rows_are_cut_by_every_dimension(tmp_path: Path) -> None:
    session(tmp_path, answer(), answer("msg_2", branch="feat", cwd="C:\\src\\web", session="s2"))
    rollout(tmp_path, meta(), context(), count((1000, 200, 100, 40), None, 5))
    cuts = {
        name: [row[name] for row in tallied(tmp_path).rows((name,))]
        for name in ("project", "branch", "tool", "day")
    }
    assert sorted(cuts["project"]) == ["app", "web"]
    assert sorted(cuts["branch"]) == ["feat", "main"]
    assert cuts["tool"] == ["claude_code", "codex"]
    assert cuts["day"] == ["2026-10-05"]
    with pytest.raises(KeyError):
        tallied(tmp_path).rows(("flavour",))


def test_rows_add_up_to_the_totals_by_any_cut(tmp_path: Path) -> None:
    made = tallied(generate(tmp_path, "--size", "1M"))
    for cut in ("tool", "model", "day", "project", "branch", "session"):
        rows = made.rows((cut,))
        for column, total in made.totals().items():
            assert sum(Decimal(row[column] or 0) for row in rows) == Decimal(total), (cut, column)


def test_a_model_without_a_price_is_shown_and_not_free(tmp_path: Path) -> None:
    session(tmp_path, answer(), answer("msg_2", model="claude-next"))
    made = tallied(tmp_path)
    assert made.unpriced() == [{"model": "claude-next", "tokens": 6110}]
    assert {row["model"]: row["list_usd"] for row in made.rows(("model",))}["claude-next"] is None
    assert Decimal(made.totals()["list_usd"]) == worth(LOW)


def test_a_long_prompt_has_its_own_price_for_the_whole_request(tmp_path: Path) -> None:
    session(
        tmp_path,
        answer(),
        answer("msg_2", usage={"cache_read_input_tokens": 198_990}),
        answer("msg_3", usage={"cache_read_input_tokens": 198_991}),
    )
    prices = OneSchedule([[Card("b", (rates(LOW), rates(HIGH)), (200_000,))]])
    assert usd(tmp_path, prices) == worth(LOW) + worth(LOW, read=198_990) + worth(HIGH, read=198_991)


def test_a_threshold_that_no_band_knows_is_priced_row_by_row(tmp_path: Path) -> None:
    session(tmp_path, answer(), answer("msg_2", given=1))
    prices = OneSchedule([[Card("b", (rates(LOW), rates(HIGH)), (6_005,))]])
    assert usd(tmp_path, prices) == worth(HIGH) + worth(LOW, given=1)


def test_a_price_that_changes_at_midnight_or_in_the_day_holds_from_that_instant(tmp_path: Path) -> None:
    session(
        tmp_path, answer(time="2026-10-05T23:59:59.999Z"), answer("msg_2", time="2026-10-06T00:00:00.000Z")
    )
    low, high = Card("b", (rates(LOW),)), Card("b", (rates(HIGH),))
    midnight = OneSchedule([[low], [high]], starts=(-(2**63), 1_791_244_800_000_000))
    assert usd(tmp_path, midnight) == worth(LOW) + worth(HIGH)
    evening = OneSchedule([[low, high]], times=(0, 23 * 3_600_000_000))
    assert usd(tmp_path, evening) == worth(HIGH) + worth(LOW)
    never = OneSchedule([[Unpriced("not yet")], [high]], starts=(-(2**63), 1_791_244_800_000_000))
    assert usd(tmp_path, never) == worth(HIGH)


def test_a_unit_without_a_rate_leaves_only_the_requests_that_used_it_unpriced(tmp_path: Path) -> None:
    session(tmp_path, answer(), answer("msg_2", usage={"server_tool_use": {"web_search_requests": 2}}))
    prices = OneSchedule([[Card("b", (rates(LOW)._replace(web_searches=None),))]])
    made = tallied(tmp_path, prices=prices)
    assert Decimal(made.totals()["list_usd"]) == worth(LOW)
    assert made.unpriced() == [{"model": MODEL, "tokens": 6110}]


def test_amounts_are_exact() -> None:
    assert dollars(1) == Decimal("1E-24")
    assert f"{dollars(123_456_789 * 10**15):f}" == "0.123456789"
    assert dollars(-15 * 10**24) == -15


def test_public_prices_are_found_for_what_the_tools_write(tmp_path: Path) -> None:
    session(tmp_path, answer())
    rollout(tmp_path, meta(), context(), count((1000, 200, 100, 40), None, 5))
    made = tallied(tmp_path, prices=ListedPrices())
    assert made.unpriced() == []
    assert all(Decimal(row["list_usd"]) > 0 for row in made.rows())


def test_several_processes_give_the_same_answer(tmp_path: Path) -> None:
    generate(tmp_path, "--size", "3M", "--stale", "0.1")
    history = History(PRICES, days_in("UTC"))
    history.worth_a_process = 100_000
    history.update(listed(places(tmp_path)), 3)
    by = ("session", "day", "model")
    assert Tally(history.table.sums, history.rejected()).json(by) == tallied(tmp_path).json(by)


def test_every_task_is_done_once_whoever_takes_it() -> None:
    assert sorted(shared(lambda task: task * task, 9000, 3)) == [(task, task * task) for task in range(9000)]


def test_the_tasks_of_a_process_that_died_are_done_again() -> None:
    first = os.getpid()

    def work(task: int) -> int:
        if os.getpid() != first:
            os._exit(9)
        return task

    assert sorted(shared(work, 50, 3)) == [(task, task) for task in range(50)]


def test_the_module_prints_the_contract_and_loads_no_columnar_engine(tmp_path: Path) -> None:
    session(tmp_path, answer())
    program = (
        "import sys; from payback.sources.agents.__main__ import main; "
        f"code = main(['--home-dir', {str(tmp_path)!r}, '--by', 'session,model']); "
        "heavy = {'pyarrow', 'ibis', 'duckdb', 'pydantic', 'multiprocessing', 'httpx2'} & sys.modules.keys(); "
        "sys.exit(code or ', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert list(told) == ["totals", "rows", "unpriced", "rejected"]
    assert list(told["rows"][0])[:3] == ["session", "model", "requests"]
