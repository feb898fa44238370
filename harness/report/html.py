"""The report as one HTML file: it opens from disk, needs no network and no script, and escapes every name."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report import words
from harness.report.page import Page, page_of
from harness.results import RunReader


def render_html(reader: RunReader) -> str:
    """The whole page."""
    return render_page(page_of(reader))


def render_page(page: Page) -> str:
    """Lay a page out."""
    jinja = environment()
    style, _, _ = jinja.loader.get_source(jinja, "style.css")  # type: ignore[union-attr]  # it is the one given below
    return jinja.get_template("report.html.j2").render(page=page, run=page.summary, style=Markup(style))  # noqa: S704  # ours


def environment() -> Environment:
    """Jinja with our filters; every name is escaped."""
    jinja = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        name: getattr(words, name)
        for name in (
            "millis",
            "seconds",
            "share",
            "count",
            "rate",
            "times",
            "when",
            "margin",
            "error_share",
            "quantile",
        )
    }
    jinja.filters.update(filters)
    jinja.globals["quantity"] = words.quantity
    return jinja
