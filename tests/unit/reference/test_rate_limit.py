"""Requests per second and subject."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.reference.adapters import RateLimit
from harness.reference.adapters.rate_limit import GUESTS
from harness.reference.application import DependencyAway


class Counted:
    """A Valkey that has counted so many; away where that is None."""

    def __init__(self, count: int | None) -> None:
        self.count = count

    async def ask(self, _: Any) -> Any:
        """What a pipeline of INCR and EXPIRE answers."""
        if self.count is None:
            raise DependencyAway("cache", "it is down")
        return [self.count, True]


@pytest.mark.parametrize(
    ("count", "guest", "allowed"),
    [(400, False, True), (401, False, False), (10, True, True), (11, True, False), (None, True, True)],
)
def test_who_may_do_nothing_has_the_smaller_limit(count: int | None, guest: bool, allowed: bool) -> None:
    """A fortieth of the others'; without the cache nobody is limited."""
    limit = RateLimit(Counted(count), per_second=10 * GUESTS)  # type: ignore[arg-type]
    assert asyncio.run(limit.allows("somebody", guest=guest)) is allowed
