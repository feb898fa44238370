"""What can be done to an edge: one frozen value per kind, and how each is written in a document."""

from harness.faults.toxics.bandwidth import Bandwidth
from harness.faults.toxics.documents import EXAMPLES, SCHEMAS, TOXICS, Key, Kinds
from harness.faults.toxics.down import Down
from harness.faults.toxics.flap import Flap
from harness.faults.toxics.latency import Latency
from harness.faults.toxics.limit_data import LimitData
from harness.faults.toxics.passed import Passed
from harness.faults.toxics.phases import Phase, Phased, missed, phases_of
from harness.faults.toxics.ramp import Ramp
from harness.faults.toxics.reset import Reset
from harness.faults.toxics.slicer import Slicer
from harness.faults.toxics.slow_close import SlowClose
from harness.faults.toxics.timeout import Timeout
from harness.faults.toxics.units import ByteCount, KilobyteRate, Micros, Millis, Share, Stream
from harness.faults.toxics.wire import MARKER, Toxical, Wire

__all__ = [
    "EXAMPLES",
    "MARKER",
    "SCHEMAS",
    "TOXICS",
    "Bandwidth",
    "ByteCount",
    "Down",
    "Flap",
    "Key",
    "KilobyteRate",
    "Kinds",
    "Latency",
    "LimitData",
    "Micros",
    "Millis",
    "Passed",
    "Phase",
    "Phased",
    "Ramp",
    "Reset",
    "Share",
    "Slicer",
    "SlowClose",
    "Stream",
    "Timeout",
    "Toxical",
    "Wire",
    "missed",
    "phases_of",
]
