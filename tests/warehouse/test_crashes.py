"""kill -9 at random points of a write: figures and cursors always say the same."""

from __future__ import annotations

import os
import random
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from payback.warehouse.shared import open_warehouse
from tests.warehouse.conformance import TABLES, unheard
from tests.warehouse.processes import line, worker
from tests.warehouse.test_sharing import complete

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = int(os.environ.get("PAYBACK_CRASHES") or (50 if os.environ.get("PAYBACK_SOAK") else 10))


@pytest.mark.soak
def test_a_writer_killed_at_random_points_leaves_figures_and_cursors_that_agree(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    chance = random.Random(20_261_123)
    last = -1
    for _ in range(ROUNDS):
        with worker("write", file, "a") as writer:
            assert line(writer) == ["holds", "True"]
            acknowledged = int(line(writer)[1])
            assert acknowledged == last + 1
            time.sleep(chance.uniform(0, 0.15))
            writer.kill()
            writer.wait()
            assert writer.stdout is not None
            acknowledged = max(
                [acknowledged, *(int(said.split()[1]) for said in writer.stdout if said.endswith("\n"))]
            )
        with closing(open_warehouse(file, TABLES, unheard)) as warehouse:
            last = complete(warehouse, "a")
        assert last in {acknowledged, acknowledged + 1}
