"""The bundled stack, and small services with known faults."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.guard import Guard
from harness.model import Pact, Target
from harness.reference.tokens import CUSTOMER, OPERATOR, mint
from harness.stack import Stack, StackSettings

ROOT = Path(__file__).parents[3]


@contextmanager
def faulty_shop(*arguments: str) -> Iterator[tuple[Target, subprocess.Popen[str]]]:
    """See `faulty_shop.py`; it prints its port once it listens."""
    program = [sys.executable, str(Path(__file__).with_name("faulty_shop.py")), *arguments]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield shop_target(port), process
    finally:
        process.kill()
        process.communicate()


def shop_target(port: int, **more: object) -> Target:
    """The faulty shop as `harness.yaml` would describe it."""
    return Target(
        name="shop",
        url=f"http://127.0.0.1:{port}",
        headers={"Authorization": "Bearer s3cret-token"},
        secrets={"s3cret-token": "$SHOP_TOKEN"},
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def shop() -> Callable[..., object]:
    """See `faulty_shop`."""
    return faulty_shop


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of the bundled service."""
    folder = tmp_path_factory.mktemp("contract-stack")
    guard = Guard.start(folder / "guard.journal", name="contract tests")
    try:
        with Stack.start(StackSettings(), guard, folder / "stack", progress=lambda _: None) as running:
            yield running
    finally:
        guard.close()


@pytest.fixture
def orders(stack: Stack) -> Target:
    """The orders service, described by itself, with the token of one who may do everything."""
    token = mint(stack.environment["HARNESS_JWT_SECRET"], "contract-tests", [CUSTOMER, OPERATOR], 3600)
    pacts = (str(ROOT / "contracts" / "pacts"),)
    return Target(
        name="reference",
        url=stack.direct_url,
        headers={"Authorization": f"Bearer {token}"},
        secrets={token: "$TOKEN"},
        pact=Pact(provider="orders", sources=pacts, states="harness.reference.provider_states:handle"),
    )


@pytest.fixture
def payments(stack: Stack) -> Target:
    """The payments provider."""
    pacts = (str(ROOT / "contracts" / "pacts"),)
    return Target(
        name="payments",
        url=stack.environment["HARNESS_PAYMENTS_URL"],
        pact=Pact(provider="payments", sources=pacts, states="harness.reference.provider_states:handle"),
    )
