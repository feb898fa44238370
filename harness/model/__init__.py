"""The shared nouns: frozen and pure. This room knows no other."""

from harness.model.call import Call, Taken, Variant
from harness.model.cause import Cause, causes
from harness.model.data import DataFile
from harness.model.detour import Detour
from harness.model.effect import Effect, KeptRead, TargetAudit
from harness.model.expectation import Expectation, Metric
from harness.model.failure import Failure
from harness.model.fault import NOWHERE, Anchor, Disturbance, Fault, FaultRecord, OperationEffect
from harness.model.finding import Finding, Level, identity_of
from harness.model.histogram import Histogram
from harness.model.judgement import Judgement, summed_up
from harness.model.observer import Exchange, Observer
from harness.model.operation import Operation, Operations
from harness.model.pact import Pact, Selector
from harness.model.phase import Phase, PhaseWindow
from harness.model.probe import Probe, Sample
from harness.model.profile import ClosedStage, OpenStage, Profile, Span
from harness.model.reset import Reset
from harness.model.scenario import ContractPlan, Fuzz, Load, Muster, Prepared, Scenario, StopWhen
from harness.model.shapes import Ramp, Shape, Sine, Spike, Steps
from harness.model.target import Alerts, Edge, Limits, Target
from harness.model.timeline import STEADY, Timeline
from harness.model.trace import Trace
from harness.model.verdict import Check, Verdict, worst
from harness.model.window import WIDTH_NS, Outcome, Window

__all__ = [
    "NOWHERE",
    "STEADY",
    "WIDTH_NS",
    "Alerts",
    "Anchor",
    "Call",
    "Cause",
    "Check",
    "ClosedStage",
    "ContractPlan",
    "DataFile",
    "Detour",
    "Disturbance",
    "Edge",
    "Effect",
    "Exchange",
    "Expectation",
    "Failure",
    "Fault",
    "FaultRecord",
    "Finding",
    "Fuzz",
    "Histogram",
    "Judgement",
    "KeptRead",
    "Level",
    "Limits",
    "Load",
    "Metric",
    "Muster",
    "Observer",
    "OpenStage",
    "Operation",
    "OperationEffect",
    "Operations",
    "Outcome",
    "Pact",
    "Phase",
    "PhaseWindow",
    "Prepared",
    "Probe",
    "Profile",
    "Ramp",
    "Reset",
    "Sample",
    "Scenario",
    "Selector",
    "Shape",
    "Sine",
    "Span",
    "Spike",
    "Steps",
    "StopWhen",
    "Taken",
    "Target",
    "TargetAudit",
    "Timeline",
    "Trace",
    "Variant",
    "Verdict",
    "Window",
    "causes",
    "identity_of",
    "summed_up",
    "worst",
]
