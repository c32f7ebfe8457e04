"""Findings, and decisions that the database itself refuses to change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_GUARDS = {
    "sqlite": (
        (
            "CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions "
            "BEGIN SELECT RAISE(ABORT, 'decisions only grow'); END"
        ),
        (
            "CREATE TRIGGER decisions_are_not_cut BEFORE DELETE ON decisions "
            "BEGIN SELECT RAISE(ABORT, 'decisions only grow'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE FUNCTION decisions_only_grow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'decisions only grow'; END $$"
        ),
        (
            "CREATE TRIGGER decisions_only_grow BEFORE UPDATE OR DELETE ON decisions "
            "FOR EACH ROW EXECUTE FUNCTION decisions_only_grow()"
        ),
    ),
}


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("id", sa.String(600), primary_key=True),
        sa.Column("team", sa.String(255)),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("found_on", sa.Date, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_on", sa.Date),
    )
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("finding_id", sa.String(600), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("option", sa.String(32)),
        sa.Column("owner", sa.String(255)),
        sa.Column("reason", sa.Text),
        sa.Column("until", sa.Date),
        sa.Column("metric", sa.String(128)),
        sa.Column("direction", sa.String(8)),
        sa.Column("size", sa.String(32)),
        sa.Column("due", sa.Date),
        sa.Column("told", sa.JSON, nullable=False),
    )
    op.create_index("decisions_by_finding", "decisions", ["finding_id"])
    for statement in _GUARDS.get(op.get_context().dialect.name, ()):
        op.execute(statement)
