"""Pictures of the Locust UI for docs/pictures, from one that runs: `python tests/bench/ui_pictures.py http://127.0.0.1:8089/ live faults`.

Both themes, at 1440 and 390 pixels; each page as it stands now. Needs Chromium and playwright.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run"]
MOST_HIGH = {1440: 1150, 390: 1900}
OPEN_FIRST = "() => document.querySelector('.group details')?.setAttribute('open', '')"  # a finding's curl line, a broken promise's steps


def main(url: str, pages: list[str]) -> None:
    """Take them all; the time a page has is for its stream to tell everything once."""
    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        for theme in ("light", "dark"):
            for width in (1440, 390):
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
                for name in pages:
                    page.goto(url + ("" if name == "test" else f"harness/{name}"))
                    page.wait_for_timeout(1500)
                    page.evaluate(OPEN_FIRST)
                    high = min(MOST_HIGH[width], int(page.evaluate("document.documentElement.scrollHeight")))
                    page.set_viewport_size({"width": width, "height": high})
                    page.wait_for_timeout(400)
                    label = name.partition("?")[0]
                    page.screenshot(path=PICTURES / f"ui-{label}-{theme}-{width}.png")
                    page.set_viewport_size({"width": width, "height": 900})
                page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
