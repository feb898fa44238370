"""What can be done to an edge: one frozen value per kind, and how each is written in a document."""

from harness.faults.toxics.bandwidth import Bandwidth
from harness.faults.toxics.documents import Key, kinds, parse
from harness.faults.toxics.down import Down
from harness.faults.toxics.latency import Latency
from harness.faults.toxics.limit_data import LimitData
from harness.faults.toxics.reset import Reset
from harness.faults.toxics.slicer import Slicer
from harness.faults.toxics.slow_close import SlowClose
from harness.faults.toxics.timeout import Timeout
from harness.faults.toxics.units import ByteCount, KilobyteRate, Micros, Millis, Share, Stream
from harness.faults.toxics.wire import MARKER, Toxical, Wire

__all__ = [
    "MARKER",
    "Bandwidth",
    "ByteCount",
    "Down",
    "Key",
    "KilobyteRate",
    "Latency",
    "LimitData",
    "Micros",
    "Millis",
    "Reset",
    "Share",
    "Slicer",
    "SlowClose",
    "Stream",
    "Timeout",
    "Toxical",
    "Wire",
    "kinds",
    "parse",
]
