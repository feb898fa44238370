"""`python -m harness.reference.migrate`: bring the database to the newest version and add what the shop starts with."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, exc, text
from sqlalchemy.ext.asyncio import create_async_engine

from harness.errors import EnvironmentFailed
from harness.reference.adapters.database import engine_url
from harness.reference.ending import exit_with
from harness.reference.seed import sow
from harness.reference.settings import Settings

__all__ = ["migrate"]

LOCK = 0x6F7264657273  # "orders": two migrations at once would trip over each other


async def migrate(database_url: str) -> None:
    """To the newest version, and seeded. Raises EnvironmentFailed when the database can't be reached."""
    engine = create_async_engine(engine_url(database_url), connect_args={"timeout": 10, "ssl": False})
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(_upgrade)
            await connection.run_sync(sow)
    except (OSError, TimeoutError, exc.DBAPIError, asyncpg.PostgresError) as error:
        raise EnvironmentFailed(f"The database can't be migrated: {error}", "Check HARNESS_DATABASE_URL.") from error
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


if __name__ == "__main__":
    with exit_with():
        asyncio.run(migrate(Settings.from_env(os.environ).demand("database_url").database_url))
