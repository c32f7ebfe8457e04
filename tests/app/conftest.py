"""One invented company, taken in once, for tests that only read."""

from __future__ import annotations

import pytest

from tests.app.world import invented, opened


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    home = tmp_path_factory.mktemp("company")
    invented(home)
    with opened(home) as app:
        app.sync()
    return home
