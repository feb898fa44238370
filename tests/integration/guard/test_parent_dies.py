"""Whatever becomes of the parent, what it promised is undone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import harness.guard
from harness.errors import EnvironmentFailed, HealFailed
from harness.guard import DeleteToxic, Guard, KillGroup, RemoveFolder, heal, leftovers, process_start, read_journal
from tests.integration.losing_door import A_PROXYS_DELETION, A_PROXYS_MAKING, A_TOXICS_DELETION, losing_door
from tests.processes import living_below

pytestmark = pytest.mark.integration

GUARD = str(Path(harness.guard.__file__).with_name("__main__.py"))

TREE = """
script = "sleep 1000 & setsid sleep 1000 & wait"
child = subprocess.Popen(["/bin/sh", "-c", script], start_new_session=True)
guard.promise(KillGroup(child.pid, process_start(child.pid)))
told["child"] = child.pid
"""


def gone(pid):
    """Whether no such process runs."""
    return process_start(pid) is None


@pytest.fixture
def tree_of(until):
    """Asked for the child, gives it and both of its own, one of which left its session."""

    def ask(pid):
        until(lambda: len(psutil.Process(pid).children()) == 2)
        return [pid, *(child.pid for child in psutil.Process(pid).children())]

    return ask


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_tree_dies_with_its_parent(start_parent, number, tree_of, until):
    """A signal to the parent ends all it started, even a grandchild in a session of its own."""
    parent, told = start_parent(TREE)
    tree = tree_of(told["child"])
    parent.send_signal(number)
    until(lambda: all(map(gone, [*tree, told["guard"]])))


def test_the_whole_process_group_is_killed(start_parent, tree_of, until):
    """Killing the parent's group does not reach the guard, which then does its work."""
    parent, told = start_parent(TREE)
    tree = tree_of(told["child"])
    os.killpg(parent.pid, signal.SIGKILL)
    until(lambda: all(map(gone, tree)))


def test_signals_do_not_end_the_guard(start_parent, tree_of, until):
    """Ctrl-C, TERM and a closed terminal reach every process of a group; the one that heals stays."""
    parent, told = start_parent(TREE)
    tree = tree_of(told["child"])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(told["guard"], number)
    parent.kill()
    until(lambda: all(map(gone, tree)))


def test_a_forked_child_does_not_hide_the_parents_end(start_parent, tree_of, until):
    """A fork keeps the parent's socket open; the guard sees its parent's end all the same."""
    parent, told = start_parent(TREE + "\nimport time\ntold['fork'] = os.fork()\nif not told['fork']: time.sleep(60)")
    tree = tree_of(told["child"])
    try:
        parent.kill()
        until(lambda: all(map(gone, tree)))
    finally:
        os.kill(told["fork"], signal.SIGKILL)


def test_sigkill_heals_what_is_ours_and_nothing_else(start_parent, toxiproxy, tmp_path, until):
    """Toxic, disabled proxy, own proxy and folder are taken back; somebody else's stay as they are."""
    for name in ("theirs", "down", "ours"):
        toxiproxy.make(name)
    toxiproxy.add_toxic("p", "ours")
    toxiproxy.add_toxic("p", "theirs")
    for name in ("down", "theirs"):
        toxiproxy.disable(name)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    parent, told = start_parent(f"""
url = {toxiproxy.url!r}
for undo in (DeleteToxic(url, "p", "ours"), EnableProxy(url, "down"), DeleteProxy(url, "ours"), RemoveFolder({str(folder)!r})):
    guard.promise(undo)
guard.promise(DeleteProxy(url, "theirs")).kept()
""")
    parent.kill()
    until(lambda: gone(told["guard"]))
    assert toxiproxy.toxics("p") == ["theirs"]
    assert toxiproxy.proxies() == {"p": True, "theirs": False, "down": True}
    assert not folder.exists()
    state = read_journal(tmp_path / "state" / "j.jsonl")
    assert [promise.status for promise in state.promises] == ["undone"] * 4 + ["kept"]


def test_a_lease_ends_while_the_parent_is_stopped(start_parent, toxiproxy, until):
    """A parent that hangs (SIGSTOP) can't keep its toxic beyond the lease; a promise without a lease waits for it."""
    toxiproxy.add_toxic("p", "leased")
    toxiproxy.add_toxic("p", "unleased")
    parent, told = start_parent(f"""
guard.promise(DeleteToxic({toxiproxy.url!r}, "p", "unleased"))
guard.promise(DeleteToxic({toxiproxy.url!r}, "p", "leased"), lease_s=0.5)
""")
    parent.send_signal(signal.SIGSTOP)
    until(lambda: toxiproxy.toxics("p") == ["unleased"])
    assert not gone(told["guard"])
    parent.kill()
    until(lambda: toxiproxy.toxics("p") == [])


