"""`python -m payback.sources.agents`: the JSON of `payback agents`, without the command line around it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import orjson

from payback.sources.agents.listed_prices import ListedPrices
from payback.sources.agents.reader import Places
from payback.sources.agents.tally import tally

USAGE = "usage: python -m payback.sources.agents [--home-dir DIR] [--by CUT[,CUT]] [--zone ZONE] [--store FILE] [--jobs N]"


def main(arguments: list[str]) -> int:
    """Print what agents used as JSON."""
    from zoneinfo import ZoneInfo

    if len(arguments) % 2 or not all(name.startswith("--") for name in arguments[::2]):
        sys.stderr.write(f"{USAGE}\n")
        return 2
    told = dict(zip(arguments[::2], arguments[1::2], strict=True))
    home = told.get("--home-dir")
    environ = {} if home else dict(os.environ)
    system = {"darwin": "darwin", "win32": "windows"}.get(sys.platform, "linux")
    places = Places(Path(home) if home else Path.home(), environ, system)  # type: ignore[arg-type]  # one of three
    store = Path(told["--store"]) if "--store" in told else None
    jobs = int(told.get("--jobs", min(4, os.cpu_count() or 1)))
    answer = tally(places, ZoneInfo(told.get("--zone", "UTC")), ListedPrices(), store, jobs)
    sys.stdout.buffer.write(orjson.dumps(answer.json(told.get("--by", "tool").split(","))) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
