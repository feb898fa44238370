"""What people write in scenario files, right and wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.config import read_scenario
from harness.errors import BadDocument, HarnessError
from harness.model import Edge, OpenStage, Scenario, Target


@dataclass(frozen=True)
class Slow:
    kind: str = "latency"

    def describe(self) -> str:
        return "slow"


def parse_fault(kind: str, mapping: Mapping[str, object]) -> Slow:
    for key in mapping:
        if key != "delay":
            raise ValueError(f"`{key}` is not a key of {kind}; did you mean `delay`?")
    return Slow()


SHOP = Target(name="reference", url="", edges={"payments": Edge(name="payments", proxy="payments")})
GOOD = """\
name: payment-outage
target: reference
load:
  locustfile: shop.py
  profile:
    - {name: warm-up, rate: 50/s, for: 10s, warm_up: true}
    - {name: calm, rate: 150/s, for: 1m, arrivals: poisson}
faults:
  - {name: slow, edge: payments, latency: {delay: 800ms}, at: 10s into calm, for: 15s}
  - {name: gone, edge: payments, down: {}, at: 5s after slow, for: 10s}
contract: {oracle: all}
audit: [no-lost-orders]
expect:
  - p99 of place_order <= 250ms during steady
  - recovery from gone <= 5s
stop_when: errors > 90% over 5s
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Scenario]:
    (tmp_path / "shop.py").write_text("")

    def _read(text: str) -> Scenario:
        path = tmp_path / "x.yaml"
        path.write_text(text)
        return read_scenario(
            path,
            environ={},
            builtin={"reference": SHOP},
            parse_fault=parse_fault,
            fault_kinds=("latency", "down"),
            audits=("no-lost-orders",),
            defects=("double-charge",),
        )

    return _read


def test_an_edge_that_may_not_be_hurt(read: Callable[[str], Scenario], tmp_path: Path) -> None:
    """`limits.edges` of the target is held before anything runs, with the line."""
    (tmp_path / "harness.yaml").write_text(
        "targets:\n  shop:\n    url: http://127.0.0.1:1\n    toxiproxy: http://127.0.0.1:2\n"
        "    edges: {payments: {proxy: p}, db: {proxy: d}}\n    limits: {edges: [db]}\n"
    )
    text = GOOD.replace("target: reference", "target: shop")
    with pytest.raises(BadDocument, match="does not allow faults on edge `payments`") as caught:
        read(text)
    assert caught.value.line == 9
    assert len(read(text.replace("edge: payments", "edge: db")).faults) == 2