def test_the_guard_is_killed_too(start_parent, tmp_path, tree_of, until):
    """What both left is found in the state folder and healed by a later command, which removes the journal."""
    parent, told = start_parent(TREE)
    tree = tree_of(told["child"])
    assert leftovers(tmp_path / "state") == ()  # a living parent's are no leftovers
    with pytest.raises(EnvironmentFailed, match="guard that is alive"):
        heal(tmp_path / "state" / "j.jsonl")
    parent.send_signal(signal.SIGSTOP)  # else it would replace its guard
    os.kill(told["guard"], signal.SIGKILL)
    parent.kill()
    parent.wait()
    until(lambda: leftovers(tmp_path / "state"))  # SIGKILL takes a moment to let go of the journal's lock
    ((path, state),) = leftovers(tmp_path / "state")
    assert state.parent == told["parent"]
    assert len(heal(path)) == 1
    assert all(map(gone, tree))
    assert not path.exists()


def test_a_guard_that_is_killed_is_replaced(start_parent, tmp_path, tree_of, until):
    """The next one knows from the journal what was promised before, and does it when the parent is killed as well."""
    parent, told = start_parent(TREE)
    tree = tree_of(told["child"])
    os.kill(told["guard"], signal.SIGKILL)
    until(lambda: (guards := living_below(parent.pid, GUARD)) and told["guard"] not in guards)
    parent.kill()
    until(lambda: all(map(gone, tree)))


def test_a_promise_after_a_guard_was_killed_is_kept_by_the_next(tmp_path, until):
    """The change may be made: somebody takes it back at the end of its lease."""
    folder = tmp_path / "folder"
    with Guard.start(tmp_path / "j.jsonl", name="t") as guard:
        guard.promise(RemoveFolder(str(tmp_path / "other")))
        os.kill(guard.pid, signal.SIGKILL)
        guard.promise(RemoveFolder(str(folder)), lease_s=0.2)
        folder.mkdir()
        until(lambda: not folder.exists())


def test_close_undoes_the_rest_and_leaves_no_journal(tmp_path):
    """A normal end takes back what was not kept."""
    folder = tmp_path / "folder"
    with Guard.start(tmp_path / "j.jsonl", name="t") as guard:
        guard.promise(RemoveFolder(str(folder)))
        folder.mkdir()
    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
    assert gone(guard.pid)


def test_close_says_what_to_type(tmp_path):
    """A server that accepts and never answers can't be healed: the error holds the exact command."""
    with socket.create_server(("127.0.0.1", 0)) as wedged:
        url = f"http://127.0.0.1:{wedged.getsockname()[1]}"
        guard = Guard.start(tmp_path / "j.jsonl", name="t")
        guard.promise(DeleteToxic(url, "p", "slow"))
        with pytest.raises(HealFailed, match=f"curl -X DELETE '{url}/proxies/p/toxics/slow'"):
            guard.close()


def test_nothing_is_promised_without_a_guard(tmp_path, until):
    """When guard after guard is killed, a promise is refused, so the change is not made; closing heals without one."""
    folder = tmp_path / "folder"
    folder.mkdir()
    guard = Guard.start(tmp_path / "j.jsonl", name="t")
    guard.promise(RemoveFolder(str(folder)))
    pids: set[int] = set()
    while len(pids) < 4:
        until(lambda: guard.pid not in pids)
        pids.add(guard.pid)
        os.kill(guard.pid, signal.SIGKILL)
    until(lambda: gone(guard.pid))
    with pytest.raises(EnvironmentFailed, match="is gone"):
        guard.promise(RemoveFolder(str(tmp_path / "other")))
    guard.close()
    assert not folder.exists()


def test_a_reused_pid_is_not_killed():
    """The start time tells a process of ours from a stranger that got its number."""
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        assert KillGroup(stranger.pid, "another-boot:1").undo(1.0).what == "was gone already"
        assert process_start(stranger.pid) is not None
    finally:
        stranger.communicate(b"\n")


def stopped(pid):
    """Whether the process is stopped by a signal."""
    return psutil.Process(pid).status() == psutil.STATUS_STOPPED


PAUSED = """
child = subprocess.Popen(["/bin/sh", "-c", "setsid sleep 1000 & wait"], start_new_session=True)
told["child"] = child.pid
"""


