from __future__ import annotations

import pytest

from tests.metrics.month import the_month


@pytest.fixture(scope="session")
def month():
    ground = the_month()
    yield ground
    ground.warehouse.close()
