"""Rule 4 for use: however many sources tell of the same requests, they count once, and the finest says whose they were."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from payback.ledger.use import Fill, Told, counted_once, model_key

VENDOR, GATEWAY, TELEMETRY, LOCAL = 3, 2, 1, 0
DAY = date(2026, 10, 5)


def told(*rows) -> Told:
    """Rows as (level, person, team, nano, more): one vendor, day and model."""
    held = [{"tool": "claude_code" if level < VENDOR else "anthropic_api", "project": None, "tagged": False,
             "apart": False, "open": False, "tokens": 100, "model": "model-a", **(more[0] if more else {}), "level": level,
             "person": person, "team": team, "nano": nano} for level, person, team, nano, *more in rows]  # fmt: skip
    return Told(
        vendor=["anthropic"] * len(held),
        utc_day=[DAY] * len(held),
        model=[row["model"] for row in held],
        tool=[row["tool"] for row in held],
        person=[row["person"] for row in held],
        team=[row["team"] for row in held],
        fill=[Fill(None, row["project"], None) for row in held],
        level=[row["level"] for row in held],
        is_tagged=[row["tagged"] for row in held],
        is_apart=[row["apart"] for row in held],
        is_open=[row["open"] for row in held],
        nano=[row["nano"] for row in held],
        unpriced=[row["tokens"] if row["nano"] is None else 0 for row in held],
        tokens=[row["tokens"] for row in held],
        requests=[1] * len(held),
    )


def found(use: Told) -> dict:
    return {piece.row: piece.nano for piece in counted_once(use)}


def test_use_that_one_source_tells_of_stands_for_itself():
    assert found(told((LOCAL, "ana", "payments", 5), (LOCAL, "bo", "search", 7))) == {0: 5, 1: 7}


def test_the_vendors_count_is_the_total_and_the_logs_say_whose_it_was():
    use = told((VENDOR, None, None, 100), (LOCAL, "ana", "payments", 25), (LOCAL, "bo", "search", 75))
    assert found(use) == {1: 25, 2: 75}


def test_what_the_logs_do_not_explain_stays_where_the_vendor_put_it():
    use = told((VENDOR, None, None, 100, {"project": "ws-1"}), (LOCAL, "ana", "payments", 40))
    assert found(use) == {0: 60, 1: 40}


def test_logs_that_tell_more_than_the_vendor_add_nothing():
    use = told((VENDOR, None, None, 100), (LOCAL, "ana", "payments", 100), (LOCAL, "bo", "search", 300))
    assert found(use) == {1: 25, 2: 75}


def test_a_bucket_that_was_still_open_does_not_contradict_logs_that_know_more():
    use = told((VENDOR, None, None, 100, {"open": True}), (LOCAL, "ana", "payments", 300))
    assert found(use) == {1: 300}


def test_a_count_of_one_person_speaks_of_that_person_only():
    use = told((VENDOR, "ana", "payments", 100), (LOCAL, "ana", "payments", 100), (LOCAL, "bo", "search", 7))
    assert found(use) == {1: 100, 2: 7}


def test_a_project_of_one_team_does_not_pay_for_another_teams_logs():
    use = told((VENDOR, None, "payments", 100), (LOCAL, "bo", "search", 7))
    assert found(use) == {0: 100, 1: 7}


def test_a_gateways_tag_outranks_the_project_it_was_billed_to():
    use = told(
        (VENDOR, None, "platform", 100),
        (GATEWAY, None, "search", 100, {"tagged": True, "tool": "litellm"}),
    )
    assert found(use) == {1: 100}


def test_what_the_vendor_knows_of_account_and_project_goes_to_the_finer_row():
    use = told((VENDOR, None, None, 100, {"project": "ws-1"}), (LOCAL, "ana", "payments", 100))
    [piece] = counted_once(use)
    assert (piece.row, piece.fill.project) == (1, "ws-1")


def test_two_tools_below_the_vendor_are_two_uses():
    use = told((GATEWAY, "ana", "payments", 5, {"tool": "litellm"}), (LOCAL, "ana", "payments", 7))
    assert found(use) == {0: 5, 1: 7}


def test_telemetry_and_logs_of_one_tool_are_one_use():
    use = told((TELEMETRY, "ana", "payments", 7), (LOCAL, "ana", "payments", 7))
    assert found(use) == {1: 7}


def test_telemetry_that_counts_the_same_tokens_leaves_the_logs_prices_alone():
    """Cache writes are told as of one kind; what they cost is the logs' to say, so the vendor's total is all explained."""
    use = told(
        (VENDOR, "ana", "payments", 100), (TELEMETRY, "ana", "payments", 80), (LOCAL, "ana", "payments", 100)
    )
    assert found(use) == {2: 100}


def test_the_vendors_key_stands_above_the_gateways_own():
    use = told(
        (VENDOR, None, None, 100, {"project": "proj-gateway"}),
        (GATEWAY, None, "search", 100, {"project": "hash-1", "tagged": True}),
    )
    (piece,) = counted_once(use)
    assert (piece.row, piece.fill.project) == (1, "proj-gateway")


def test_use_that_a_flat_fee_covers_is_no_part_of_the_metered_count():
    use = told((VENDOR, None, None, 100), (LOCAL, "ana", "payments", 30, {"apart": True}))
    assert found(use) == {0: 100, 1: 30}


def test_a_model_is_the_same_with_and_without_date_and_platform():
    assert {
        model_key(name)
        for name in ("claude-opus-4-5-20251101", "claude-opus-4-5", "eu.anthropic.claude-opus-4-5-v1:0", "anthropic/claude-opus-4-5")
    } == {"claude-opus-4-5"}  # fmt: skip
    assert model_key("gpt-5-2025-08-07") == model_key("gpt-5") != model_key("gpt-5-mini")


rows = st.lists(
    st.tuples(
        st.sampled_from([VENDOR, GATEWAY, TELEMETRY, LOCAL]),
        st.sampled_from([None, "ana", "bo"]),
        st.sampled_from([None, "payments", "search"]),
        st.one_of(st.none(), st.integers(0, 10**12)),
        st.fixed_dictionaries(
            {
                "tokens": st.integers(0, 10**6),
                "tagged": st.booleans(),
                "apart": st.booleans(),
                "model": st.sampled_from(["model-a", "model-b"]),
            }
        ),
    ),
    max_size=14,
)


@settings(max_examples=150, deadline=None)
@given(rows)
def test_the_vendors_total_is_never_lost_and_never_added_to(some):
    """Of each model, where the vendor tells of use, what counts is at least the vendor's count, and no more than that and
    the rows that it cannot be speaking of.
    """
    use = told(*some)
    pieces = counted_once(use)
    assert len({piece.row for piece in pieces}) == len(pieces)
    for model in ("model-a", "model-b"):
        of_model = [row for row in range(len(some)) if use.model[row] == model and not use.is_apart[row]]
        own = [row for row in of_model if use.level[row] == VENDOR]
        counted = [piece for piece in pieces if piece.row in set(of_model)]
        assert sum(piece.tokens for piece in counted) >= sum(use.tokens[row] for row in own)
        assert sum(piece.tokens for piece in counted) <= sum(use.tokens[row] for row in of_model)
        assert sum(piece.nano or 0 for piece in counted) >= sum(use.nano[row] or 0 for row in own)
