"""The ledger as finance keeps it, on two months worked out by hand: OpenAI billed by its API, Anthropic not yet.

One of OpenAI's million output tokens costs $10, one of Anthropic's $20 (list). In October OpenAI's use comes to $90: $60 with
the key of the platform team, $30 with a key that is nobody's. It bills $100, a gateway says $95.
"""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app.files import Import
from payback.app.unplaced import proposed_rule, rule_id
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.period import Period
from tests.app.world import opened

NANO = Decimal("1e-9")
OCTOBER = Period(date(2026, 10, 1), date(2026, 11, 1))
ALL = Scope.everything("a test", may_see_people=True)
LEAD = Scope.of_teams("lead of search", ["search"])
TOLD = """
[organisation]
name = "Books"
time_zone = "UTC"

[[teams]]
id = "platform"
name = "Platform"

[[teams]]
id = "search"
name = "Search"

[[people]]
id = "ana"
name = "Ana"
email = "ana@example.com"
team = "search"

[[rules]]
id = "platform-key"
when = { vendor = "openai", project = "key-1" }
give = { team = "platform" }
"""
PRICES = "vendor,model,valid from,input,output\nopenai,model-o,2026-01-01,1,10\nanthropic,model-a,2026-01-01,1,20\n"
USAGE = """day,vendor,tool,model,project,actor,team,output tokens
2026-10-05,openai,openai_api,model-o,key-1,,,6000000
2026-10-06,openai,openai_api,model-o,key-2,,,3000000
2026-10-07,anthropic,anthropic_api,model-a,,ana@example.com,,1000000
2026-11-03,openai,openai_api,model-o,key-2,,,2000000
2026-11-04,anthropic,anthropic_api,model-b,,,,500
"""
CHARGES = """vendor,charge category,from,until,amount,currency,precedence
openai,Usage,2026-10-01,2026-11-01,100,USD,billing_api
openai,Usage,2026-10-01,2026-11-01,95,USD,gateway
mistral,Usage,2026-10-01,2026-11-01,12,EUR,invoice
"""


