"""LiteLLM's spend log read from its database: a real PostgreSQL with the tables of LiteLLM's own schema, and SQLite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from payback.app import connections
from payback.sources.database import Database
from payback.sources.litellm_directory import LISTINGS
from payback.sources.litellm_rows import COLUMNS
from tests.desk import desk
from tests.sources.gateways.postgres import running
from tests.sources.gateways.test_flows import LOGS, log
from tests.sources.gateways.wire import NOW, LiteLLM, held, opened, synced

TOML = '[sources.litellm]\ndatabase = "env:DATABASE"\nsince = "2026-11-20"\n'
LATER = NOW + timedelta(days=2)
METADATA = sa.MetaData()
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STAMP = sa.DateTime().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")


def text(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text) for name in names]


LOG = sa.Table(
    "LiteLLM_SpendLogs", METADATA,
    sa.Column("request_id", sa.Text, primary_key=True),
    *text("call_type", "api_key", "model", "custom_llm_provider", "user", "cache_hit", "team_id", "organization_id",
          "session_id", "status", "agent_id", "litellm_call_id"),
    sa.Column("spend", sa.Float), sa.Column("total_tokens", sa.Integer), sa.Column("prompt_tokens", sa.Integer),
    sa.Column("completion_tokens", sa.Integer), sa.Column("request_duration_ms", sa.Integer),
    sa.Column("startTime", STAMP), sa.Column("endTime", STAMP), sa.Column("updated_at", STAMP),
    *(sa.Column(name, JSON) for name in ("metadata", "request_tags", "messages", "response")),
)  # fmt: skip
LISTS = [
    sa.Table("LiteLLM_UserTable", METADATA, *text("user_id", "user_alias", "user_email"), sa.Column("created_at", STAMP)),
    sa.Table("LiteLLM_VerificationToken", METADATA, *text("token", "key_alias", "user_id"), sa.Column("created_at", STAMP)),
    sa.Table("LiteLLM_TeamTable", METADATA, *text("team_id", "team_alias"), sa.Column("created_at", STAMP)),
]  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with running() as address:
        yield address


@pytest.fixture(params=["postgresql", "sqlite"])
def address(request, tmp_path):
    """An empty LiteLLM database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/litellm.db"
        return
    found = request.getfixturevalue("server")
    yield found
    engine = engine_of(found)
    METADATA.drop_all(engine)
    engine.dispose()


def engine_of(address: str) -> sa.Engine:
    return sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))


def stored(row: dict, updated: datetime | None = None) -> dict:
    """A row as LiteLLM writes it: instants in UTC without saying so, and the prompts it may keep."""
    began = datetime.fromisoformat(row["startTime"]).astimezone(UTC).replace(tzinfo=None)
    told = {name: value for name, value in row.items() if name in LOG.c}
    written = (updated.replace(tzinfo=None) if updated else began) + timedelta(seconds=30)
    return told | {
        "startTime": began, "endTime": began, "updated_at": written, "messages": [{"content": "secret"}],
        "response": {"content": "secret"}, "metadata": row["metadata"] | {"requester_metadata": {"prompt": "secret"}},
        "litellm_call_id": row.get("litellm_call_id"), "status": row["status"],
    }  # fmt: skip


def write(address: str, rows: list[dict]) -> None:
    engine = engine_of(address)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for row in rows:
            connection.execute(LOG.delete().where(LOG.c.request_id == row["request_id"]))
            connection.execute(LOG.insert().values(row))
    engine.dispose()


def usage(home, address: str, now: datetime = NOW) -> dict[str, tuple]:
    with opened(home, TOML, LiteLLM([]), now=now, DATABASE=address) as app:
        found = synced(app, "litellm")
        assert {row["message"] for row in found.values()} == {""}
        rows = held(app)["usage"]
        assert "secret" not in repr(held(app))
    return {row["response_id"]: (row["occurred_at"], row["input_tokens"], row["retries"]) for row in rows}


def test_the_table_gives_what_the_proxy_gives(address, tmp_path):
    write(address, [stored(row) for row in LOGS])
    proxy = tmp_path / "proxy"
    with opened(
        proxy, TOML.replace('database = "env:DATABASE"', 'key = "env:VENDOR_KEY"'), LiteLLM(LOGS)
    ) as app:
        synced(app, "litellm")
        by_proxy = held(app)["usage"]
    with opened(tmp_path / "table", TOML, LiteLLM([]), DATABASE=address) as app:
        told = synced(app, "litellm")
        assert (told["logs"]["rows"], told["logs"]["rejected"]) == (7, 1)
        assert held(app)["usage"] == by_proxy


def test_a_source_that_was_read_from_the_proxy_is_read_from_the_table_anew(address, tmp_path):
    """The proxy's mark lies in the running day's future, and says nothing of when rows were written."""
    with opened(
        tmp_path, TOML.replace('database = "env:DATABASE"', 'key = "env:VENDOR_KEY"'), LiteLLM(LOGS[:2])
    ) as app:
        synced(app, "litellm")
    write(address, [stored(row) for row in LOGS])
    assert len(usage(tmp_path, address)) == 7
    with opened(tmp_path, TOML, LiteLLM([]), DATABASE=address) as app:
        assert {row["state"] for row in connections.tested(app, "litellm")} == {"good"}


def test_a_second_reading_changes_nothing_and_reads_only_what_may_have_changed(address, tmp_path):
    write(address, [stored(row) for row in LOGS])
    once = usage(tmp_path, address)
    assert usage(tmp_path, address) == once
    with opened(tmp_path, TOML, LiteLLM([]), DATABASE=address) as app:
        assert synced(app, "litellm")["logs"]["read"] == 1  # the running day


