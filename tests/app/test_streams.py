"""How connections and files stand: fresh, late, never read, refused; what is needed and what stays empty; who may test."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest

from payback.access.scope import Scope
from payback.app.files import Import
from payback.errors import ForbiddenError, UnknownNameError
from tests.sources.installation import KEY, NOW, opened
from tests.sources.openai.test_openai import TOLD, Organisation

ALL = Scope.everything("ana", may_see_people=True)


def standing(home, vendor, told=TOLD, *, now=NOW, sync=True):
    with opened(home, told, vendor, now) as app:
        if sync:
            app.sync(list(app.settings.sources))
        return {row["name"]: row for row in app.sources()}


def test_each_stream_stands_by_its_own_rows_and_last_sync(tmp_path):
    before = standing(tmp_path / "home", Organisation(), sync=False)["openai:costs"]
    assert (before["freshness"], before["rows"]) == ("never", 0)
    assert before["message"] == "not read yet: payback sync openai"
    found = standing(tmp_path / "home", Organisation())
    costs, keys = found["openai:costs"], found["openai:keys"]
    assert (costs["freshness"], costs["rows"], costs["last_synced_at"]) == ("fresh", 10, NOW)
    assert (costs["kind"], keys["kind"], keys["message"], keys["next"]) == ("vendor bills", "vendor", "", "")
    later = standing(tmp_path / "home", Organisation(), now=NOW + timedelta(days=2), sync=False)
    assert later["openai:costs"]["freshness"] == "late"


def test_charges_of_a_connection_stand_once_and_those_of_one_that_is_gone_still_stand(tmp_path):
    found = standing(tmp_path / "home", Organisation())
    assert [name for name in found if "costs" in name] == ["openai:costs"]
    gone = standing(tmp_path / "home", Organisation(), "", sync=False)
    assert (gone["openai:costs"]["kind"], gone["openai:costs"]["rows"]) == ("charges", 10)


def test_a_refused_stream_says_what_it_needs_what_stays_empty_and_the_next_step(tmp_path):
    found = standing(tmp_path / "home", Organisation(refused=("costs",)))
    costs = found["openai:costs"]
    assert costs["freshness"] == "fails"
    assert "admin key" in costs["needs"]
    assert costs["pages"]
    assert costs["next"].endswith("Then: payback sync openai")
    assert found["openai:users"]["freshness"] == "fresh"


def test_a_connection_that_cannot_begin_says_why_until_it_can(tmp_path):
    lost = TOLD.replace("env:VENDOR_KEY", "env:NOBODY")
    found = standing(tmp_path / "home", Organisation(), lost)
    assert "env:NOBODY, and nothing is there" in found["openai:costs"]["message"]
    assert found["openai:costs"]["freshness"] == "fails"
    assert standing(tmp_path / "home", Organisation())["openai:costs"]["freshness"] == "fresh"


@pytest.mark.parametrize("told", ["[sources.opneai]\n", "[sources]\nopenai = 3\n"])
def test_a_table_that_no_vendor_has_is_told_and_the_others_stand(tmp_path, told):
    found = standing(tmp_path / "home", Organisation(), told, sync=False)
    (row,) = [row for row in found.values() if row.get("connection")]
    assert (row["freshness"], row["rows"]) == ("fails", 0)
    assert "openai" in row["message"]


@pytest.mark.parametrize("key", ["two\nlines", "lettre-à-lire"])
def test_a_key_that_http_cannot_carry_is_told_and_not_shown(tmp_path, key):
    told = TOLD.replace("env:VENDOR_KEY", "file:key")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "key").write_text(key, encoding="utf-8")
    message = standing(tmp_path / "home", Organisation(), told)["openai:costs"]["message"]
    assert "copy it again" in message
    assert key not in message


def test_each_kind_of_file_stands_by_itself(tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("person_id,name,email\nana,Ana Duarte,ana@acme.example\n", encoding="utf-8")
    with opened(tmp_path / "home", "", Organisation()) as app:
        app.take_file(Import(people, "people"))
        found = {row["name"]: row for row in app.sources()}
    assert (found["file:people"]["rows"], found["file:people"]["freshness"]) == (1, "fresh")
    assert found["file:people"]["message"] == "1 people"


def test_only_who_may_see_every_row_may_have_a_vendor_asked(tmp_path):
    with opened(tmp_path / "home", TOLD, Organisation(refused=("costs",))) as app:
        told = {row["check"]: row for row in app.tested("openai", ALL)}
        assert "admin key" in told["openai: Costs"]["missing"]
        assert KEY not in str(told)
        with pytest.raises(ForbiddenError, match="test a connection"):
            app.tested("openai", Scope.of_teams("lead", ["payments"]))
        with pytest.raises(UnknownNameError, match="did you mean openai"):
            app.tested("opneai", ALL)


def test_a_vendor_that_nobody_reaches_is_one_sentence(tmp_path):
    def silent(request):
        raise httpx2.ConnectError("no route", request=request)

    found = standing(tmp_path / "home", silent)
    assert "no usable answer in 6 attempts" in found["openai:costs"]["message"]
