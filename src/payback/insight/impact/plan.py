"""A randomised roll-out, drawn up before it begins: who gets a seat (lottery), or when each unit gets it (stepped wedge).

The draw depends on the names of the units, their strata, the plan and the seed, not on the order of the file: whoever has the
file can draw it again. Within each stratum the share with a seat, or in each wave, is as even as whole units allow.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError

if TYPE_CHECKING:
    from collections.abc import Sequence

LOTTERY, WEDGE = "lottery", "wedge"
PLANS = (LOTTERY, WEDGE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A team, a person or a repository that can be given a seat, and what it is like."""

    name: str
    stratum: tuple[str, ...] = ()


def lottery(units: Sequence[Unit], share: float, seed: int) -> dict[str, int]:
    """1 for each unit that gets a seat, 0 for the others, by name; every unit has the same chance."""
    if not 0 < share < 1:
        raise PaybackError(
            f"the share with a seat lies between 0 and 1, not at {share:g}; give --share 50 for half"
        )
    order, random = _shuffled(units, seed)
    start = random.random()
    drawn = {
        unit.name: floor((i + 1) * share + start) - floor(i * share + start) for i, unit in enumerate(order)
    }
    if len(set(drawn.values())) < 2:
        raise PaybackError(f"{len(units)} units are too few for a lottery with this share; add units")
    return {name: drawn[name] for name in sorted(drawn)}


def wedge(units: Sequence[Unit], waves: int, seed: int) -> dict[str, int]:
    """The wave of each unit by name, from 0 on; every unit has the same chance of each wave."""
    if not 2 <= waves <= len(units):
        raise PaybackError(f"{len(units)} units make 2 to {len(units)} waves, not {waves}")
    order, random = _shuffled(units, seed)
    start = int(random.integers(waves))
    drawn = {unit.name: (start + i) % waves for i, unit in enumerate(order)}
    return {name: drawn[name] for name in sorted(drawn)}


def _shuffled(units: Sequence[Unit], seed: int) -> tuple[list[Unit], np.random.Generator]:
    """Strata in random order, and the units in random order within each."""
    names = [unit.name for unit in units]
    if len(set(names)) < len(names):
        raise PaybackError("a unit stands twice among the units; keep one row of each")
    random = np.random.default_rng(seed)
    strata: dict[tuple[str, ...], list[Unit]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: (unit.stratum, unit.name)):
        strata[unit.stratum].append(unit)
    keys = list(strata)
    return [
        strata[keys[i]][j]
        for i in random.permutation(len(keys))
        for j in random.permutation(len(strata[keys[i]]))
    ], random
