from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from harness.load.phases import Phases, phase_of
from harness.load.recorder import Recorder, window_of
from harness.model import WIDTH_NS, Histogram, Outcome, Phase
from harness.results import ALL, Series, answered_of, timings_of
from harness.results.parts import quantiles_of
from harness.results.schemas import TIMINGS, WINDOWS, timings_batch, windows_batch

MS = 1_000_000
notes = st.lists(
    st.tuples(
        st.integers(0, 5 * 10**9), st.sampled_from(["read", "write"]), st.sampled_from(Phase), st.integers(0, 10**10)
    ),
    max_size=60,
)


@given(notes, st.integers(0, 60), st.integers(0, 21))
def test_no_phase_is_lost_on_its_way_to_the_summary(
    many: list[tuple[int, str, Phase, int]], cut: int, windows: int
) -> None:
    """Drained whenever, by however many processes: the summary's quantiles are those of all that lies in the stretch."""
    phases, rows = Phases(), []
    for number, (at, operation, phase, took) in enumerate(many):
        if number == cut:
            rows += phases.drain()
        phases.add(at, operation, phase, took)
    rows += phases.drain()
    table = pa.Table.from_batches([timings_batch(phase_of(row) for row in rows)], TIMINGS)
    found = {one.operation: one for one in timings_of(table, [(0, windows * WIDTH_NS)])}
    inside = [one for one in many if one[0] // WIDTH_NS < windows]
    assert set(found) == {one[1] for one in inside} | ({ALL} if inside else set())
    for name, one in found.items():
        mine = [(phase, took) for _, operation, phase, took in inside if name in (ALL, operation)]
        assert one.connections == sum(phase is Phase.CONNECTING for phase, _ in mine)
        for phase in Phase:
            whole = Phases()
            for kind, took in mine:
                if kind is phase:
                    whole.add(0, "x", phase, took)
            merged = Histogram.merged(phase_of(row).took for row in whole.drain())
            assert getattr(one, f"{phase.value}_ms") == quantiles_of(merged)


def test_names_beyond_the_bound_share_one() -> None:
    """Ids in names don't grow the memory of a load process."""
    phases = Phases()
    for number in range(1100):
        phases.add(0, f"n{number}", Phase.WAITING, MS)
    assert len(phases.drain()) == 1001


def test_an_answered_operation_without_phases_is_told_as_not_measured() -> None:
    """FastHttpUser's is; one that was refused has no first byte to be measured, one that was timed has its row."""
    recorder, phases = Recorder(), Phases()
    for operation, outcome in (
        ("fast", Outcome.OK),
        ("slow", Outcome.OK),
        ("said", Outcome.FAILED),
        ("gone", Outcome.REFUSED),
    ):
        recorder.add(0, operation, outcome, "s", 0, MS, MS)
    phases.add(0, "fast", Phase.WAITING, MS)
    series = Series.of(pa.Table.from_batches([windows_batch(window_of(row) for row in recorder.drain())], WINDOWS))
    answered = answered_of(series, [(0, WIDTH_NS)])
    table = pa.Table.from_batches([timings_batch(phase_of(row) for row in phases.drain())], TIMINGS)
    found = {one.operation: one.measured for one in timings_of(table, [(0, WIDTH_NS)], answered)}
    assert found == {ALL: True, "fast": True, "said": False, "slow": False}
    assert timings_of(table, [], answered_of(series, [])) == ()
