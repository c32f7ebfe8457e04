"""Published figures: the county employment panel (Callaway and Sant'Anna) and an interrupted series."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from payback.insight.impact.comparison import series
from payback.insight.impact.estimate import Asked, estimate
from payback.insight.impact.panel import Observation, panel
from payback.insight.impact.telling import told

DATA = Path(__file__).parents[3] / "shared" / "data"
PUBLISHED = {
    2004: (-0.0105, -0.0704, -0.1373, -0.1008),
    2006: (0.0065, -0.0028, -0.0046, -0.0412),
    2007: (0.0305, -0.0027, -0.0311, -0.0261),
}
MEANS = {"dynamic": (-0.0772, 0.020), "group": (-0.0310, 0.0126), "simple": (-0.0400, 0.0120)}


def rows(name):
    path = next((p for p in (DATA / name, Path("/work/shared/data") / name) if p.exists()), None)
    if path is None:
        pytest.skip(f"the published data {name} is not here")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def counties():
    return panel(
        Observation(r["countyreal"], float(r["year"]), float(r["first.treat"]) or None, float(r["lemp"]))
        for r in rows("did-mpdta/mpdta.csv")
    )


def test_group_time_effects_and_their_means_are_the_published_ones():
    found = told(counties(), estimate(counties(), Asked("never")))
    cells = {(c["g"], c["t"]): round(c["att"], 4) for c in found["by_group_time"]}
    assert cells == {(g, 2004 + i): att for g, atts in PUBLISHED.items() for i, att in enumerate(atts)}
    for name, (att, se) in MEANS.items():
        assert round(found["aggregates"][name]["att"], 4) == att
        assert found["aggregates"][name]["se"] == pytest.approx(se, rel=0.1)
    assert (found["units"], found["n"]) == (500, 2500)


def test_units_treated_later_serve_as_controls_before_their_own_treatment():
    """Figures of an independent implementation (diff-diff 3.13) with not-yet-treated controls."""
    found = told(counties(), estimate(counties(), Asked("not_yet")))
    cells = {(c["g"], c["t"]): (round(c["att"], 4), round(c["se"], 4)) for c in found["by_group_time"]}
    assert [cells[2004, t] for t in (2004, 2005, 2006)] == [
        (-0.0194, 0.0223),
        (-0.0783, 0.0304),
        (-0.1363, 0.0354),
    ]
    assert [cells[2006, t] for t in (2004, 2005, 2006)] == [
        (-0.0026, 0.0225),
        (-0.0019, 0.0190),
        (0.0047, 0.0163),
    ]
    assert [cells[2007, t] for t in (2004, 2005, 2006)] == [
        (0.0298, 0.0145),
        (-0.0024, 0.0160),
        (-0.0311, 0.0179),
    ]
    assert (found["att"], found["se"]) == (
        pytest.approx(-0.03976362562304439),
        pytest.approx(0.012052424787341885),
    )


def test_five_added_to_a_series_are_found():
    points = rows("its/arma_data.csv")
    level = np.array([float(p["y"]) for p in points])
    moved = level + 5 * (np.arange(len(level)) >= 70)
    beside = np.array([[float(p["X"])] for p in points])
    found = series(moved, 70, beside)
    assert 4.26 <= found.effect <= 5.47
    assert found.interval[0] <= 5 <= found.interval[1]
    assert found.label == "weak"
    untouched = series(level, 70, beside)
    assert untouched.interval[0] <= 0 <= untouched.interval[1]
