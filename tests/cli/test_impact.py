"""`payback impact`, as a process."""

from __future__ import annotations

import json

from tests.cli.test_survive import payback

KEYS = {
    "method", "att", "se", "interval", "n", "units", "by_event_time", "by_group_time", "aggregates", "pretrend_p",
    "checks", "verdict",
}  # fmt: skip


def panel_file(folder):
    lines = ["who,week,since,merged"]
    for i in range(40):
        since = ("2026-02-02", "", "inf", "0")[i % 4] if i % 4 else "2026-02-02"
        for week, day in enumerate(("2026-01-19", "2026-01-26", "2026-02-02", "2026-02-09")):
            gain = 2 if since.startswith("2026") and week >= 2 else 0
            lines.append(f"u{i},{day},{since},{10 + week + gain + (i * 7 + week * 5) % 11 / 20}")
    path = folder / "panel.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_panel_answers_under_the_keys_of_the_contract(tmp_path):
    words = [
        "--unit",
        "who",
        "--time",
        "week",
        "--treated-from",
        "since",
        "--outcome",
        "merged",
        "--format",
        "json",
    ]
    done = payback("impact", "--panel", panel_file(tmp_path), *words, home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) >= KEYS
    assert (told["units"], told["n"], told["verdict"]) == (40, 160, "improved")
    assert told["interval"][0] <= 2 <= told["interval"][1]
    assert {step["t"] for step in told["by_event_time"]} == {-1, 0, 1}
    assert set(told["aggregates"]["simple"]) == {"att", "se", "interval"}


def test_an_experiment_and_a_series(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("y,d\n" + "".join(f"{10 + 5 * (i >= 20) + i % 3},{int(i >= 20)}\n" for i in range(40)))
    done = payback(
        "impact",
        "--experiment",
        path,
        "--outcome",
        "y",
        "--treatment",
        "d",
        "--format",
        "json",
        home=tmp_path,
    )
    assert set(json.loads(done.stdout)) >= {"effect", "se", "interval", "percent", "n"}
    done = payback("impact", "--series", path, "--from", "20", "--format", "json", home=tmp_path)
    assert json.loads(done.stdout)["label"] == "weak"
    assert abs(json.loads(done.stdout)["effect"] - 5) < 1


def test_a_column_that_is_not_there_is_refused_in_one_sentence(tmp_path):
    path = panel_file(tmp_path)
    done = payback("impact", "--panel", path, "--unit", "woh", "--format", "json", home=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == "payback: there is no column called 'woh'; did you mean who?"
    assert payback("impact", home=tmp_path).returncode == 2


def test_a_metric_of_an_installation_without_facts_says_what_is_missing(tmp_path):
    done = payback("impact", "merged_prs", "--format", "json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) >= KEYS
    assert told["verdict"] == "cannot tell yet (needs twelve weeks of delivery)"


def test_a_metric_without_a_before_is_refused_in_one_sentence(tmp_path):
    done = payback("impact", "cost_per_merged_pr", home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "none before AI" in done.stderr


def test_a_lottery_is_drawn_written_and_analysed(tmp_path):
    units, out, weeks = tmp_path / "units.csv", tmp_path / "seats.csv", tmp_path / "weeks.csv"
    units.write_text("team,site\n" + "".join(f"t{i},{'ab'[i % 2]}\n" for i in range(40)))
    weeks.write_text(
        "team,week,merged\n"
        + "".join(f"t{i},{w},{10 + (i * 7 + w * 5) % 11}\n" for i in range(40) for w in range(12))
    )
    words = ["--unit", "team", "--strata", "site", "--seed", "7", "--write", out, "--format", "json"]
    power = ["--history", weeks, "--time", "week", "--outcome", "merged"]
    done = payback("impact", "--plan", "lottery", "--units", units, *words, *power, home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["plan"], told["units"], sum(row["assigned"] for row in told["assignment"])) == (
        "lottery",
        40,
        20,
    )
    assert told["power"]["says"].startswith("an effect of 20 % is found four times of five after about ")
    drawn = out.read_text().splitlines()
    assert drawn[0] == "team,site,assigned,treated_from"
    assert len(drawn) == 41
    lines = ["y,uses,assigned,site"]
    for i, row in enumerate(drawn[1:]):
        _, site, assigned, _ = row.split(",")
        uses = int(assigned) if i % 4 else 0
        lines.append(f"{5 + 2 * uses + (i * 7) % 5 / 10},{uses},{assigned},{site}")
    after = tmp_path / "after.csv"
    after.write_text("\n".join(lines) + "\n")
    words = [
        "--outcome",
        "y",
        "--treatment",
        "uses",
        "--instrument",
        "assigned",
        "--strata",
        "site",
        "--format",
        "json",
    ]
    told = json.loads(payback("impact", "--experiment", after, *words, home=tmp_path).stdout)
    assert told["interval"][0] < 2 < told["interval"][1]
    assert told["access"]["effect"] < told["effect"]


def test_a_wedge_is_dated_and_a_plan_without_units_is_wrong_usage(tmp_path):
    units = tmp_path / "units.csv"
    units.write_text("team\n" + "".join(f"t{i}\n" for i in range(8)))
    words = ["--unit", "team", "--waves", "4", "--every", "2", "--from", "2027-01-04", "--format", "csv"]
    done = payback("impact", "--plan", "wedge", "--units", units, *words, home=tmp_path)
    days = [line.split(",")[2] for line in done.stdout.splitlines()[1:]]
    assert sorted(days) == [
        day for day in ("2027-01-04", "2027-01-18", "2027-02-01", "2027-02-15") for _ in "ab"
    ]
    assert payback("impact", "--plan", "wedge", home=tmp_path).returncode == 2
