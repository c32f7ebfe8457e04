"""No key that payback is given ever shows: not in messages, rows, cursors, files of the home, output, pages or their twins.

Every vendor is connected at once, with the same planted key, and answers in each way that a key could slip through.
"""

from __future__ import annotations

import base64
import json
import logging
import os
from dataclasses import replace
from urllib.parse import quote

import httpx2
import pytest
from starlette.testclient import TestClient

from payback.app import Surroundings, open_app
from payback.cli import printing
from payback.ledger.tables import TABLES
from payback.sources.vendors import sources
from payback.web.site import create_web
from tests.sources.anthropic.organisation import KEY as ANTHROPIC_KEY
from tests.sources.anthropic.organisation import Organisation as Anthropic
from tests.sources.azure_devops.organisation import Organisation as AzureDevOps
from tests.sources.bitbucket.workspace import Workspace as Bitbucket
from tests.sources.cloud.test_azure import RESOURCE, monitor
from tests.sources.cloud.test_vertex import ROW, TABLE, BigQuery
from tests.sources.copilot.github import GitHub
from tests.sources.cursor.team import Team
from tests.sources.gateways.test_flows import ASKED, LOGS, SEEN, counters
from tests.sources.gateways.wire import Helicone, Langfuse, LiteLLM, OpenCost
from tests.sources.github.apps import TOKEN, Apps, Clock, pem
from tests.sources.github.apps import TOLD as AS_APP
from tests.sources.github.hub import Hub, at, pull
from tests.sources.gitlab.server import Server, change
from tests.sources.installation import NOW
from tests.sources.jira.site import Site
from tests.sources.linear.workspace import Workspace
from tests.sources.openai.test_openai import Organisation as OpenAI
from tests.sources.test_incidents import IncidentIo, Opsgenie, Pager
from tests.sources.test_openrouter import vendor as openrouter

ODD = "planted/key+0123456789==&'"
PLAIN = "planted-key-0123456789"
EXTRA = {
    "azure": f'resources = ["{RESOURCE}"]',
    "vertex": f'table = "{TABLE}"',
    "bedrock": 'logs = "no-such-folder"',
    "copilot": 'enterprise = "acme"',
    "github": 'organisation = "acme"',
    "jira": 'base_url = "https://acme.atlassian.net"',
}
OF = {"anthropic": "ANTHROPIC_KEY"}
BILLED = ROW | {"usage_start_time": "2026-11-21T08:00:00Z", "usage_end_time": "2026-11-21T09:00:00Z"}
LEFT_OUT = {"base_url", "database", "store_key", "store_secret", "store_token", "private_key"}


def github(request):
    """Copilot and delivery are at one address."""
    is_delivery = request.url.path.startswith(("/graphql", "/repos/"))
    return (Hub(app={"pullRequests": [pull(1, at(24))]}) if is_delivery else GitHub())(request)


GOOD = {
    "api.pagerduty.com": Pager(),
    "dev.azure.com": AzureDevOps(),
    "vsrm.dev.azure.com": AzureDevOps(),
    "api.opsgenie.com": Opsgenie(),
    "api.incident.io": IncidentIo(),
    "api.openai.com": OpenAI(),
    "api.anthropic.com": Anthropic(),
    "api.cursor.com": Team(),
    "api.github.com": github,
    "files.example": GitHub(),
    "api.bitbucket.org": Bitbucket(PLAIN),
    "gitlab.com": Server(PLAIN, [change(1, day=24)]),
    "openrouter.ai": openrouter,
    "acme.atlassian.net": Site(),
    "api.linear.app": Workspace(),
    "cloud.langfuse.com": Langfuse(SEEN),
    "api.helicone.ai": Helicone(ASKED),
    "management.azure.com": monitor(ProcessedPromptTokens=100, GeneratedTokens=10),
    "bigquery.googleapis.com": BigQuery(BILLED),
    "localhost:4000": LiteLLM(LOGS),
    "localhost:8000": lambda _request: httpx2.Response(200, text=counters(1000, 100)),
    "localhost:9003": OpenCost(),
}
SILENT = {"bedrock", "vllm"}  # no key of its own; a first reading is where counting begins


def tables():
    for one in sources():
        told = [
            f'{setting.name} = "env:{OF.get(one.kind, "VENDOR_KEY")}"'
            if setting.secret
            else f'{setting.name} = "acme"'
            for setting in one.settings
            if (setting.required or setting.secret) and setting.name not in LEFT_OUT
        ]
        yield "\n".join([f"[sources.{one.kind}]", *told, EXTRA.get(one.kind, ""), "since = 2026-11-20"])


def told_by(request):
    """All that a request carries, as a vendor could repeat it."""
    return f"{request.url} {dict(request.headers)}"


def refusing(status):
    return lambda request: httpx2.Response(status, json={"error": told_by(request)})


def far(request):
    """The key lies across the place where a long refusal is cut."""
    key = request.headers.get("authorization", "") or request.headers.get("x-api-key", "")
    return httpx2.Response(403, text=f"{'x' * (290 - len(key) // 2)}{key}")


def garbled(request):
    return httpx2.Response(200, text=f'{{"data": ["{told_by(request)}"')


def odd(request):
    return httpx2.Response(200, json={"unheard_of": [told_by(request)]})


def good(request):
    vendor = GOOD.get(request.url.netloc.decode()) or GOOD.get(request.url.host)
    return vendor(request) if vendor else httpx2.Response(200, json={"data": []})


WAYS = {"401": refusing(401), "403": refusing(403), "400": refusing(400), "far": far, "garbled": garbled} | {
    "odd": odd,
    "good": good,
}


