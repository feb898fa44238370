"""The picture of the edges shows each edge once, with every fault that is in force on it."""

from __future__ import annotations

from typing import Any

import pytest

from harness.ui.picture import picture_of

EDGES = [{"name": name, "protocol": "tcp", "state": "up"} for name in ("front", "db", "cache")]
FAULTS: dict[str, Any] = {
    "target": "shop",
    "edges": [*EDGES[:1], {**EDGES[1], "state": "hurt"}, EDGES[2]],
    "faults": [
        {"edge": "db", "kind": "latency", "describe": "+20 ms", "phase": "in force"},
        {"edge": "cache", "kind": "down", "describe": "", "phase": "over"},
    ],
}


@pytest.mark.parametrize("narrow", [True, False])
def test_a_fault_in_force_lies_on_its_edge(narrow: bool) -> None:
    """One that is over does not."""
    picture = picture_of(FAULTS, narrow=narrow)
    words = {line.name: line.words for line in picture.lines if line.name}
    assert words == {"front": (), "db": ("latency +20 ms",), "cache": ()}
    assert "latency +20 ms" in picture.about


@pytest.mark.parametrize("narrow", [True, False])
def test_everything_lies_inside(narrow: bool) -> None:
    """However many edges a target has."""
    for count in range(1, 12):
        edges = [{"name": f"e{i}", "protocol": "tcp", "state": "up"} for i in range(count)]
        picture = picture_of({"target": "t", "edges": edges, "faults": []}, narrow=narrow)
        for box in picture.boxes:
            assert 0 <= box.x <= box.x + box.width <= picture.width
            assert 0 <= box.y <= box.y + box.height <= picture.height


@pytest.mark.parametrize("count", range(1, 12))
def test_what_is_written_on_a_line_does_not_lie_on_it(count: int) -> None:
    """Its name stands above, its words below; where it leans, each goes to the side on which the line is further away."""
    edges = [{"name": f"e{i}", "protocol": "tcp", "state": "up"} for i in range(count)]
    sides = {"start": 1, "middle": 0, "end": -1}
    for line in picture_of({"target": "t", "edges": edges, "faults": []}, narrow=False).lines:
        above, below = (sides[anchor] for anchor in line.anchors)
        lean = line.y2 - line.y1
        assert above * lean >= 0  # to the right where the line goes down
        assert below * lean <= 0
        assert (above == below == 0) == (abs(lean) < 1)
