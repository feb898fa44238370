"""What must be true of a page in a real browser: on a desk, on a phone, on paper, with scripts and without."""

from __future__ import annotations

from pathlib import Path

from tests.pictures.browser import Browser

A4_WIDTH, A4_HEIGHT = 703, 1031  # px within the margins of the page's own @page
_LETTERS = "[...document.querySelectorAll('svg.{size} text')].filter(t => t.textContent.trim())"
_CUT = (
    "[...new Set({letters}.filter(t => t.getBoundingClientRect().right > {width} + 1).map(t => t.textContent))].join()"
)


def hold(chrome: Browser, page: Path) -> None:
    """Raises AssertionError with what is wrong."""
    for width in (1440, 390):
        for scripts in (True, False):
            chrome.open(page, width=width, scripts=scripts)
            expect(chrome.requests == [page.resolve().as_uri()], f"{page} asked for {chrome.requests}")
            expect(not chrome.complaints, f"{page}: {chrome.complaints}")
            wide = chrome.ask("document.documentElement.scrollWidth")
            expect(wide <= width, f"{page} is {wide} px wide in a window of {width}")
    _on_a_phone(chrome, page)
    _on_paper(chrome, page)


def _on_a_phone(chrome: Browser, page: Path) -> None:
    """The window is still 390 px wide."""
    seen = "(r => r.right <= innerWidth && r.width > 0)(v.getBoundingClientRect())"
    inside = f"[...document.querySelectorAll('.verdicts .is .v')].every(v => {seen})"
    expect(chrome.ask(inside), f"{page}: a verdict is out of sight at 390 px")
    letters = _LETTERS.format(size="narrow")
    small = f"Math.min(99, ...{letters}.map(t => t.getBoundingClientRect().height))"
    expect(chrome.ask(small) >= 11, f"{page}: a chart's letters are smaller than 11 px at 390 px")
    cut = chrome.ask(_CUT.format(letters=letters, width="innerWidth"))
    expect(not cut, f"{page}: at 390 px a chart's letters are cut: {cut}")


def _on_paper(chrome: Browser, page: Path) -> None:
    """The first screen is on the first sheet, and nothing is beyond the edge of any."""
    chrome.open(page, width=A4_WIDTH)
    chrome.call("Emulation.setEmulatedMedia", media="print")
    bottom = chrome.ask("document.querySelector('header').getBoundingClientRect().bottom")
    expect(bottom <= A4_HEIGHT, f"{page}: the first screen takes {bottom} px of a sheet of {A4_HEIGHT}")
    cut = chrome.ask(_CUT.format(letters=_LETTERS.format(size="wide"), width=A4_WIDTH))
    expect(not cut, f"{page}: on paper a chart's letters are cut: {cut}")
    wide = chrome.ask("document.documentElement.scrollWidth")
    expect(wide <= A4_WIDTH, f"{page} is {wide} px wide on paper of {A4_WIDTH}")


def expect(held: object, said: str) -> None:
    """Raises AssertionError with what is wrong."""
    if not held:
        raise AssertionError(said)
