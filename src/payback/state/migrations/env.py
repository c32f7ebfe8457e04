"""What Alembic runs: the migrations on the connection it was given, or their text for a database that is not there."""

from __future__ import annotations

from alembic import context

from payback.state.tables import Row

connection = context.config.attributes.get("connection")
if connection is None:
    context.configure(dialect_name="postgresql", target_metadata=Row.metadata, literal_binds=True)
else:
    context.configure(connection=connection, target_metadata=Row.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
