"""How soon the command line answers: whole processes, best and median of several. Bar: `payback --help` ≤ 0.3 s."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
COMMANDS = {
    "help": ["-m", "payback.cli", "--help"],
    "bare_python": ["-c", "pass"],
}
RUNS = 9


def seconds(command: list[str]) -> list[float]:
    found = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        found.append(time.perf_counter() - begun)
    return found


def main() -> None:
    told = {}
    for name, command in COMMANDS.items():
        runs = seconds(command)
        told[name] = {"median": statistics.median(runs), "best": min(runs)}
        print(f"startup_{name}_median {told[name]['median']:.3f} s")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "startup.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
