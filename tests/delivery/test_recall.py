from __future__ import annotations

from payback.delivery.recall import Recall, marker_recall
from tests.delivery.build import REPO, sign, work


def test_recall_is_the_share_of_attested_commits_that_another_sign_marks_too():
    signs = [
        sign("a"),
        sign("a", None, "trailer"),
        sign("b"),
        sign("c", None, "trailer"),
        sign("d", "s1"),
        sign("d", "s2"),
    ]
    recall = marker_recall(work(signs=signs).evidence)
    assert recall == Recall(attested=3, also_marked=1)
    assert recall.share == 1 / 3


def test_recall_without_notes_is_unknown():
    assert marker_recall(work(signs=[sign("c", None, "trailer")]).evidence).share is None


def test_precision_is_the_share_of_marks_on_noted_commits_that_a_note_bears_out():
    signs = [sign("a"), sign("a", None, "trailer"), sign("b", None, "trailer"), sign("c", None, "trailer")]
    recall = marker_recall(work(signs=signs).evidence, {f"{REPO}@a", f"{REPO}@b"})
    assert (recall.share, recall.precision) == (1, 0.5)
    assert marker_recall(work(signs=signs).evidence).precision is None
