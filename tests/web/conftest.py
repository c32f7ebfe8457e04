from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from payback.web.site import create_web
from tests.web.fake import a_company, nobody

HERE = "http://127.0.0.1:8642"


@pytest.fixture(scope="session")
def company():
    desk = a_company()
    yield desk
    desk.ground.warehouse.close()


@pytest.fixture(scope="session")
def empty():
    desk = nobody()
    yield desk
    desk.ground.warehouse.close()


@pytest.fixture(scope="session")
def site(company):
    with TestClient(create_web(company), base_url=HERE, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def bare_site(empty):
    with TestClient(create_web(empty), base_url=HERE) as client:
        yield client
