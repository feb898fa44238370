"""The report of a matrix."""

from __future__ import annotations

import re

from harness.model import Verdict
from harness.report import matrix_html, matrix_markdown
from harness.results import Matrix, MatrixCalm, MatrixCell, MatrixLeftOut, Status


def _cell(fault: str, edge: str, verdict: Verdict | None, **more: object) -> MatrixCell:
    return MatrixCell.model_validate(
        {"fault": fault, "edge": edge, "kind": "x", "verdict": verdict, "calm": "c1", **more}
    )


WHOLE = Matrix(
    name="m",
    scenario="<checkout>",
    target="shop|one",
    status=Status.INTERRUPTED,
    verdict=Verdict.FAIL,
    title="shop|one: 1 of 4 cells <held>",
    calm_s=3,
    fault_s=2,
    after_s=4,
    rate=40,
    expect=("errors <= 5% during fault",),
    audits=("no-lost-orders",),
    cells=(
        _cell("down: refused", "db", Verdict.PASS, run="r1", errors=0.02, p95_ms=20, recovery_s=0.5),
        _cell(
            "down: refused",
            "<pay>",
            Verdict.FAIL,
            run="r2",
            errors=0.9,
            p95_ms="Infinity",
            recovery_s=4,
            recovery_censored=True,
            broke=("errors <= 5%: 90 %",),
            invariants=("no-lost-orders",),
        ),
        _cell("latency: +1 s", "db", Verdict.UNKNOWN, run="r3", why="it was not felt"),
        _cell("latency: +1 s", "<pay>", None),
    ),
    left_out=(
        MatrixLeftOut(edge="db", fault="http_status: status 503", kind="http_status", why="the edge speaks tcp"),
    ),
    calms=(MatrixCalm(run="c1", verdict=Verdict.PASS, requests=100, errors=0.0, p95_ms=10),),
)


def test_the_page_draws_every_cell_in_five_heat_maps() -> None:
    """Held, errors, latency, recovery and invariants, each in two sizes; names are escaped; nothing is fetched and no id is used."""
    html = matrix_html(WHOLE)
    assert html.count("<figure>") == 5
    assert html.count('<svg class="wide"') == html.count('<svg class="narrow"') == 5
    assert "<pay>" not in html
    assert "<checkout>" not in html
    assert "This matrix is interrupted" in html
    for word in ("held", "broke", "90 %", "20 ms · 2.0×", "&gt; 4 s", "never"):
        assert word in html, word
    assert "://" not in re.sub(r"http://www.w3.org/\S+", "", html)
    assert not re.search(r"#01010\d", html)  # each colour is one of the theme's


def test_the_text_tells_the_same() -> None:
    """A row per cell; a bar in a name breaks no table."""
    text = matrix_markdown(WHOLE)
    assert "shop\\|one" in text
    assert "Invariants broke under down: refused on" in text
    assert "The longest recovery was at least 4 s" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 4
    assert "not run" in rows[-1]
    assert "Not tried, since the edge speaks tcp: http\\_status on db." in text


def test_an_empty_matrix_has_a_report_too() -> None:
    """It was cut short before anything was run."""
    assert "There are no cells" in matrix_html(WHOLE.model_copy(update={"cells": (), "calms": ()}))
