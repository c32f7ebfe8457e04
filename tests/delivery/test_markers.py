from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.delivery.markers import (
    CommitText,
    ai_class,
    sign_of_account,
    sign_of_branch,
    signs_of_commit,
    signs_of_description,
)
from payback.delivery.messages import (
    merged_branches,
    person_of,
    pull_mention,
    reverted_commit,
    reverted_pull,
    trailers_of,
)
from payback.delivery.registry import registry
from tests.desk import desk

KNOWN = registry()


def signs(message: str = "Fix\n", name: str = "Ana", email: str = "ana@acme.example"):
    return signs_of_commit(CommitText(name, email, message), KNOWN)


def brief(
    message: str = "Fix\n", name: str = "Ana", email: str = "ana@acme.example"
) -> list[tuple[str, str, str]]:
    return [(sign.kind, sign.tool, sign.ai_class) for sign in signs(message, name, email)]


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        (
            "copilot-swe-agent[bot]",
            "198982749+Copilot@users.noreply.github.com",
            ("copilot", "agent_authored"),
        ),
        ("x", "158243242+renamed-later[bot]@users.noreply.github.com", ("devin", "agent_authored")),
        ("claude[bot]", "41898282+claude[bot]@users.noreply.github.com", ("claude_code", "agent_authored")),
        ("Cursor Agent", "cursoragent@cursor.com", ("cursor", "agent_authored")),
        ("Claude", "NoReply@Anthropic.com", ("claude_code", "agent_authored")),
        ("Ana (aider)", "ana@acme.example", ("aider", "agent_assisted")),
        ("Copilot", "223556219+Copilot@users.noreply.github.com", ("copilot_cli", "agent_assisted")),
    ],
)
def test_authors_that_are_agents_are_known_by_id_login_address_or_suffix(name, email, expected):
    assert [sign[1:] for sign in brief("Fix", name, email)] == [expected]


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Jane", "jane@anthropic.com"),
        ("Paul", "paul@aider.chat"),
        ("Robot", "gemini-cli-robot@google.com"),
        ("claude", "81847+claude@users.noreply.github.com"),
        ("Devin", "12+devin@users.noreply.github.com"),
        ("Claude Monet", "claude@example.org"),
        ("Travis Cline", "cline@example.org"),
        ("coderabbitai[bot]", "136622811+coderabbitai[bot]@users.noreply.github.com"),
        ("gemini-code-assist[bot]", "176961590+gemini-code-assist[bot]@users.noreply.github.com"),
        ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"),
        ("web", "noreply@github.com"),
    ],
)
def test_people_review_bots_and_automation_are_not_taken_for_agents(name, email):
    assert brief("Fix", name, email) == []


def test_a_suffix_on_the_committer_alone_says_nothing():
    assert brief("Fix", "Ana") == []


@pytest.mark.parametrize(
    ("line", "tool", "model"),
    [
        (
            "Co-Authored-By: Claude Opus 4.8 (1M context) <noreply@anthropic.com>",
            "claude_code",
            "Claude Opus 4.8",
        ),
        ("co-authored-by: Claude <noreply@anthropic.com>", "claude_code", None),
        ("Co-authored-by: aider (gpt-4o) <aider@aider.chat>", "aider", "gpt-4o"),
        ("Co-authored-by: Amp <amp@ampcode.com>", "amp", None),
        ("Signed-off-by: Cursor <cursoragent@cursor.com>", "cursor", None),
        ("Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>", "copilot", None),
        ("Assisted-by: Claude Code (claude-opus-4-6)", "claude_code", "claude-opus-4-6"),
        ("Assisted-by: Claude:claude-opus-4 [gcc]", "claude_code", "claude-opus-4"),
        ("Assisted-by: Codex", "codex", None),
        ("Generated-by: GitHub Copilot", "copilot", None),
        ("Made-with: Cursor", "cursor", None),
        ("Replit-Commit-Author: Agent", "replit", None),
        ("Entire-Checkpoint: 3f2a91c0ab12", "unknown_agent", None),
    ],
)
def test_trailers_name_the_tool_and_model(line, tool, model):
    (sign,) = signs(f"Fix\n\nBody.\n\n{line}\n")
    assert (sign.tool, sign.model, sign.ai_class) == (tool, model, "agent_assisted")


@pytest.mark.parametrize(
    "line",
    [
        "Co-authored-by: Jane <jane@anthropic.com>",
        "Assisted-by: Claude Monet <claude@example.org>",
        "Assisted-by: Claude Monet",
        "Assisted-by: none",
        "Assisted-by: Devin <devin@example.org>",
        "Generated-by: make",
        "Made-with: love",
        "Claude-Session: no session at all",
        "Replit-Commit-Author: Ana",
        "Reviewed-by: Claude <noreply@anthropic.com>",
    ],
)
def test_trailers_that_name_people_or_nothing_are_no_sign(line):
    assert brief(f"Fix\n\n{line}\n") == []


@pytest.mark.parametrize(
    ("line", "session"),
    [
        ("Claude-Session: https://claude.ai/code/session_01AbC", "session_01AbC"),
        ("Copilot-Session: d2b30d61-1562-4590-b298-16e187772282", "d2b30d61-1562-4590-b298-16e187772282"),
        ("Amp-Thread-ID: https://ampcode.com/threads/T-0123abcd-99", "T-0123abcd-99"),
    ],
)
def test_session_trailers_give_the_tools_own_session_id(line, session):
    (sign,) = signs(f"Fix\n\n{line}\n")
    assert (sign.kind, sign.session_id) == ("session", session)