def shapes(key):
    """A key as it may be written: whole, its beginning, in an address, in JSON, in basic authentication."""
    basic = (base64.b64encode(f"{user}:{key}".encode()).decode() for user in ("acme", "payback", ""))
    joined = base64.b64encode(f"{key}:".encode()).decode()
    return {key, key[:12], quote(key), quote(key, safe=""), json.dumps(key)[1:-1], joined, *basic}


def installation(home, vendor, key, said, told=None):
    home.mkdir()
    (home / "payback.toml").write_text(told or "\n\n".join(tables()), encoding="utf-8")
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": "ana", "VENDOR_KEY": key}
    environ["ANTHROPIC_KEY"] = ANTHROPIC_KEY
    around = Surroundings(environ, "linux", lambda: NOW, transport=httpx2.MockTransport(vendor))
    return open_app(home, replace(around, sleep=lambda _seconds: None, progress=said.append))


def shown(app, names=("openai", "cursor")):
    """The Sources page and its twin, after the button that tests each connection was pressed."""
    site = create_web(app, whose=lambda _request: app.scope(None))
    with TestClient(site, base_url="http://127.0.0.1:8642") as client:
        token = client.get("/sources").text.partition('name="form" value="')[2][:64]
        tested = [
            client.post("/sources", data={"form": token, "act": "test", "connection": name}).text
            for name in names
        ]
        return [client.get("/sources").text, client.get("/sources.json").text, *tested]


@pytest.mark.parametrize(
    ("key", "way"),
    [*((PLAIN, way) for way in WAYS), (ODD, "401"), (ODD, "far")],
    ids=[*WAYS, "401, odd key", "far, odd key"],
)
def test_no_key_shows_anywhere(tmp_path, way, key, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    home, said = tmp_path / "home", []
    with installation(home, WAYS[way], key, said) as app:
        told = app.sync()
        kept, cursors = written(app, told)
        printing.emit([app.sources(), app.check()])
        pages = shown(app)
    assert len(cursors[-1]) > 30
    assert way in {"good", "odd"} or sum(bool(row.get("message")) for row in told) > 10
    if way == "good":
        brought = {row["source"].partition(":")[0] for row in told if row["rows"]}
        assert brought >= {one.kind for one in sources()} - SILENT
    out, err = capfd.readouterr()
    whole = json.dumps([told, kept, cursors, said], default=str, ensure_ascii=False) + out + err + caplog.text
    hold_none(home, [whole, *pages], shapes(key) | shapes(ANTHROPIC_KEY))


def written(app, told):
    """The rows of every table, and the cursors."""
    kept = {table.name: app.warehouse.read(app.warehouse.table(table.name)).to_pylist() for table in TABLES}
    cursors = [app.warehouse.cursors(row["source"]) for row in told]
    return kept, [*cursors, app.warehouse.cursors("last_sync")]


def hold_none(home, texts, secrets):
    files = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for one in secrets:
        assert [text for text in texts if one in text] == []
        assert one.encode() not in files


@pytest.mark.parametrize(
    ("way", "is_let_in"), [*((way, True) for way in WAYS), *((way, False) for way in WAYS if way != "good")]
)
def test_no_private_key_of_an_app_no_assertion_and_no_token_shows_anywhere(
    tmp_path, way, is_let_in, capfd, caplog
):
    caplog.set_level(logging.DEBUG)
    home, said, sent = tmp_path / "home", [], set()
    vendor = Apps(WAYS[way], Clock())

    def door(request):
        sent.add(request.headers["authorization"].partition(" ")[2])
        return vendor(request) if is_let_in else WAYS[way](request)

    connection = AS_APP.replace("file:app.pem", "env:VENDOR_KEY")
    with installation(home, door, pem(), said, connection) as app:
        told = app.sync()
        kept, cursors = written(app, told)
        printing.emit([app.sources(), app.check()])
        pages = shown(app, ("github",))
    assert bool(vendor.tokens) == is_let_in
    assert is_let_in == any(one.startswith(TOKEN) for one in sent)
    assert way == "good" or any(row.get("message") for row in told)
    assert bool(kept["pull_requests"]) == (way == "good")
    out, err = capfd.readouterr()
    whole = json.dumps([told, kept, cursors, said], default=str, ensure_ascii=False) + out + err + caplog.text
    lines = {line for line in pem().splitlines() if not line.startswith("-----")}
    parts = {part for one in sent for part in (one[:60], one.rpartition(".")[2])}
    hold_none(home, [whole, *pages], {TOKEN, *lines, *sent, *parts})


@pytest.mark.parametrize("kind", [one.kind for one in sources() if one.base])
def test_a_wrong_key_is_one_sentence_and_the_other_sources_go_on(tmp_path, kind):
    other = "openai" if kind != "openai" else "anthropic"
    host = httpx2.URL(next(one.base for one in sources() if one.kind == other)).host
    words = "This key was revoked on 2026-11-01"

    def vendor(request):
        return good(request) if request.url.host == host else httpx2.Response(401, json={"message": words})

    with installation(tmp_path / "home", vendor, PLAIN, []) as app:
        told = {row["source"]: row.get("message", "") for row in app.sync([kind, other])}
        standing = {row["name"]: row for row in app.sources()}
    refused = [told[name] for name in told if name.partition(":")[0] == kind]
    assert any(words in message and "the key is wrong, expired or revoked" in message for message in refused)
    assert all(message.count(words) <= 1 and "\n" not in message for message in refused)
    wanting = [standing[name] for name in told if words in told[name]]
    assert {row["freshness"] for row in wanting} <= {"fails", "closed"}
    assert all(row["needs"] and row["pages"] and f"payback sync {kind}" in row["next"] for row in wanting)
    assert any(not told[name] for name in told if name.startswith(f"{other}:"))
    assert sum(standing[name]["rows"] for name in told if name.startswith(f"{other}:")) > 0
