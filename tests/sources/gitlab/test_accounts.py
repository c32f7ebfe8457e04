"""Accounts of GitLab, by hand."""

from __future__ import annotations

from payback.sources.gitlab.accounts import is_bot, login
from payback.sources.gitlab.rows import merge_request

GHOST = {"id": 11, "username": "ghost", "name": "Ghost User"}
LEAST = {"id": 1, "iid": 2, "state": "merged", "created_at": "2026-08-03T08:00:00Z"}


def test_access_tokens_and_service_accounts_are_bots_and_people_are_not() -> None:
    assert all(
        is_bot({"username": name})
        for name in ("project_77_bot_4ffca233", "group_9_bot_1a", "duo-developer-acme")
    )
    assert is_bot({"username": "helper", "bot": True})
    assert not is_bot({"username": "project_bot_fan"})


def test_reviewers_that_are_known_are_bots_though_gitlab_shows_them_as_users() -> None:
    assert is_bot({"username": "coderabbitai", "name": "CodeRabbit"})
    assert is_bot({"username": "renovate-bot"})
    assert not is_bot({"username": "claude", "name": "Claude Martin"})


def test_the_ghost_user_is_nobody_and_a_person_of_that_name_somebody() -> None:
    assert login(GHOST) is None
    assert login({"username": "ghost1"}) is None
    assert login({"username": "ghost", "name": "Gino Hostetler"}) == "ghost"
    assert login({"username": "ghostwriter", "name": "Ghost User"}) == "ghostwriter"
    assert login(None) is None


def test_a_merge_request_of_a_deleted_account_has_no_author() -> None:
    row = merge_request({**LEAST, "author": GHOST, "merge_user": GHOST}, "gitlab.com/acme/app", "g")
    assert (row.author, row.author_kind, row.merged_by) == (None, None, None)
