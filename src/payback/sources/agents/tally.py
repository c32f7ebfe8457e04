"""What coding agents on this machine used, straight from their logs: the engine of `payback agents`.

Reads what changed, resolves copies across all logs, prices sums exactly, and remembers numbers, offsets and digests for
the next run. No fact is written, no clock and no environment is looked at.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from payback.sources.agents import store as stores
from payback.sources.agents.answer import Tally
from payback.sources.agents.listing import listed

if TYPE_CHECKING:
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from payback.sources.agents.reader import Places
    from payback.sources.agents.tariff import PriceFor


def tally(
    places: Places, zone: ZoneInfo, prices: PriceFor, store: Path | None = None, jobs: int = 1
) -> Tally:
    """All use of all agents found at these places, in days of a zone.

    `store` is where to remember what was read (None: nowhere), `jobs` how many processes may read. Never raises for
    what a log holds, and does without a store that cannot be used.
    """
    logs = listed(places)
    view = [str(zone), prices.identity]
    kept = stores.opened(store) if store else None
    if kept is not None and kept.summary["view"] != view:
        kept = None
    if kept is not None and kept.summary["logs"] == [list(log) for log in logs]:
        return Tally.restored(kept.summary["sums"], kept.summary["rejected"])
    from payback.sources.agents.history import History
    from payback.sources.agents.table import days_in

    day_of = days_in(zone)
    was_collecting = gc.isenabled()
    gc.disable()  # millions of short-lived values, none in circles
    try:
        history = History.restored(kept, prices, day_of) or History(prices, day_of)
        history.update(logs, jobs)
        answer = Tally(history.table.sums, history.rejected())
        if store:
            summary: dict[str, Any] = {"view": view, "logs": history.unchanging(), **answer.kept()}
            stores.keep(store, summary, *history.kept())
    finally:
        if was_collecting:
            gc.enable()
    return answer
