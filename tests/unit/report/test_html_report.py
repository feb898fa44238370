"""The HTML report: self-contained, escaped, in the order that a reader needs, readable by everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.model import Verdict
from harness.report import render_html, render_markdown, render_openmetrics, write_report
from harness.report.html import render_page
from harness.report.page import page_of
from harness.report.words import count, millis
from harness.results import AuditCase, AuditSummary, ErrorGroup, MarkSummary, RunReader, Status, Summary, summary_of
from harness.results.record import Repeats
from harness.results.summary import Quantiles, Timing
from tests.unit.report.outline import outline
from tests.unit.report.synthetic import Plan, write_run


@pytest.fixture(scope="module")
def html(reader: RunReader) -> str:
    """The page of the synthetic run."""
    return render_html(reader)


def test_it_needs_no_network(html: str) -> None:
    """Nothing in it points outside the file: no address but in text, no import, no font, no picture that is fetched."""
    parsed = outline(html)
    assert not {tag for tag, _ in parsed.tags} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "video",
        "image",
        "use",
    }
    links = [
        attrs[name] or ""
        for _, attrs in parsed.tags
        for name in ("href", "src", "srcset", "xlink:href", "action")
        if name in attrs
    ]
    assert links
    assert all(link.startswith("#") for link in links)
    for ours in (style_of(html), script_of(html)):
        assert not re.search(
            r"@import|url\((?!#)|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|https?://(?!www\.w3\.org/2000/svg)",
            ours,
        )


def test_it_is_whole_without_scripts(html: str) -> None:
    """The one script is ours, stands last, and everything is there without it: verdict, tables, charts, reproductions."""
    tags = [tag for tag, _ in outline(html).tags]
    assert tags.count("script") == 1
    assert tags[-1] == "script"
    assert not [name for _, attrs in outline(html).tags for name in attrs if name.startswith("on")]
    without = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    parsed = outline(without)
    text = "".join(parsed.text)
    assert all(word in text for word in ("One order was charged twice", "p99 of place_order", "curl -X POST", "11.0"))
    assert not [1 for tag, attrs in parsed.tags if "hidden" in attrs or tag == "noscript"]


def test_it_reads_where_even_styles_are_forbidden(html: str) -> None:
    """Jenkins forbids inline styles too: nothing hangs on a style attribute, and every colour of a chart has one to fall back on."""
    assert not [1 for _, attrs in outline(html).tags if "style" in attrs]
    charts = "".join(re.findall(r"<svg.*?</svg>", html, re.DOTALL))
    assert not re.search(r"var\(--\w+\)", charts)


def style_of(html: str) -> str:
    """The page's own style sheet."""
    return html[html.index("<style>") : html.index("</style>")]


def script_of(html: str) -> str:
    """The page's own script."""
    return html[html.index("<script>") : html.index("</script>")]


def test_every_link_leads_somewhere_and_every_id_is_alone(html: str) -> None:
    """The navigation works, and charts share no id."""
    tags = outline(html).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {(attrs["href"] or "")[1:] for tag, attrs in tags if tag == "a"} <= set(ids)


def test_the_sections_stand_in_the_order_of_questions(html: str) -> None:
    """Verdict and reasons first, validity in full and place last."""
    order = "expectations timeline faults changed operations findings audit coverage not-tested matrix nines errors validity environment"
    marks = ["<h1>", 'class="why"', 'class="trust"', *(f'id="{name}"' for name in order.split())]
    assert [html.index(mark) for mark in marks] == sorted(html.index(mark) for mark in marks)


def test_it_says_what_a_manager_reads(html: str) -> None:
    """A quantile is told as so many of a hundred, a recovery with its uncertainty."""
    assert (
        "In calm, 99 of 100 place_order requests were answered within 33 ms (limit 250 ms); under faults, within 824 ms."
        in html
    )
    assert "After gone the service was back to normal in 1.75 s ± 0.25 s." in html


