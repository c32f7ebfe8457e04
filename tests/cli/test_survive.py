"""`payback survive`, as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from tests.git.build import START, repository

CLAUDE = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def payback(*words, home):
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    environ |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    command = [sys.executable, "-m", "payback.cli", *map(str, words)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def repo(tmp_path):
    made = repository(tmp_path / "web")
    made.commit("a", {"a.py": "line one\nline two\n"}, when=START)
    made.commit("b" + CLAUDE, {"a.py": "line one\nline three\n"}, when=START + timedelta(days=20))
    return made


def test_rows_are_those_of_the_contract(repo, tmp_path):
    done = payback("survive", repo.path, "--ages", "14,30", "--format", "json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"ai_class": "agent_assisted", "age_days": 14, "added": 1, "alive": 1, "share": 1.0},
        {"ai_class": "agent_assisted", "age_days": 30, "added": 1, "alive": 1, "share": 1.0},
        {"ai_class": "none_detected", "age_days": 14, "added": 2, "alive": 2, "share": 1.0},
        {"ai_class": "none_detected", "age_days": 30, "added": 2, "alive": 1, "share": 0.5},
    ]


def test_the_swift_way_answers_as_the_long_one_does_and_without_a_columnar_engine(repo, tmp_path):
    words = ["survive", repo.path, "--by", "tool", "--format", "json"]
    swift = payback(*words, home=tmp_path)
    long = payback(*words, "--since", "2026-01-01", home=tmp_path)
    assert json.loads(swift.stdout) == json.loads(long.stdout)
    code = (
        f"import sys, os; sys.argv = ['payback', 'survive', {str(repo.path)!r}, '--format', 'csv'];"
        "import atexit; atexit.register(lambda: print(sorted({'pyarrow', 'ibis', 'duckdb', 'numpy'} & set(sys.modules))));"
        "from payback.cli import main; main()"
    )
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.startswith("ai_class,age_days,added,alive,share,locked\n")
    assert done.stdout.strip().endswith("[]")


def test_since_tells_only_of_later_commits(repo, tmp_path):
    done = payback("survive", repo.path, "--since", "2026-03-10", "--format", "csv", home=tmp_path)
    assert [line.split(",")[0] for line in done.stdout.splitlines()[1:]] == ["agent_assisted"] * 4


def test_the_rule_theseus_watches_all_lines_for_years(repo, tmp_path):
    done = payback("survive", repo.path, "--rule", "theseus", "--format", "json", home=tmp_path)
    found = json.loads(done.stdout)
    assert {row["age_days"] for row in found} == {365, 1826}
    assert {row["alive"] for row in found} == {None}  # twenty days are watched
    done = payback(
        "survive", repo.path, "--rule", "theseus", "--ages", "20", "--format", "json", home=tmp_path
    )
    assert {row["ai_class"]: row["added"] for row in json.loads(done.stdout)} == {
        "agent_assisted": 1,
        "none_detected": 2,
    }


def test_refusals_are_one_sentence(repo, tmp_path):
    for words, said in (
        (["--rule", "thesues"], "did you mean theseus"),
        (["--ages", "x"], "age in days"),
        (["--by", "person"], "cut of survival"),
    ):
        for form in ("json", "table"):
            done = payback("survive", repo.path, *words, "--format", form, home=tmp_path)
            assert (done.returncode, done.stdout) == (1, "")
            assert said in done.stderr
    assert payback("survive", tmp_path / "nowhere", home=tmp_path).returncode == 1
    assert payback("survive", home=tmp_path).returncode == 2


def test_teams_come_from_the_organisation(repo, tmp_path):
    home = tmp_path / ".payback"
    home.mkdir()
    (home / "payback.toml").write_text(
        '[[teams]]\nid = "red"\n[[people]]\nid = "ana"\nemail = "ana@acme.example"\nteam = "red"\n'
    )
    done = payback("survive", repo.path, "--by", "team", "--ages", "14", "--format", "json", home=tmp_path)
    assert json.loads(done.stdout) == [{"team": "red", "age_days": 14, "added": 3, "alive": 3, "share": 1.0}]
