"""A fault's strength as a number: read, changed, bounded, and searched for the smallest that breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare import Search
from harness.errors import BadInput
from harness.experiment.breakpoint import find_breakpoint
from harness.experiment.listener import Silent
from harness.experiment.run import Ended
from harness.experiment.vary import varied
from harness.faults import parse
from harness.model import Anchor, Fault, Load, OpenStage, Profile, Scenario, Target, Verdict
from harness.results import ExpectationSummary, RunFolder, Summary


def _fault(name: str, kind: str, given: object) -> Fault:
    return Fault(name=name, edge="e", disturbance=parse(kind, given), at=Anchor(1.0), duration=4.0)


SCENARIO = Scenario(
    name="s",
    target=Target(name="t", url="http://127.0.0.1"),
    load=Load(locustfile=Path("x.py"), profile=Profile((OpenStage(name="l", rate=10, duration=9),))),
    faults=(
        _fault("slow", "latency", {"delay": "400ms", "jitter": "100ms", "toxicity": "50%"}),
        _fault("thin", "bandwidth", {"rate": "100KB/s"}),
        _fault("chopped", "slicer", {"size": "64B", "variation": "16B", "delay": "1500us"}),
        _fault("short", "limit_data", {"bytes": "4KB"}),
        _fault("crawling", "throttled_body", {"rate": "64KB/s", "share": "50%"}),
        _fault("cut", "truncated_body", {"keep": "10B"}),
    ),
)


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("slow.delay", 400, "ms"),
        ("slow.toxicity", 0.5, "share"),
        ("slow.for", 4, "s"),
        ("chopped.delay", 1.5, "ms"),
        ("thin.rate", 100, "KB/s"),
        ("chopped.size", 64, "B"),
        ("short.bytes", 4000, "B"),
        ("crawling.rate", 64, "KB/s"),
        ("crawling.share", 0.5, "share"),
        ("cut.keep", 10, "B"),
    ],
)
def test_a_strength_is_read(name: str, value: float, unit: str) -> None:
    """In the unit that its results have."""
    kind = varied(name)
    assert (kind.of(SCENARIO), kind.unit, kind.name) == (value, unit, name)


@given(st.integers(1, 10**6))
def test_a_delay_is_changed_and_nothing_else(millis: int) -> None:
    """What was set is read back; the jitter keeps its proportion, so that it is never above the delay."""
    kind = varied("slow.delay")
    changed = kind.at(SCENARIO, millis)
    assert kind.of(changed) == millis
    assert kind.parse(kind.show(millis)) == pytest.approx(millis)
    slow: Any = changed.faults[0].disturbance
    assert abs(slow.jitter - millis / 4) <= 1
    assert slow.toxicity == 0.5
    assert changed.faults[1:] == SCENARIO.faults[1:]


def test_a_length_and_a_share_are_bounded_by_the_target() -> None:
    """No fault lasts longer than it allows, and none is on more than all connections."""
    assert varied("slow.for").most(SCENARIO) == 60.0
    assert varied("slow.toxicity").most(SCENARIO) == 1.0
    assert varied("slow.for").at(SCENARIO, 7).faults[0].duration == 7
    assert varied("slow.toxicity").show(0.25) == "25%"


@given(
    st.integers(2, 10**6), st.sampled_from(["thin.rate", "short.bytes", "chopped.size", "crawling.rate", "cut.keep"])
)
def test_where_less_is_worse_the_search_falls(value: int, name: str) -> None:
    """What was set is read back, as people write it, too; a variation stays below its size, which would crash the server."""
    kind = varied(name)
    assert kind.falling
    changed = kind.at(SCENARIO, value)
    assert kind.of(changed) == value
    assert kind.parse(kind.show(value)) == value
    chopped: Any = changed.faults[2].disturbance
    assert chopped.variation < chopped.size


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("slwo.delay", "Did you mean `slow`"),
        ("slow.dely", "Did you mean `delay`"),
        ("chopped.variation", "more, or less, is worse"),
        ("slow.stream", "no plain number"),
    ],
)
def test_what_cannot_be_varied_is_told(name: str, told: str) -> None:
    """With the nearest."""
    with pytest.raises(BadInput) as refused:
        varied(name).of(SCENARIO)
    assert told in str(refused.value)


def test_the_widest_line_that_breaks_is_found(tmp_path: Path) -> None:
    """A service that needs 730 KB/s: the title says down to where it holds."""

    def run(one: Scenario, **_: Any) -> Ended:
        verdict = Verdict.FAIL if varied("thin.rate").of(one) < 730 else Verdict.PASS
        expected = ExpectationSummary(text="errors <= 5%", verdict=verdict, why="12%")
        summary = Summary(run="r", scenario="s", target="t", verdict=verdict, expectations=(expected,))
        return Ended(RunFolder(Path("nowhere")), summary)

    search = Search(start=10_000, floor=50, ceiling=10_000, tolerance=0.02, whole=True, falling=True)
    found = find_breakpoint(
        SCENARIO,
        varied("thin.rate"),
        search,
        budget_s=1e6,
        clock=lambda: 0.0,
        reports=tmp_path,
        environ={},
        listener=Silent(),
        run=run,
    )
    document = found.document
    assert document.holds is not None
    assert document.breaks is not None
    assert document.breaks < 730 <= document.holds <= document.breaks * 1.021
    assert (document.unit, document.falling, document.saturated) == ("KB/s", True, "target")
    assert "down to thin.rate" in document.title
    assert "KB/s" in found.folder.file("report.md").read_text()


def test_the_smallest_delay_that_breaks_is_found(tmp_path: Path) -> None:
    """A service with a time-out of 730 ms holds below and breaks above; the answer is whole milliseconds, in the title as people write them."""

    def run(one: Scenario, **_: Any) -> Ended:
        broke = varied("slow.delay").of(one) > 730
        verdict = Verdict.FAIL if broke else Verdict.PASS
        expected = ExpectationSummary(text="errors <= 5%", verdict=verdict, why="12%")
        return Ended(
            RunFolder(Path("nowhere")),
            Summary(run="r", scenario="s", target="t", verdict=verdict, expectations=(expected,)),
        )

    kind = varied("slow.delay")
    search = Search(start=100, floor=100, ceiling=5000, tolerance=0.02, whole=True)
    found = find_breakpoint(
        SCENARIO,
        kind,
        search,
        budget_s=1e6,
        clock=lambda: 0.0,
        reports=tmp_path,
        environ={},
        listener=Silent(),
        run=run,
    )
    document = found.document
    assert document.holds is not None
    assert document.breaks is not None
    assert document.holds <= 730 < document.breaks <= document.holds * 1.021
    assert document.breaks == int(document.breaks)
    assert (document.vary, document.unit, document.saturated) == ("slow.delay", "ms", "target")
    assert "ms" in document.title
    assert "slow.delay" in found.folder.file("report.md").read_text()
