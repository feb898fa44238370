"""Requests are matched to operations by method and path."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from harness.model import Operation, Operations

SEGMENTS = st.sampled_from(["a", "ab", "a.b", "{x}", "{y}", "a{x}", "{x}.json", "{x}-{y}", ""])
TEMPLATES = st.lists(st.lists(SEGMENTS, min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts)), max_size=8)
PATHS = st.lists(st.sampled_from(["a", "ab", "axb", "a.b", "c.json", "p-q", ""]), min_size=1, max_size=3)


@given(TEMPLATES, PATHS, st.sampled_from(["GET", "get", "PUT"]))
def test_the_template_with_fewest_parameters_that_fits_serves_a_path(
    templates: list[str], path: list[str], method: str
) -> None:
    """As written in the OpenAPI specification, asked of every template in turn; a query is no part of a path."""
    every = [Operation(name=f"{n}", method="GET", template=one) for n, one in enumerate(templates)]
    asked = "/" + "/".join(path)
    fitting = [one for one in every if method.upper() == "GET" and fits(one.template, asked)]
    wanted = min(fitting, key=lambda one: one.template.count("{"), default=None)
    operations = Operations(every)
    assert operations.match(method, asked) == wanted
    assert operations.match(method, f"{asked}?a=b/c") == wanted


def fits(template: str, path: str) -> bool:
    """A parameter is anything but a slash, and something."""
    return re.fullmatch(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template)), path) is not None
