"""The state's migrations: from nothing, from the revision before, in several processes at once, and no drift."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from contextlib import closing, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

from payback.errors import WarehouseError
from payback.state.remembered import put_setting, setting
from payback.state.store import HEAD, open_state, pending, revision_of, state_url
from payback.state.tables import Row
from payback.state.upgrade import config, newest, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def engine(file: Path) -> Iterator[Engine]:
    opened = create_engine(state_url(file))
    yield opened
    opened.dispose()


def test_an_empty_file_gets_every_table(file: Path, engine: Engine) -> None:
    open_state(state_url(file)).close()
    assert set(inspect(engine).get_table_names()) == {*Row.metadata.tables, "alembic_version"}


def test_the_code_knows_its_newest_revision() -> None:
    assert newest() == HEAD == REVISIONS[-1]


def test_tables_and_migrations_say_the_same(file: Path, engine: Engine) -> None:
    open_state(state_url(file)).close()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Row.metadata) == []


@pytest.mark.parametrize("before", REVISIONS[:-1])
def test_a_state_of_an_earlier_revision_keeps_what_it_holds(file: Path, engine: Engine, before: str) -> None:
    with engine.begin() as connection:
        upgrade(connection, before)
        connection.execute(
            text("INSERT INTO settings VALUES ('theme', 'dark', '2026-01-01 00:00:00.000000')")
        )
        assert revision_of(connection) == before
    with closing(open_state(state_url(file))) as state:
        assert setting(state, "theme") == "dark"
    with engine.connect() as connection:
        assert revision_of(connection) == HEAD


def test_a_state_of_a_newer_payback_is_refused_and_left_alone(file: Path, engine: Engine) -> None:
    open_state(state_url(file)).close()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        WarehouseError, match=rf"newer payback \(revision 9999; this one knows {HEAD}\); upgrade payback"
    ):
        open_state(state_url(file))


def test_what_is_pending_is_said_without_doing_it(file: Path, engine: Engine) -> None:
    assert [step.split(":")[0] for step in pending(state_url(file))] == [
        f"revision {number}" for number in REVISIONS
    ]
    assert not file.exists()
    with engine.begin() as connection:
        upgrade(connection, REVISIONS[0])
    assert pending(state_url(file)) == (
        "revision 0002: Tokens, and an audit record that the database itself refuses to change",
        "revision 0003: What identity providers pushed over SCIM, as they pushed it",
        "revision 0004: Findings, and decisions that the database itself refuses to change",
    )
    open_state(state_url(file)).close()
    assert pending(state_url(file)) == ()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(WarehouseError, match="newer payback"):
        pending(state_url(file))


def test_a_migration_that_fails_leaves_the_state_as_it_was(file: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        upgrade(connection, REVISIONS[0])
        connection.execute(text("CREATE TABLE tokens (x)"))
    with pytest.raises(WarehouseError, match="table tokens already exists"):
        open_state(state_url(file))
    with engine.connect() as connection:
        assert revision_of(connection) == REVISIONS[0]
        assert "audit" not in inspect(connection).get_table_names()


def test_loggers_are_left_as_they_were(file: Path) -> None:
    mine = logging.getLogger("payback.test_of_loggers")
    before = (list(logging.getLogger().handlers), logging.getLogger().level)
    open_state(state_url(file)).close()
    assert not mine.disabled
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before


def test_several_processes_open_and_write_a_new_state_at_once(file: Path) -> None:
    program = (
        "import sys, datetime as d\n"
        "from payback.state.store import open_state\n"
        "from payback.state.remembered import put_setting\n"
        "state = open_state(sys.argv[1])\n"
        "for n in range(20): put_setting(state, f'{sys.argv[2]}-{n}', 'x', d.datetime(2026, 1, 1, tzinfo=d.UTC))\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, state_url(file), str(n)],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for n in range(3)
    ]
    for process in started:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
    with closing(open_state(state_url(file))) as state:
        assert all(setting(state, f"{who}-{n}") == "x" for who in range(3) for n in range(20))


def test_sqlite_keeps_a_write_ahead_log(file: Path, engine: Engine) -> None:
    with closing(open_state(state_url(file))) as state:
        put_setting(state, "theme", "dark", NOW)
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_opening_a_state_that_is_up_to_date_does_not_load_alembic(file: Path) -> None:
    open_state(state_url(file)).close()
    program = "import sys; from payback.state.store import open_state; open_state(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", program, state_url(file)], check=False, env={**os.environ}, cwd=ROOT
        ).returncode
        == 0
    )


def test_the_migrations_can_be_said_in_postgresql() -> None:
    told, said = config(), io.StringIO()
    told.output_buffer = said
    with redirect_stdout(io.StringIO()):
        command.upgrade(told, "head", sql=True)
    assert "CREATE TABLE audit" in said.getvalue()
    assert "BEFORE UPDATE OR DELETE ON audit" in said.getvalue()
    assert "BEFORE UPDATE OR DELETE ON decisions" in said.getvalue()
