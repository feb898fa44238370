"""The report as one HTML file: it opens from disk, needs no network and no script, and escapes every name."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.report import words
from harness.report.canvas import unchecked
from harness.report.page import Page, page_of
from harness.results import RunReader

MOST_BYTES = 1_000_000
SHORTENINGS = (1, 2, 4, 10, 30)


def render_html(reader: RunReader) -> str:
    """The whole page, of at most 1 MB: where texts are so long that it would be more, it shows fewer of them and says so."""
    with unchecked():
        return render_page(page_of(reader))


def render_page(page: Page) -> str:
    """Lay a page out."""
    return short_enough(lambda by: laid_out("report.html.j2", page=page.shorter(by), run=page.summary))


def short_enough(page: Callable[[int], str]) -> str:
    """The longest of its `SHORTENINGS` that has at most 1 MB, or the shortest."""
    for by in SHORTENINGS:
        html = page(by)
        if len(html.encode(errors="replace")) <= MOST_BYTES:
            break
    return html


def laid_out(template: str, **values: object) -> str:
    """A page from its template, with our style and script in it."""
    jinja = environment()
    style, _, _ = jinja.loader.get_source(jinja, "style.css")  # type: ignore[union-attr]  # it is the one given below
    script, _, _ = jinja.loader.get_source(jinja, "script.js")  # type: ignore[union-attr]
    ours = {"style": Markup(style), "script": Markup(script)}  # noqa: S704  # ours
    return with_roles(jinja.get_template(template).render(**values, **ours))


_ROLES = (
    (re.compile(r"<table\b"), '<table role="table"'),
    (re.compile(r"<(thead|tbody)\b"), r'<\1 role="rowgroup"'),
    (re.compile(r"<tr\b"), '<tr role="row"'),
    (re.compile(r"<td\b"), '<td role="cell"'),
    (re.compile(r'<th scope="col"'), '<th role="columnheader" scope="col"'),
    (re.compile(r'<th scope="row(group)?"'), r'<th role="rowheader" scope="row\1"'),
)


def with_roles(html: str) -> str:
    """Tables say that they are tables: on a phone they are laid out as cards, and browsers then forget it.

    Every name is escaped, so no `<td` is somebody else's.
    """
    for pattern, with_role in _ROLES:
        html = pattern.sub(with_role, html)
    return html


@cache
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
            "number",
            "sentence",
            "trust",
            "percent_of",
            "effect",
            "breakable",
            "recovered",
            "is_answered",
        )
    }
    jinja.filters.update(filters)
    jinja.globals["quantity"] = words.quantity
    return jinja
