"""`make pictures`: the reports under reports/example as a browser shows them, into docs/pictures; and what a browser must find in them.

Needs chromium and pdftoppm on PATH (Debian: chromium, poppler-utils). Fails when a page asks the network for anything, when its script
complains, when a page is wider than its window, or when a verdict is out of sight on a phone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser, browser
from palette import palette_png

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
    Shot("report-double-charge", "double-charge/report.html", 1440, 1080),
    Shot("report-timeline-dark", "double-charge/report.html", 1440, 1000, dark=True, section="timeline"),
    Shot("report-operations", "double-charge/report.html", 1440, 1000, section="operations"),
    Shot("report-phone", "double-charge/report.html", 390, 844),
    Shot("report-phone-dark", "double-charge/report.html", 390, 844, dark=True, section="timeline"),
    Shot("report-healthy", "healthy/report.html", 1440, 1080),
)
COMPARED = (
    ("comparison", 1440, 1080, False),
    ("comparison-dark", 1440, 1080, True),
    ("comparison-phone", 390, 844, False),
)


def main() -> None:
    """Take every picture, then hold every page under reports/example against what must be true of it."""
    compared = sorted(EXAMPLES.glob("*/comparison.json"), key=lambda path: "slow" not in path.parent.name)
    shots = list(SHOTS)
    if compared:
        page = str(compared[0].with_name("report.html").relative_to(EXAMPLES))
        shots += [Shot(name, page, width, height, dark) for name, width, height, dark in COMPARED]
    else:
        sys.stderr.write(f"No comparison lies under {EXAMPLES}, so no picture of one is taken.\n")
    PICTURES.mkdir(exist_ok=True)
    with browser() as chrome:
        for shot in shots:
            page = EXAMPLES / shot.page
            if not page.is_file():
                sys.exit(f"{page} is not there; README.md in reports says how it is made.")
            save(PICTURES / f"{shot.name}.png", take(chrome, page, shot))
        for page in sorted(EXAMPLES.glob("*/report.html")):
            hold(chrome, page)
        chrome.open(EXAMPLES / SHOTS[0].page, width=1440)
        save(PICTURES / "report-print.png", first_page(chrome.pdf()))


def take(chrome: Browser, page: Path, shot: Shot) -> bytes:
    """A window of the page, scrolled to a section."""
    chrome.open(page, width=shot.width, height=shot.height, dark=shot.dark)
    if shot.section:
        chrome.ask(f"document.getElementById('{shot.section}').scrollIntoView({{behavior: 'instant'}})")
    return chrome.picture()


def hold(chrome: Browser, page: Path) -> None:
    """What must be true of a page in a real browser, with scripts and without."""
    for width in (1440, 390):
        for scripts in (True, False):
            chrome.open(page, width=width, scripts=scripts)
            expect(chrome.requests == [page.resolve().as_uri()], f"{page} asked for {chrome.requests}")
            expect(not chrome.complaints, f"{page}: {chrome.complaints}")
            wide = chrome.ask("document.documentElement.scrollWidth")
            expect(wide <= width, f"{page} is {wide} px wide in a window of {width}")
    seen = "(r => r.right <= innerWidth && r.width > 0)(v.getBoundingClientRect())"
    inside = f"[...document.querySelectorAll('.verdicts .is .v')].every(v => {seen})"
    expect(chrome.ask(inside), f"{page}: a verdict is out of sight at 390 px")
    small = "Math.min(...[...document.querySelectorAll('svg.narrow text')].map(t => t.getBoundingClientRect().height))"
    expect(chrome.ask(small) >= 11, f"{page}: a chart's letters are smaller than 11 px at 390 px")


def expect(held: object, said: str) -> None:
    """End with what is wrong."""
    if not held:
        sys.exit(said)


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