def test_charts_come_in_two_sizes_and_in_colours_of_the_theme(html: str) -> None:
    """Each of the six has a wide and a narrow one, speaks to a screen reader, and takes its colours from the theme."""
    charts = [attrs for tag, attrs in outline(html).tags if tag == "svg" and attrs.get("role") == "img"]
    assert [attrs["class"] for attrs in charts] == ["wide", "narrow"] * 6
    assert all(attrs["aria-label"] for attrs in charts)
    pictures = "".join(re.findall(r'<svg class="(?:wide|narrow)".*?</svg>', html, re.DOTALL))
    assert not re.search(r'(?:fill|stroke)="(?!none|var\(--\w+,#)', pictures)
    assert "var(--second,#b8500a)" in pictures


def test_narrow_charts_keep_their_text_readable(html: str) -> None:
    """At 390 px a letter of 12 px is shrunk to no less than 11."""
    views = re.findall(r'<svg class="narrow" [^>]*viewBox="0 0 ([\d.]+)', html)
    assert views
    assert all(12 * (390 - 28) / float(width) >= 11 for width in views)


def test_a_table_has_heads_for_rows_and_columns(html: str) -> None:
    """Every table has column heads with a scope, and every row of a body begins with its own head or continues one."""
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert 'scope="col"' in table
        rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table.split("<tbody", 1)[1], re.DOTALL)
        assert all(row.lstrip().startswith("<th") or ">faults<" in row for row in rows)


def test_verdicts_are_words_with_a_shape(html: str) -> None:
    """Nobody needs colour to tell them apart."""
    css = html[html.index("<style>") : html.index("</style>")]
    for word in ("pass", "fail", "unknown"):
        assert f'<span class="v tone-{word}">{word}</span>' in html
    assert ".tone-fail.v::before" in css
    assert ".tone-unknown.v::before" in css


@pytest.mark.parametrize("theme", [0, 1])
def test_text_has_contrast_in_both_themes(html: str, theme: int) -> None:
    """At least 4.5 to 1 on paper and on panels (WCAG 2.2, 1.4.3)."""
    block = re.findall(r":root\{(.*?)\}", html, re.DOTALL)[theme]
    colour = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,8})", block))
    for ink in ("ink", "soft", "pass", "fail", "unknown", "first", "second"):
        for paper in ("paper", "panel"):
            assert contrast(colour[ink], colour[paper]) >= 4.5, (ink, paper)


