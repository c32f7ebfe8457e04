"""The invented company: what payback says of it equals what is known of it, to the cent in every cell."""

from __future__ import annotations

import json
import os
import shutil
from collections import defaultdict
from datetime import date
from decimal import Decimal
from random import SystemRandom

import pytest

from payback.access.scope import Scope
from payback.demo.wire import Faults
from payback.metrics.question import Query
from payback.period import Period
from tests.app.world import TODAY, invented, opened, rows

ALL = Scope.everything("test", may_see_people=True)
CELL = ("month", "team", "tool", "workflow", "environment", "currency")
BASES = ("list", "billed", "amortised")
HALF_A_CENT = Decimal("0.005")
KNOWN_SEEDS = (23, 2026)
DERIVED = ("spend", "charges", "usage", "activity", "seats", "identities")


@pytest.fixture(scope="module")
def truth(company):
    return json.loads((company / "truth.json").read_text())


def known(home, basis):
    """The known amounts by cell."""
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in json.loads((home / "truth.json").read_text())["spend"]:
        if row["basis"] == basis:
            sums[tuple(row[cut] for cut in CELL)] += Decimal(row["amount"])
    return sums


def spend(app, basis):
    """What payback says of the days up to and including today, by cell."""
    held = app.warehouse.table("spend")
    held = held.filter(held["day"] <= TODAY).mutate(month=held["day"].strftime("%Y-%m"))
    told = held.group_by([held[cut] for cut in CELL]).aggregate(amount=held[basis].sum())
    found: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in app.warehouse.read(told).to_pylist():
        found[tuple(row[cut] for cut in CELL)] += row["amount"] or 0
    return found


def wrong(app, home):
    """Cells in which payback and the truth differ by half a cent or more, with both amounts."""
    differ = {}
    for basis in BASES:
        told, true = spend(app, basis), known(home, basis)
        assert true
        for cell in told.keys() | true.keys():
            if abs(told[cell] - true[cell]) >= HALF_A_CENT:
                differ[basis, *cell] = (told[cell], true[cell])
    return differ


def asked(home, *metrics, by=()):
    with opened(home) as app:
        return app.answer(Query(metrics, Period(date(2026, 1, 1), TODAY), by=by), ALL)


def test_most_of_the_companys_money_has_a_team_and_some_has_none(company):
    for basis in ("billed", "amortised"):
        sums = known(company, basis)
        nobodys = sum(amount for cell, amount in sums.items() if cell[CELL.index("team")] is None)
        assert 0 < nobodys < sum(sums.values()) / 2, basis


def test_every_cell_of_spend_is_the_known_one(company):
    with opened(company) as app:
        assert wrong(app, company) == {}


def test_the_truth_has_all_that_makes_it_hard(truth):
    """Several currencies, use told three times, workflows on trial and in production, money that belongs to nobody."""
    spent = truth["spend"]
    assert {row["currency"] for row in spent} == {"USD", "EUR"}
    assert {row["environment"] for row in spent} == {None, "experiment", "production"}
    assert {row["tool"] for row in spent} >= {
        "openai_api", "bedrock", "azure_openai", "vertex_ai", "litellm", "self_hosted", "claude_code",
        "codex", "cursor", "copilot", "gemini_cli",
    }  # fmt: skip
    assert [row for row in spent if row["team"] is None]
    assert len({row["workflow"] for row in spent}) > 6


@pytest.mark.parametrize("seed", [*KNOWN_SEEDS, SystemRandom().randrange(10**6)], ids=["23", "2026", "fresh"])
def test_companies_of_other_seeds_add_up_too(tmp_path, capsys, seed):
    with capsys.disabled():
        print(f" [seed {seed}]", end="")
    invented(tmp_path, months=2, people=8, seed=seed)
    with opened(tmp_path) as app:
        app.sync()
        assert wrong(app, tmp_path) == {}


def test_syncing_twice_and_over_a_bad_wire_changes_nothing(tmp_path):
    """The same company once over a good wire, and once, in the same place, over a bad one, and then again."""
    invented(tmp_path, months=2, people=8)
    with opened(tmp_path) as app:
        told = app.sync()
        good = {table: rows(app, table) for table in DERIVED}
    for name in ("warehouse.duckdb", "state.db"):
        (tmp_path / name).unlink()
    with opened(tmp_path, Faults(3)) as app:
        again = app.sync()
        assert [row["message"] for row in again if row.get("message")] == [
            row["message"] for row in told if row.get("message")
        ]
        assert {table: rows(app, table) for table in DERIVED} == good
        app.sync()
        assert {table: rows(app, table) for table in DERIVED} == good


def test_an_invoice_that_is_restated_takes_the_place_of_the_first_one(company, tmp_path):
    home = shutil.copytree(company, tmp_path / "home")
    (draft,) = (home / "company" / "bills" / "earlier").glob("*.csv")
    bill = draft.parent.parent / draft.name
    final = bill.read_bytes()
    bill.write_bytes(draft.read_bytes())
    with opened(home) as app:
        app.sync(["files"])
        assert {cell[0] for cell in wrong(app, home)} == {"billed", "amortised"}
        bill.write_bytes(final)
        os.utime(bill, (1, 1))
        app.sync(["files"])
        assert wrong(app, home) == {}


def test_what_the_company_keeps_in_sheets_is_taken_in(company):
    with opened(company) as app:
        for table in ("seats", "effort", "surveys", "outputs", "exchange_rates"):
            assert rows(app, table), table


def test_calls_that_repeat_what_had_just_failed_cost_each_team_what_is_known(company, truth):
    rows = asked(company, "repeat_spend", "repeated_calls", by=("team",)).rows
    found = {row["team"]: row["repeat_spend"] for row in rows if row["repeated_calls"]}
    assert found == {row["owner"]: Decimal(row["usd"]) for row in truth["waste"] if row["kind"] == "retries"}
    assert found["infrastructure"] > 1


def test_tokens_requests_errors_and_retries_are_the_known_ones(company, truth):
    totals = asked(company, "errors", "retries", "unpriced_tokens").totals
    assert {name: totals[name].value for name in ("errors", "retries", "unpriced_tokens")} == {
        "errors": _sum(truth["errors"]),
        "retries": _sum(truth["retries"]),
        "unpriced_tokens": _sum(truth["unpriced_tokens"]),
    }
    requests = {row["tool"]: row["requests"] for row in asked(company, "requests", by=("tool",)).rows}
    told: dict[str, int] = defaultdict(int)
    for row in truth["requests"]:
        told[row["tool"]] += row["requests"]
    assert requests == dict(told)


def _sum(told):
    """The sum of rows that hold a count."""
    return sum(next(value for value in row.values() if isinstance(value, int)) for row in told)
