"""Undos as values: what a journal holds comes back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guard import (
    DeleteProxy,
    DeleteToxic,
    EnableProxy,
    KillGroup,
    RecreateProxy,
    RemoveFolder,
    RestoreUpstream,
    ResumeGroup,
    RunCommand,
    StartContainer,
    SwitchOff,
    UnpauseContainer,
    undo_from_json,
    undo_to_json,
)

NAMES = st.text(min_size=1)
UNDOS = st.one_of(
    st.builds(DeleteToxic, url=NAMES, proxy=NAMES, toxic=NAMES, token_env=NAMES, standing=NAMES),
    st.builds(EnableProxy, url=NAMES, proxy=NAMES),
    st.builds(EnableProxy, url=NAMES, proxy=NAMES, marker=NAMES, standing=NAMES),
    st.builds(RecreateProxy, url=NAMES, proxy=NAMES, toxic=NAMES, standing=NAMES),
    st.builds(DeleteProxy, url=NAMES, proxy=NAMES),
    st.builds(KillGroup, pid=st.integers(min_value=2), start_time=NAMES),
    st.builds(ResumeGroup, pid=st.integers(min_value=2), start_time=NAMES),
    st.builds(RunCommand, command=NAMES.filter(str.strip), cwd=NAMES, timeout_ms=st.integers(1, 30_000)),
    st.builds(RestoreUpstream, url=NAMES, proxy=NAMES, upstream=NAMES, link=NAMES),
    st.builds(SwitchOff, url=NAMES, key=NAMES),
    st.builds(StartContainer, docker=NAMES, container=NAMES),
    st.builds(UnpauseContainer, docker=NAMES, container=NAMES),
    st.builds(lambda name: RemoveFolder(f"/cache/x{name}/y"), st.text("abc \"'\\\n", min_size=1)),
)


@given(UNDOS)
def test_round_trip(undo):
    """Every undo survives one line of JSON and back."""
    line = json.dumps(undo_to_json(undo))
    assert "\n" not in line
    assert undo_from_json(json.loads(line)) == undo


@pytest.mark.parametrize("data", [{"kind": "reboot"}, {}, {"kind": "delete-proxy", "url": "x"}])
def test_unknown_is_refused(data):
    """A kind or a field that is not known is an error, never a silent nothing."""
    with pytest.raises(ValueError):
        undo_from_json(data)


@pytest.mark.parametrize("path", ["/", "/home", "relative/folder", "/tmp/../etc/x"])
def test_no_folder_near_the_root(path):
    """A slip of an empty variable can't promise to remove a whole disk."""
    with pytest.raises(ValueError):
        RemoveFolder(path)


@pytest.mark.parametrize("pid", [0, 1, -1])
def test_no_group_of_everybody(pid):
    """kill(2) gives 0, 1 and -1 other meanings; none of them is a process of ours."""
    with pytest.raises(ValueError):
        KillGroup(pid, "x")


def test_by_hand_quotes_names():
    """A name with a slash or a space is one name in the command for a person's shell."""
    assert (
        DeleteToxic("http://h:1/", "a/b", "c d").by_hand() == "curl -X DELETE 'http://h:1/proxies/a%2Fb/toxics/c%20d'"
    )
