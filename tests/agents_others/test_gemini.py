from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tests.agents_others.disk import LOGS, counts, places, read_all, write

if TYPE_CHECKING:
    from pathlib import Path

META = {"sessionId": "s1", "projectHash": "p", "startTime": "2026-06-01T10:00:00.000Z", "kind": "main"}
ASKED = {"id": "u1", "timestamp": "2026-06-01T10:00:01Z", "type": "user", "content": "…"}
ANSWER = {
    "id": "a0000000-0000-4000-8000-000000000001",
    "timestamp": "2026-06-01T10:00:05Z",
    "type": "gemini",
    "model": "gemini-3-pro",
    "content": "",
    "tokens": None,
}
SPENT = {"input": 1000, "output": 50, "cached": 400, "thoughts": 30, "tool": 20, "total": 1100}
CALL = {"id": "c1", "name": "run_shell_command", "args": {"command": "ls"}, "status": "error"}
SAMPLE = {
    ".gemini/tmp/shop/.project_root": "/home/ann/shop",
    ".gemini/tmp/shop/chats/session-2026-06-01T10-00-abc.jsonl": [
        META,
        ASKED,
        ANSWER,
        {**ANSWER, "tokens": SPENT},
        {**ANSWER, "tokens": SPENT, "toolCalls": [CALL]},
        {"$set": {"lastUpdated": "2026-06-01T10:00:06Z"}},
        {"$rewindTo": "u1"},
        {
            "id": "e1",
            "timestamp": "2026-06-01T10:01:00Z",
            "type": "error",
            "content": "429 RESOURCE_EXHAUSTED",
        },
    ],
}


def test_a_message_written_three_times_counts_once_and_rewound_requests_stay(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    answer, failure = read_all(LOGS["gemini_cli"], places(tmp_path)).usages
    # input 1000 − 400 cached + 20 tool; output 50 + 30 thoughts
    assert counts(answer) == (620, 400, 0, 80, 30)
    assert (answer.vendor, answer.model, answer.session_id) == ("google", "gemini-3-pro", "s1")
    assert (answer.working_directory, answer.project, answer.run_id) == ("/home/ann/shop", "shop", "u1")
    assert (answer.requests, answer.errors, answer.quality) == (1, 0, "exact")
    assert (failure.requests, failure.errors, failure.error) == (0, 1, "rate_limit")


def test_a_tool_call_is_a_step_of_its_request(tmp_path: Path) -> None:
    write(tmp_path, SAMPLE)
    reading = read_all(LOGS["gemini_cli"], places(tmp_path))
    (step,) = reading.steps
    assert (step.kind, step.name, step.is_error) == ("shell", "run_shell_command", True)
    assert step.usage_id == reading.usages[0].usage_id


def test_an_old_chat_and_its_migrated_copy_are_one(tmp_path: Path) -> None:
    old = {**META, "messages": [ASKED, {**ANSWER, "tokens": SPENT}]}
    write(tmp_path, {**SAMPLE, ".gemini/tmp/shop/chats/session-2026-06-01T10-00-abc.json": old})
    assert [usage.requests for usage in read_all(LOGS["gemini_cli"], places(tmp_path)).usages] == [1, 0]


def test_a_subagent_has_its_own_file_below_its_parent(tmp_path: Path) -> None:
    chat = [{**META, "sessionId": "s2", "kind": "subagent"}, {**ANSWER, "tokens": SPENT}]
    write(tmp_path, {".gemini/tmp/shop/chats/s1/s2.jsonl": chat})
    (usage,) = read_all(LOGS["gemini_cli"], places(tmp_path)).usages
    assert (usage.session_id, usage.is_subagent) == ("s2", True)


def test_an_older_project_is_named_by_the_hash_of_its_folder(tmp_path: Path) -> None:
    name = hashlib.sha256(b"/home/ann/till").hexdigest()
    write(
        tmp_path,
        {f".gemini/tmp/{name}/chats/session-1.json": {**META, "messages": [{**ANSWER, "tokens": SPENT}]}},
    )
    write(tmp_path, {".gemini/projects.json": {"projects": {"/home/ann/till": "till"}}})
    (usage,) = read_all(LOGS["gemini_cli"], places(tmp_path)).usages
    assert usage.working_directory == "/home/ann/till"


def test_counts_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    wrong = {**ANSWER, "tokens": {**SPENT, "total": 999}}
    write(tmp_path, {".gemini/tmp/shop/chats/session-1.jsonl": [META, wrong]})
    reading = read_all(LOGS["gemini_cli"], places(tmp_path))
    assert reading.usages == []
    assert [(row.line, row.why) for row in reading.rejected] == [
        (2, "token counts add up to 1100, the log says 999")
    ]


def test_arguments_are_kept_as_a_digest_where_that_is_asked_for(tmp_path: Path) -> None:
    again = {**CALL, "id": "c2", "args": {"dir": ".", "command": "ls"}}
    same = {**CALL, "id": "c3", "args": {"command": "ls", "dir": "."}}
    write(tmp_path, {"one.jsonl": [META, {**ANSWER, "tokens": SPENT, "toolCalls": [CALL, again, same]}]})
    steps = (
        LOGS["gemini_cli"].read(tmp_path / "one.jsonl", None, lambda text: f"digest of {text.decode()}").steps
    )
    assert [step.arguments_digest for step in steps] == [
        'digest of {"command":"ls"}',
        'digest of {"command":"ls","dir":"."}',
        'digest of {"command":"ls","dir":"."}',
    ]
    assert all(
        step.arguments_digest is None
        for step in LOGS["gemini_cli"].read(tmp_path / "one.jsonl", None, None).steps
    )
