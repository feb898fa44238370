"""A test that begins by itself, and when all is done."""

from __future__ import annotations

import pytest

from harness.cli.ui import unattended_of
from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.cockpit import Shelf, Unattended

GOOD = "name: {name}\ntarget: http://127.0.0.1:1\nload: {{locustfile: shop.py, profile: {{name: load, rate: 5/s, for: 10s}}}}\n"


def test_the_wait_begins_with_the_end_of_the_last_test() -> None:
    """Not before any has ended, not while somebody's own has just ended, and never where nobody asked for an end."""
    now = [0.0]
    alone = Unattended("shop", quit_after_s=5.0, clock=lambda: now[0])
    now[0] = 100.0
    assert not alone.done
    alone.ended(EnvironmentFailed("It fell over."))
    now[0] = 104.0
    assert not alone.done
    alone.ended(EnvironmentFailed("So did the next."))
    now[0] = 108.9
    assert not alone.done
    now[0] = 109.0
    assert alone.done
    stays = Unattended("shop", clock=lambda: now[0])
    stays.ended(EnvironmentFailed("It fell over."))
    assert not stays.done


def test_it_must_be_clear_what_begins(tmp_path) -> None:
    """One scenario, or the locustfile of -f; and an end needs a beginning, as Locust has it."""
    (tmp_path / "shop.py").write_text("")
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.format(name=name))
    two, one = Shelf.of([str(tmp_path)], {}), Shelf.of([str(tmp_path / "b.yaml")], {})
    with pytest.raises(BadInput, match="2 are offered"):
        unattended_of(two, True, None, None)
    with pytest.raises(BadInput, match="only meaningful in combination with --autostart"):
        unattended_of(one, False, 10.0, None)
    begins = unattended_of(one, True, 0.0, None)
    assert (begins.scenario, begins.quit_after_s) == ("b", 0.0)
    assert unattended_of(one, False, None, None) is None