def test_rows_written_or_corrected_later_are_found_however_old_they_are(address, tmp_path):
    write(address, [stored(row) for row in LOGS])
    usage(tmp_path, address)
    corrected = log(3, "2026-11-21T08:00:00Z", prompt_tokens=77, total_tokens=87)
    written_late = log(9, "2026-11-20T05:00:00Z")
    new = log(10, "2026-11-25T05:00:00Z")
    write(address, [stored(corrected, LATER), stored(written_late, LATER), stored(new, LATER)])
    found = usage(tmp_path, address, LATER + timedelta(hours=1))
    assert found["r3"][1] == 77
    assert {"r9", "r10"} < set(found)
    assert found["r1"][0] == datetime(2026, 11, 20, 23, 59, 59, 500000, UTC)
    assert found["r4"][2] == 1


def test_an_older_table_without_updated_at_is_read_two_days_back(tmp_path):
    address = f"sqlite:///{tmp_path}/litellm.db"
    write(address, [stored(row) for row in LOGS])
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.execute(sa.text('ALTER TABLE "LiteLLM_SpendLogs" DROP COLUMN updated_at'))
    engine.dispose()
    first = usage(tmp_path / "home", address)
    assert len(first) == 7
    with opened(tmp_path / "home", TOML, LiteLLM([]), DATABASE=address) as app:
        assert synced(app, "litellm")["logs"]["read"] == 3


def test_identities_come_from_the_tables_too(address, tmp_path):
    write(address, [])
    engine = engine_of(address)
    with engine.begin() as connection:
        connection.execute(LISTS[0].insert().values(user_id="u-7", user_email="dev@example.com"))
        connection.execute(LISTS[1].insert().values(token="9f2c", key_alias="ci-bot", user_id="u-7"))
        connection.execute(LISTS[2].insert().values(team_id="t-1", team_alias="Search"))
    engine.dispose()
    with opened(tmp_path, TOML, LiteLLM([]), DATABASE=address) as app:
        synced(app, "litellm")
        rows = held(app)["identities"]
    assert {(row["kind"], row["identity"], row["name"], row["belongs_to"]) for row in rows} == {
        ("user", "u-7", None, None),
        ("key", "9f2c", "ci-bot", "u-7"),
        ("group", "t-1", "Search", None),
    }


def test_a_user_who_may_read_only_the_columns_of_the_docs_can_do_all_of_it(server, tmp_path):
    """Prompts stand in the table, and the database itself keeps payback from them."""
    write(server, [stored(row) for row in LOGS])
    engine = engine_of(server)
    granted = [(LOG.name, (*COLUMNS, "updated_at")), *((one.table, one.columns) for one in LISTINGS)]
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE ROLE payback LOGIN"))
        for table, columns in granted:
            named = ", ".join(f'"{column}"' for column in columns)
            connection.execute(sa.text(f'GRANT SELECT ({named}) ON "{table}" TO payback'))
    assert len(usage(tmp_path, server.replace("postgres@", "payback@"))) == 7
    with engine.begin() as connection:
        connection.execute(sa.text('REVOKE SELECT ("user_id") ON "LiteLLM_UserTable" FROM payback'))
    with opened(tmp_path, TOML, LiteLLM([]), DATABASE=server.replace("postgres@", "payback@")) as app:
        told = synced(app, "litellm")
    assert told["users"]["message"] == (
        "litellm: the database cannot be read: the user may not read this table; GRANT SELECT on it"
    )
    assert (told["logs"]["message"], told["teams"]["message"]) == ("", "")
    with engine.begin() as connection:
        connection.execute(sa.text("DROP OWNED BY payback"))
        connection.execute(sa.text("DROP ROLE payback"))
    METADATA.drop_all(engine)
    engine.dispose()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("no address", "litellm: database is not an address; write postgresql://user:password@host/name"),
        (
            "postgresql://payback:planted-word@127.0.0.1:1/x",
            "litellm: the database cannot be read: OperationalError",
        ),
        ("sqlite://", "litellm: the database has no table LiteLLM_SpendLogs in the user's search path"),
    ],
)
def test_a_database_that_cannot_be_read_is_one_sentence_without_its_address(given, sentence, tmp_path):
    with opened(tmp_path, TOML, LiteLLM([]), DATABASE=given) as app:
        message = synced(app, "litellm")["logs"]["message"]
    assert message == sentence
    assert "planted-word" not in message


def test_every_column_that_is_read_stands_in_litellms_own_schema():
    schema = desk("reference/vendors/specs/litellm-schema.prisma").read_text(encoding="utf-8")
    wanted = [(LOG.name, (*COLUMNS, "updated_at")), *((one.table, one.columns) for one in LISTINGS)]
    for table, columns in wanted:
        block = schema.partition(f"model {table} {{")[2].partition("\n}")[0]
        declared = {line.split()[0] for line in block.splitlines() if line.split()}
        assert set(columns) <= declared, table


def test_prompts_are_no_column_that_is_read():
    assert not {"messages", "response", "proxy_server_request"} & set(COLUMNS)


def test_a_read_only_transaction_refuses_to_write(server):
    database = Database("litellm", server)
    with database._connected() as connection, pytest.raises(sa.exc.InternalError, match="read-only"):
        connection.execute(sa.text("CREATE TABLE x (y int)"))
    assert database.values(sa.select(sa.literal(1))) == [1]
