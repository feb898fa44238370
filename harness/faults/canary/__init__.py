"""Seeing for oneself: an edge is probed before a fault, in force and after, on connections of its own."""

from harness.faults.canary.canary import Canary, address_of
from harness.faults.canary.effect import Calm, patience_of
from harness.faults.canary.http_probe import http_probe
from harness.faults.canary.observation import Observation, Outcome
from harness.faults.canary.probe import Probe, Tls, probe
from harness.faults.canary.sight import Sight, connections_for, gone, seen

__all__ = [
    "Calm",
    "Canary",
    "Observation",
    "Outcome",
    "Probe",
    "Sight",
    "Tls",
    "address_of",
    "connections_for",
    "gone",
    "http_probe",
    "patience_of",
    "probe",
    "seen",
]
