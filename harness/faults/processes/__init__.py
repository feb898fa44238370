"""Processes and containers behind an edge that die, hang, and come back."""

from harness.faults.processes.applier import ProcessApplier
from harness.faults.processes.body import Body, OwnedBody, OwnedProcess
from harness.faults.processes.container import Container
from harness.faults.processes.kill import Kill
from harness.faults.processes.pause import Pause
from harness.faults.processes.slow_start import SlowStart

PROCESS_FAULTS = {one.kind: one for one in (Kill, Pause, SlowStart)}

__all__ = [
    "PROCESS_FAULTS",
    "Body",
    "Container",
    "Kill",
    "OwnedBody",
    "OwnedProcess",
    "Pause",
    "ProcessApplier",
    "SlowStart",
]
