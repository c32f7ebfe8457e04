"""What holds for every test: a request that is tried again is tried at once, six times in all."""

from __future__ import annotations

import pytest
import stamina


@pytest.fixture(autouse=True, scope="session")
def _no_waiting():
    with stamina.set_testing(True, attempts=6):
        yield
