"""Faults that take effect, end, and are measured.

Pure: `toxics` (one value per kind), `schedule` (what happens when), `recovery` (from windows), `canary.effect` and `canary.sight`
(from probes to an answer). Shell: `client` (the one seam to Toxiproxy), `injector` (apply and heal), `canary`, `runner` (the thread).
"""

from harness.faults.appliers import Applier, Appliers, Made
from harness.faults.by_hand import ByHand, Held
from harness.faults.canary import Canary, Probe, Sight, Tls, address_of, http_probe
from harness.faults.client import ToxiproxyClient
from harness.faults.clock import RunClock
from harness.faults.commands import Command, CommandApplier, CommandCanary
from harness.faults.documents import Sort, fault_schema, kinds, parse, sort_of
from harness.faults.http import (
    ContentType,
    DroppedHeader,
    EnvoyAdmin,
    GrpcStatus,
    HttpApplier,
    HttpFault,
    HttpStatus,
    Link,
    MalformedJson,
    ThrottledBody,
    TruncatedBody,
    bootstrap,
    refuse_hidden,
)
from harness.faults.injector import InForce, Injector
from harness.faults.ladder import Removal
from harness.faults.lease import GuardName, LeaseName, MadeName, MadeProxy, Terms
from harness.faults.measure import measure
from harness.faults.names import OwnedName
from harness.faults.own_edges import OwnEdges
from harness.faults.owned import OwnedToxic, heal_owned, ls
from harness.faults.processes import Body, Container, Kill, OwnedBody, OwnedProcess, Pause, ProcessApplier, SlowStart
from harness.faults.promises import Promised, Promises
from harness.faults.recovery import Recovery, Slice, Steady, detection, learn, recovery, slices
from harness.faults.refusals import AlreadyThere, NobodyListens, NoSuchRoute, NotThere, Refused, Unreachable
from harness.faults.remote_guard import RemoteGuard
from harness.faults.run_lease import RunLease, living_guards, secured
from harness.faults.runner import FaultRunner
from harness.faults.schedule import Action, Schedule, What
from harness.faults.toxics import (
    Bandwidth,
    Down,
    Flap,
    Latency,
    LimitData,
    Passed,
    Phase,
    Ramp,
    Reset,
    Slicer,
    SlowClose,
    Timeout,
    phases_of,
)

__all__ = [
    "Action",
    "AlreadyThere",
    "Applier",
    "Appliers",
    "Bandwidth",
    "Body",
    "ByHand",
    "Canary",
    "Command",
    "CommandApplier",
    "CommandCanary",
    "Container",
    "ContentType",
    "Down",
    "DroppedHeader",
    "EnvoyAdmin",
    "FaultRunner",
    "Flap",
    "GrpcStatus",
    "GuardName",
    "Held",
    "HttpApplier",
    "HttpFault",
    "HttpStatus",
    "InForce",
    "Injector",
    "Kill",
    "Latency",
    "LeaseName",
    "LimitData",
    "Link",
    "Made",
    "MadeName",
    "MadeProxy",
    "MalformedJson",
    "NoSuchRoute",
    "NobodyListens",
    "NotThere",
    "OwnEdges",
    "OwnedBody",
    "OwnedName",
    "OwnedProcess",
    "OwnedToxic",
    "Passed",
    "Pause",
    "Phase",
    "Probe",
    "ProcessApplier",
    "Promised",
    "Promises",
    "Ramp",
    "Recovery",
    "Refused",
    "RemoteGuard",
    "Removal",
    "Reset",
    "RunClock",
    "RunLease",
    "Schedule",
    "Sight",
    "Slice",
    "Slicer",
    "SlowClose",
    "SlowStart",
    "Sort",
    "Steady",
    "Terms",
    "ThrottledBody",
    "Timeout",
    "Tls",
    "ToxiproxyClient",
    "TruncatedBody",
    "Unreachable",
    "What",
    "address_of",
    "bootstrap",
    "detection",
    "fault_schema",
    "heal_owned",
    "http_probe",
    "kinds",
    "learn",
    "living_guards",
    "ls",
    "measure",
    "parse",
    "phases_of",
    "recovery",
    "refuse_hidden",
    "secured",
    "slices",
    "sort_of",
]
