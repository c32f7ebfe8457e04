"""The command line as a stable contract: exit codes, JSON shapes, one sentence per refusal."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import threading

import pytest

from tests.app.conftest import company  # noqa: F401  a fixture

LOG = (
    '{"type":"assistant","sessionId":"s1","cwd":"/src/app","gitBranch":"main","uuid":"u1","requestId":"r1",'
    '"timestamp":"2026-11-05T10:00:00.000Z","message":{"id":"m1","model":"claude-sonnet-4-5-20250929","role":"assistant",'
    '"content":[],"stop_reason":"end_turn","usage":{"input_tokens":10,"cache_creation_input_tokens":1000,'
    '"cache_read_input_tokens":5000,"output_tokens":100}}}\n'
)


def payback(*words, home):
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana", "PYTHONWARNINGS": "error"}
    environ |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    command = [sys.executable, "-W", "ignore", "-m", "payback.cli", *map(str, words)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / ".claude" / "projects" / "-src-app"
    folder.mkdir(parents=True)
    (folder / "s1.jsonl").write_text(LOG)
    return tmp_path


def test_agents_prints_the_contract(home):
    done = payback("agents", "--format", "json", home=home)
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(told) == {"totals", "rows", "unpriced", "rejected"}
    assert told["totals"] == {
        "requests": 1, "input_tokens": 10, "cache_read_tokens": 5000, "cache_write_5m_tokens": 1000, "cache_write_1h_tokens": 0,
        "output_tokens": 100, "reasoning_tokens": 0, "errors": 0, "retries": 0, "list_usd": "0.00678",
    }  # fmt: skip


def test_agents_writes_no_facts_and_without_a_cache_nothing_at_all(home):
    payback("agents", "--no-cache", home=home)
    assert not (home / ".payback").exists()
    payback("agents", home=home)
    assert not (home / ".payback" / "warehouse.duckdb").exists()


def test_the_swift_way_answers_as_the_long_one_does(home):
    """Plain words are answered before the command line's machinery starts; another order of words goes the long way."""
    swift = payback("agents", "--format", "json", "--by", "model,day", "--home-dir", home, home=home)
    long = payback(
        "agents", "--format=json", "--by=model,day", f"--home-dir={home}", "--no-cache", "--", home=home
    )
    assert json.loads(swift.stdout) == json.loads(long.stdout)
    for words in (
        ["agents", "--by", "team", "--format", "json"],
        ["agents", "--by", "team", "--format", "table"],
    ):
        assert (
            payback(*words, home=home).returncode,
            "cut of agent logs" in payback(*words, home=home).stderr,
        ) == (1, True)
    assert payback("agents", "--format", home=home).returncode == 2


@pytest.mark.parametrize("cut", ["tool", "model", "day", "project", "branch", "session"])
def test_agents_can_be_cut(home, cut):
    told = json.loads(payback("agents", "--by", cut, "--format", "json", home=home).stdout)
    assert [row["requests"] for row in told["rows"]] == [1]
    assert told["rows"][0][cut]


def test_a_cut_that_logs_do_not_know_is_refused_with_those_they_do(home):
    done = payback("agents", "--by", "team", home=home)
    assert done.returncode == 1
    assert "cut of agent logs" in done.stderr
    assert "branch" in done.stderr


def test_sync_then_ask_gives_the_contract(home):
    assert payback("sync", home=home).returncode == 0
    done = payback(
        "ask",
        "spend_list",
        "requests",
        "--by",
        "tool,model",
        "--grain",
        "month",
        "--since",
        "2026-11-01",
        "--until",
        "2026-12-01",
        "--format",
        "json",
        home=home,
    )
    told = json.loads(done.stdout)
    assert set(told) == {
        "metrics",
        "by",
        "grain",
        "since",
        "until",
        "rows",
        "totals",
        "coverage",
        "definitions",
        "scope",
    }
    assert told["rows"] == [
        {
            "period": "2026-11-01",
            "tool": "claude_code",
            "model": "claude-sonnet-4-5-20250929",
            "spend_list": "0.00678",
            "requests": 1,
        }
    ]
    assert told["totals"] == {"spend_list": "0.00678", "requests": 1}
    assert told["definitions"] == {"spend_list": 1, "requests": 1}


