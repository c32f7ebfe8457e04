"""How long it takes to take in a bill of 100,000 lines and a file of one million requests: whole processes, CSV to spend.

`python -m benchmarks.imports [SCALE]` writes both files (times SCALE), runs `payback import` on one after the other, in one
home, so that the bill is split over the requests it paid for; prints `name value unit` lines and writes `benchmarks/results/imports.json`. Processor seconds stand beside the clock's.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "imports.json"
CHARGES, REQUESTS = 100_000, 1_000_000
START = datetime(2026, 10, 1, tzinfo=UTC)
MODELS = ("gpt-5", "gpt-5-mini", "claude-sonnet-4-5", "claude-opus-4-5", "claude-haiku-4-5")
DAYS, PROJECTS, PEOPLE, LINES_OF_A_PROJECT = 31, 400, 1000, 8
TEAMS = ("search", "payments", "identity", "storefront", "platform", "data", "mobile", "support")


def bill(file: Path, lines: int) -> None:
    """A bill by day, project, model and kind of token: what cost APIs and cloud exports give for a large organisation."""
    draw = random.Random(7)
    names = (
        "vendor",
        "account",
        "project",
        "model",
        "sku",
        "start",
        "end",
        "amount",
        "list",
        "currency",
        "quantity",
        "unit",
    )
    with file.open("w", newline="", encoding="utf-8") as held:
        writer = csv.writer(held)
        writer.writerow(names)
        for number in range(lines):
            day = START + timedelta(days=number % DAYS)
            project, line = divmod(number // DAYS, LINES_OF_A_PROJECT)
            model, kind = MODELS[line % len(MODELS)], ("input", "output")[line // len(MODELS)]
            cost = draw.randrange(1, 10**5)  # less than the requests cost at list price
            writer.writerow(
                [
                    _vendor(model), "org-1", f"proj-{project}", model, f"{model}, {kind}", f"{day:%Y-%m-%d}",
                    f"{day + timedelta(days=1):%Y-%m-%d}", f"{cost / 10**6:.6f}", f"{cost * 1.2 / 10**6:.6f}", "USD",
                    draw.randrange(10**6), "tokens",
                ]
            )  # fmt: skip


def _vendor(model: str) -> str:
    return "openai" if model.startswith("gpt") else "anthropic"


def requests(file: Path, rows: int) -> None:
    """A gateway's log of single requests over a month."""
    draw = random.Random(11)
    step = timedelta(days=DAYS) / rows
    with file.open("w", newline="", encoding="utf-8") as held:
        writer = csv.writer(held)
        writer.writerow(
            [
                "request_id", "timestamp", "provider", "model", "user", "project", "team", "input_tokens",
                "cache_read_tokens", "output_tokens", "reasoning_tokens", "duration", "tier",
            ]
        )  # fmt: skip
        for number in range(rows):
            moment = START + number * step
            model = MODELS[draw.randrange(len(MODELS))]
            output = draw.randrange(4000)
            writer.writerow(
                [
                    f"req_{number:012d}", f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
                    _vendor(model), model, f"dev{number % PEOPLE}@example.com",
                    f"proj-{number % PROJECTS}", TEAMS[number % len(TEAMS)], draw.randrange(20000), draw.randrange(50000),
                    output, output // 3, draw.randrange(60000) / 1000, "standard",
                ]
            )  # fmt: skip


def imported(home: Path, file: Path, kind: str) -> dict[str, float]:
    """Seconds of one `payback import`, by the clock and of the processors, and its peak memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    words = [sys.executable, "-m", "payback.cli", "import", str(file), "--as", kind, "--home", str(home)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"})
    taken = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(taken, 2),
        "processor_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
        "peak_mib": round(after.ru_maxrss / 1024),
    }


def main(scale: float) -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        told = {}
        for kind, write, rows in (("charges", bill, CHARGES), ("usage", requests, REQUESTS)):
            file = Path(folder) / f"{kind}.csv"
            write(file, int(rows * scale))
            told[kind] = {"rows": int(rows * scale), **imported(home, file, kind)}
    for kind, figures in told.items():
        for name, value in figures.items():
            print(f"import_{kind}_{name} {value}")
    total = sum(figures["seconds"] for figures in told.values())
    print(f"import_both_seconds {total:.2f} s")
    if scale == 1:
        machine = {"processors": os.cpu_count(), "python": platform.python_version()}
        RESULTS.write_text(json.dumps({"machine": machine, **told}, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1))
