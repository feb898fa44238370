"""A page as lines that a person compares: a tag or a text each, indented; of a picture only what it says, not where its marks are."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.unit.report.outline import VOID

SILENT = ("style", "script")


class _Lines(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._depth = 0
        self._inside = ""  # a picture, or what has no text
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._inside:
            return
        told = "".join(f' {name}="{value or ""}"' for name, value in attrs if self._tells(tag, name))
        self._line(f"<{tag}{told}>")
        if tag in (*SILENT, "svg"):
            self._inside, self._words = tag, []
        elif tag not in VOID:
            self._depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._inside:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside:
                if self._words:
                    self._line("  " + " | ".join(self._words))
                self._inside = ""
        else:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if self._inside == "svg" and text:
            self._words.append(text)
        elif text and not self._inside:
            self._line(text)

    @staticmethod
    def _tells(tag: str, name: str) -> bool:
        return name in ("class", "aria-label", "role") if tag == "svg" else name not in ("style", "role")

    def _line(self, text: str) -> None:
        self.lines.append(" " * self._depth + text)


def readable(html: str) -> str:
    """For a golden file: style, script and coordinates are left out, since no eye would compare them."""
    lines = _Lines()
    lines.feed(html)
    lines.close()
    return "\n".join(lines.lines) + "\n"
