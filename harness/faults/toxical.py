"""Whether a fault is one that a Toxiproxy does by itself, without a schedule: what everything else is told instead."""

from __future__ import annotations

from harness.errors import BadInput
from harness.faults.toxics import TOXICS, Flap, Ramp, Toxical
from harness.model import Fault

__all__ = ["toxical"]


def toxical(fault: Fault) -> Toxical:
    """Its disturbance. Raises BadInput."""
    about = fault.disturbance
    if isinstance(about, Toxical):
        return about
    if isinstance(about, Ramp | Flap):
        raise BadInput(
            f"Fault `{fault.name}` changes with time ({about.describe()}); by hand it stays as it is.",
            "Give it one strength, or put it into a scenario: docs/scenarios.md.",
        )
    raise BadInput(
        f"Fault `{fault.name}` is a {about.kind}, which Toxiproxy cannot do.",
        f"Put it into a scenario (docs/scenarios.md), or use one of: {', '.join(TOXICS)}.",
    )