def contrast(a: str, b: str) -> float:
    """The ratio of WCAG 2.2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


EVIL = "<script>alert(1)</script>\"'&{{ 7*7 }}"


def test_names_with_markup_are_escaped(reader: RunReader, tmp_path: Path) -> None:
    """Whatever text a run carries, in tables, titles and charts, it stays text."""
    page = page_of(evil_run(reader, tmp_path))
    parsed = outline(render_page(page))
    assert [tag for tag, _ in parsed.tags].count("script") == 1
    assert "<script>alert(1)</script>" in "".join(parsed.text)
    assert "49" not in "".join(parsed.text).replace("249", "")[:500]


def evil_run(reader: RunReader, tmp_path: Path) -> RunReader:
    """The synthetic run with markup in every text of its summary."""
    folder = write_run(tmp_path)
    written = reader.summary()
    assert written is not None
    folder.file("summary.json").write_text(
        Summary.model_validate(spoil(written.model_dump(mode="json"))).model_dump_json()
    )
    return RunReader.open(folder)


def spoil(value: object, name: str = "") -> object:
    """Append markup to every text that no enum restricts."""
    if isinstance(value, dict):
        return {key: spoil(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoil(inner, name) for inner in value]
    fixed = ("verdict", "level", "status", "unit", "cmp", "started")
    return value + EVIL if isinstance(value, str) and name not in fixed else value


def test_an_incomplete_run_says_so_at_the_top(cut: RunReader) -> None:
    """With figures as far as they go, no verdict, and a reason in every empty section."""
    html = render_html(cut)
    outline(html)
    assert html.index('role="alert"') < html.index("<h1>")
    assert "windows.arrows has no end" in html
    assert "This run did not come to a verdict" in html
    assert html.count('class="empty"') >= 4
    assert "<code>place_order</code>" in html


def test_an_empty_run_has_a_report_too(tmp_path: Path, cut: RunReader) -> None:
    """Ended before the first request, it says that nothing was sent."""
    folder = write_run(tmp_path, Plan(seconds=0), finish=False)
    html = render_html(RunReader.open(folder))
    outline(html)
    assert "Nothing was sent, so there is nothing to draw." in html


def test_a_pass_is_told_as_one(tmp_path: Path, reader: RunReader) -> None:
    """Without a title of its own the headline names scenario and verdict."""
    folder = write_run(tmp_path)
    written = reader.summary()
    assert written is not None
    calm = written.model_copy(update={"verdict": Verdict.PASS, "title": "", "why": (), "faults": ()})
    folder.file("summary.json").write_text(calm.model_dump_json())
    html = render_html(RunReader.open(folder))
    assert "payment-outage: everything that was expected held" in html
    assert "No fault was injected" in html


def test_phases_of_requests_are_a_table_where_they_were_measured(tmp_path: Path, reader: RunReader) -> None:
    """Connections, and p50 and p99 of each phase; nothing of it where the scenario did not ask."""
    folder = write_run(tmp_path)
    written = reader.summary()
    assert written is not None
    assert "Connecting, TLS, first byte" not in render_html(RunReader.open(folder))
    one = Timing(operation="pay", connections=1234, waiting_ms=Quantiles(p50=2.5, p99=71.25))
    folder.file("summary.json").write_text(written.model_copy(update={"timings": (one,)}).model_dump_json())
    html = render_html(RunReader.open(folder))
    table = html[html.index("Connecting, TLS, first byte") :].partition("</table>")[0]
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", table)]
    assert cells == [count(1234), *["–"] * 4, millis(2.5), millis(71.25)]


def test_phases_that_a_client_does_not_tell_are_not_measured(tmp_path: Path, reader: RunReader) -> None:
    """In words, where zeros or an absent row would look like figures."""
    folder = write_run(tmp_path)
    written = reader.summary()
    assert written is not None
    one = Timing(operation="pay", measured=False)
    folder.file("summary.json").write_text(written.model_copy(update={"timings": (one,)}).model_dump_json())
    html = render_html(RunReader.open(folder))
    table = html[html.index("Connecting, TLS, first byte") :].partition("</table>")[0]
    assert re.findall(r"<td[^>]*>(.*?)</td>", table) == ["not measured: its client does not tell them"]


def test_twenty_operations_and_ten_minutes_stay_small(tmp_path: Path) -> None:
    """At most 300 KB."""
    folder = write_run(tmp_path, Plan(seconds=600, operations=20))
    paths = write_report(RunReader.open(folder))
    assert [path.name for path in paths] == ["report.html", "report.md", "junit.xml", "findings.sarif", "metrics.txt"]
    assert paths[0].stat().st_size <= 300_000


def test_a_million_texts_are_a_page_of_a_megabyte_at_most(reader: RunReader, tmp_path: Path) -> None:
    """Long texts are cut, long lists end with how many more there are, in every format; 50,000 of each stand for a million."""
    base = summary_of(reader)
    error = ErrorGroup(operation="o", outcome="5xx", text="", count=1)
    finding = base.findings[0]
    crowd = base.model_copy(
        update={
            "errors": tuple(error.model_copy(update={"text": f"{EVIL} {i} " + "x" * 2000}) for i in range(50_000)),
            "findings": tuple(
                finding.model_copy(update={"identity": f"f{i}", "message": "m" * 300}) for i in range(50_000)
            ),
            "operations": tuple(base.operations[0].model_copy(update={"name": f"{i}" * 40}) for i in range(2_000)),
            "expectations": base.expectations * 500,
            "not_tested": base.not_tested * 5_000,
            "validity": base.validity * 500,
            "why": base.why * 5_000,
            "faults": base.faults * 200,
            "pacts": base.pacts * 500,
            "status": Status.INTERRUPTED,
            "repeats": Repeats(run="r", why="w"),
        }
    )
    folder = write_run(tmp_path)
    folder.file("summary.json").write_text(crowd.model_dump_json())
    crowded = RunReader.open(folder)
    html = render_html(crowded)
    outline(html)
    assert len(html.encode()) <= 1_000_000
    assert "49,950 more kinds of error" in html
    assert "49,900 more findings" in html
    assert len(render_markdown(crowd).splitlines()) <= 60
    assert len(render_openmetrics(crowd)) <= 3_000_000


@pytest.mark.parametrize("theme", [0, 1])
def test_shaded_cells_keep_their_contrast(html: str, theme: int) -> None:
    """At least 4.5 to 1 for text on the warmest cell of the matrix and on a fault's letter."""
    block = re.findall(r":root\{(.*?)\}", html, re.DOTALL)[theme]
    colour = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,8})", block))
    assert contrast(colour["ink"], mixed(colour["second"], colour["paper"], 0.34)) >= 4.5
    band = colour["band"]
    shaded = mixed(band[:7], colour["paper"], int(band[7:], 16) / 255)
    assert contrast(colour["fail"], shaded) >= 4.5


