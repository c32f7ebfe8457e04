from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from payback.delivery.links import assign
from payback.delivery.receipt import TOKENS, receipt, with_assignment
from payback.delivery.receipt_text import to_markdown
from payback.delivery.references import Reference, UnclearReferenceError, parse_reference, resolve
from payback.errors import UnknownNameError
from tests.delivery.build import NOW, REPO, commit, hour, pull, request, sign, usage, work

OTHER = "github.com/acme/other"
CHANGES = work(
    [
        commit("aaaaaaa1", 2, pull_request_id=f"{REPO}#7"),
        commit("bbbbbbb2", 5, pull_request_id=f"{REPO}#7"),
        commit("ccccccc3", 2, "other", repo=OTHER, commit_id=f"{OTHER}@ccccccc3"),
    ],
    [pull(7, 9), pull(8, 30, "later"), pull(7, 9, "x", repo=OTHER, pull_request_id=f"{OTHER}#7")],
    [sign("aaaaaaa1", None, "trailer", model="Opus"), sign("ccccccc3", None, "trailer")],
)
ROWS = (
    request(1, 1, usd="0.100000001"),
    request(2, 3, usd="0.2", session_id="s2", model="haiku"),
    request(3, 6, usd=None, model="new-model"),
    request(4, 4, None, "5"),
    request(5, 40, usd="9"),
    request(6, 4, "main", "3"),
)


def made(reference: str, rows=ROWS, changes=CHANGES):
    table = usage(*rows)
    assigned = with_assignment(table, assign(table, changes))
    return receipt(resolve(parse_reference(reference), changes), assigned, changes.evidence, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acme/web#12", Reference("pull_request", "acme/web", "12")),
        ("#12", Reference("pull_request", None, "12")),
        ("group/web!3", Reference("pull_request", "group/web", "3")),
        ("3F2A91C", Reference("commit", None, "3f2a91c")),
        ("github.com/acme/web@3f2a91c", Reference("commit", "github.com/acme/web", "3f2a91c")),
        ("feature/login", Reference("branch", None, "feature/login")),
        ("acme/web:feature/login", Reference("branch", "acme/web", "feature/login")),
        (" main ", Reference("branch", None, "main")),
    ],
)
def test_a_change_is_named_by_number_hash_or_branch(text, expected):
    assert parse_reference(text) == expected


@pytest.mark.parametrize("text", ["", "two words", "a b#12", "x^", "wild*"])
def test_what_names_no_change_is_refused_with_the_forms_that_do(text):
    with pytest.raises(UnclearReferenceError, match="REPO#NUMBER"):
        parse_reference(text)


def test_a_number_that_two_repositories_have_must_name_its_repository():
    with pytest.raises(UnclearReferenceError, match=r"acme/other#7, github\.com/acme/web#7"):
        resolve(parse_reference("#7"), CHANGES)
    assert resolve(parse_reference("web#7"), CHANGES).id == f"{REPO}#7"
    assert resolve(parse_reference(f"{OTHER}#7"), CHANGES).repo == OTHER


def test_an_unknown_change_says_what_there_is():
    with pytest.raises(UnknownNameError, match="pull request"):
        resolve(parse_reference("web#99"), CHANGES)
    with pytest.raises(UnknownNameError, match="topic"):
        resolve(parse_reference("topik"), CHANGES)


def test_a_commit_is_found_by_the_beginning_of_its_hash_and_a_branch_by_its_name():
    assert resolve(parse_reference("aaaaaaa"), CHANGES).id == f"{REPO}@aaaaaaa1"
    assert resolve(parse_reference("topic"), CHANGES).id == f"{REPO}:topic"
    with pytest.raises(UnclearReferenceError):
        resolve(Reference("commit", None, ""), CHANGES)


def test_a_branch_with_requests_and_no_commit_is_known_too():
    table = usage(request(1, 1, "fresh"))
    assigned = assign(table, CHANGES)
    subject = resolve(parse_reference("fresh"), CHANGES, assigned)
    shown = receipt(subject, with_assignment(table, assigned), CHANGES.evidence, NOW)
    assert (shown.total.list_usd, shown.by_link[0].names) == (Decimal(1), ("branch_only",))


