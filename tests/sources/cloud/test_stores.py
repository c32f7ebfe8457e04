"""Folders and buckets: what is listed, read row by row, refused, and never told."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from payback.errors import SettingsError, SourceError
from payback.sources import stores

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def kept(folder: Path, name: str, data: bytes) -> list[stores.Row]:
    (folder / name).write_bytes(data)
    return list(stores.opened(str(folder), {}, {}).rows(name))


@pytest.mark.parametrize(
    ("name", "data", "first"),
    [
        ("rows.csv", b"a,b\n1,x\n2,y\n", 2),
        ("rows.csv.gz", gzip.compress(b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n", mtime=0), 2),
        ("rows.jsonl", b'{"a":"1","b":"x"}\n{"a":"2","b":"y"}\n', 1),
        ("rows.json.gz", gzip.compress(b'{"a":"1","b":"x"}\n\n{"a":"2","b":"y"}', mtime=0), 1),
        ("rows.json", json.dumps(ROWS, indent=1).encode(), 1),
    ],
)
def test_every_kind_of_file_gives_its_rows_with_their_place(
    tmp_path: Path, name: str, data: bytes, first: int
):
    found = kept(tmp_path, name, data)
    assert [row for _, row in found] == ROWS
    assert found[0][0] == first


def test_parquet_gives_typed_rows(tmp_path: Path):
    pq.write_table(pa.table({"a": [1, 2], "m": [{"k": "v"}, None]}), tmp_path / "rows.parquet")
    found = list(stores.opened(f"file://{tmp_path}", {}, {}).rows("rows.parquet"))
    assert found == [(1, {"a": 1, "m": {"k": "v"}}), (2, {"a": 2, "m": None})]


def test_an_object_over_several_lines_is_one_row(tmp_path: Path):
    assert kept(tmp_path, "one.json", b'{"a":\n "1"}') == [(1, {"a": "1"})]


def test_a_row_that_does_not_read_is_told_by_its_place(tmp_path: Path):
    assert kept(tmp_path, "cut.csv", b"a,b\n1,x\n2\n") == [(2, ROWS[0]), (3, None)]
    assert kept(tmp_path, "cut.jsonl", b'{"a":"1","b":"x"}\n{"a":"2') == [(1, ROWS[0]), (2, None)]


def test_a_file_that_was_cut_while_packed_is_refused_whole(tmp_path: Path):
    data = gzip.compress(b"a,b\n" + b"1,x\n" * 5000, mtime=0)
    with pytest.raises(SourceError, match="cannot be read"):
        kept(tmp_path, "cut.csv.gz", data[: len(data) // 2])


def test_a_fingerprint_changes_when_a_file_grows_and_not_otherwise(tmp_path: Path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.csv").write_text("a\n")
    store = stores.opened(str(tmp_path), {}, {})
    before = stores.fingerprint(store.files())
    assert [file.path for file in store.files()] == ["below/a.csv"]
    assert stores.fingerprint(store.files()) == before
    (tmp_path / "below" / "a.csv").write_text("a\n1\n")
    assert stores.fingerprint(store.files()) != before


def test_folders_that_are_left_out_are_not_looked_into(tmp_path: Path):
    for name in ("old", "new"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / "a.csv").write_text("a\n")
    verdicts = {"": "open", "old": "skip", "new": "whole"}
    found = stores.opened(str(tmp_path), {}, {}).files(lambda folder: verdicts[folder])
    assert [file.path for file in found] == ["new/deep/a.csv"]


def test_a_place_that_is_not_there_is_one_sentence(tmp_path: Path):
    with pytest.raises(SourceError, match="there is nothing at"):
        stores.opened(str(tmp_path / "nowhere"), {}, {}).files()
    with pytest.raises(SettingsError, match="none of s3://"):
        stores.opened("ftp://host/path", {}, {})


def test_no_key_and_no_signature_is_in_what_a_store_says():
    class Refusing:
        def get_file_info(self, _selector: object) -> list[object]:
            raise OSError("denied for planted-key-0123456789 at https://blob?sv=1&sig=abcdef")

    store = stores.Store("abfs://c@a/x", Refusing(), "c/x", ("planted-key-0123456789",))
    with pytest.raises(SourceError) as refused:
        store.files()
    assert "planted" not in str(refused.value)
    assert "abcdef" not in str(refused.value)
