"""Alembic runs this file. The connection is made by `migrate`, which is asynchronous where Alembic isn't."""

from __future__ import annotations

from alembic import context

from harness.reference.adapters.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
