"""Run every benchmark, or those named: python -m benchmarks [pricing warehouse startup agents imports markers survival]. Each has its own process,
so that the memory of one is not told as another's.
"""

from __future__ import annotations

import subprocess
import sys

ALL = ("pricing", "warehouse", "startup", "agents", "imports", "markers", "survival")


def main(names: list[str]) -> int:
    failed = 0
    for name in names or ALL:
        print(f"# {name}", flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