def test_a_question_without_cuts_has_one_row_in_every_form(home):
    payback("sync", home=home)
    words = ("ask", "requests", "--since", "2026-11", "--until", "2026-12")
    told = json.loads(payback(*words, "--format", "json", home=home).stdout)
    assert told["rows"] == [{"requests": 1}]
    assert payback(*words, "--format", "csv", home=home).stdout == "requests\n1\n"
    assert payback(*words, home=home).stdout.split()[-1] == "1"


def test_csv_is_what_is_asked_for(home):
    payback("sync", home=home)
    done = payback(
        "ask",
        "requests",
        "--by",
        "tool",
        "--since",
        "2026-11",
        "--until",
        "2026-12",
        "--format",
        "csv",
        home=home,
    )
    assert list(csv.reader(io.StringIO(done.stdout))) == [["tool", "requests"], ["claude_code", "1"]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["ask", "spend_lists"], "did you mean spend_list"),
        (["ask", "spend_list", "--by", "colour"], "no dimension called"),
        (["ask", "spend_list", "--since", "soon"], "2026-11-23"),
        (["ask", "spend_list", "--grain", "decade"], "grain"),
        (["ask", "spend_list", "--where", "tool"], "DIM=VALUE"),
        (["import", "nothing.csv", "--as", "charges"], "cannot be read"),
        (["import", "nothing.csv", "--as", "numerology"], "known: activity, charges"),
        (["receipt", "nowhere#1"], "nowhere"),
        (["sync", "everything"], "agents, files, git"),
        (["restore", "nothing.tar"], "no backup"),
    ],
)
def test_a_refusal_is_one_sentence_on_stderr_and_exit_1(home, words, sentence):
    done = payback(*words, home=home)
    assert done.returncode == 1
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_sync_of_which_connections_cannot_begin_goes_on_with_the_others_and_is_exit_1(home):
    (home / ".payback").mkdir()
    told = '[sources.openai]\nkey = "env:NO_SUCH_KEY"\n[sources.cursor]\n'
    (home / ".payback" / "payback.toml").write_text(told)
    done = payback("sync", "--format", "json", home=home)
    assert done.returncode == 1
    assert {row["source"]: row["rows"] for row in json.loads(done.stdout)}["agents:claude_code"] == 1
    assert done.stderr.startswith("payback: openai, cursor could not be brought up to date, the others are: ")
    assert done.stderr.count("\n") == 1
    assert "NO_SUCH_KEY" in done.stderr
    assert "[sources.cursor] needs key" in done.stderr
    assert payback("sync", "agents", home=home).returncode == 0


def test_wrong_usage_is_exit_2(home):
    assert payback("ask", home=home).returncode == 2
    assert payback("nonsense", home=home).returncode == 2


def test_a_bill_is_shown_then_taken_in_and_twice_is_once(home):
    bill = home / "bill.csv"
    bill.write_text("Date,Amount,Supplier\n2026-11-01,12.50,Anthropic\n")
    shown = payback("import", bill, "--as", "charges", "--dry-run", home=home)
    assert 'billed_cost = "Amount"' in shown.stdout
    assert "would be taken in" in shown.stdout
    for _ in range(2):
        assert payback("import", bill, "--as", "charges", home=home).returncode == 0
    told = json.loads(
        payback(
            "ask", "spend_billed", "--since", "2026-11", "--until", "2026-12", "--format", "json", home=home
        ).stdout
    )
    assert told["totals"] == {"spend_billed": "12.50"}


def test_explain_leads_from_the_number_to_its_rows(home):
    payback("sync", home=home)
    told = json.loads(
        payback("explain", "spend_list", "--since", "2026-11", "--format", "json", home=home).stdout
    )
    assert {"metrics", "sql", "sources", "rules"} <= set(told)
    assert "SELECT" in json.dumps(told["sql"])