def test_a_whole_scenario_reads(read: Callable[[str], Scenario]) -> None:
    """Everything the design shows in a scenario is understood, with its units."""
    scenario = read(GOOD)
    assert scenario.load is not None
    stage = scenario.load.profile.stages[1]
    assert isinstance(stage, OpenStage)
    assert (stage.rate, stage.duration, stage.arrivals) == (150.0, 60.0, "poisson")
    assert [fault.name for fault in scenario.faults] == ["slow", "gone"]
    assert scenario.expect[0].limit == 0.25
    assert scenario.contract.oracle == ("*",)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("target: reference", "tarjet: reference", 2, "tarjet"),
        ("target: reference", "target: referense", 2, "Did you mean `reference`"),
        ("rate: 150/s", "rate: 0/s", 7, "above zero"),
        ("rate: 150/s", "rate: 150", 7, "150/s"),
        ("rate: 150/s", "ratee: 150/s", 7, "rate"),
        ("for: 1m", "for: 1 minute", 7, "not a duration"),
        ("locustfile: shop.py", "locustfile: chop.py", 4, "not there"),
        ("edge: payments, latency", "edge: paymets, latency", 9, "Did you mean `payments`"),
        ("latency: {delay", "latencie: {delay", 9, "Did you mean `latency`"),
        ("{delay: 800ms}", "{delya: 800ms}", 9, "delay"),
        ("for: 15s", "for: 15m", 9, "up to 60s"),
        ("at: 10s into calm", "at: 10s into clam", 8, "Did you mean `calm`"),
        ("at: 10s into calm", "at: 500s", 9, "the load ends at 70s"),
        ("name: slow", "name: calm", 8, "stands twice"),
        ("name: slow", "name: steady", 8, "reserved"),
        ("audit: [no-lost-orders]", "audit: [no-lost-order]", 12, "Did you mean `no-lost-orders`"),
        ("p99 of place_order", "p9 9 of place_order", 14, "not an expectation"),
        ("during steady", "during stedy", 14, "Did you mean `steady`"),
        ("recovery from gone <= 5s", "recovery from gnoe <= 5s", 15, "Did you mean `gone`"),
        ("errors > 90% over 5s", "errors > 90%", 16, "needs a window"),
        ("errors > 90% over 5s", "errors > 90% over 900ms", 16, "over 1s"),
        ("errors > 90% over 5s", "findings > 0", 16, "after the run"),
        ("errors > 90% over 5s", "recovery from gone > 5s", 16, "after the run"),
        ("errors > 90% over 5s", "coverage of statuses < 5%", 16, "after the run"),
        ("locustfile: shop.py", "locustfile: shop.py\n  users: true", 5, "true is not a number"),
        ("contract: {oracle: all}", "contract: {orakle: all}", 11, "Did you mean `oracle`"),
        ("- {name: slow", "- [name: slow", 9, "not YAML"),
    ],
)
def test_a_mistake_names_its_line_and_the_way_out(
    read: Callable[[str], Scenario], old: str, new: str, line: int, says: str
) -> None:
    """Each mistake ends in exit code 3 with the file, the line and what to write instead."""
    with pytest.raises(BadDocument) as caught:
        read(GOOD.replace(old, new, 1))
    assert says in str(caught.value)
    assert caught.value.line == line, str(caught.value)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "text", ["", "[]", "just words", "a: b: c", "\x00", "name: x\n\tbad: y", "&a [*a]", "{" * 1000]
)
def test_what_is_no_scenario_is_refused(read: Callable[[str], Scenario], text: str) -> None:
    """A file that is not a mapping of YAML is a BadDocument, whatever it holds."""
    with pytest.raises(HarnessError) as caught:
        read(text)
    assert caught.value.exit_code == 3


def test_an_expectation_of_findings_needs_somebody_who_looks(read: Callable[[str], Scenario]) -> None:
    """It would hold whatever the service answers. An audit looks, too."""
    text = GOOD.replace("recovery from gone <= 5s", "findings <= 0")
    assert read(text).expect[1].text == "findings <= 0"
    without = text.replace("contract: {oracle: all}\n", "")
    assert read(without).expect[1].text == "findings <= 0"
    with pytest.raises(BadDocument, match="Nothing looks for findings") as told:
        read(without.replace("audit: [no-lost-orders]\n", ""))
    assert told.value.line is not None


@pytest.mark.parametrize("key", ["faults", "expect", "stop_when", "audit", "oracle"])
def test_what_needs_load_is_refused_without_it(read: Callable[[str], Scenario], key: str) -> None:
    """A part that would silently not be done is a mistake."""
    parts = {
        "faults": "faults: [{name: a, edge: payments, down: {}, at: 1s, for: 1s}]",
        "expect": "expect: errors <= 1%",
        "stop_when": "stop_when: errors > 90% over 5s",
        "audit": "audit: no-lost-orders",
        "oracle": "contract: {check: {budget: 10s}, oracle: all}",
    }
    with pytest.raises(BadDocument, match="needs `load`"):
        read(f"name: x\ntarget: reference\n{parts[key]}\n")


def test_processes_are_read_and_more_than_users_are_refused_with_the_line(read: Callable[[str], Scenario]) -> None:
    """`load.processes` shares the plan; one without a user would be idle, so it is told at its line."""
    shared = GOOD.replace("  profile:", "  processes: 2\n  profile:")
    load = read(shared).load
    assert load is not None
    assert load.processes == 2
    with pytest.raises(BadDocument, match="4 processes cannot share 3 users") as told:
        read(GOOD.replace("  profile:", "  users: 3\n  processes: 4\n  profile:"))
    assert told.value.line == 6
