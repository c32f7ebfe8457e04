"""Agent logs beside ccusage: whole processes in turn, wall, processor seconds and peak memory, then again from the store.

Corpora come from the generator among the reference data, sizes from PAYBACK_AGENT_SIZES (default 100M,500M,2G; slopes are
taken from the smallest to the largest). PAYBACK_CORPORA names a folder in which they are kept for another time. ccusage
is the program that PAYBACK_CCUSAGE names, or the one in a `node_modules` beside the corpora; without it only our own
figures are told. Bars: wall ≤ 1.0 × and memory ≤ 1.1 × ccusage, again ≤ 0.2 s, money equal to the truth to 1e-6.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measuring import MIB, Run, figures, measured

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
RUNS, AGAIN = 5, 9
BINARY = "node_modules/@ccusage/ccusage-linux-x64/bin/ccusage"
NEW_BYTES = 1_000_000


def main() -> None:
    sizes = os.environ.get("PAYBACK_AGENT_SIZES", "100M,500M,2G").split(",")
    told: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version(), "sizes": {}}
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(os.environ.get("PAYBACK_CORPORA") or scratch)
        peer = _peer(kept)
        if peer is None:
            print(
                "ccusage is not on this machine: set PAYBACK_CCUSAGE to its binary for figures side by side"
            )
        for size in sizes:
            home = _corpus(kept / f"bench-{size}", size)
            told["sizes"][size] = _measured(size, home, peer, Path(scratch))
    first, last = (told["sizes"][size] for size in (sizes[0], sizes[-1]))
    if last["bytes"] > first["bytes"]:
        growth = math.log(last["bytes"] / first["bytes"])
        told["slope"] = {
            name: math.log(last[name]["cpu"] / first[name]["cpu"]) / growth for name in ("cold", "again")
        }
        for name, slope in told["slope"].items():
            print(f"agents_{name}_slope {slope:.2f} exponent")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "agents.json").write_text(json.dumps(told, indent=1) + "\n")


def _measured(size: str, home: Path, peer: Path | None, scratch: Path) -> dict[str, Any]:
    truth = json.loads((home / "truth.json").read_text())
    store = scratch / f"store-{size}"
    ours, theirs = _ours(home, "--no-cache"), _theirs(home, peer)
    told: dict[str, Any] = {"bytes": truth["bytes"]}
    cold, other = _in_turn(ours, theirs)
    told["cold"] = figures(f"agents_{size}_cold", cold)
    told["cold"]["peak_sum"] = _peak_sum(ours)
    print(f"agents_{size}_cold_peak_sum {told['cold']['peak_sum']:.0f} MiB")
    told["usd_off"] = _usd_off(cold[0].out, truth)
    print(f"agents_{size}_usd_off {told['usd_off']:.7f} USD")
    if other:
        told["ccusage"] = figures(f"ccusage_{size}", other)
        for name in ("wall", "cpu", "peak"):
            pairs = [getattr(a, name) / getattr(b, name) for a, b in zip(cold, other, strict=True)]
            told[f"{name}_ratio"] = statistics.median(pairs)
            print(f"agents_{size}_{name}_ratio {told[f'{name}_ratio']:.2f} x")
    remembering = _ours(home, "--home", str(store))
    told["first"] = figures(f"agents_{size}_first", [remembering()])
    told["again"] = figures(f"agents_{size}_again", [remembering() for _ in range(AGAIN)])
    told["more"] = figures(f"agents_{size}_more", [_after_more(home, remembering) for _ in range(3)])
    return told


def _ours(home: Path, *options: str) -> Callable[[], Run]:
    command = [
        sys.executable,
        "-m",
        "payback.cli",
        "agents",
        "--format",
        "json",
        "--home-dir",
        str(home),
        *options,
    ]
    return lambda: measured(command, {})


def _theirs(home: Path, peer: Path | None) -> Callable[[], Run] | None:
    if peer is None:
        return None
    command = [str(peer), "daily", "--json", "--offline", "-z", "UTC"]
    return lambda: measured(command, {"HOME": str(home), "TZ": "UTC"})


def _in_turn(ours: Callable[[], Run], theirs: Callable[[], Run] | None) -> tuple[list[Run], list[Run]]:
    """A B A B ..., after one run of each that is not counted."""
    pairs = [(ours(), theirs() if theirs else None) for _ in range(RUNS + 1)][1:]
    return [one for one, _ in pairs], [other for _, other in pairs if other]


def _peak_sum(ours: Callable[[], Run]) -> float:
    """MiB of all processes of one run together, sampled; shared pages count in each. 0 where that cannot be seen."""
    done, most = threading.Event(), [0.0]

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], sum(_resident(pid) for pid in _descendants(os.getpid())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    ours()
    done.set()
    watcher.join()
    return most[0]


def _descendants(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in children.read_text().split()]
        except OSError:
            continue
    return found + [deeper for child in found for deeper in _descendants(child)]


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
    except (OSError, IndexError):
        return 0.0


def _usd_off(out: bytes, truth: dict[str, Any]) -> float:
    want = sum(Decimal(str(each["cost_usd"])) for each in truth["by_tool"].values())
    return float(abs(Decimal(json.loads(out)["totals"]["list_usd"]) - want))


def _after_more(home: Path, remembering: Callable[[], Run]) -> Run:
    """A run after one log grew by a megabyte; the log is put back."""
    log = max((home / ".claude").rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    size = log.stat().st_size
    with log.open("rb") as file:
        more = file.read(NEW_BYTES)
    try:
        with log.open("ab") as file:
            file.write(more[: more.rfind(b"\n") + 1].replace(b'"msg_01', b'"msg_zz'))
        return remembering()
    finally:
        os.truncate(log, size)
        remembering()


def _corpus(home: Path, size: str) -> Path:
    if not (home / "truth.json").exists():
        desk = Path(os.environ.get("PAYBACK_DESK") or ROOT.parent / "shared")
        program = desk / "bench" / "gen_corpus.py"
        if not program.exists():
            raise SystemExit(f"the generator of corpora is not on this machine ({program}); set PAYBACK_DESK")
        subprocess.run(
            [sys.executable, str(program), "--out", str(home), "--size", size],
            check=True,
            capture_output=True,
        )
    return home


def _peer(kept: Path) -> Path | None:
    named = os.environ.get("PAYBACK_CCUSAGE")
    found = [Path(named)] if named else [kept / BINARY, kept / "npm" / BINARY]
    found += [Path(path) for path in [shutil.which("ccusage")] if path]
    return next((path for path in found if os.access(path, os.X_OK)), None)


if __name__ == "__main__":
    main()