def _taken(app, folder, name, kind, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    told = app.take_file(Import(path, kind))
    assert not told["rejected"], told


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    home = folder / "home"
    home.mkdir()
    (home / "payback.toml").write_text(TOLD)
    with opened(home) as app:
        _taken(app, folder, "prices.csv", "prices", PRICES)
    with opened(home) as app:
        _taken(app, folder, "usage.csv", "usage", USAGE)
        _taken(app, folder, "charges.csv", "charges", CHARGES)
    return home


@pytest.fixture
def app(home, tmp_path):
    with opened(shutil.copytree(home, tmp_path / "home")) as app:
        yield app


def _row(app, vendor, month=10):
    period = Period(date(2026, 10, 1), date(2026, 12, 1))
    found = app.bookkeeping.reconciliation(period, ALL)
    [row] = [one for one in found if (one["vendor"], one["month"].month) == (vendor, month)]
    return row


def _told(row, *names):
    """Amounts to the millionth: how parts of a billionth are dealt out is held elsewhere."""
    return tuple(None if row[name] is None else round(Decimal(row[name]), 6) for name in names)


def test_a_bill_is_held_against_known_use_by_the_highest_word(app):
    row = _row(app, "openai")
    assert (row["source"], row["set_aside"]) == ("billing_api", {"gateway": Decimal(95)})
    assert _told(row, "billed", "explained", "unexplained") == (100, 95, 5)
    assert _told(row, "metered", "invoiced", "not_invoiced", "difference") == (90, 90, None, 10)
    assert row["gap"] == 0.05


def test_use_that_no_bill_covers_is_metered_and_not_invoiced(app):
    assert _told(_row(app, "openai", 11), "billed", "metered", "not_invoiced", "difference") == (
        None,
        20,
        20,
        None,
    )
    unpriced = _row(app, "anthropic", 11)
    assert (unpriced["metered"], unpriced["unpriced_tokens"]) == (None, 500)


def test_amounts_of_two_currencies_stand_apart(app):
    assert app.bookkeeping.currencies(ALL) == ["EUR", "USD"]
    row = _row(app, "mistral")
    assert (row["currency"], *_told(row, "billed", "unexplained")) == ("EUR", 12, 12)
    assert {one["currency"] for one in app.bookkeeping.unattributed(OCTOBER, ALL)} == {"EUR", "USD"}


def test_a_vendor_month_says_who_said_what_and_what_the_money_went_for(app):
    told = app.bookkeeping.vendor_month("openai", date(2026, 10, 15), ALL)
    assert [(one["word"], one["counts"], one["lines"], one["billed"]) for one in told["charges"]] == [
        ("billing_api", True, 1, Decimal(100)),
        ("gateway", False, 1, Decimal(95)),
    ]
    standing = {}
    for one in told["use"]:
        standing[one["reconciled"]] = standing.get(one["reconciled"], 0) + (one["billed"] or 0)
    assert standing == {"explained": 95, "unexplained": 5, "invoiced": 0}
    with pytest.raises(UnknownNameError, match="openai"):
        app.bookkeeping.vendor_month("opnai", date(2026, 10, 1), ALL)


def test_what_has_no_team_is_gathered_by_the_rule_that_would_place_it(app):
    found = app.bookkeeping.unattributed(OCTOBER, ALL)
    assert [(one["when"], one["currency"], _told(one, "billed", "list")) for one in found] == [
        ({"project": "key-2", "vendor": "openai"}, "USD", (30, 30)),
        ({"tool": "openai_api", "vendor": "openai"}, "USD", (10, 0)),
        ({"tool": "mistral_api", "vendor": "mistral"}, "EUR", (12, None)),
    ]
    assert found[0]["sources"] == ["file:charges", "file:usage"]
    assert app.bookkeeping.unattributed(OCTOBER, LEAD) == []


def test_a_trial_moves_money_on_paper_only_and_making_the_rule_moves_it_alike(app):
    books = app.bookkeeping
    entry = proposed_rule({"project": "key-2", "vendor": "openai"}, "search")
    assert entry["id"] == "openai/project/key-2"
    tried = books.trial(entry, OCTOBER, ALL)
    assert tried["moved"]["list"] == 30
    after = {row["team"]: row["billed_after"] for row in tried["rows"]}
    assert sum(row["billed_before"] for row in tried["rows"]) == sum(after.values()) == 100
    assert len(books.rules()) == 1
    assert books.make_rule(entry, ALL) == "openai/project/key-2"
    covered = {row["rule"]: row["billed"] for row in books.coverage(OCTOBER, ALL)}
    moved = covered["team by rule openai/project/key-2"]
    assert abs(moved - after["search"]) <= NANO  # the remainder of a split goes to another row of the charge
    assert abs(covered["team unattributed"] - after[None]) <= NANO
    assert after[None] == pytest.approx(10)
    assert {row["rule"]: row["made"] for row in books.rules()} == {
        "openai/project/key-2": "page",
        "platform-key": "payback.toml",
    }
    books.drop_rule("openai/project/key-2", ALL)
    assert "team by rule openai/project/key-2" not in {row["rule"] for row in books.coverage(OCTOBER, ALL)}


def test_a_trial_is_told_in_the_currency_asked_for(app):
    tried = app.bookkeeping.trial(proposed_rule({"vendor": "mistral"}, "search"), OCTOBER, ALL, "EUR")
    assert (tried["currency"], tried["moved"]["billed"]) == ("EUR", 12)
    assert (
        app.bookkeeping.trial(proposed_rule({"vendor": "mistral"}, "search"), OCTOBER, ALL)["moved"]["billed"]
        == 0
    )


def test_shares_of_coverage_add_up_to_all_of_the_money(app):
    covered = app.bookkeeping.coverage(OCTOBER, ALL)
    assert sum(row["share"] for row in covered) == pytest.approx(1)
    assert sum(row["billed"] or 0 for row in covered) == 100


def test_stability_is_what_stays_with_its_team_from_one_month_to_the_next(app, tmp_path):
    more = "vendor,charge category,from,until,amount,currency,precedence\nopenai,Usage,2026-11-01,2026-12-01,40,USD,billing_api\n"
    _taken(app, tmp_path, "november.csv", "charges", more)
    [row] = app.bookkeeping.stability(Period(date(2026, 10, 1), date(2026, 12, 1)), ALL)
    # October: platform 0.6, nobody 0.4. November: nobody 1. 0.4 of the money stayed.
    assert (row["month"], row["stability"]) == (date(2026, 11, 1), pytest.approx(0.4))


def test_only_who_sees_everything_makes_drops_and_tries_rules(app):
    books, entry = app.bookkeeping, proposed_rule({"tool": "openai_api"}, "search")
    for ask in (
        lambda: books.trial(entry, OCTOBER, LEAD),
        lambda: books.make_rule(entry, LEAD),
        lambda: books.drop_rule("openai", LEAD),
    ):
        with pytest.raises(ForbiddenError):
            ask()


def test_a_rule_of_the_file_is_neither_replaced_nor_dropped_by_a_page(app):
    with pytest.raises(SettingsError, match="already has"):
        app.bookkeeping.make_rule(
            {"id": "platform-key", "when": {"tool": "codex"}, "give": {"team": "search"}}, ALL
        )
    with pytest.raises(UnknownNameError):
        app.bookkeeping.drop_rule("platform-key", ALL)


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"project": "key 2;x", "vendor": "openai"}, "openai/project/key-2-x"),
        ({"person": "ana"}, "person/ana"),
        ({"vendor": "mistral"}, "vendor/mistral"),
    ],
)
def test_a_rule_is_called_by_what_it_looks_at(when, told):
    assert rule_id(when) == told
