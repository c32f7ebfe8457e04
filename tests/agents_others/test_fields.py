from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.sources.agents.failures import failure_kind
from payback.sources.agents.fields import (
    BadFieldError,
    happened,
    identity,
    instant,
    last_part,
    scoped,
    tokens,
    usd,
)
from payback.sources.agents.providers import vendor_of
from payback.sources.agents.tool_kinds import kind_of

NOON = "2026-06-01T12:00:00+00:00"


@pytest.mark.parametrize(
    "written",
    [
        "2026-06-01T12:00:00Z",
        "2026-06-01T12:00:00.000Z",
        "2026-06-01T14:00:00+02:00",
        "2026-06-01 12:00:00",
        1780315200,
        1780315200.0,
        1780315200_000,
        1780315200_000_000,
        1780315200_000_000_000,
        "1780315200000",
    ],
)
def test_one_instant_in_every_form_that_tools_write(written: Any) -> None:
    found = instant(None, "", written)
    assert found is not None
    assert found.isoformat() == NOON


@pytest.mark.parametrize(
    "written", [None, True, "", "soon", -5, 0, 1e400, float("nan"), "9999-12-31T23:59:59-14:00", []]
)
def test_what_is_no_instant_is_refused(written: Any) -> None:
    with pytest.raises(BadFieldError):
        happened(written)


@pytest.mark.parametrize(
    "written", [-1, 1.5, "many", True, [], {}, 10**13, float("inf"), float("nan"), "1e400"]
)
def test_what_is_no_count_is_refused_without_quoting_it(written: Any) -> None:
    with pytest.raises(BadFieldError, match="input is") as refused:
        tokens({"input": written}, "input")
    assert "many" not in str(refused.value)


def test_null_is_absent_and_the_first_name_there_counts() -> None:
    assert tokens({"a": None, "b": "7", "c": 9.0}, "a", "b", "c") == 7
    assert tokens({"a": None}, "a", "b") == 0


@given(st.integers(0, 10**18 - 1))
def test_money_is_read_at_nine_places_and_never_through_a_float(billionths: int) -> None:
    written = Decimal(billionths).scaleb(-9)
    assert usd(str(written)) == (written or None)


def test_money_below_zero_or_without_end_is_refused() -> None:
    for written in (-0.01, float("inf"), "much", 10**9):
        with pytest.raises(BadFieldError):
            usd(written)
    assert usd(0.1) == Decimal("0.1")


def test_ids_differ_wherever_their_parts_do() -> None:
    assert identity("a", "bc") != identity("ab", "c")
    assert scoped("s1", "m1") != scoped("s2", "m1")
    assert scoped("s1", "msg_0123456789abcdef") == scoped("s2", "msg_0123456789abcdef")


@pytest.mark.parametrize(
    ("folder", "name"), [("/home/ann/shop/", "shop"), ("C:\\work\\till", "till"), (None, None), ("/", None)]
)
def test_a_project_is_the_last_part_of_a_folder_of_any_system(folder: str | None, name: str | None) -> None:
    assert last_part(folder) == name


@pytest.mark.parametrize(
    ("provider", "model", "vendor"),
    [
        ("anthropic", "anything", "anthropic"),
        ("amazon-bedrock", "claude-opus-5", "aws"),
        ("my-own-gateway", "claude-opus-5", None),
        (None, "us.anthropic.claude-opus-5-v1:0", "aws"),
        (None, "openrouter/anthropic/claude-opus-5", "openrouter"),
        (None, "acme/gpt-5.6", "openai"),
        (None, "homegrown", None),
        (None, None, None),
    ],
)
def test_a_vendor_is_known_by_its_provider_or_else_by_the_model(
    provider: str | None, model: str | None, vendor: str | None
) -> None:
    assert vendor_of(provider, model) == vendor


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("read_file", "read"),
        ("replace", "edit"),
        ("Create", "edit"),
        ("bash", "shell"),
        ("developer__shell", "shell"),
        ("runTests", "test"),
        ("codebase_search", "search"),
        ("task", "subagent"),
        ("update_task_list", "search"),
        ("mcp__github__search_issues", "other"),
        ("think", "other"),
    ],
)
def test_a_tools_name_says_what_kind_of_step_it_is(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("status", "hint", "kind"),
    [
        (429, None, "rate_limit"),
        ("529", None, "overloaded"),
        (500, None, "server_error"),
        (422, None, "invalid_request"),
        (None, "Error 401 from provider", "authentication"),
        (None, "fetch failed", "network"),
        (None, "ran 12500 tokens", "error"),
        (None, None, "error"),
    ],
)
def test_a_failure_is_one_word(status: Any, hint: Any, kind: str) -> None:
    assert failure_kind(status, hint) == kind
