"""Headers, hosts, escaping, failures: what a hostile visitor or a broken record gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from payback.web.filters import KNOWN
from payback.web.security import HEADERS
from payback.web.site import create_web
from tests.web.conftest import HERE
from tests.web.fake import FakeDesk
from tests.web.reading import ALL, Outline

if TYPE_CHECKING:
    from payback.metrics.question import Query


@pytest.mark.parametrize(
    "path", [*(path for _, path, _ in ALL), "/nowhere", "/spend?by=x", "/static/payback.js"]
)
def test_every_answer_carries_the_headers(site, path):
    headers = site.get(path).headers
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "access-control-allow-origin" not in headers


def test_scripts_and_styles_come_from_this_server_alone():
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "payback.local", ""])
def test_a_host_that_is_not_loopback_is_turned_away(site, host):
    answer = site.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "Acme" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:8642", "localhost:8642", "[::1]:8642", "LOCALHOST"])
def test_loopback_names_are_answered(site, host):
    assert site.get("/metrics", headers={"Host": host}).status_code == 200


def test_a_configured_host_is_answered(company):
    client = TestClient(
        create_web(company, hosts=["payback.acme.example"]), base_url="https://payback.acme.example"
    )
    assert client.get("/metrics").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_pages_are_only_read(site, method):
    assert getattr(site, method)("/spend").status_code == 405


@dataclass
class BrokenDesk(FakeDesk):
    def answer(self, query: Query, scope):
        raise RuntimeError("secret-of-the-engine")


def test_a_failure_inside_is_said_without_its_trace(company):
    desk = BrokenDesk(company.ground, company.settings, company.span)
    client = TestClient(create_web(desk), base_url=HERE, raise_server_exceptions=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@given(
    name=st.sampled_from(sorted(KNOWN)),
    value=st.text(max_size=60)
    | st.sampled_from(["<script>alert(1)</script>", "'\"><img src=x>", "-", "0", "9" * 30]),
    path=st.sampled_from(["/", "/spend", "/sessions.json", "/changes", "/choices/tool"]),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_parameter_breaks_a_page_or_is_written_unescaped(site, name, value, path):
    answer = site.get(path, params={name: value})
    assert answer.status_code in {200, 400}
    if not path.endswith(".json"):
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_words_of_facts_are_data_and_never_markup(company):
    client = TestClient(create_web(company), base_url=HERE)
    html = client.get("/changes/%3Cscript%3Ealert(1)%3C%2Fscript%3E").text
    assert "<script>alert" not in html
    assert Outline(html).open == []
