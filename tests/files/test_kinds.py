"""Every kind of file: what its rows become, by the words that such files use, and the layouts they come in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from payback.errors import UnreadableFileError
from payback.sources.files import layout, mapping
from payback.sources.files.kinds import KINDS
from payback.sources.files.rows import convert

PARIS = ZoneInfo("Europe/Paris")


def taken(path, kind, **constants):
    sheet = layout.read(path)
    found = KINDS[kind].of(sheet.names)
    columns = mapping.Columns(mapping.proposed(sheet.names, found).columns, constants)
    assert columns.missing(found) == []
    return convert(sheet, found, columns, PARIS, path.name)


def told(tmp_path, kind, text, name="file.csv", **constants):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = taken(path, kind, **constants)
    assert [one.why for one in found.rejected] == []
    return found.tables


def test_an_hr_list_gives_people_accounts_and_memberships(tmp_path):
    text = (
        "Employee ID,Full Name,Work Email,Department,Manager Email,Cost Centre,GitHub login,Hire date,Last day\n"
        "7,Ana Duarte,ana@example.com,payments,kim@example.com,CC-1,ana-gh,2026-03-01,\n"
        "8,Ben,ben@example.com,search,,,,,2026-06-01\n"
    )
    found = told(tmp_path, "people", text)
    ana, ben = found["people"]
    assert (ana["person_id"], ana["name"], ana["email"], ana["manager"]) == (
        "7",
        "Ana Duarte",
        "ana@example.com",
        "kim@example.com",
    )
    assert (ana["cost_center"], ana["valid_from"]) == ("CC-1", datetime(2026, 2, 28, 23, tzinfo=UTC))
    assert ben["valid_until"] == datetime(2026, 5, 31, 22, tzinfo=UTC)
    assert [(row["person_id"], row["team_id"]) for row in found["memberships"]] == [
        ("7", "payments"),
        ("8", "search"),
    ]
    assert [(row["system"], row["identity"], row["person_id"]) for row in found["identities"]] == [
        ("github", "ana-gh", "7")
    ]


def test_teams_workflows_and_owners_are_read_by_their_words(tmp_path):
    [team] = told(tmp_path, "teams", "Code,Team name,Part of\npay,Payments,product\n")["teams"]
    assert (team["team_id"], team["name"], team["parent"]) == ("pay", "Payments", "product")
    [flow] = told(
        tmp_path,
        "workflows",
        "Slug,Title,Responsible,Phase,Monthly budget\ntriage,Triage,ana,Production,120.50\n",
    )["workflows"]
    assert (flow["workflow_id"], flow["stage"], flow["owner"], flow["budget"]) == (
        "triage",
        "production",
        "ana",
        Decimal("120.5"),
    )
    [owner] = told(tmp_path, "owners", "Type,Resource,Responsible\nkey,apikey_1,ana\n")["owners"]
    assert (owner["kind"], owner["subject"], owner["owner"]) == ("key", "apikey_1", "ana")


def test_a_stage_or_kind_that_does_not_exist_refuses_its_row(tmp_path):
    path = tmp_path / "w.csv"
    path.write_text("workflow,stage\na,live\nb,production\n", encoding="utf-8")
    found = taken(path, "workflows")
    assert [(one.line, one.why) for one in found.rejected] == [
        (2, "stage 'live' is none of experiment, production")
    ]
    assert len(found.tables["workflows"]) == 1


def test_activity_hours_answers_and_outputs_become_rows_of_their_tables(tmp_path):
    [day] = told(
        tmp_path, "activity", "Date,Email,Product,Accepted,Shown\n2026-10-05,ana@example.com,cursor,4,9\n"
    )["activity"]
    assert (day["day"], day["person"], day["tool"], day["acceptances"], day["suggestions"]) == (
        date(2026, 10, 5),
        "ana@example.com",
        "cursor",
        4,
        9,
    )
    [effort] = told(
        tmp_path,
        "effort",
        "Work date,Category,Employee,Time spent hours,Hourly rate,Curr\n2026-10-05,review,ana,1.5,95,EUR\n",
    )["effort"]
    assert (effort["hours"], effort["rate"], effort["currency"], effort["kind"]) == (
        1.5,
        Decimal(95),
        "EUR",
        "review",
    )
    [answer] = told(
        tmp_path,
        "surveys",
        "Submitted at,Topic,Score,Squad,Has licence\n2026-10-05T23:30:00Z,trust,4,pay,yes\n",
    )["surveys"]
    assert (answer["day"], answer["value"], answer["licensed"]) == (date(2026, 10, 6), 4.0, True)
    [output] = told(
        tmp_path, "outputs", "id,use case,created at,was corrected\no-1,triage,2026-10-05T10:00:00Z,no\n"
    )["outputs"]
    assert (output["output_id"], output["workflow"], output["corrected"]) == ("o-1", "triage", False)


def test_equal_hours_of_one_file_are_two_rows_with_ids_that_stay(tmp_path):
    text = "day,kind,hours\n2026-10-05,review,1\n2026-10-05,review,1\n"
    first, again = (
        told(tmp_path, "effort", text)["effort"],
        told(tmp_path, "effort", text, "other.csv")["effort"],
    )
    assert len({row["effort_id"] for row in first}) == 2
    assert [row["effort_id"] for row in first] == [row["effort_id"] for row in again]


def test_seats_have_a_price_per_interval(tmp_path):
    text = "Product,Assignee,Tier,Seat price,Billing cycle,Renewal date,Assigned at\nCursor,ana,Teams,32,Monthly,2026-12-01,2026-10-01\n"
    [seat] = told(tmp_path, "seats", text)["seats"]
    assert (seat["tool"], seat["vendor"], seat["price"], seat["currency"], seat["interval"]) == (
        "Cursor",
        "cursor",
        Decimal(32),
        "USD",
        "month",
    )


def test_lines_of_an_expense_report_are_charges_entered_by_a_person(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(
        "Transaction date,Merchant,Claimed,Curr,Employee,Memo,Squad,Receipt ID\n2026-10-05,OpenAI LLC,20.00,EUR,ana@example.com,Plus,pay,r-1\n",
        encoding="utf-8",
    )
    [charge] = taken(path, "expenses").charges
    assert (charge["vendor"], charge["billed_cost"], charge["currency"]) == ("openai", Decimal(20), "EUR")
    assert (charge["precedence"], charge["charge_category"], charge["actor"]) == (
        "entered",
        "Purchase",
        "ana@example.com",
    )
    assert (charge["tags"], charge["details"]) == ([("team", "pay")], [("x_Receipt", "r-1")])


ECB = """Date,USD,JPY,CYP,
2026-11-24,1.0832,163.5,N/A,
2026-11-23,1.0801,N/A,N/A,
"""
PORTAL = """KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE
EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2026-11-24,1.0832
"""


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (ECB, [("2026-11-24", "EUR", "USD", 1.0832), ("2026-11-24", "EUR", "JPY", 163.5), ("2026-11-23", "EUR", "USD", 1.0801)]),
        ("Date, USD, JPY, BGN\n24 November 2026, 1.0832, 163.5, 1.9558\n", [("2026-11-24", "EUR", "USD", 1.0832), ("2026-11-24", "EUR", "JPY", 163.5), ("2026-11-24", "EUR", "BGN", 1.9558)]),
        (PORTAL, [("2026-11-24", "EUR", "USD", 1.0832)]),
        ("date,from,to,rate\n2026-11-24,gbp,usd,1.3\n", [("2026-11-24", "GBP", "USD", 1.3)]),
    ],
)  # fmt: skip
def test_exchange_rates_come_in_four_layouts_and_mean_units_of_the_second_for_one_of_the_first(
    tmp_path, text, pairs
):
    rows = told(tmp_path, "rates", text)["exchange_rates"]
    assert [(row["day"].isoformat(), row["currency"], row["into"], row["rate"]) for row in rows] == pairs


def test_rates_of_hours_are_told_from_rates_of_exchange_by_their_columns(tmp_path):
    [card] = told(tmp_path, "rates", "Role,Hourly rate,Curr,From\nreview,95,EUR,2026-01-01\n")["rate_cards"]
    assert (card["kind"], card["rate"], card["currency"]) == ("review", Decimal(95), "EUR")


INVOICE = """ACME GmbH
Invoice INV-7;;;
Date: 2026-11-01

