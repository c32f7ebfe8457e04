from __future__ import annotations

import pytest

from payback.demo.company import invent
from tests.demo.invented import MONTHS, PEOPLE, TODAY, Home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("invented")
    invent(path, seed=7, months=MONTHS, people=PEOPLE, today=TODAY, progress=lambda sentence: None)
    return Home(path)
