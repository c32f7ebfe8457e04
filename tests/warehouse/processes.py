"""Starting and ending worker processes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def worker(task: str, file: Path, name: str = "w") -> Iterator[subprocess.Popen[str]]:
    """A worker that has said whether it holds the file; killed at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.warehouse.worker", task, str(file), name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> list[str]:
    """The next line that a worker says, in words."""
    assert process.stdout is not None
    said = process.stdout.readline().split()
    if not said:
        assert process.stderr is not None
        raise AssertionError(process.stderr.read())
    return said


def rest(process: subprocess.Popen[str]) -> list[str]:
    """What a worker says until it ends well."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "lock" not in (out + err).lower(), out + err
    return out.splitlines()


def tell(process: subprocess.Popen[str], text: str = "go") -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()
