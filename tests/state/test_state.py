"""What the state remembers, who it lets in, and that its record only grows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from payback.errors import PaybackError, SettingsError, UnknownNameError, WarehouseError
from payback.state.remembered import (
    SavedView,
    agreed_setting,
    forget_view,
    mapping_for,
    put_setting,
    save_mapping,
    save_view,
    setting,
    views,
)
from payback.state.store import State, open_state, state_url
from payback.state.watched import (
    Audited,
    Token,
    add_token,
    audit,
    record_audit,
    revoke_token,
    token_for,
    tokens,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
TOKEN = Token("ci", "read:team:a", NOW, NOW + timedelta(days=1))


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with closing(open_state(state_url(tmp_path / "state.db"))) as opened:
        yield opened


def test_a_mapping_is_found_by_its_signature_and_replaced_when_saved_again(state: State) -> None:
    save_mapping(state, "abc", "charges", '[columns]\nbilled_cost = "Cost ($)"', NOW)
    assert mapping_for(state, "abc") == '[columns]\nbilled_cost = "Cost ($)"'
    assert mapping_for(state, "abd") is None
    save_mapping(state, "abc", "charges", "[columns]", NOW)
    assert mapping_for(state, "abc") == "[columns]"


def test_views_belong_to_their_owner(state: State) -> None:
    mine, other = SavedView("me", "b", "/spend?by=team", NOW), SavedView("you", "a", "/", NOW)
    first = SavedView("me", "a", "/changes", NOW)
    for view in (mine, other, first, replace(mine, path="/spend?by=model")):
        save_view(state, view)
    assert views(state, "me") == (first, replace(mine, path="/spend?by=model"))
    assert (forget_view(state, "me", "b"), forget_view(state, "me", "b")) == (True, False)
    assert views(state, "me") == (first,)
    assert views(state, "you") == (other,)


def test_a_setting_is_unknown_until_it_is_made_and_after_it_is_forgotten(state: State) -> None:
    assert setting(state, "theme") is None
    put_setting(state, "theme", "dark", NOW)
    put_setting(state, "theme", "light", NOW)
    assert setting(state, "theme") == "light"
    put_setting(state, "theme", None, NOW)
    assert setting(state, "theme") is None


def test_the_audit_record_is_read_in_the_order_it_was_written(state: State) -> None:
    entries = [
        Audited(NOW + timedelta(hours=n), "me", "export", f"/spend?{n}", {"rows": n}) for n in range(3)
    ]
    for entry in entries:
        record_audit(state, entry)
    assert audit(state, NOW) == tuple(entries)
    assert audit(state, NOW + timedelta(hours=1)) == tuple(entries[1:])
    assert audit(state, NOW, 2) == tuple(entries[:2])


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'you'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_audit_record(
    state: State, tmp_path: Path, change: str
) -> None:
    record_audit(state, Audited(NOW, "me", "sign_in", "me"))
    with (
        closing(sqlite3.connect(tmp_path / "state.db")) as raw,
        pytest.raises(sqlite3.IntegrityError, match="only grows"),
    ):
        raw.execute(change)
    assert len(audit(state, NOW)) == 1


def test_an_instant_comes_back_in_utc_to_the_microsecond_whatever_zone_it_was_said_in(state: State) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=-7)))
    record_audit(state, Audited(there, "me", "sign_in", "me"))
    (found,) = audit(state, NOW)
    assert found.occurred_at == NOW
    assert found.occurred_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(state: State) -> None:
    with pytest.raises(PaybackError, match="an instant has a zone"):
        record_audit(state, Audited(NOW.replace(tzinfo=None), "me", "sign_in", "me"))


def test_a_token_lets_in_until_it_expires(state: State) -> None:
    add_token(state, "secret", TOKEN)
    assert token_for(state, "secret", NOW) == TOKEN
    assert token_for(state, "secret", NOW + timedelta(days=1)) is None
    assert token_for(state, "Secret", NOW) is None


def test_a_token_without_an_end_lets_in_until_it_is_revoked(state: State) -> None:
    add_token(state, "secret", replace(TOKEN, expires_at=None))
    later = NOW + timedelta(days=9_999)
    assert token_for(state, "secret", later) is not None
    assert revoke_token(state, "ci", NOW).revoked_at == NOW
    assert revoke_token(state, "ci", later).revoked_at == NOW
    assert token_for(state, "secret", NOW) is None
    assert [token.name for token in tokens(state)] == ["ci"]


def test_a_tokens_name_is_taken_once_and_an_unknown_one_cannot_be_revoked(state: State) -> None:
    add_token(state, "secret", TOKEN)
    with pytest.raises(WarehouseError, match="already a token called 'ci'"):
        add_token(state, "other", TOKEN)
    with pytest.raises(UnknownNameError, match="did you mean ci"):
        revoke_token(state, "cii", NOW)


def test_the_secret_of_a_token_is_nowhere_in_the_file(state: State, tmp_path: Path) -> None:
    add_token(state, "pb_planted_secret", TOKEN)
    state.close()
    for file in tmp_path.iterdir():
        assert b"planted" not in file.read_bytes()


def test_what_fails_half_way_leaves_nothing(state: State) -> None:
    def fail() -> None:
        with state.writing() as session:
            session.merge(_setting_row())
            session.flush()
            raise WarehouseError("half-way")

    with pytest.raises(WarehouseError, match="half-way"):
        fail()
    assert setting(state, "theme") is None


def _setting_row() -> object:
    from payback.state.tables import SettingRow

    return SettingRow(key="theme", value="dark", saved_at=NOW)


@pytest.mark.parametrize("url", ["no url", "nothing://x", "sqlite+nothing:///x"])
def test_a_url_that_cannot_be_used_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(SettingsError, match="the state cannot be kept at"):
        open_state(url)


def test_a_refused_url_does_not_show_its_password() -> None:
    with pytest.raises(SettingsError) as refused:
        open_state("nothing://me:hunter2@host/db")
    assert "hunter2" not in str(refused.value)


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="the state refused: unable to open database file"):
        open_state(state_url(tmp_path / "nowhere" / "state.db"))


def test_whoever_asks_first_settles_what_all_agree_on(tmp_path):
    url = state_url(tmp_path / "state.db")
    with closing(open_state(url)) as one, closing(open_state(url)) as other:
        assert agreed_setting(one, "secret", "mine", NOW) == "mine"
        assert agreed_setting(other, "secret", "theirs", NOW) == "mine"
        assert setting(other, "secret") == "mine"
    assert (tmp_path / "state.db").stat().st_mode & 0o077 == 0