def test_a_paused_process_goes_on_when_its_parent_is_killed(start_parent, until):
    """With its children in other sessions, which a signal to its group would miss."""
    parent, told = start_parent(
        PAUSED
        + """
import time
while not (kids := subprocess.run(["pgrep", "-P", str(child.pid)], capture_output=True, text=True).stdout.split()):
    time.sleep(0.01)
start = process_start(child.pid)
guard.promise(ResumeGroup(child.pid, start))
pause_tree(child.pid, start)
told["all"] = [child.pid, int(kids[0])]
"""
    )
    try:
        assert all(map(stopped, told["all"]))
        parent.kill()
        until(lambda: not any(map(stopped, told["all"])))
    finally:
        for pid in told["all"]:
            os.kill(pid, signal.SIGKILL)


def test_a_lease_ends_a_pause_and_a_command_while_the_parent_is_stopped(start_parent, tmp_path, until):
    """A run that hangs keeps no process stopped, and no command's change."""
    (tmp_path / "on").touch()
    parent, told = start_parent(
        PAUSED
        + f"""
start = process_start(child.pid)
guard.promise(ResumeGroup(child.pid, start), lease_s=0.3)
guard.promise(RunCommand("rm on", {str(tmp_path)!r}, 5000), lease_s=0.3)
pause_tree(child.pid, start)
"""
    )
    try:
        parent.send_signal(signal.SIGSTOP)
        until(lambda: not stopped(told["child"]) and not (tmp_path / "on").exists())
    finally:
        os.killpg(told["child"], signal.SIGKILL)


def test_a_proxy_led_through_a_link_leads_straight_again(start_parent, toxiproxy, until):
    """The link (Envoy, for HTTP faults) ends with the run that was killed; the proxy must not lead to nobody."""
    parent, told = start_parent(
        f"guard.promise(RestoreUpstream({toxiproxy.url!r}, 'p', '127.0.0.1:9', link='127.0.0.1:10'))"
    )
    toxiproxy.http.patch("/proxies/p", json={"upstream": "127.0.0.1:10"}).raise_for_status()
    parent.kill()
    until(lambda: gone(told["guard"]))
    assert toxiproxy.http.get("/proxies/p").json()["upstream"] == "127.0.0.1:9"


def test_a_guard_that_is_killed_between_deleting_a_proxy_and_making_it_anew(start_parent, toxiproxy, tmp_path, until):
    """It had journalled that it would: whoever heals after it makes the proxy anew, as it stood, without what was ours."""
    journal = tmp_path / "state" / "j.jsonl"
    toxiproxy.add_toxic("p", "theirs")
    toxiproxy.add_toxic("p", "ours")
    with losing_door(toxiproxy.url) as door:
        parent, told = start_parent(f"guard.promise(DeleteToxic({door.url!r}, 'p', 'ours'))")
        door.calls, door.answers = {A_TOXICS_DELETION, A_PROXYS_MAKING}, {A_PROXYS_DELETION}
        parent.kill()
        until(lambda: "p" not in toxiproxy.proxies())
        os.kill(told["guard"], signal.SIGKILL)
        until(lambda: leftovers(journal.parent))
        door.open()
        assert [one.undo.kind for one in heal(journal)] == ["recreate-proxy"]
    assert toxiproxy.toxics("p") == ["theirs"]
    assert toxiproxy.proxies() == {"p": True}
    assert not journal.exists()


def test_a_guard_enables_and_unmarks_the_proxy_of_a_parent_that_was_killed(start_parent, toxiproxy, until):
    """One promise, in one order, so that no try leaves a proxy that is down and says of nobody."""
    toxiproxy.add_toxic("p", "marker")
    toxiproxy.disable("p")
    parent, told = start_parent(f"guard.promise(EnableProxy({toxiproxy.url!r}, 'p', marker='marker'))")
    parent.kill()
    until(lambda: gone(told["guard"]))
    assert (toxiproxy.proxies(), toxiproxy.toxics("p")) == ({"p": True}, [])


def test_a_proxy_that_somebody_leads_elsewhere_stays_there(start_parent, toxiproxy, until):
    """Only one that still leads to our link is led back."""
    parent, told = start_parent(
        f"guard.promise(RestoreUpstream({toxiproxy.url!r}, 'p', '127.0.0.1:9', link='127.0.0.1:10'))"
    )
    toxiproxy.http.patch("/proxies/p", json={"upstream": "127.0.0.1:11"}).raise_for_status()
    parent.kill()
    until(lambda: gone(told["guard"]))
    assert toxiproxy.http.get("/proxies/p").json()["upstream"] == "127.0.0.1:11"
