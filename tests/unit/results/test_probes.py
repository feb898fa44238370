"""Samples become as many points as a picture can show, and none is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadDocument
from harness.model import Probe, Sample
from harness.results import Mark, RunFolder, RunReader, RunRecord, RunWriter, marks_of, probes_of
from harness.results.probes import MOST_POINTS, points_of

VALUES = st.one_of(st.none(), st.floats(-1e9, 1e9))


@given(st.lists(st.tuples(st.integers(0, 3_600_000), VALUES), max_size=1500, unique_by=lambda pair: pair[0]))
def test_points_are_few_ordered_and_as_wide_as_the_samples(raw: list[tuple[int, float | None]]) -> None:
    """At most 300, rising in time, with the least and the most of all samples among them."""
    samples = [Sample(t_ns=at * 1_000_000, probe="q", value=value) for at, value in sorted(raw)]
    points = points_of(samples)
    assert len(points) <= MOST_POINTS
    assert [point.t_s for point in points] == sorted(point.t_s for point in points)
    values = [one.value for one in samples if one.value is not None]
    assert min((p.low for p in points if p.low is not None), default=None) == min(values, default=None)
    assert max((p.high for p in points if p.high is not None), default=None) == max(values, default=None)
    assert all(
        p.low <= p.value * (1 + 1e-9) + 1e-6
        for p in points
        if p.value is not None and p.low is not None and p.value >= 0
    )


def test_a_probe_that_never_said_a_number_is_there_with_its_reason() -> None:
    """And one that was never asked is there, too."""
    probes = {name: Probe(name=name, kind="http", ask="http://127.0.0.1:1/") for name in ("deaf", "idle")}
    deaf, idle = probes_of([Sample(t_ns=0, probe="deaf", value=None, error="refused")], probes)
    assert (deaf.samples, deaf.failed, deaf.error, deaf.mean) == (1, 1, "refused", None)
    assert (idle.name, idle.samples, idle.points) == ("idle", 0, ())


@given(st.integers(0, 10**15), st.text(max_size=5), VALUES, st.text(max_size=20))
def test_a_sample_reads_back_from_its_line(t_ns: int, name: str, value: float | None, error: str) -> None:
    """Through JSON, with nothing lost."""
    sample = Sample(t_ns=t_ns, probe=name, value=value, error=error)
    assert Sample.from_row(json.loads(json.dumps(sample.to_row()))) == sample


def test_marks_are_told_in_seconds() -> None:
    """With who made them."""
    (mark,) = marks_of([Mark(t_ns=1_500_000_000, text="deployed", by="me@here")])
    assert (mark.at_s, mark.text, mark.by) == (1.5, "deployed", "me@here")


def test_a_line_that_is_no_sample_is_named(tmp_path: Path) -> None:
    """File and line."""
    folder = RunFolder(tmp_path)
    RunWriter(folder, RunRecord(run="r", scenario_name="s", target="t", started="")).probe(
        Sample(t_ns=1, probe="q", value=1.0)
    )
    with folder.file("probes.jsonl").open("a") as file:
        file.write('{"probe": "q"}\n')
    with pytest.raises(BadDocument, match="garbled") as refused:
        RunReader.open(folder).samples()
    assert refused.value.line == 2
