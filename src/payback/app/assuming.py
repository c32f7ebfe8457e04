"""What payback.toml says about hours of work, over the defaults.

[full_cost]
coding_hours_per_week = 12        # of a developer; 7.75 where nothing is told
review_lines_per_hour = 400
review_longest_minutes = 60
review_minutes = 5                # each review besides reading
comment_minutes = 2
rework_hours = 4                  # else the coding hours of one change, from what a developer merges
bug_hours = 2                     # without it, extra defects are counted and not priced
incident_hours = 12
correction_minutes = 10
measure = false                   # only what is entered counts
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.insight.assumptions import DEFAULTS, Assumption

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURE = "measure"
ABOVE_ZERO = ("review_lines_per_hour", "review_longest_minutes", "coding_hours_per_week")
MOST_HOURS = 168


def assumed(told: Mapping[str, Any]) -> dict[str, Assumption]:
    """Every assumption by id, as the organisation tells it. SettingsError for what it cannot mean."""
    given = _table(told)
    return {
        one.id: replace(one, value=_number(one.id, given[one.id]), source="payback.toml", read_on=None)
        if one.id in given
        else one
        for one in DEFAULTS
    }


def is_measured(told: Mapping[str, Any]) -> bool:
    """Whether hours are measured at all where nobody entered them."""
    found = _table(told).get(MEASURE, True)
    if not isinstance(found, bool):
        raise SettingsError(f"[full_cost] measure is true or false, not {found!r}")
    return found


def _table(told: Mapping[str, Any]) -> Mapping[str, Any]:
    given = told.get("full_cost", {})
    if not isinstance(given, dict):
        raise SettingsError(f"[full_cost] is a table of settings, not {given!r}")
    known = {*(one.id for one in DEFAULTS), MEASURE}
    if strange := sorted(set(given) - known):
        raise SettingsError(f"[full_cost] has no {strange[0]!r}; it has {', '.join(sorted(known))}")
    return given


def _number(name: str, told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float) or told < 0:
        raise SettingsError(f"[full_cost] {name} is a number of zero or more, not {told!r}")
    if name in ABOVE_ZERO and not told:
        raise SettingsError(f"[full_cost] {name} is above zero")
    if name == "coding_hours_per_week" and told > MOST_HOURS:
        raise SettingsError(f"[full_cost] coding_hours_per_week is at most {MOST_HOURS}, not {told!r}")
    return float(told)
