"""What the database's errors are taken for: an outage is told as one, a mistake of ours is not."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import exc, text

from harness.reference.adapters import Database
from harness.reference.application import DependencyAway
from tests.integration.reference.conftest import Shop

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]


def run(shop: Shop, statement: str) -> None:
    """One statement in a transaction of its own."""

    async def execute() -> None:
        database = Database(shop.stack.environment["HARNESS_DATABASE_URL"], application="test", deadline_s=0.5)
        try:
            async with database._connection() as connection:
                await connection.execute(text(statement))
        finally:
            await database.close()

    asyncio.run(execute())


@pytest.mark.parametrize("statement", ["SELECT pg_terminate_backend(pg_backend_pid())", "SELECT pg_sleep(5)"])
def test_a_cut_or_late_answer_is_an_outage(shop: Shop, statement: str) -> None:
    """The client may repeat it."""
    with pytest.raises(DependencyAway, match="database is away"):
        run(shop, statement)


@pytest.mark.parametrize("statement", ["SELECT nothing", "SELECT 1/0", "INSERT INTO items VALUES ('kettle', 'x', 1)"])
def test_a_mistake_is_not_an_outage(shop: Shop, statement: str) -> None:
    """It ends as a 500 with a log line, not as a 503 that hides it."""
    with pytest.raises(exc.DBAPIError):
        run(shop, statement)
