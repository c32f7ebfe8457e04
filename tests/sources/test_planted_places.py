"""Secrets that open places other than a vendor's API: a database's password, keys of stores. None shows, whatever answers."""

from __future__ import annotations

import json
import logging
import os
import threading
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx2
import pytest

from payback.app import Surroundings, open_app
from payback.ledger.tables import TABLES
from payback.sources.litellm_rows import parse_logs
from payback.sources.source import Context, Page
from payback.sources.stores import Store
from payback.web.site import create_web
from tests.sources.gateways.test_flows import LOGS
from tests.sources.gateways.test_litellm_table import stored, write
from tests.sources.installation import NOW
from tests.sources.test_planted_keys import shapes, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS = {
    "STORE_KEY": "AKIAPLANTED012345678",
    "STORE_SECRET": "planted/secret+0123456789==",
    "STORE_TOKEN": "planted-token==",
}
PASSWORD = "planted-pass+word"
LISTED = "2026/11/21/09/log.json"
RECORD = {
    "timestamp": "2026-11-21T09:12:01Z", "accountId": "111122223333", "region": "us-east-1", "requestId": "r-1",
    "operation": "Converse", "modelId": "anthropic.claude-sonnet-4-5-20250929-v1:0", "input": {"inputTokenCount": 820},
    "output": {"outputTokenCount": 210},
}  # fmt: skip


class Bucket(BaseHTTPRequestHandler):
    """A store that speaks S3, holds one file of invocations, and repeats in refusals whatever it was asked with."""

    refuses = False

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if self.refuses:
            told = f"{self.path} {dict(self.headers)}".replace("&", "&amp;").replace("<", "&lt;")
            self.answer(403, f"<Error><Code>AccessDenied</Code><Message>{told}</Message></Error>")
        elif "list-type" in self.path:
            self.answer(
                200,
                "<ListBucketResult><Name>bills</Name><IsTruncated>false</IsTruncated><Contents>"
                f"<Key>logs/{LISTED}</Key><Size>{len(self.held())}</Size><LastModified>2026-11-21T10:00:00.000Z"
                "</LastModified></Contents></ListBucketResult>",
            )
        else:
            self.answer(200, self.held())

    def held(self) -> str:
        return json.dumps(RECORD)

    def answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body.encode())))
        self.send_header("last-modified", "Sat, 21 Nov 2026 10:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def log_message(self, *_told: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def bucket() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Bucket.refuses = False
    server.shutdown()
    server.server_close()


def everything(home, told, secrets, capfd, caplog):
    """What the sync says, and all that could hold a secret: messages, rows, cursors, logs, pages, files of the home."""
    caplog.set_level(logging.DEBUG)
    home.mkdir()
    (home / "payback.toml").write_text(told)
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana"} | secrets
    said: list[str] = []
    refusing = httpx2.MockTransport(lambda _request: httpx2.Response(403))
    around = Surroundings(
        environ, "linux", lambda: NOW, said.append, transport=refusing, sleep=lambda _seconds: None
    )
    with open_app(home, around) as app:
        done = app.sync()
        kept = [app.warehouse.read(app.warehouse.table(table.name)).to_pylist() for table in TABLES]
        cursors = [app.warehouse.cursors(row["source"]) for row in done] + [
            app.warehouse.cursors("last_sync")
        ]
        pages = [*shown(app), *map(str, (app.sources(), app.check(), create_web(app).routes))]
    out, err = capfd.readouterr()
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    whole = (
        json.dumps([done, kept, cursors, said, pages], default=str, ensure_ascii=False)
        + out
        + err
        + caplog.text
    )
    return {row["source"]: row for row in done}, whole, files


def none_shows(secrets, whole, files):
    for secret in secrets:
        for shape in shapes(secret):
            assert shape not in whole
            assert shape.encode() not in files


STORED = """
[sources.bedrock]
logs = "s3://bills/logs"
store_key = "env:STORE_KEY"
store_secret = "env:STORE_SECRET"
store_token = "env:STORE_TOKEN"
store_region = "eu-west-1"
store_endpoint = "{}"
"""


@pytest.mark.parametrize("refuses", [False, True], ids=["good", "refused"])
def test_no_key_of_a_store_shows(tmp_path, bucket, refuses, capfd, caplog):
    Bucket.refuses = refuses
    done, whole, files = everything(tmp_path / "home", STORED.format(bucket), SECRETS, capfd, caplog)
    row = done["bedrock:invocations"]
    assert (row["rows"], bool(row["message"])) == ((0, True) if refuses else (1, False)), row
    none_shows(SECRETS.values(), whole, files)


SECRET = SECRETS["STORE_SECRET"]


@pytest.mark.parametrize(
    "written", [SECRET, quote(SECRET), quote(SECRET, safe=""), SECRET.replace("/", r"\/")]
)
def test_a_store_that_repeats_a_secret_in_another_way_is_cut(written):
    class Telling:
        def get_file_info(self, _selector: object) -> list[object]:
            raise OSError(f"denied for {written}")

    with pytest.raises(Exception, match="denied") as told:
        Store("s3://bills", Telling(), "bills", tuple(SECRETS.values())).files()
    assert written not in str(told.value)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://payback:{PASSWORD}@127.0.0.1:1/litellm",
        f"postgresql://payback:{PASSWORD}@127.0.0.1:port/litellm",
        f"postgresql://payback:{PASSWORD}@[::1/litellm",
        f"mysql://payback:{PASSWORD}@127.0.0.1:1/litellm",
        f"nothing://payback:{PASSWORD}@127.0.0.1:1/litellm",
        f"payback {PASSWORD} litellm",
    ],
)
def test_no_password_of_a_database_shows_where_it_cannot_be_read(tmp_path, address, capfd, caplog):
    told = '[sources.litellm]\ndatabase = "env:DATABASE"\n'
    done, whole, files = everything(tmp_path / "home", told, {"DATABASE": address}, capfd, caplog)
    assert all(row["message"] for name, row in done.items() if name.startswith("litellm"))
    assert address not in whole
    none_shows([PASSWORD], whole, files)


def test_no_password_of_a_database_shows_where_it_is_read(tmp_path, capfd, caplog):
    address = f"sqlite:///file:{tmp_path}/{PASSWORD}.db?uri=true"
    write(f"sqlite:///{tmp_path}/{PASSWORD}.db", [stored(row) for row in LOGS])
    told = '[sources.litellm]\ndatabase = "env:DATABASE"\nsince = 2026-11-20\n'
    done, whole, files = everything(tmp_path / "home", told, {"DATABASE": address}, capfd, caplog)
    assert done["litellm:logs"]["rows"] > 0
    assert address not in whole
    none_shows([PASSWORD], whole, files)


def test_a_row_of_the_gateway_that_holds_the_key_itself_keeps_its_digest():
    row = LOGS[0] | {"api_key": "sk-planted-0123456789"}
    (usage,) = parse_logs(Page({"data": [row]}, "page"), Context("litellm:logs", "litellm", {}, NOW))
    assert usage.api_key == sha256(b"sk-planted-0123456789").hexdigest()
