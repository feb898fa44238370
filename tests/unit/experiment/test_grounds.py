"""Where tests of the Locust UI take place."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from harness.errors import BadInput
from harness.experiment.cockpit import Grounds
from harness.experiment.opening import BUILTIN, REFERENCE
from harness.guard import Guard
from harness.model import Scenario


@pytest.mark.parametrize("wants", [{"defects": ("schema-drift",)}, {"settings": {"processes": "2"}}])
def test_a_stack_that_is_kept_up_is_not_taken_for_another(wants: dict[str, Any], tmp_path: Path) -> None:
    """A scenario that wants a defect or a setting which it lacks is refused: it would be judged on a service that it does not mean."""
    kept = cast(Any, object())  # never asked anything
    grounds = Grounds(cast(Guard, None), tmp_path, {}, kept, defects=("lost-event",))
    scenario = Scenario(name="s", target=BUILTIN[REFERENCE], load=None, **wants)
    with (
        pytest.raises(BadInput, match="harness ui"),
        grounds.open(scenario, guard=cast(Guard, None), folder=tmp_path, listener=cast(Any, None), environ={}),
    ):
        pass
