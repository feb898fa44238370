"""Whose a toxic is stands in its name."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from harness.faults import OwnedName


@given(st.text(), st.text(), st.integers(0, 2**40), st.text(min_size=1), st.booleans())
def test_a_name_reads_back_and_fits_a_path(owner: str, run: str, deadline: int, fault: str, down: bool) -> None:
    """Whatever owner and run are called, the name needs no quoting and tells them again."""
    name = OwnedName(owner=owner, run=run, deadline=deadline, fault=fault, down=down)
    assert quote(str(name), safe="") == str(name)
    assert OwnedName.read(str(name)) == name


def test_a_foreign_name_is_not_ours() -> None:
    """Toxiproxy's default names, and names that only begin like ours, are left alone."""
    assert [OwnedName.read(name) for name in ("latency_downstream", "harness", "harness_x", "my_harness_a_b_1_c")] == [
        None
    ] * 4