def mixed(over: str, under: str, share: float) -> str:
    """One colour over another, as `color-mix` in sRGB or an alpha channel gives."""

    def parts(colour: str) -> list[int]:
        digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
        return [int(digits[i : i + 2], 16) for i in (0, 2, 4)]

    return "#" + "".join(
        f"{round(a * share + b * (1 - share)):02x}" for a, b in zip(parts(over), parts(under), strict=True)
    )


def test_the_page_reads_latencies_alone(reader: RunReader, cut: RunReader) -> None:
    """Of a whole run and of a cut one they are those of the windows; service times are left in the file."""
    for one in (reader, cut):
        assert one.latencies().histogram() == one.windows().histogram()
        assert one.latencies().histogram("service").n == 0
        assert one.windows().histogram("service").n > 0


def test_long_reproductions_are_cut_to_a_page_of_a_megabyte(reader: RunReader, tmp_path: Path) -> None:
    """A hundred findings with bodies of 12 KB, and as many cases: the page shows fewer and shorter ones, and says so of each."""
    base = summary_of(reader)
    long = "curl -d '" + "<&>" * 4_000 + "'"
    case = AuditCase(message=long, curl=long, steps=(long,) * 60)
    promise = AuditSummary(check="kept", verdict=Verdict.FAIL, cases=(case,) * 100)
    findings = tuple(base.findings[0].model_copy(update={"identity": f"f{i}", "curl": long}) for i in range(100))
    folder = write_run(tmp_path)
    crowd = base.model_copy(update={"findings": findings, "audit": (promise,) * 10})
    folder.file("summary.json").write_text(crowd.model_dump_json())
    html = render_html(RunReader.open(folder))
    outline(html)
    assert len(html.encode()) <= 1_000_000
    for said in ("more characters of it in <code>summary.json", "more findings in", "more steps in", "more cases in"):
        assert said in html


def test_faults_and_marks_beyond_the_legend_are_counted(reader: RunReader, tmp_path: Path) -> None:
    """Twenty-six letters, forty marks: the others are in the document, and the page says how many."""
    base = summary_of(reader)
    faults = tuple(base.faults[0].model_copy(update={"name": f"fault {n}"}) for n in range(30))
    marks = tuple(MarkSummary(at_s=float(n), text=f"mark {n}") for n in range(50))
    folder = write_run(tmp_path)
    folder.file("summary.json").write_text(base.model_copy(update={"faults": faults, "marks": marks}).model_dump_json())
    html = render_html(RunReader.open(folder))
    assert "and 4 more faults in" in html
    assert "and 10 more marks in" in html
