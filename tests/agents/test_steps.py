"""What kind of work a tool call was."""

from __future__ import annotations

import pytest

from payback.sources.agents.steps import command_of, kind_of_call, weight


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("pytest -q", "test"),
        ("cd app && FOO=1 .venv/bin/pytest tests", "test"),
        ("python -m unittest discover", "test"),
        ("npm run test:unit", "test"),
        ("npm test", "test"),
        ("go test ./...", "test"),
        ("cargo nextest run", "test"),
        ("make -C app test", "test"),
        ("rg -n usage src", "search"),
        ("ls -la", "search"),
        ("sed -n 1,20p a.py", "read"),
        ("cat a.py", "read"),
        ("sed -i s/a/b/ a.py", "shell"),
        ("git commit -m 'add a test'", "shell"),
        ("echo latest", "shell"),
        ("apply_patch <<EOF", "edit"),
        ("", "shell"),
        (None, "shell"),
    ],
)
def test_a_shell_command_tells_tests_searches_reads_and_edits(command: str | None, kind: str) -> None:
    assert kind_of_call("Bash", command) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Read", "read"),
        ("Edit", "edit"),
        ("Grep", "search"),
        ("Task", "subagent"),
        ("TodoWrite", "other"),
        ("update_plan", "other"),
        ("exec_command", "shell"),
        ("mcp__jira__get", "other"),
    ],
)
def test_a_tools_name_tells_its_kind(name: str, kind: str) -> None:
    assert kind_of_call(name, None) == kind


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"command": "ls"}, "ls"),
        ('{"command":["bash","-lc","rg x"]}', "rg x"),
        ('{"cmd":"cat a"}', "cat a"),
        ({"command": ["git", "status"]}, "git status"),
        ("{broken", None),
        (None, None),
        ({"command": 5}, None),
        ("*** Begin Patch", "*** Begin Patch"),
    ],
)
def test_a_command_is_found_in_every_shape_of_arguments(arguments: object, command: str | None) -> None:
    assert command_of(arguments) == command


def test_a_result_weighs_a_quarter_of_its_bytes() -> None:
    assert weight("x" * 40) == 10
    assert weight("é" * 20) == 10
    assert weight([{"type": "text", "text": "x" * 8}, {"type": "image", "source": {"data": "y" * 999}}]) == 2
    assert weight(None) == 0