def test_trailers_of_each_squashed_commit_count_though_they_stand_mid_body():
    body = "Add (#3)\n\n* one\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n\n* two\n\nAssisted-by: Codex\n\nThe end.\n"
    assert brief(body) == [("trailer", "claude_code", "agent_assisted")]


def test_text_that_automation_quotes_is_no_sign_but_its_own_trailer_is():
    quoted = "Update x\n\nGenerated with [Claude Code](https://claude.ai/code)\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n\nlast\n"
    bot = ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com")
    assert brief(quoted, *bot) == []
    assert {sign[0] for sign in brief(quoted)} == {"text", "trailer"}
    assert brief("Update\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n", *bot) == [
        ("trailer", "claude_code", "agent_assisted")
    ]


def test_a_suggestion_taken_from_a_review_bot_is_weak():
    (sign,) = signs("Fix\n\nCo-authored-by: g <176961590+gemini-code-assist[bot]@users.noreply.github.com>\n")
    assert (sign.grade, sign.ai_class) == ("C", "agent_assisted")


@pytest.mark.parametrize(
    ("branch", "tool"),
    [
        ("claude/fix-1", "claude_code"),
        ("Codex/x", "codex"),
        ("copilot/fix", "copilot"),
        ("cursor/a-b3f", "cursor"),
    ],
)
def test_prefixes_of_branches_name_the_tool(branch, tool):
    sign = sign_of_branch(branch, KNOWN)
    assert sign is not None
    assert sign.tool == tool


@pytest.mark.parametrize(
    "branch", ["agent/x", "ai/x", "worktree-1", "claude", "claude/", "feature/claude/x", None, ""]
)
def test_ambiguous_branches_name_none(branch):
    assert sign_of_branch(branch, KNOWN) is None


def test_accounts_that_only_review_do_not_author_a_change():
    assert sign_of_account("gemini-code-assist[bot]", 176961590, KNOWN) is None
    assert sign_of_account("claude", 81847, KNOWN) is None
    sign = sign_of_account("Copilot", 198982749, KNOWN)
    assert sign is not None
    assert sign.ai_class == "agent_authored"


def test_descriptions_carry_markers_and_sessions_unless_automation_wrote_them():
    text = "Fixes it.\n\nLink to Devin session: https://app.devin.ai/sessions/0a1b2c3d4e5f\n"
    (sign,) = signs_of_description(text, KNOWN, by_automation=False)
    assert (sign.kind, sign.tool, sign.session_id) == ("pr_marker", "devin", "0a1b2c3d4e5f")
    assert signs_of_description(text, KNOWN, by_automation=True) == ()


def test_no_sign_is_never_called_human():
    assert ai_class(()) == "none_detected"
    assert ai_class(signs("Fix\n\nAssisted-by: Codex\n")) == "agent_assisted"
    assert (
        ai_class((*signs("x", "Claude", "noreply@anthropic.com"), *signs("y\n\nAssisted-by: Codex")))
        == "agent_authored"
    )


def test_the_register_holds_every_account_address_prefix_and_trailer_of_the_reference():
    reference = json.loads(desk("reference/delivery/ai_markers.json").read_text())
    for account in reference["accounts"]:
        assert all(number in KNOWN.account_ids for number in account.get("ids", ()))
        apps = [login.lower() for login in account["rest"] if login.endswith("[bot]")]
        assert all(login in KNOWN.logins for login in apps)
    assert {row["email"] for row in reference["identity_emails"]} == set(KNOWN.emails)
    assert {row["prefix"] for row in reference["branch_prefixes"]} == set(KNOWN.branches)
    assert {row["key"].lower() for row in reference["trailers"]} - {"co-authored-by"} == set(KNOWN.trailers)
    assert set(reference["review_only_bots"]) == KNOWN.reviewers


LINES = st.sampled_from([
    "Co-authored-by: ", "Assisted-by: Claude", "Claude-Session: /", "<noreply@anthropic.com>", "(#12)", "---",
    "Merge pull request #", "Merge branch '", "This reverts commit ", "Generated with [Claude Code](", "\r\n", "\n\n", ":", "<", "(",
])  # fmt: skip


@given(
    st.lists(st.one_of(LINES, st.text(max_size=30)), max_size=20).map("".join),
    st.text(max_size=40),
    st.text(max_size=60),
)
def test_no_text_makes_the_readers_of_messages_fail(message, name, email):
    assert all(sign.tool for sign in signs(message, name, email))
    signs_of_description(message, KNOWN, by_automation=False)
    for found in (trailers_of(message), [pull_mention(message, is_merge=flag) for flag in (True, False)]):
        assert isinstance(list(found), list)
    assert {type(read(message)) for read in (person_of, merged_branches, reverted_commit, reverted_pull)}


@pytest.mark.parametrize(
    "unit",
    ["#", "\n", " ", "(", "<a", "a: ", "Merge branch '", "See merge request !", "T-/", "Claude-Session: /"],
)
def test_long_texts_of_one_kind_are_read_in_linear_time(unit):
    assert signs(f"x\n{unit * 100_000}") == ()
