"""A run as it goes, on the terminal and off it."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from rich.console import Console

from harness.cli.watching import PLAIN_EVERY_S, Watching, figures
from harness.experiment.listener import Progress

CALM = Progress(
    at=12.0,
    duration=60.0,
    stage="steady-load",
    fault="",
    asked=150.0,
    achieved=149.6,
    p50=0.0021,
    p99=0.25,
    errors=3,
    queued=0,
    dropped=0,
    late_share=0.002,
    probes={},
    has_load=True,
)


def test_the_line_says_where_the_run_is_and_how_the_target_does() -> None:
    """Rate achieved and asked, both quantiles, errors; what is as it should be takes no room."""
    assert (
        figures(CALM)
        == " 12.0/60 s · steady-load · 150 answers/s from 150 arrivals/s · p50 2.1 ms, p99 250 ms · 3 errors"
    )


def test_what_is_not_as_it_should_be_is_added() -> None:
    """A fault, arrivals that wait or were dropped, a late generator; an arrival that never ended makes p99 endless."""
    bad = replace(CALM, fault="gone", p99=float("inf"), queued=7, dropped=2, late_share=0.034)
    assert figures(bad).startswith(" 12.0/60 s · steady-load, fault gone · ")
    assert "p99 ∞" in figures(bad)
    assert figures(bad).endswith(" · 7 queued · 2 dropped · 3.4% late")


def test_off_a_terminal_there_is_a_plain_line_every_five_seconds() -> None:
    """Without colours and cursor movements."""
    told = StringIO()
    watching = Watching(Console(file=told, width=200))
    watching.phase("load: 60 s")
    for second in range(21):
        watching.progress(replace(CALM, at=float(second)))
    watching.close()
    first, *lines = told.getvalue().splitlines()
    assert first == "· load: 60 s"
    assert [float(line.split("/")[0]) for line in lines] == [at * PLAIN_EVERY_S for at in range(5)]
    assert "\x1b" not in told.getvalue()
