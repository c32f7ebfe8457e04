"""The samples of the reference page, read as they stand, against entries worked out by hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from payback.ledger.entries import Activity, Charge, Rejected, Usage
from payback.sources.anthropic import analytics, claude_code, console, engagement
from payback.sources.source import Context, Page
from tests.desk import desk

DAY = datetime(2026, 11, 1, tzinfo=UTC)
CONTEXT = Context("anthropic:x", "anthropic", {}, datetime(2026, 11, 25, tzinfo=UTC))


@pytest.fixture(scope="module")
def samples():
    text = desk("reference/vendors/anthropic.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def told(entry, *but):
    """What an entry says besides its id, source and what is left unsaid."""
    plain = {name: getattr(entry, name) for name in entry.__slots__}
    return {
        name: value
        for name, value in plain.items()
        if value not in (None, 0, {}, False) and name not in {"charge_id", "usage_id", "source", *but}
    }


def page(body, **about):
    return Page(body, "reply", about)


def test_every_sample_of_the_page_is_read_by_a_test_below(samples):
    assert [min(sample) for sample in samples] == ["data", "amount", "data", "data"]


def test_the_console_usage_sample(samples):
    (usage,) = console.usages(page(samples[0], account="org-1"), CONTEXT)
    assert isinstance(usage, Usage)
    assert told(usage) == {
        "occurred_at": DAY,
        "bucket_seconds": 86_400,
        "vendor": "anthropic",
        "tool": "anthropic_api",
        "precedence": "usage_api",
        "account": "org-1",
        "project": "wrkspc_01X",
        "api_key": "apikey_01X",
        "model": "claude-x",
        "payment": "metered",
        "service_tier": "standard",
        "context_window": "0-200k",
        "input_tokens": 51_000,
        "cache_read_tokens": 900_000,
        "cache_write_5m_tokens": 70_000,
        "output_tokens": 22_000,
        "web_searches": 4,
        "is_final": True,
        "attempt": 1,
        "quality": "exact",
    }
    assert usage.requests == 0


def test_the_console_cost_sample_is_eighteen_dollars_forty(samples):
    bucket = {
        "starting_at": "2026-11-01T00:00:00Z",
        "ending_at": "2026-11-02T00:00:00Z",
        "results": [samples[1]],
    }
    (charge,) = console.costs(page({"data": [bucket]}), CONTEXT)
    assert isinstance(charge, Charge)
    assert told(charge) == {
        "vendor": "anthropic",
        "charge_period_start": DAY,
        "charge_period_end": datetime(2026, 11, 2, tzinfo=UTC),
        "precedence": "billing_api",
        "currency": "USD",
        "charge_category": "Usage",
        "sub_account": "wrkspc_01X",
        "service": "Claude API",
        "sku": "Claude X Usage - Output Tokens",
        "model": "claude-x",
        "billed_cost": Decimal("18.4055"),
        "effective_cost": Decimal("18.4055"),
        "details": {
            "x_cost_type": "tokens",
            "x_token_type": "output_tokens",
            "x_service_tier": "standard",
            "x_context_window": "0-200k",
        },
    }


def test_the_claude_code_sample_is_activity_and_an_estimate(samples):
    usage, activity = claude_code.day(page({"pages": [samples[2]]}), CONTEXT)
    assert told(activity) == {
        "day": date(2026, 11, 10),
        "person": "dev@example.com",
        "tool": "claude_code",
        "active": True,
        "sessions": 3,
        "edits_accepted": 14,
        "edits_rejected": 1,
        "lines_added": 410,
        "lines_removed": 120,
        "commits": 2,
        "pull_requests": 1,
    }
    assert told(usage) == {
        "occurred_at": datetime(2026, 11, 10, tzinfo=UTC),
        "bucket_seconds": 86_400,
        "vendor": "anthropic",
        "tool": "claude_code",
        "precedence": "telemetry",
        "account": "org-uuid",
        "actor": "dev@example.com",
        "model": "claude-x",
        "payment": "metered",
        "input_tokens": 9_000,
        "cache_read_tokens": 80_000,
        "cache_write_5m_tokens": 6_000,
        "output_tokens": 4_000,
        "reported_usd": Decimal("0.37"),
        "is_final": True,
        "attempt": 1,
        "quality": "estimated",
    }


def test_the_analytics_cost_sample_has_both_amounts_and_the_person(samples):
    (charge,) = analytics.costs(page(samples[3]), CONTEXT)
    assert told(charge) == {
        "vendor": "anthropic",
        "charge_period_start": DAY,
        "charge_period_end": datetime(2026, 11, 2, tzinfo=UTC),
        "precedence": "billing_api",
        "currency": "USD",
        "charge_category": "Usage",
        "service": "claude_code",
        "tool": "claude_code",
        "model": "claude-x",
        "billed_cost": Decimal("9.12345"),
        "effective_cost": Decimal("9.12345"),
        "list_cost": Decimal("10.137"),
        "quantity": 55.0,
        "unit": "requests",
        "actor": "dev@example.com",
    }


ROW = {
    "starting_at": "2026-11-01T00:00:00Z",
    "ending_at": "2026-11-02T00:00:00Z",
    "group": {
        "actor": {"type": "api_actor", "api_key_id": "apikey_7"},
        "product": "message_batches_api",
        "model": "claude-x",
    },
    "usage": {
        "uncached_input_tokens": 10,
        "cache_read_input_tokens": 20,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
        "output_tokens": 5,
        "total_tokens": 42,
        "requests": 6,
        "server_tool_use": None,
    },
}


def test_analytics_usage_of_a_key_is_metered_use_of_the_api():
    (usage,) = analytics.usages(page({"data": [ROW]}), CONTEXT)
    assert (usage.tool, usage.api_key, usage.actor, usage.payment) == (
        "anthropic_api",
        "apikey_7",
        None,
        "metered",
    )
    assert (usage.service_tier, usage.requests, usage.reported_tokens) == ("batch", 6, 42)
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (3, 4)


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        ({"type": "user_actor", "user_id": "user_1", "email_address": "A@x.io"}, ("A@x.io", None)),
        ({"type": "user_actor", "user_id": "user_1", "email": None, "deleted": True}, ("user_1", None)),
        ({"type": "service_account_actor", "service_account_id": "svac_1"}, ("svac_1", None)),
        ({"type": "federated_actor", "provider": "okta", "subject": "ci"}, ("okta:ci", None)),
        ({"type": "api_actor", "api_key_id": "apikey_1"}, (None, "apikey_1")),
        ({"type": "an_actor_of_later_years", "x": 1}, (None, None)),
        (None, (None, None)),
    ],
)
def test_money_is_kept_whoever_it_names(actor, expected):
    row = {**ROW, "group": {"actor": actor}, "cost": {"amount": "100", "list_amount": "200"}}
    (charge,) = analytics.costs(page({"data": [row]}), CONTEXT)
    assert (charge.actor, charge.api_key) == expected
    assert (charge.billed_cost, charge.list_cost) == (Decimal(1), Decimal(2))


def test_two_actors_are_two_charges_and_the_same_row_is_the_same_charge():
    rows = [
        {**ROW, "group": {"actor": {"type": "later", "x": number}}, "cost": {"amount": "1"}}
        for number in (1, 2, 1)
    ]
    one, two, again = analytics.costs(page({"data": rows}), CONTEXT)
    assert one.charge_id == again.charge_id != two.charge_id


def test_an_enterprise_row_is_flat_and_its_reply_names_the_organisation():
    row = {
        **{name: ROW[name] for name in ("starting_at", "ending_at")},
        "actor": {"type": "user_actor", "user_id": "user_1", "email": "jane@example.com", "deleted": False},
        "amount": "41280.000000",
        "list_amount": "51600.000000",
        "currency": "USD",
        "product": "chat",
        "model": "claude-x",
        "requests": 128,
        "context_window": "200k-1M",
    }
    (charge,) = analytics.user_costs(page({"data": [row], "organization_id": "org_9"}), CONTEXT)
    assert (charge.billed_cost, charge.list_cost, charge.tool, charge.account) == (
        Decimal("412.8"),
        Decimal(516),
        "claude",
        "org_9",
    )
    flat = {**row, **ROW["usage"]}
    (usage,) = analytics.user_usages(page({"data": [flat]}), CONTEXT)
    assert (usage.actor, usage.tool, usage.context_window, usage.payment) == (
        "jane@example.com",
        "claude",
        "200k-1M",
        None,
    )


def test_a_persons_terminals_are_added_up_and_a_row_told_twice_counts_once(samples):
    (row,) = samples[2]["data"]
    other = {**row, "terminal_type": "tmux", "customer_type": "subscription"}
    pages = [{"data": [row, other]}, {"data": [row]}]
    *usages, activity = claude_code.day(page({"pages": pages}), CONTEXT)
    assert (activity.sessions, activity.lines_added, activity.edits_accepted) == (6, 820, 28)
    assert sorted(usage.payment for usage in usages) == ["metered", "seat"]


def test_claude_code_of_a_key_is_under_the_keys_name(samples):
    (row,) = samples[2]["data"]
    body = {"data": [{**row, "actor": {"type": "api_actor", "api_key_name": "ci"}}]}
    usage, activity = claude_code.day(page({"pages": [body]}), CONTEXT)
    assert (usage.actor, usage.api_key, activity.person) == (None, "ci", "ci")


ENGAGED = {
    "user": {"id": "user_1", "email_address": "dev@example.com", "type": "user"},
    "chat_metrics": {"distinct_conversation_count": 2, "message_count": 9},
    "claude_code_metrics": {
        "core_metrics": {
            "commit_count": 1,
            "pull_request_count": 0,
            "distinct_session_count": 4,
            "lines_of_code": {"added_count": 30, "removed_count": 5},
        },
        "tool_actions": {
            "edit_tool": {"accepted_count": 3, "rejected_count": 1},
            "write_tool": {"accepted_count": 2, "rejected_count": 0},
        },
    },
    "cowork_metrics": {"distinct_session_count": 0, "message_count": 0},
}


def test_engagement_has_a_row_per_product_that_was_touched():
    code, chat = engagement.users(page({"pages": [{"data": [ENGAGED]}]}, day="2026-11-20"), CONTEXT)
    assert isinstance(code, Activity)
    assert told(code) == {
        "day": date(2026, 11, 20),
        "person": "dev@example.com",
        "tool": "claude_code",
        "active": True,
        "sessions": 4,
        "edits_accepted": 5,
        "edits_rejected": 1,
        "lines_added": 30,
        "lines_removed": 5,
        "commits": 1,
    }
    assert (chat.tool, chat.sessions, chat.chats) == ("claude", 2, 9)


def test_the_newest_summary_says_how_many_seats_there_are():
    told_ = [
        {"ending_at": f"2026-11-{day}T00:00:00Z", "assigned_seat_count": seats}
        for day, seats in (("22", 4), ("24", 3), ("23", 5), ("25", None))
    ]
    seats = list(engagement.seats(page({"summaries": told_}), CONTEXT))
    assert len({seat.seat_id for seat in seats}) == 3
    assert {(seat.tool, seat.person, seat.price) for seat in seats} == {("claude", None, None)}


BROKEN = [
    (console.costs, {"data": [{"starting_at": "2026-11-01", "ending_at": "2026-11-02", "results": [{}]}]}),
    (console.costs, {"data": [{"starting_at": "2026-11-01"}]}),
    (console.usages, {"data": ["what"]}),
    (analytics.costs, {"data": [{**ROW, "cost": {"amount": "a lot"}}]}),
    (analytics.costs, {"data": [{"cost": {"amount": "1"}}]}),
    (analytics.usages, {"data": [{**ROW, "usage": {"output_tokens": -1}}]}),
    (analytics.usages, {"data": None}),
    (analytics.usages, None),
    (claude_code.day, {"pages": [{"data": [{"date": "2026-11-10"}]}]}),
    (engagement.users, {"pages": [{"data": [{"chat_metrics": 3}]}]}),
    (engagement.seats, {"summaries": [{"assigned_seat_count": "many"}]}),
]


@pytest.mark.parametrize(("parse", "body"), BROKEN)
def test_what_does_not_read_is_refused_with_its_place(parse, body):
    (refused,) = parse(page(body, day="2026-11-10"), CONTEXT)
    assert isinstance(refused, Rejected)
    assert refused.file.startswith("reply")
    assert refused.why


def test_the_other_rows_of_a_page_are_kept():
    row = {**ROW, "cost": {"amount": "1"}}
    found = list(analytics.costs(page({"data": [row, {**row, "cost": {}}, row]}), CONTEXT))
    assert [type(one) for one in found] == [Charge, Rejected, Charge]
    assert found[1].line == 2
