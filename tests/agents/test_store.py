"""The store of what was read: it changes the time a run takes and never its answer."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents.logs import (
    MODEL,
    PRICES,
    TablePrices,
    answer,
    compact,
    context,
    count,
    generate,
    meta,
    rollout,
    session,
    tallied,
)

if TYPE_CHECKING:
    from pathlib import Path

BY = ("tool", "model", "day", "project", "branch", "session")


def told(home: Path, store: Path | None = None, **how: Any) -> dict[str, Any]:
    return tallied(home, store, **how).json(BY)


def test_a_second_run_opens_no_log(tmp_path: Path) -> None:
    path, store = session(tmp_path, answer()), tmp_path / "store"
    first = told(tmp_path, store)
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)  # nothing that a listing shows has changed
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert told(tmp_path, store) == first


def test_a_second_run_asks_for_no_price(tmp_path: Path) -> None:
    prices, store = TablePrices({MODEL: (3, 15, 3.75, 6, 0.3)}), tmp_path / "store"
    path = session(tmp_path, answer())
    first = told(tmp_path, store, prices=prices)
    assert (prices.asked, told(tmp_path, store, prices=prices), prices.asked) == (1, first, 1)
    with path.open("ab") as file:
        file.write(compact(answer("msg_2")))
    assert told(tmp_path, store, prices=prices) == told(tmp_path, prices=PRICES)
    assert prices.asked == 1


def test_only_the_new_end_of_a_log_is_read(tmp_path: Path) -> None:
    path, store = session(tmp_path, answer("msg_1"), answer("msg_2", seconds=9)), tmp_path / "store"
    told(tmp_path, store)
    whole = path.read_bytes()
    path.write_bytes(
        b"#" * 100 + whole[100:] + compact(answer("msg_3"))
    )  # in place: the file is the same, only longer
    assert told(tmp_path, store)["totals"]["requests"] == 3
    assert told(tmp_path)["totals"]["requests"] == 2


def test_new_prices_are_used_at_once(tmp_path: Path) -> None:
    session(tmp_path, answer())
    store, dear = tmp_path / "store", TablePrices({MODEL: (30, 150, 37.5, 60, 3)}, identity="dear")
    cheap = told(tmp_path, store)["totals"]["list_usd"]
    assert float(told(tmp_path, store, prices=dear)["totals"]["list_usd"]) == pytest.approx(10 * float(cheap))
    assert told(tmp_path, store)["totals"]["list_usd"] == cheap


def test_another_zone_cuts_its_own_days(tmp_path: Path) -> None:
    session(tmp_path, answer(time="2026-10-05T22:30:00.000Z"))
    store = tmp_path / "store"
    days = [told(tmp_path, store, zone=zone)["rows"][0]["day"] for zone in ("UTC", "Asia/Tokyo", "UTC")]
    assert days == ["2026-10-05", "2026-10-06", "2026-10-05"]


def test_a_log_that_was_deleted_is_no_longer_counted(tmp_path: Path) -> None:
    store = tmp_path / "store"
    gone = session(tmp_path, answer(), answer("msg_2"), name="one")
    session(tmp_path, answer(), answer("msg_3"), name="two")
    assert told(tmp_path, store)["totals"]["requests"] == 3
    gone.unlink()
    assert told(tmp_path, store) == told(tmp_path)
    assert told(tmp_path, store)["totals"]["requests"] == 2


@pytest.mark.parametrize(
    "damage", ["empty", "short", "foreign", "flipped_head", "flipped_middle", "flipped_end", "folder"]
)
def test_a_damaged_or_foreign_store_is_ignored_and_rebuilt(tmp_path: Path, damage: str) -> None:
    path, store = session(tmp_path, *(answer(f"msg_{number}") for number in range(50))), tmp_path / "store"
    want = told(tmp_path, store)
    whole = bytearray(store.read_bytes())
    if damage == "folder":
        store.unlink()
        store.mkdir()
    else:
        for name, place in (
            ("flipped_head", 20),
            ("flipped_middle", len(whole) // 8),
            ("flipped_end", len(whole) - 9),
        ):
            if damage == name:
                whole[place] ^= 0xFF
        changed = {"empty": b"", "short": whole[: len(whole) // 2], "foreign": b'{"json": true}' * 100}
        store.write_bytes(changed.get(damage, bytes(whole)))
    assert told(tmp_path, store) == want
    with path.open("ab") as file:
        file.write(compact(answer("msg_new")))
    assert told(tmp_path, store) == told(tmp_path)
    assert told(tmp_path, store)["totals"]["requests"] == 51


def test_a_store_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    session(tmp_path, answer())
    (tmp_path / "file").write_text("in the way")
    assert told(tmp_path, tmp_path / "file" / "store") == told(tmp_path)


def test_a_store_is_private_and_leaves_no_draft(tmp_path: Path) -> None:
    session(tmp_path, answer())
    store = tmp_path / "cache" / "store"
    told(tmp_path, store)
    assert store.stat().st_mode & 0o777 == 0o600
    assert list(store.parent.iterdir()) == [store]


def test_what_a_killed_process_left_behind_is_cleared_away(tmp_path: Path) -> None:
    session(tmp_path, answer())
    store = tmp_path / "cache" / "store"
    store.parent.mkdir()
    store.with_name("store.4711").write_bytes(b"half a store")
    told(tmp_path, store)
    assert list(store.parent.iterdir()) == [store]


def test_any_history_of_changes_gives_what_a_first_reading_gives(tmp_path: Path) -> None:
    corpus = generate(tmp_path / "corpus", "--size", "2M", "--seed", "5", "--stale", "0.2")
    home, store, dice = tmp_path / "home", tmp_path / "store", random.Random(4)
    logs = {path: path.read_bytes() for path in sorted(corpus.rglob("*.jsonl"))}
    for _ in range(12):
        for path, whole in logs.items():
            copy = home / path.relative_to(corpus)
            size = copy.stat().st_size if copy.exists() else 0
            match dice.random():
                case chance if chance < 0.3:
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    with copy.open("ab") as file:
                        file.write(whole[size : size + dice.randint(1, len(whole))])
                case chance if chance < 0.35 and size:
                    copy.unlink()
                case chance if chance < 0.4 and size:
                    copy.write_bytes(whole[: size // 2])
        assert told(home, store) == told(home)


def test_a_total_that_runs_on_over_a_pause_is_a_difference(tmp_path: Path) -> None:
    store = tmp_path / "store"
    path = rollout(tmp_path, meta(), context(), count((1000, 200, 100, 40), None, 5))
    told(tmp_path, store)
    with path.open("ab") as file:
        file.write(compact(count((2500, 900, 300, 90), None, 60)))
    assert told(tmp_path, store)["totals"]["output_tokens"] == 300
    assert told(tmp_path, store) == told(tmp_path)
