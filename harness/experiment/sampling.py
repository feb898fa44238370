"""The probes of a run: made ready for its target, sampled into the run folder and into memory."""

from __future__ import annotations

from urllib.parse import urlsplit

from harness.contract import check_limits
from harness.experiment.gathered import Gathered
from harness.experiment.opening import OpenTarget
from harness.experiment.spawning import GuardedSpawn
from harness.model import Sample, Scenario
from harness.probes import Sampler, asker
from harness.results import RunWriter


def sampler_of(
    scenario: Scenario, opened: OpenTarget, gathered: Gathered, writer: RunWriter, spawn: GuardedSpawn
) -> Sampler:
    """Not started yet. Raises BadInput for a probe at a host that the target does not allow."""
    target = opened.target
    probes = scenario.watched(target)
    for probe in probes.values():
        if probe.kind != "command":
            check_limits(target, probe.url or probe.ask)
    gathered.sampled.probes = probes

    def emit(sample: Sample) -> None:
        gathered.sampled.add(sample)
        writer.probe(sample)

    asks = {}
    for name, probe in probes.items():
        secure = urlsplit(probe.url or probe.ask).scheme == "https"
        asks[name] = (probe, asker(probe, verify=target.verify_tls if secure else True, execute=spawn.to_its_end))
    return Sampler(asks, emit)
