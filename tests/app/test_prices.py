"""Rule 6 and 7: an unknown price stays visible until a book gives one; figures that stand are left as they are."""

from __future__ import annotations

from decimal import Decimal

from tests.app.test_sync import _lines
from tests.app.world import opened, rows

BOOK = """
book = "acme"
source = "contract 7"

[[price]]
model = "lumen-*"
from = 2026-01-01
input = 1
cache_read = 1
output = 10

[[price]]
model = "claude-*"
from = 2026-01-01
input = 1000
cache_read = 1000
output = 1000
"""


def log(home, name, text):
    path = home / ".claude" / "projects" / "-src-app" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)


def test_a_book_added_later_prices_what_was_unpriced_and_nothing_else(tmp_path):
    text = b"".join(_lines())
    log(tmp_path, "known", text)
    unknown = (
        text.replace(b"claude-sonnet-4-5-20250929", b"lumen-2")
        .replace(b"msg_1", b"msg_2")
        .replace(b"req_1", b"req_2")
    )
    log(tmp_path, "unknown", unknown)
    with opened(tmp_path) as app:
        app.sync()
        before = {row["model"]: row["list_usd"] for row in rows(app, "usage")}
    assert before["lumen-2"] is None
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "acme.toml").write_text(BOOK)
    with opened(tmp_path) as app:
        app.sync()
        after = {row["model"]: row["list_usd"] for row in rows(app, "usage")}
        spent = {row["model"]: (row["list"], row["unpriced_tokens"]) for row in rows(app, "spend")}
    priced = Decimal("0.00141")  # 10 and 500 tokens at 1, 90 at 10 USD per million
    assert after == {**before, "lumen-2": priced}
    assert spent["lumen-2"] == (priced, 0)