def test_a_receipt_adds_up_what_served_the_change_exactly():
    shown = made("web#7")
    assert shown.total.list_usd == Decimal("0.300000001")
    assert (shown.total.requests, shown.total.unpriced_tokens) == (3, 42)
    assert shown.total.tokens == {
        name: 3 * value for name, value in zip(TOKENS, (10, 20, 3, 4, 5), strict=True)
    }
    assert [line.names for line in shown.by_model] == [
        ("claude_code", "haiku"),
        ("claude_code", "opus"),
        ("claude_code", "new-model"),
    ]
    assert [line.names[0] for line in shown.by_session] == ["s2", "s1"]
    assert {line.names[0]: line.sum.requests for line in shown.by_link} == {
        "branch_commit": 2,
        "branch_pull_request": 1,
    }


def test_a_receipt_says_what_it_leaves_out():
    coverage = made("web#7").coverage
    assert coverage.on_branch.list_usd == Decimal("9.300000001")
    assert coverage.elsewhere_on_branch.list_usd == Decimal(9)
    assert coverage.unlinked_nearby.list_usd == Decimal(8)


def test_a_receipt_shows_only_evidence_of_its_own_change():
    shown = made("web#7")
    assert shown.ai_class == "agent_assisted"
    assert [row["model"] for row in shown.evidence] == ["Opus"]


def test_the_billed_share_is_shown_only_where_requests_carry_one():
    assert made("web#7").billed_usd is None
    table = usage(*ROWS)
    assigned = with_assignment(table, assign(table, CHANGES))
    billed = assigned.append_column(
        "billed_usd", pa.array([Decimal("0.5"), None, None, None, None, None], pa.decimal128(38, 9))
    )
    assert receipt(
        resolve(parse_reference("web#7"), CHANGES), billed, CHANGES.evidence, NOW
    ).billed_usd == Decimal("0.5")


def test_commit_and_pull_request_receipts_of_one_change_agree():
    parts = [made("aaaaaaa1").total.list_usd, made("bbbbbbb2").total.list_usd]
    assert parts == [Decimal("0.100000001"), Decimal("0.2")]


def test_a_change_without_requests_has_a_receipt_that_says_so():
    shown = made("web#8")
    assert (shown.total.requests, shown.total.list_usd, shown.ai_class) == (0, None, "none_detected")
    text = to_markdown(shown)
    assert "No AI use is linked" in text
    assert "human" not in text.lower()


def test_a_receipt_reads_as_markdown_with_a_lower_bound_where_a_price_is_unknown():
    text = to_markdown(made("web#7"))
    assert "**≥ $0.3000** at list price · 2 sessions · 3 requests · 126 tokens" in text
    assert "| claude_code | new-model | 1 | unpriced |" in text
    assert "work on the branch before its next commit" in text
    assert "placed nowhere: $8.00" in text


def test_a_title_cannot_break_out_of_the_comment():
    nasty = work([], [pull(7, 9, title="a | b <script>\n# @everyone [x](http://evil) `c`")])
    line = to_markdown(made("#7", (), nasty)).splitlines()[0]
    assert not {"|", "<", "`", "["} & set(line)
    assert "@everyone" not in line


def test_the_receipt_of_a_ticket_is_that_of_all_its_changes():
    changes = work(
        [
            commit("a", 2, pull_request_id="github.com/acme/web#7"),
            commit("b", 2, "other", pull_request_id="github.com/acme/web#8"),
        ],
        [pull(7, 9, tickets="PAY-17"), pull(8, 9, "other", tickets="PAY-1, PAY-17"), pull(9, 9, "third")],
    )
    rows = (request(1, 1, usd="1"), request(2, 1, "other", usd="2"), request(3, 1, "third", usd="4"))
    shown = made("PAY-17", rows, changes)
    assert (shown.total.list_usd, shown.subject.ended_at) == (Decimal(3), hour(9))
    assert made("PAY-1", rows, changes).total.list_usd == Decimal(2)
    with pytest.raises(UnknownNameError, match="PAY-99"):
        made("PAY-99", rows, changes)
