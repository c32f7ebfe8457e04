"""Rules 9 and 10: telling payback who is who places what it already holds, and moves money without making any."""

from __future__ import annotations

from datetime import UTC, datetime

from payback.access.scope import Scope
from payback.app.questions import Words, query
from payback.ledger.batches import table_of
from payback.ledger.placing import place_anew
from payback.ledger.tables import BY_NAME
from payback.warehouse.contract import Upsert
from tests.app.test_sync import _lines
from tests.app.world import opened, rows

TOLD = """
[[teams]]
id = "payments"
cost_center = "CC-1"

[[people]]
id = "ana"
memberships = [{ team = "payments", until = 2026-10-05 }, { team = "search", from = 2026-10-05 }]

[[teams]]
id = "search"
"""


def by_team(app):
    asked = query(app.today(), ["spend_list"], Words(by="team", since="2026-01"))
    return {row["team"]: row["spend_list"] for row in app.answer(asked, Scope.everything("test")).rows}


def test_people_told_later_place_the_requests_of_before(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    with opened(tmp_path) as app:
        app.sync()
        before = by_team(app)
    assert list(before) == [None]
    (tmp_path / "payback.toml").write_text(TOLD)
    with opened(tmp_path) as app:
        app.sync()
        assert by_team(app) == {"search": before[None]}
    (tmp_path / "payback.toml").write_text(TOLD.replace("2026-10-05", "2026-10-06"))
    with opened(tmp_path) as app:
        app.sync()
        assert by_team(app) == {"payments": before[None]}
        assert {row["cost_center"] for row in rows(app, "usage")} == {"CC-1"}


def test_the_same_organisation_places_nothing_again(company):
    with opened(company) as app:
        app.sync(["agents"])
        before = app.warehouse.edition
        assert place_anew(app.organise()) is False
        assert app.warehouse.edition == before


def test_what_the_tables_tell_places_requests_too_and_the_file_is_believed_first(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "11111111-2222-4333-a444-555555555555.jsonl").write_bytes(b"".join(_lines()))
    (tmp_path / "payback.toml").write_text(TOLD.split("[[people]]", maxsplit=1)[0])
    with opened(tmp_path) as app:
        app.sync()
        before = by_team(app)
        assert list(before) == [None]
        app.warehouse.apply(
            [
                Upsert(
                    "people", told_rows("people", person_id="ben", kind="person", email="ben@example.com")
                ),
                Upsert("memberships", told_rows("memberships", person_id="ben", team_id="payments")),
                Upsert(
                    "identities",
                    told_rows(
                        "identities", system="os", identity="ana", email="BEN@example.com", state="proposed"
                    ),
                ),
            ]
        )
        app.sync()
        assert by_team(app) == {"payments": before[None]}
        assert {row["person"] for row in rows(app, "usage")} == {"ben"}
        edition = app.warehouse.edition
        app.sync()
        assert app.warehouse.edition == edition


def told_rows(table, **row):
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return table_of(BY_NAME[table], [{"valid_from": begin, **row}], "test", begin)
