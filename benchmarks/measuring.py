"""What a program takes, run as its own process: time, processor, memory, and what it printed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIB = 1 << 20


class Run(NamedTuple):
    """One whole process with its children: seconds by the clock and of processors, MiB of the largest process."""

    wall: float
    cpu: float
    peak: float
    out: bytes


def measured(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Run:
    """One run; `environ` is added to the environment. SystemExit where the program fails."""
    with tempfile.TemporaryFile() as out:
        begun = time.perf_counter()
        told = _environ(environ or {})
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=told)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        out.seek(0)
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / MIB
        return Run(wall, usage.ru_utime + usage.ru_stime, peak, out.read())


def _environ(more: Mapping[str, str]) -> dict[str, str]:
    """As installed: modules are compiled once, not on each start."""
    told = {**os.environ, **more}
    if told.pop("PYTHONDONTWRITEBYTECODE", None) and "PYTHONPYCACHEPREFIX" not in told:
        told["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / "payback-bytecode")
    return told


def figures(name: str, runs: Sequence[Run]) -> dict[str, float]:
    """Median and best of several runs, printed and given back."""
    told = {}
    for figure, unit in (("wall", "s"), ("cpu", "s"), ("peak", "MiB")):
        values = [getattr(run, figure) for run in runs]
        told[figure], told[f"{figure}_best"] = statistics.median(values), min(values)
        print(f"{name}_{figure} {told[figure]:.3f} {unit}", flush=True)
    return told
