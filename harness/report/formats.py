"""The formats of `--format`, by name: one function each, from an Outcome to a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from harness.errors import BadInput
from harness.model.nearest import did_you_mean
from harness.report.github import render_github
from harness.report.junit import render_outcome_junit
from harness.report.outcome import Outcome, document
from harness.report.outcome_text import render_outcome_html, render_outcome_markdown
from harness.report.sarif import render_sarif

FORMATS: Mapping[str, Callable[[Outcome], str]] = {
    "github": render_github,
    "html": render_outcome_html,
    "json": lambda outcome: json.dumps(document(outcome), indent=2, ensure_ascii=False, allow_nan=False) + "\n",
    "junit": render_outcome_junit,
    "markdown": render_outcome_markdown,
    "sarif": render_sarif,
}


def render(name: str, outcome: Outcome) -> str:
    """Raises BadInput for a format that nobody here writes."""
    if name not in FORMATS:
        raise unknown_format(name)
    return FORMATS[name](outcome)


def unknown_format(name: str) -> BadInput:
    """The error, with the nearest spelling."""
    return BadInput(f"--format: `{name}` is no format.", did_you_mean(name, FORMATS))
