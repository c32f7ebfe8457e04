"""Signs of AI on a real history: this project's own, as far as Git holds it here."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from benchmarks.markers import measured

OWN = Path(__file__).resolve().parents[2]


def test_recall_and_precision_are_measured_and_printed_on_this_projects_own_history(capsys):
    counted = subprocess.run(
        ["git", "-C", str(OWN), "rev-list", "--count", "HEAD"], check=False, capture_output=True, text=True
    )
    if counted.returncode:
        pytest.skip("this is no checkout with its history")
    commits, marked, recall = measured(OWN)
    with capsys.disabled():
        print(
            f"\n{commits} commits, {marked} marked, {recall.attested} with attested lines, "
            f"recall {recall.share}, precision {recall.precision}"
        )
    assert commits >= int(counted.stdout)
    assert recall.also_marked <= min(recall.attested, marked)
