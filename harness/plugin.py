"""The pytest plugin: faults in force for a block, scenarios as tests. Loaded by its entry point; everything heavy is imported on use.

def test_slow_payments(harness_target, faults):
    with faults.on("payments", Latency(delay="500ms")):
        assert httpx.get(f"{harness_target.url}/v1/items").status_code == 200
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from harness.experiment.hands_on import HandsOn
    from harness.faults.toxics import Toxical
    from harness.model import Target
    from harness.results import Summary

pytest_plugins = ("harness.pact_consumer",)  # the fixture pact_consumer
__all__ = ["Faults", "RunScenario", "faults", "harness_bench", "harness_target", "run_scenario"]

RunScenario = Callable[..., "Summary"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """All options begin with `--harness-`."""
    group = parser.getgroup("harness", "harness: faults and scenarios")
    group.addoption(
        "--harness-target",
        default=None,
        metavar="NAME|URL",
        help="A target of harness.yaml, or a URL (ini: harness_target).",
    )
    group.addoption("--harness-reports", default="reports", metavar="DIR", help="Where run folders go.")
    group.addoption(
        "--harness-unknown",
        choices=("fail", "skip"),
        default="fail",
        help="What an unknown outcome does to a test: fail it (with the reason), or skip it.",
    )
    parser.addini("harness_target", "The target of the fixtures harness_target and faults.", default="reference")


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults by hand on the session's target."""

    bench: HandsOn
    config: pytest.Config

    @contextmanager
    def on(self, edge: str, disturbance: Toxical, *, verify: bool = True) -> Iterator[str]:
        """In force for the block, and healed with it, whatever ends it. Yields what the canary saw.

        A fault that nobody felt, or that ended too early, makes the test unknown; `verify=False` does not look.
        """
        from harness.errors import NotInForce

        try:
            with self.bench.on(edge, disturbance, verify=verify) as evidence:
                yield evidence
        except NotInForce as error:
            _unknown(self.config, error.what)


@pytest.fixture(scope="session")
def harness_bench(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandsOn]:
    """The target of `--harness-target`, opened once for the session: the bundled one is started, any other taken as it is."""
    from harness.experiment.hands_on import HandsOn
    from harness.experiment.scenario_files import find_target

    spelling = pytestconfig.getoption("--harness-target") or pytestconfig.getini("harness_target")
    target = find_target(str(spelling), os.environ)
    opened: AbstractContextManager[HandsOn] = HandsOn.opened(
        target, folder=tmp_path_factory.mktemp("harness"), environ=os.environ
    )
    with opened as bench:
        yield bench


@pytest.fixture(scope="session")
def harness_target(harness_bench: HandsOn) -> Target:
    """The target under test: `url`, `headers` that carry its credentials, `edges`."""
    return harness_bench.target


@pytest.fixture
def faults(harness_bench: HandsOn, pytestconfig: pytest.Config) -> Faults:
    """`with faults.on("payments", Latency(delay="500ms")):`"""
    return Faults(harness_bench, pytestconfig)


@pytest.fixture
def run_scenario(pytestconfig: pytest.Config) -> RunScenario:
    """`run_scenario("outage.yaml")` runs a scenario; the test fails, or is unknown, with it. Returns the summary of one that passed.

    `check=False` returns the summary whatever the verdict.
    """

    def run(spelling: str | Path, *, check: bool = True) -> Summary:
        return _run(pytestconfig, str(spelling), check)

    return run


def _run(config: pytest.Config, spelling: str, check: bool) -> Summary:
    from harness.experiment.listener import Silent
    from harness.experiment.run import run_scenario as run
    from harness.experiment.scenario_files import load_scenario
    from harness.model import Verdict

    reports = Path(str(config.getoption("--harness-reports")))
    ended = run(load_scenario(spelling, os.environ), reports=reports, environ=os.environ, listener=Silent())
    summary, why = ended.summary, "; ".join(ended.summary.why)
    if check and summary.verdict is Verdict.FAIL:
        pytest.fail(f"{summary.title}: {why}\nreport: {ended.report}", pytrace=False)
    if check and summary.verdict is Verdict.UNKNOWN:
        _unknown(config, f"{why}\nreport: {ended.report}")
    return summary


def _unknown(config: Any, why: str) -> NoReturn:
    """It could not be told: neither a pass, nor the fault of what is tested."""
    if config.getoption("--harness-unknown") == "skip":
        pytest.skip(f"unknown: {why}")
    pytest.fail(f"unknown: {why}", pytrace=False)
