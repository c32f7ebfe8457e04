"""`payback agents --format json` without the machinery of a command line, which takes longer to start than the logs take
to read again. Only plain forms are answered here; everything else (help, tables, wrong usage) goes the long way.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

OPTIONS = ("--home-dir", "--by", "--format", "--home")
CUTS = "tool,model"


def answer(words: list[str]) -> None:
    """Answer these words on stdout and end the process; come back where they need the long way."""
    told = _told(words)
    if told is None or told["--format"] != ["json"]:
        return
    import orjson

    from payback.cli.machine import jobs, system
    from payback.errors import PaybackError
    from payback.home import default_home
    from payback.sources.agents import report

    base = Path(told["--home"][-1]).expanduser() if told["--home"] else default_home(os.environ)
    homes = [Path(folder).expanduser() for folder in told["--home-dir"]]
    try:
        cuts = report.checked((told["--by"] or [CUTS])[-1])
        zone = _zone(base)
        where = report.places(homes, os.environ, system())
        found = report.agents(where, zone, None if told["--no-cache"] else base, jobs())
    except PaybackError as error:
        sys.stderr.write(f"payback: {error}\n")
        sys.exit(1)
    sys.stdout.buffer.write(orjson.dumps(found.json(cuts), option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.flush()
    os._exit(0)  # millions of values need no tidying up one by one


def _zone(base: Path) -> ZoneInfo:
    """The organisation's zone; UTC, without reading settings, where nothing says other."""
    from zoneinfo import ZoneInfo

    from payback.home import FILE

    if not os.environ.get("TZ") and not (base / FILE).exists():
        return ZoneInfo("UTC")
    from payback.settings import load

    return load(base, os.environ).zone


def _told(words: list[str]) -> dict[str, list[str]] | None:
    """The options given, each with its values; None where something else stands among them."""
    told: dict[str, list[str]] = {name: [] for name in (*OPTIONS, "--no-cache")}
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if word == "--no-cache":
            told[name].append("")
        elif name in OPTIONS:
            given = value if sign else next(rest, None)
            if given is None:
                return None
            told[name].append(given)
        else:
            return None
    return told
