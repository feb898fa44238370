"""What waits for the relay can be seen from outside: it grows while its way is cut, shrinks after, and is unknown without a database."""

from __future__ import annotations

from math import isnan

import httpx
import pytest

from harness.errors import ProbeSilent
from harness.experiment.opening import BUILTIN, reference_on
from harness.model import Probe
from harness.probes import Executed, asker
from tests.integration.reference.conftest import Shop, place, until

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("reference-stack")]


def _no_command(argv: list[str], *, cwd: str | None, timeout_s: float) -> Executed:
    raise AssertionError(argv)


def _ask(probe: Probe) -> float | None:
    try:
        value = asker(probe, verify=True, execute=_no_command)()
    except ProbeSilent:
        return None
    return None if isnan(value) else value  # as the sampler does


def test_orders_that_wait_are_counted(shop: Shop) -> None:
    """By the probes that every run on the bundled shop has."""
    probes = reference_on(shop.stack, BUILTIN["reference"]).target.probes
    assert set(probes) == {"orders-pending", "outbox"} == set(BUILTIN["reference"].probes)
    with shop.client("customer-1") as client, shop.hurt("payments", None):
        for _ in range(3):
            assert place(client).status_code == 202
        until(lambda: (_ask(probes["orders-pending"]) or 0) >= 3)
    until(lambda: _ask(probes["orders-pending"]) == 0)
    until(lambda: _ask(probes["outbox"]) == 0)


def test_without_a_database_nothing_is_known(shop: Shop) -> None:
    """An old number would look like calm."""
    probes = reference_on(shop.stack, BUILTIN["reference"]).target.probes
    with shop.hurt("postgres", None):
        until(lambda: _ask(probes["outbox"]) is None)
        assert httpx.get(f"{shop.stack.relay_url}/health/live", trust_env=False).status_code == 200
    until(lambda: _ask(probes["outbox"]) is not None)
