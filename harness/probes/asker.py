"""From a probe to the function that asks it once."""

from __future__ import annotations

from collections.abc import Callable

from harness.model import Probe
from harness.probes.alert import alert_fires
from harness.probes.command import Execute, number_from
from harness.probes.http import Web, number_at
from harness.probes.prometheus import query

__all__ = ["Ask", "asker"]

Ask = Callable[[], float]
"""One number. Raises ProbeSilent where there is none; takes about as long as the probe's time-out at most."""


def asker(probe: Probe, *, verify: bool | str, execute: Execute) -> Ask:
    """`verify` is a PEM file that is trusted, or whether to check certificates; `execute` runs commands."""
    if probe.kind == "command":
        return lambda: number_from(probe, execute)
    web = Web(probe, verify=verify)
    return lambda: {"prometheus": query, "http": number_at, "alert": alert_fires}[probe.kind](web)
