"""One warehouse per engine for the tests of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.warehouse.conformance import ENGINES, TABLES, Engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payback.warehouse.contract import Warehouse


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.name)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    test = request.node.originalname
    if test in found.gaps:
        request.applymarker(pytest.mark.xfail(reason=found.gaps[test], strict=True))
    return found


@pytest.fixture
def warehouse(engine: Engine, tmp_path: Path) -> Iterator[Warehouse]:
    with engine.opened(tmp_path, TABLES) as opened:
        yield opened