Description;Service start;Service end;Net
API usage;2026-10-01;2026-11-01;"1.234,56"
Support;2026-10-01;2026-11-01;"10,00"
"""


def test_titles_above_the_header_are_passed_over_and_lines_keep_their_number(tmp_path):
    path = tmp_path / "invoice.csv"
    path.write_text(INVOICE + "Total;;;x\n", encoding="utf-8")
    found = taken(path, "charges", vendor="acme")
    assert [charge["billed_cost"] for charge in found.charges] == [Decimal("1234.56"), Decimal(10)]
    assert [one.line for one in found.rejected] == [8]


def book(path, rows, *, empty_first=False):
    with xlsxwriter.Workbook(path) as held:
        if empty_first:
            held.add_worksheet("cover")
        page = held.add_worksheet("invoice")
        day = held.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, place, cell, day)
                elif cell is not None:
                    page.write(number, place, cell)


def test_a_spreadsheet_reads_like_the_csv_of_it(tmp_path):
    rows = [
        ["ACME invoice"],
        [],
        ["Invoice number", "Description", "Service start", "Net", "Qty"],
        [4711, "API usage", datetime(2026, 10, 1), 1234.56, 3],  # noqa: DTZ001
        [4711, "Support", datetime(2026, 10, 1), 0.1, 1.5],  # noqa: DTZ001
    ]
    book(tmp_path / "invoice.xlsx", rows, empty_first=True)
    found = taken(tmp_path / "invoice.xlsx", "charges", vendor="acme")
    assert [charge["billed_cost"] for charge in found.charges] == [Decimal("1234.56"), Decimal("0.1")]
    first = found.charges[0]
    assert (first["invoice_id"], first["quantity"]) == ("4711", 3.0)
    assert first["charge_period_start"] == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_a_file_that_only_says_it_is_a_spreadsheet_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "bad.xlsx").write_bytes(b"PK\x03\x04 no")
    with pytest.raises(UnreadableFileError, match=r"bad\.xlsx cannot be read"):
        layout.read(tmp_path / "bad.xlsx")
