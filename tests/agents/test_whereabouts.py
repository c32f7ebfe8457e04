"""Where logs are looked for on each system, and where the tools' own variables send the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payback.sources.agents.claude import CLAUDE
from payback.sources.agents.codex import CODEX
from tests.agents.logs import answer, places, session, tallied

if TYPE_CHECKING:
    from pathlib import Path

LOCAL = "local-agent-mode-sessions/a/b/local_x/.claude/projects/p"
PACKAGE = "AppData/Local/Packages/Claude_pzs8/LocalCache/Roaming/Claude"


def found(reader: Any, home: Path, system: str = "linux", **environ: str) -> set[str]:
    return {path.relative_to(home).as_posix() for path in reader.discover(places(home, system, **environ))}


def plant(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"")


def test_sessions_subagents_and_workflows_are_found_and_other_files_are_not(tmp_path: Path) -> None:
    logs = {
        f".claude/projects/p/{name}"
        for name in ("s.jsonl", "s/subagents/agent-a.jsonl", "s/subagents/workflows/w/agent-b.jsonl")
    }
    plant(
        tmp_path,
        *logs,
        ".claude/projects/p/s/tool-results/x.txt",
        ".claude/history.jsonl",
        ".claude/projects/p/a.meta.json",
    )
    assert found(CLAUDE, tmp_path) == logs


def test_both_usual_roots_are_read(tmp_path: Path) -> None:
    logs = {".claude/projects/p/a.jsonl", ".config/claude/projects/p/b.jsonl"}
    plant(tmp_path, *logs, "xdg/claude/projects/p/c.jsonl")
    assert found(CLAUDE, tmp_path) == logs
    xdg = found(CLAUDE, tmp_path, XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert xdg == {".claude/projects/p/a.jsonl", "xdg/claude/projects/p/c.jsonl"}


def test_a_named_folder_replaces_the_usual_ones(tmp_path: Path) -> None:
    plant(tmp_path, ".claude/projects/p/a.jsonl", "one/projects/p/b.jsonl", "two/projects/p/c.jsonl")
    named = f"{tmp_path / 'one'}, ~/two/projects ,{tmp_path / 'none'}"
    assert found(CLAUDE, tmp_path, CLAUDE_CONFIG_DIR=named) == {
        "one/projects/p/b.jsonl",
        "two/projects/p/c.jsonl",
    }
    assert found(CLAUDE, tmp_path, CLAUDE_CONFIG_DIR="") == {".claude/projects/p/a.jsonl"}


@pytest.mark.parametrize(
    ("system", "base"),
    [
        ("linux", ".config/Claude"),
        ("darwin", "Library/Application Support/Claude"),
        ("windows", "AppData/Roaming/Claude"),
        ("windows", PACKAGE),
        ("windows", PACKAGE.replace("Claude_pzs8", "Vendor.Claude_x1")),
    ],
)
def test_the_desktop_apps_sessions_are_found(tmp_path: Path, system: str, base: str) -> None:
    plant(tmp_path, f"{base}/{LOCAL}/s.jsonl", f"{base}/elsewhere/projects/p/t.jsonl")
    assert found(CLAUDE, tmp_path, system) == {f"{base}/{LOCAL}/s.jsonl"}


def test_windows_folders_may_be_moved(tmp_path: Path) -> None:
    plant(tmp_path, f"roaming/Claude/{LOCAL}/s.jsonl")
    assert found(CLAUDE, tmp_path, "windows", APPDATA=str(tmp_path / "roaming")) == {
        f"roaming/Claude/{LOCAL}/s.jsonl"
    }


def test_rollouts_are_found_active_and_archived_in_every_home(tmp_path: Path) -> None:
    plant(
        tmp_path,
        ".codex/sessions/2026/10/05/rollout-a.jsonl",
        ".codex/archived_sessions/rollout-b.jsonl",
        ".codex/history.jsonl",
    )
    plant(tmp_path, "work/sessions/rollout-c.jsonl")
    assert found(CODEX, tmp_path) == {
        ".codex/sessions/2026/10/05/rollout-a.jsonl",
        ".codex/archived_sessions/rollout-b.jsonl",
    }
    assert found(CODEX, tmp_path, CODEX_HOME=f"~/work,{tmp_path / '.codex'}") == {
        "work/sessions/rollout-c.jsonl",
        ".codex/sessions/2026/10/05/rollout-a.jsonl",
        ".codex/archived_sessions/rollout-b.jsonl",
    }


def test_a_home_without_logs_has_none(tmp_path: Path) -> None:
    assert found(CLAUDE, tmp_path / "nobody") == found(CODEX, tmp_path / "nobody") == set()


def test_links_are_followed_but_never_in_a_circle(tmp_path: Path) -> None:
    session(tmp_path, answer())
    projects = tmp_path / ".claude" / "projects"
    (projects / "circle").symlink_to(projects)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "t.jsonl").write_bytes(b"")
    (projects / "linked").symlink_to(tmp_path / "elsewhere")
    (projects / "again").symlink_to(tmp_path / "elsewhere")
    assert len(list(CLAUDE.discover(places(tmp_path)))) == 2


def test_one_folder_under_two_names_is_read_once(tmp_path: Path) -> None:
    session(tmp_path, answer())
    (tmp_path / ".config").mkdir()
    (tmp_path / ".config" / "claude").symlink_to(tmp_path / ".claude")
    assert len(list(CLAUDE.discover(places(tmp_path)))) == 1
    assert tallied(tmp_path).totals()["requests"] == 1
