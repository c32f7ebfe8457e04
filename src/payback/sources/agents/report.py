"""`payback agents` as a value: which homes are read, where what was read is remembered, and the JSON of the contract."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from payback.errors import UnknownNameError
from payback.home import user_home
from payback.sources.agents.answer import Tally, together
from payback.sources.agents.listed_prices import ListedPrices
from payback.sources.agents.reader import Places, System
from payback.sources.agents.table import DIMENSIONS
from payback.sources.agents.tally import tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from zoneinfo import ZoneInfo


def places(homes: Sequence[Path], environ: Mapping[str, str], system: System) -> list[Places]:
    """Where to look. The tools' own variables speak for the person's own home only, not for folders that are named."""
    if not homes:
        return [Places(user_home(environ), environ, system)]
    return [Places(home, {}, system) for home in homes]


def agents(where: Sequence[Places], zone: ZoneInfo, cache: Path | None, jobs: int) -> Tally:
    """What all agents at these places used. `cache` is a folder for what was read (None: nothing is remembered)."""
    prices = ListedPrices()
    return together([tally(place, zone, prices, _store(cache, place), jobs) for place in where])


def checked(by: str) -> list[str]:
    """The cuts asked for, comma-separated. UnknownNameError for one that logs do not know."""
    cuts = [name.strip() for name in by.split(",") if name.strip()]
    for name in cuts:
        if name not in DIMENSIONS:
            raise UnknownNameError("cut of agent logs", name, DIMENSIONS)
    return cuts


def summary(told: Mapping[str, Any]) -> str:
    """One sentence on all of it, with what has no price and what could not be read."""
    totals = told["totals"]
    parts = [f"list price ${float(totals['list_usd'] or 0):,.2f} for {totals['requests']:,} requests"]
    if told["unpriced"]:
        models = ", ".join(str(one["model"]) for one in told["unpriced"][:5])
        parts.append(
            f"plus {sum(one['tokens'] for one in told['unpriced']):,} tokens without a price ({models})"
        )
    if told["rejected"]:
        parts.append(f"{len(told['rejected'])} rows could not be read")
    return "; ".join(parts) + "."


def _store(cache: Path | None, place: Places) -> Path | None:
    if cache is None:
        return None
    name = blake2b(str(place.home).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
    return cache / "agents" / f"{name}.read"
