"""Files of every kind taken into an installation: once however often, lists with dates, seats that become money."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from payback.app import App, derivation, open_app
from payback.app.files import Import, take_rows
from payback.errors import PaybackError, SettingsError, UnreadableFileError
from payback.org.who import ALWAYS
from tests.app.world import NOW, opened, rows, surroundings

PEOPLE = "id,name,email,team,cost centre,github\nana,Ana,ana@example.com,pay,CC-1,ana-gh\nben,Ben,ben@example.com,pay,,\n"


def later(home, days) -> App:
    moment = NOW + timedelta(days=days)
    return open_app(home, replace(surroundings(home), clock=lambda: moment))


def take(app, folder, kind, text, *said, name="file.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return app.take_file(Import(path, kind, constants=said))


def spans(app, table, *names):
    return [
        (*(row[name] for name in names), row["valid_from"], row["valid_until"]) for row in rows(app, table)
    ]


def test_an_hr_list_places_people_and_the_same_list_again_changes_nothing(tmp_path):
    with opened(tmp_path / "home") as app:
        told = take(app, tmp_path, "people", PEOPLE)
        before = [rows(app, table) for table in ("people", "memberships", "identities")]
        assert app.directory().team_of("ana", NOW) == "pay"
        assert app.directory().person_of("ana-gh") == "ana"
        assert app.directory().cost_center_of("ana", "pay") == "CC-1"
        edition = app.warehouse.edition
        take(app, tmp_path, "people", PEOPLE)
        assert [rows(app, table) for table in ("people", "memberships", "identities")] == before
        assert app.warehouse.edition == edition
    assert told["sentence"] == "2 people taken in from file.csv."


def test_a_newer_hr_list_closes_what_ended_and_opens_what_began(tmp_path):
    with opened(tmp_path / "home") as app:
        take(app, tmp_path, "people", PEOPLE)
    with later(tmp_path / "home", 10) as app:
        text = (
            "id,name,email,team,from\nana,Ana,ana@example.com,search,2026-12-01\ncy,Cy,cy@example.com,pay,\n"
        )
        take(app, tmp_path, "people", text)
        moved = datetime(2026, 12, 1, tzinfo=UTC)
        now = NOW + timedelta(days=10)
        assert spans(app, "memberships", "person_id", "team_id") == [
            ("ana", "pay", ALWAYS, moved),
            ("ana", "search", moved, None),
            ("ben", "pay", ALWAYS, now),
            ("cy", "pay", now, None),
        ]
        assert app.directory().team_of("ana", moved - timedelta(seconds=1)) == "pay"
        assert app.directory().team_of("ana", moved) == "search"


def test_two_lists_of_a_kind_do_not_end_each_other(tmp_path):
    with opened(tmp_path / "home") as app:
        take(app, tmp_path, "teams", "id,name\npay,Payments\n", "part=emea")
        take(app, tmp_path, "teams", "id,name\nsearch,Search\n", "part=us")
        assert [row["valid_until"] for row in rows(app, "teams")] == [None, None]
        take(app, tmp_path, "teams", "id,name\nsearch,Search\n", "part=emea")
        assert {
            row["team_id"]: row["valid_until"]
            for row in rows(app, "teams")
            if row["source"] == "file:teams:emea"
        } == {
            "pay": NOW,
            "search": None,
        }


def test_seats_with_a_price_become_charges_month_by_month_and_a_bill_takes_their_place(tmp_path):
    seats = "tool,vendor,person,price,interval,from\ncursor,cursor,ana@example.com,32,month,2026-09-15\n"
    with opened(tmp_path / "home") as app:
        take(app, tmp_path, "seats", seats)
        charges = rows(app, "charges")
        assert sorted((row["charge_period_start"].date(), row["billed_cost"]) for row in charges) == [
            (date(2026, 9, 15), Decimal(32)),
            (date(2026, 10, 15), Decimal(32)),
            (date(2026, 11, 15), Decimal(32)),
        ]
        assert sum(row["billed"] for row in rows(app, "spend") if row["billed"]) == Decimal(96)
        assert {row["precedence"] for row in charges} == {"entered"}
        before = charges
        take(app, tmp_path, "seats", seats)
        assert rows(app, "charges") == before


def test_a_seat_taken_back_asks_for_no_further_month(tmp_path):
    seats = "tool,person,price,interval,from\ncursor,ana,32,month,2026-09-15\n"
    with opened(tmp_path / "home") as app:
        take(app, tmp_path, "seats", seats)
    with later(tmp_path / "home", 5) as app:
        take(app, tmp_path, "seats", "tool,person,price,interval,from\ncursor,ben,32,month,2026-11-20\n")
    with later(tmp_path / "home", 60) as app:
        derivation.bring_up_to_date(app)
        held = [row["actor"] for row in rows(app, "charges")]
        assert (held.count("ana"), held.count("ben")) == (3, 3)


def test_rows_of_activity_hours_answers_outputs_and_rates_are_kept_by_their_keys(tmp_path):
    told = {
        "activity": "day,person,tool,accepted\n2026-10-05,ana,cursor,4\n",
        "effort": "day,kind,hours\n2026-10-05,review,1\n",
        "surveys": "day,question,value\n2026-10-05,trust,4\n",
        "outputs": "id,workflow,created at\no-1,triage,2026-10-05\n",
        "rates": "date,from,to,rate\n2026-11-24,EUR,USD,1.08\n",
    }
    with opened(tmp_path / "home") as app:
        for _ in range(2):
            for kind, text in told.items():
                assert take(app, tmp_path, kind, text)["rows"] == 1
        tables = ["activity", "effort", "surveys", "outputs", "exchange_rates"]
        assert [len(rows(app, table)) for table in tables] == [1] * 5


def test_rates_of_hours_have_dates_too(tmp_path):
    with opened(tmp_path / "home") as app:
        take(app, tmp_path, "rates", "kind,hourly rate,currency\nreview,95,EUR\n")
        take(app, tmp_path, "rates", "kind,hourly rate,currency,from\nreview,99,EUR,2026-06-01\n")
        told = [(row["rate"], row["valid_until"]) for row in rows(app, "rate_cards")]
        assert told == [(Decimal(95), datetime(2026, 6, 1, tzinfo=UTC)), (Decimal(99), None)]
        assert [card.rate for card in app.directory().catalogue.rates] == [Decimal(95), Decimal(99)]


def test_a_table_of_prices_becomes_a_book_that_stands(tmp_path):
    text = "provider,model,effective date,input,output,cached input\nacme,acme-1,2026-01-01,$2.50,10,0.25\n"
    with opened(tmp_path / "home") as app:
        told = take(app, tmp_path, "prices", text, name="acme.csv")
        assert told["sentence"].startswith("1 prices kept as acme.toml")
        take(app, tmp_path, "prices", text, name="acme.csv")
        with pytest.raises(UnreadableFileError, match="name of its own"):
            take(app, tmp_path, "prices", text.replace("2.50", "3.50"), name="acme.csv")
        with pytest.raises(SettingsError, match="per million"):
            take(app, tmp_path, "prices", text.replace("$2.50", "0.0000025"), name="other.csv")
    book = (tmp_path / "home" / "prices" / "acme.toml").read_text()
    assert 'input = "2.50"' in book
    assert "from = 2026-01-01" in book
    assert not (tmp_path / "home" / "prices" / "other.toml").exists()


def test_rows_that_come_as_objects_are_taken_in_like_a_file(tmp_path):
    with opened(tmp_path / "home") as app:
        told = take_rows(
            app,
            "outputs",
            [
                {"id": "o-1", "workflow": "triage", "created_at": "2026-10-05T10:00:00Z"},
                {"id": "o-2", "workflow": "x"},
            ],
            "webhook",
        )
        assert told == {"rows": 1, "rejected": [{"line": 2, "why": "produced_at is empty"}]}
        with pytest.raises(PaybackError, match="surveys need"):
            take_rows(app, "surveys", [{"value": 4}], "webhook")
