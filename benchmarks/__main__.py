"""Run every benchmark, or those named: python -m benchmarks [agents pricing warehouse pages]."""

from __future__ import annotations

import importlib
import sys

ALL = ("pricing", "warehouse", "startup", "agents")


def main(names: list[str]) -> None:
    for name in names or ALL:
        print(f"# {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
