"""Prometheus' text format, read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ProbeSilent
from harness.probes import Selector, parse_exposition

NAMES = st.from_regex(r"[a-z_:][a-z0-9_:]{0,8}", fullmatch=True)
LABELS = st.dictionaries(
    st.from_regex(r"[a-z_][a-z0-9_]{0,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=8),
    max_size=3,
)
VALUES = st.floats(allow_nan=False)


def _line(name: str, labels: dict[str, str], value: float) -> str:
    escaped = {k: v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for k, v in labels.items()}
    inside = ",".join(f'{k}="{v}"' for k, v in escaped.items())
    return f"{name}{{{inside}}} {value!r}" if labels else f"{name} {value!r}"


@given(st.lists(st.tuples(NAMES, LABELS, VALUES), max_size=6))
def test_what_was_written_is_read(rows: list[tuple[str, dict[str, str], float]]) -> None:
    """Whatever stands in the labels: quotes, braces, back-slashes, commas."""
    text = "# HELP x y\n" + "\n".join(_line(*row) for row in rows) + "\n"
    assert [(one.name, dict(one.labels), one.value) for one in parse_exposition(text)] == rows


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    """A page that is no metrics gives none, and no error."""
    assert all(one.name for one in parse_exposition(text))


@given(NAMES, LABELS, VALUES)
def test_a_selector_finds_its_series_and_no_other(name: str, labels: dict[str, str], value: float) -> None:
    """By name and labels; more labels than the selector names do no harm."""
    selector = Selector(name, labels)
    assert selector.one_of(parse_exposition(_line(name, {**labels, "zz": "1"}, value))) == value
    with pytest.raises(ProbeSilent, match="no metric"):
        selector.one_of(parse_exposition(_line(f"{name}x", labels, value)))


@pytest.mark.parametrize("text", ["", "a b", "a{b}", 'a{b="c"', "1a", 'a{b="c"}x'])
def test_what_is_no_metric_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(ValueError, match="is not a metric"):
        Selector.parse(text)