def test_export_writes_the_answer_as_a_file(home):
    payback("sync", home=home)
    for kind, begins in (("csv", b"tool,"), ("xlsx", b"PK"), ("parquet", b"PAR1")):
        file = home / f"out.{kind}"
        assert (
            payback(
                "export", kind, "requests", "--by", "tool", "--since", "2026-11", "--out", file, home=home
            ).returncode
            == 0
        )
        assert file.read_bytes().startswith(begins)


def test_a_backup_restores_to_the_same_numbers(home, tmp_path_factory):
    payback("sync", home=home)
    question = ("ask", "spend_list", "--since", "2026-11", "--until", "2026-12", "--format", "json")
    before = payback(*question, home=home).stdout
    assert payback("backup", home / "all.backup", home=home).returncode == 0
    other = tmp_path_factory.mktemp("other")
    assert payback("restore", home / "all.backup", home=other).returncode == 0
    assert payback(*question, home=other).stdout == before
    assert payback("restore", home / "all.backup", home=other).returncode == 1


def test_migrate_says_what_it_would_do_to_a_new_home_and_then_that_nothing_is_left(home):
    assert json.loads(payback("migrate", "--dry-run", "--format", "json", home=home).stdout)
    payback("migrate", home=home)
    assert json.loads(payback("migrate", "--dry-run", "--format", "json", home=home).stdout) == []


def test_check_and_sources_say_what_is_there_and_what_is_missing(home):
    payback("sync", home=home)
    checks = {row["check"]: row for row in json.loads(payback("check", "--format", "json", home=home).stdout)}
    assert checks["agent logs"]["state"] == "good"
    assert "payback import" in checks["bills"]["missing"]
    sources = {
        row["name"]: row for row in json.loads(payback("sources", "--format", "json", home=home).stdout)
    }
    assert (sources["agents:claude_code"]["rows"], sources["agents:claude_code"]["freshness"]) == (1, "fresh")


def test_two_verbs_at_once_both_answer(company):  # noqa: F811
    """One process holds the warehouse, the other speaks to it; nobody sees a lock."""
    answers = []
    asking = [
        threading.Thread(
            target=lambda: answers.append(
                payback(
                    "ask",
                    "requests",
                    "--since",
                    "2026-09",
                    "--home",
                    company,
                    "--format",
                    "json",
                    home=company,
                )
            )
        )
        for _ in range(3)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert {done.returncode for done in answers} == {0}
    assert len({done.stdout for done in answers}) == 1


def test_a_receipt_tells_what_a_change_cost(company):  # noqa: F811
    truth = json.loads((company / "truth.json").read_text())
    change = max(
        (row for row in truth["pull_requests"] if row.get("merged_at")), key=lambda row: float(row["usd"])
    )
    reference = f"{change['repo']}#{change['number']}"
    told = payback("receipt", reference, "--home", company, "--markdown", home=company)
    assert told.returncode == 0, told.stderr
    assert "$" in told.stdout


def test_help_names_every_verb(home):
    told = payback("--help", home=home).stdout
    for verb in (
        "up",
        "demo",
        "check",
        "sources",
        "sync",
        "import",
        "ask",
        "explain",
        "agents",
        "receipt",
        "export",
        "backup",
        "restore",
        "migrate",
    ):
        assert verb in told


def test_help_starts_without_a_columnar_engine():
    code = "import sys; from payback.cli import verbs; print(sorted({'pyarrow', 'ibis', 'duckdb', 'pandas', 'altair', 'fastapi', 'sqlalchemy'} & set(sys.modules)))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_agents_reads_logs_without_a_columnar_engine(home):
    code = (
        "import sys; sys.argv = ['payback', 'agents', '--format', 'csv', '--no-cache'];"
        "import atexit; atexit.register(lambda: print(sorted({'pyarrow', 'ibis', 'duckdb', 'numpy', 'pandas'} & set(sys.modules))));"
        "from payback.cli import main; main()"
    )
    environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip().endswith("[]")
