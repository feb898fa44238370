"""How the sides of a comparison are spelled, and how data are put back between runs."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.arms import own_side, side
from harness.experiment.reset import reset
from harness.experiment.scenario_files import load_scenario
from harness.model import Limits, Reset, Target

FOREIGN = Target(name="t", url="http://127.0.0.1:9")


def test_the_bundled_service_with_a_defect_and_a_setting() -> None:
    """`reference:slow-list,processes=2`; the name alone is the healthy one."""
    found = side("reference:slow-list,processes=2", {})
    assert (found.target.name, found.defects, dict(found.settings)) == ("reference", ("slow-list",), {"processes": "2"})
    assert side("reference", {}).defects == ()
    one = found.of(load_scenario("rush", {}))
    assert (one.defects, dict(one.settings)) == (("slow-list",), {"processes": "2"})
    assert own_side(one).spelling == "reference:slow-list,processes=2"


@pytest.mark.parametrize(
    ("spelling", "hint"),
    [
        ("reference:slow-lst", "slow-list"),
        ("reference:proceses=2", "processes"),
        ("reference:processes=0", "processes=2"),
    ],
)
def test_a_mistyped_side_is_told_the_nearest(spelling: str, hint: str) -> None:
    """Exit 3 with what to write instead."""
    with pytest.raises(BadInput) as refused:
        side(spelling, {})
    assert hint in str(refused.value)


def test_a_side_must_have_what_the_scenario_needs() -> None:
    """Faults need their edge, and the rate must be allowed."""
    with pytest.raises(BadInput, match="no edge `payments`"):
        side("http://127.0.0.1:9", {}).of(load_scenario("payment-outage", {}))
    narrow = replace(side("reference", {}).target, limits=Limits(rate=1.0))
    with pytest.raises(BadInput, match="allows 1/s"):
        replace(side("reference", {}), target=narrow).of(load_scenario("rush", {}))


def test_reset_runs_where_its_file_stands_and_knows_the_target(tmp_path: Path) -> None:
    """Without a shell, with the URL in its environment; a target without one has nothing to reset."""
    command = f"{sys.executable} -c \"import os; open('done', 'w').write(os.environ['HARNESS_TARGET_URL'])\""
    assert reset(replace(FOREIGN, reset=Reset(command=command, folder=str(tmp_path))), {})
    assert (tmp_path / "done").read_text() == "http://127.0.0.1:9"
    assert not reset(FOREIGN, {})


@pytest.mark.parametrize(
    ("command", "error", "told"),
    [
        ("false", EnvironmentFailed, "ended with 1"),
        ("sleep 30", EnvironmentFailed, "longer than 0.2 s"),
        ("./is-not-there", BadInput, "could not be run"),
        ("'unclosed", BadInput, "quotation"),
    ],
)
def test_a_reset_that_fails_ends_the_comparison(
    tmp_path: Path, command: str, error: type[Exception], told: str
) -> None:
    """Data that were not put back would make the second run another experiment."""
    broken = replace(FOREIGN, reset=Reset(command=command, folder=str(tmp_path), timeout=0.2))
    with pytest.raises(error, match=told):
        reset(broken, {"PATH": "/usr/bin:/bin"})
