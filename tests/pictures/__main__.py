"""`make pictures`: reports as a browser shows them, into docs/pictures; and what a browser must find in them.

Needs chromium and pdftoppm on PATH (Debian: chromium, poppler-utils). Fails when a page asks the network for anything, when its script
complains, or when a page is not as tests/pictures/held.py wants it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from harness.report import comparison_html, write_report
from harness.results import RunReader
from tests.pictures.browser import Browser, browser
from tests.pictures.held import expect, hold
from tests.pictures.palette import palette_png
from tests.unit.report.synthetic import write_run
from tests.unit.report.synthetic_comparison import compared

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "reports" / "example"
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: `section` is scrolled to first, if it names one."""

    name: str
    page: str
    width: int
    height: int
    dark: bool = False
    section: str = ""


SHOTS = (
    Shot("run", "run", 1440, 1080),
    Shot("run-dark", "run", 1440, 1080, dark=True),
    Shot("run-timeline-dark", "run", 1440, 1000, dark=True, section="timeline"),
    Shot("run-operations", "run", 1440, 1000, section="operations"),
    Shot("run-phone", "run", 390, 844),
    Shot("run-phone-dark", "run", 390, 844, dark=True, section="timeline"),
    Shot("comparison", "comparison", 1440, 1080),
    Shot("comparison-dark", "comparison", 1440, 1080, dark=True, section="operations"),
    Shot("comparison-phone", "comparison", 390, 844),
    Shot("comparison-phone-dark", "comparison", 390, 844, dark=True),
)


def main() -> None:
    """The page of the example run for the README, those of invented ones in every light, and every page held against what must be true."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as place, browser() as chrome:
        pages = invented(Path(place))
        for shot in SHOTS:
            save(PICTURES / f"report-{shot.name}.png", take(chrome, pages[shot.page], shot))
        example = EXAMPLES / "double-charge" / "report.html"
        save(PICTURES / "report-double-charge.png", take(chrome, example, Shot("", "", 1440, 1080)))
        for page in (*pages.values(), *sorted(EXAMPLES.glob("*/report.html"))):
            hold(chrome, page)
        for name in ("run", "comparison"):
            chrome.open(pages[name], width=1440)
            save(PICTURES / f"report-{name}-print.png", first_page(chrome.pdf()))


def invented(place: Path) -> dict[str, Path]:
    """The run and the comparison that the tests draw: the same from every machine."""
    run = RunReader.open(write_run(place))
    comparison = place / "comparison.html"
    comparison.write_text(comparison_html(compared()))
    return {"run": write_report(run)[0], "comparison": comparison}


def take(chrome: Browser, page: Path, shot: Shot) -> bytes:
    """A window of the page, scrolled to a section."""
    chrome.open(page, width=shot.width, height=shot.height, dark=shot.dark)
    if shot.section:
        chrome.ask(f"document.getElementById('{shot.section}').scrollIntoView({{behavior: 'instant'}})")
    return chrome.picture()


def first_page(pdf: bytes) -> bytes:
    """As a printer would put it on paper, at 96 dots per inch."""
    program = shutil.which("pdftoppm")
    if program is None:
        sys.exit("There is no pdftoppm on PATH. Install it: apt-get install poppler-utils")
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        file = Path(folder) / "page.pdf"
        file.write_bytes(pdf)
        subprocess.run([program, "-png", "-r", "96", "-f", "1", "-l", "1", "-singlefile", file, file], check=True)
        return file.with_suffix(".pdf.png").read_bytes()


def save(path: Path, png: bytes) -> None:
    """Small enough for a repository."""
    small = palette_png(png)
    expect(len(small) < MOST_BYTES, f"{path} would be {len(small):,} bytes")
    path.write_bytes(small)
    sys.stdout.write(f"{path.relative_to(ROOT)} {len(small):,} bytes\n")


if __name__ == "__main__":
    main()
