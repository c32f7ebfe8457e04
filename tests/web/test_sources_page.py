"""The Sources page shows each connection by stream, what is wanting, and tests a connection on a button."""

from __future__ import annotations

from tests.web.reading import Outline
from tests.web.test_forms import browser, desk, send

assert desk


def test_each_connection_has_its_streams_what_is_wanting_and_a_button(desk):
    text = Outline(browser(desk).get("/sources").text).text
    for words in (
        "Connection openai",
        "OpenAI: Costs",
        "api.management.read",
        "An owner makes an admin key",
        "Test connection",
    ):
        assert words in text
    told = browser(desk).get("/sources.json").json()
    assert [row["title"] for row in told["wanting"]["rows"]] == ["OpenAI: API keys"]


def test_the_button_asks_the_vendor_and_the_page_says_what_answers(desk):
    client = browser(desk)
    assert send(client, "/sources", act="test", connection="openai").status_code == 303
    assert "openai: 1 of 2 streams answer. the key is wrong." in Outline(client.get("/sources").text).text
    send(client, "/sources", act="forget")
    assert "the form names no connection to test" in Outline(client.get("/sources").text).text
