"""A scheduler that cannot keep up with its plan. Nothing waits here: the profile was over long ago."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.load import LoadPlan
from harness.load.arrivals import Arrival
from harness.load.pacer import Pacer
from harness.model import OpenStage, Profile


class NoTimer:
    """Nobody waits for what has passed."""

    def wait_until(self, at_ns: int, awake_ns: int = 0) -> None:
        """At once."""


@pytest.mark.parametrize("rate", [100.0, 10_000_000.0])
def test_a_load_that_cannot_be_made_ends(rate: float) -> None:
    """Ten seconds after zero it is still at the first arrivals of one second: it stops handing out and says how far it came."""
    handed: list[Arrival] = []
    plan = LoadPlan(
        locustfile=Path("x.py"),
        host="http://127.0.0.1:1",
        profile=Profile((OpenStage(name="load", rate=rate, duration=1.0),)),
        run="r",
    )
    pacer = Pacer(plan, [1.0], NoTimer(), handed.append)  # type: ignore[arg-type]
    pacer.run(time.monotonic_ns() - 10_000_000_000)
    assert "fewer arrivals than the profile asks for: after 6 s" in pacer.fell_behind
    assert 0 < len(handed) < 100
    assert pacer.late == len(handed)
