"""`payback agents` and `payback survive` with `--format json`, without the machinery of a command line, which takes longer
to start than what was read takes to read again. Only plain forms are answered here; everything else (help, tables, wrong
usage) goes the long way.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

AGENTS = {"--home-dir": True, "--by": True, "--format": True, "--home": True, "--no-cache": False}
SURVIVE = {"--ages": True, "--by": True, "--rule": True, "--format": True, "--home": True}
CUTS = "tool,model"


def answer(verb: str, words: list[str]) -> None:
    """Answer these words on stdout and end the process; come back where they need the long way."""
    told = _told(words, AGENTS if verb == "agents" else SURVIVE)
    if told is None or told["--format"] != ["json"] or (verb == "agents" and told[""]):
        return
    from payback.errors import PaybackError
    from payback.home import default_home

    base = Path(told["--home"][-1]).expanduser() if told["--home"] else default_home(os.environ)
    try:
        found = _agents(told, base) if verb == "agents" else _survive(told, base)
    except PaybackError as error:
        sys.stderr.write(f"payback: {error}\n")
        sys.exit(1)
    if found is None:
        return
    sys.stdout.buffer.write(found + b"\n")
    sys.stdout.flush()
    os._exit(0)  # millions of values need no tidying up one by one


def _agents(told: dict[str, list[str]], base: Path) -> bytes:
    import orjson

    from payback.cli.machine import jobs, system
    from payback.sources.agents import report

    homes = [Path(folder).expanduser() for folder in told["--home-dir"]]
    cuts = report.checked((told["--by"] or [CUTS])[-1])
    zone = _zone(base)
    where = report.places(homes, os.environ, system())
    found = report.agents(where, zone, None if told["--no-cache"] else base, jobs()).json(cuts)
    return orjson.dumps(found, option=orjson.OPT_INDENT_2)


def _survive(told: dict[str, list[str]], base: Path) -> bytes | None:
    import json

    from payback.cli.machine import jobs, now
    from payback.sources.git import Git
    from payback.sources.git import survival_report as report

    places = [Path(folder).expanduser() for folder in told[""]]
    if not places:
        return None
    rule, ages, by = (
        (told[name] or [usual])[-1]
        for name, usual in (("--rule", "lines"), ("--ages", ""), ("--by", "ai_class"))
    )
    question = report.asked(rule, ages, by, (int(now().timestamp()), None))
    if question.by not in report.CUTS:
        return None
    found = report.histories(Git.within(os.environ), places, question.rule, base / report.FOLDER, jobs())
    rows = report.told(report.all_of(found), question, report.CUTS[question.by])
    names = report.columns(question)
    return json.dumps([{name: row[name] for name in names} for row in rows], indent=2).encode()


def _zone(base: Path) -> ZoneInfo:
    """The organisation's zone; UTC, without reading settings, where nothing says other."""
    from zoneinfo import ZoneInfo

    from payback.home import FILE

    if not os.environ.get("TZ") and not (base / FILE).exists():
        return ZoneInfo("UTC")
    from payback.settings import load

    return load(base, os.environ).zone


def _told(words: list[str], options: Mapping[str, bool]) -> dict[str, list[str]] | None:
    """The options given, each with its values, and under "" what stands among them; None where an option is not known.
    `options` says which of them have a value.
    """
    told: dict[str, list[str]] = {name: [] for name in ("", *options)}
    rest = iter(words)
    for word in rest:
        name, sign, value = word.partition("=")
        if not word.startswith("-"):
            told[""].append(word)
        elif word in options and not options[word]:
            told[word].append("")
        elif options.get(name):
            given = value if sign else next(rest, None)
            if given is None:
                return None
            told[name].append(given)
        else:
            return None
    return told
