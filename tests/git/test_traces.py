"""agent-trace records kept in a repository: lines by tool and model of the commit they name."""

from __future__ import annotations

import json

from tests.desk import desk
from tests.git.build import repository


def record(revision, *spans, tool="cursor"):
    conversation = {
        "contributor": {"type": "ai", "model_id": "anthropic/claude-opus-4-5"},
        "ranges": [{"start_line": first, "end_line": last} for first, last in spans],
    }
    return {
        "version": "0.1.0", "id": "550e8400-e29b-41d4-a716-446655440000", "timestamp": "2026-01-23T14:30:00Z",
        "vcs": {"type": "git", "revision": revision}, "tool": {"name": tool},
        "files": [{"path": "a.py", "conversations": [conversation]}],
    }  # fmt: skip


def kept(repo, *lines):
    repo.commit("traces", {".agent-trace/traces.jsonl": "\n".join(lines) + "\n"})


def test_a_record_is_a_sign_of_the_commit_it_names_and_of_no_other(tmp_path):
    repo = repository(tmp_path / "web")
    sha = repo.commit("work", {"a.py": "one\n"})
    kept(repo, json.dumps(record(sha, (1, 4), (9, 9))), json.dumps(record("f" * 40, (1, 2))))
    (row,) = repo.read().evidence.to_pylist()
    told = ("subject_id", "kind", "tool", "model", "grade", "lines")
    assert [row[name] for name in told] == [
        f"github.com/acme/web@{sha}", "trace", "cursor", "anthropic/claude-opus-4-5", "A", 5,
    ]  # fmt: skip


def test_a_line_that_is_no_record_is_refused_with_its_place_and_the_others_stand(tmp_path):
    repo = repository(tmp_path / "web")
    sha = repo.commit("work", {"a.py": "one\n"})
    kept(repo, "{ not json", json.dumps([1]), json.dumps(record(sha, (2, 2))))
    reading = repo.read()
    assert [row["lines"] for row in reading.evidence.to_pylist()] == [1]
    assert [(one.file, one.line) for one in reading.rejected] == [
        ("github.com/acme/web:.agent-trace/traces.jsonl", 1)
    ]


def test_the_published_examples_are_read_as_they_stand(tmp_path):
    examples = json.loads(desk("data/delivery/agent-trace/examples.json").read_text(encoding="utf-8"))
    repo = repository(tmp_path / "web")
    sha = repo.commit("work", {"a.py": "one\n"})
    first = {**examples[0], "vcs": {"type": "git", "revision": sha}}
    kept(repo, json.dumps(first), json.dumps(examples[1]))
    rows = sorted(repo.read().evidence.to_pylist(), key=lambda row: row["model"])
    assert [(row["tool"], row["model"], row["lines"]) for row in rows] == [
        ("cursor", "anthropic/claude-opus-4-5-20251101", 26),
        ("cursor", "openai/gpt-4o", 16),
    ]
