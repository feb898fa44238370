"""What a proxy is made anew from: as it stood, without what its run put there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.faults import OwnedName
from harness.guard import RecreateProxy

WORDS = st.sampled_from(["me@here", "you", "run_1", "r2", "-", "a.b"])
OURS = st.builds(OwnedName, owner=WORDS, run=WORDS, deadline=st.integers(0, 9), fault=WORDS, down=st.booleans())
FOREIGN = st.sampled_from(["theirs", "harness", "harness_of_mine", "latency_downstream", "harness-down"])


def proxy(names: list[str], *, enabled: bool) -> dict[str, Any]:
    toxics = [{"name": name, "type": "latency"} for name in names]
    return {"name": "db", "listen": "a", "upstream": "b", "enabled": enabled, "toxics": toxics, "Logger": {}}


@given(OURS, st.lists(OURS), st.lists(FOREIGN), st.booleans())
def test_nothing_of_its_run_stands_again(own: OwnedName, others: list[OwnedName], foreign: list[str], up: bool) -> None:
    """Each of its toxics has a promise of its own, which may be done before. Others' stand again, whoever they are; and a proxy that
    the run took down is up, since its marker is gone, too."""
    names = [str(own), *map(str, others), *foreign]
    made = RecreateProxy.without("http://h", proxy(names, enabled=up), str(own), "TOKEN")
    told = json.loads(made.standing)
    of_the_run = [one for one in (own, *others) if (one.owner, one.run) == (own.owner, own.run)]
    kept = [str(one) for one in others if one not in of_the_run]
    assert [one["name"] for one in told["toxics"]] == [*kept, *foreign]
    assert told["enabled"] == (up or any(one.down for one in of_the_run))
    assert (made.proxy, made.toxic, made.token_env) == ("db", str(own), "TOKEN")
    assert set(told) == {"name", "listen", "upstream", "enabled", "toxics"}


@given(FOREIGN, st.lists(FOREIGN, unique=True))
def test_a_toxic_of_another_spelling_is_alone(own: str, others: list[str]) -> None:
    """Of a name that says no run, only itself is left out."""
    told = json.loads(RecreateProxy.without("http://h", proxy([own, *others], enabled=True), own, "").standing)
    assert [one["name"] for one in told["toxics"]] == [one for one in others if one != own]


def test_by_hand_it_is_three_calls() -> None:
    """With others' toxics put back."""
    made = RecreateProxy.without("http://h", proxy(["mine", "theirs"], enabled=True), "mine", "")
    calls = made.by_hand().split("; ")
    assert [call.split(" ")[2] for call in calls] == ["DELETE", "POST", "POST"]
    assert calls[-1].endswith("'http://h/proxies/db/toxics'")
