"""A proxy that was deleted to be rid of a toxic is never lost, whatever becomes of a call, of its answer, or of who made it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HealFailed
from harness.faults import GuardName, Injector, RemoteGuard, ToxiproxyClient, heal_owned
from harness.faults.known import as_json, know
from harness.guard import EnableProxy, Guard, read_journal
from harness.model import Edge
from tests.integration.faults.test_faults_in_bad_company import SLOW, fault, slow, until
from tests.integration.losing_door import (
    A_PROXYS_DELETION,
    A_PROXYS_MAKING,
    A_TOXICS_DELETION,
    AN_UPDATE,
    LosingDoor,
    losing_door,
)

pytestmark = pytest.mark.integration


@pytest.fixture
def door(server: Any) -> Iterator[LosingDoor]:
    with losing_door(server.url) as one:
        yield one


@pytest.fixture
def behind(door: LosingDoor, promises: Any, edges: dict[str, Edge]) -> Iterator[Injector]:
    """An injector that asks through the door."""
    with ToxiproxyClient(door.url, timeout_s=0.5) as client:
        yield Injector(client, promises, edges, run_id="run1", owner="me@here", wall=time.time)


def hang(door: LosingDoor) -> None:
    """Deleting a toxic hangs; the proxy's own deletion is done and not answered, and then it cannot be made."""
    door.calls = {A_TOXICS_DELETION, A_PROXYS_MAKING}
    door.answers = {A_PROXYS_DELETION}


def stands_again(client: ToxiproxyClient, server: Any, toxics: set[str]) -> None:
    proxy = client.proxy("http")
    assert (proxy.listen, proxy.upstream, proxy.enabled) == (server.listens["http"], server.upstream, True)
    assert set(client.toxics("http")) == toxics


def test_an_answer_that_is_lost_is_none(
    behind: Injector, door: LosingDoor, client: ToxiproxyClient, server: Any
) -> None:
    """The proxy is seen to be gone, and made anew at once, though that answer is lost, too."""
    client.add_toxic("http", "theirs", SLOW.wire())
    behind.apply(slow())
    door.calls, door.answers, door.once = {A_TOXICS_DELETION}, {A_PROXYS_DELETION}, {A_PROXYS_MAKING}
    removal = behind.heal("slow")
    assert (removal.found, "recreated" in removal.how) == (True, True)
    stands_again(client, server, {"theirs"})


@pytest.mark.parametrize("who", ["the run", "the guard"])
def test_what_was_left_half_done_is_finished(
    who: str, behind: Injector, door: LosingDoor, client: ToxiproxyClient, server: Any, promises: Any
) -> None:
    """By the next try of the run, or by what was promised before the deletion; a fault of the run that goes on stands again by the
    run's hand only, for nobody else knows whether it was taken back meanwhile."""
    client.add_toxic("http", "theirs", SLOW.wire())
    stays = behind.apply(slow("stays")).toxic
    behind.apply(slow())
    hang(door)
    with pytest.raises(HealFailed, match="could not be taken back"):
        behind.heal("slow")
    assert "http" not in client.proxies()
    assert [undo.kind for undo in promises.open] == ["delete-toxic", "delete-toxic", "recreate-proxy"]
    door.open()
    if who == "the run":
        removal = behind.heal("slow")
        assert (removal.found, "recreated" in removal.how) == (True, True)
        stands_again(client, server, {"theirs", stays})
        assert [undo.kind for undo in promises.open] == ["delete-toxic"]
        assert behind.heal("stays").found
    else:
        assert all(undo.undo(2).done for undo in reversed(promises.open))
        assert all(undo.undo(2).done for undo in reversed(promises.open))  # twice is as good as once
        assert behind.heal("slow").found
    stands_again(client, server, {"theirs"})


def test_a_guard_finishes_what_it_left_half_done(
    door: LosingDoor, client: ToxiproxyClient, server: Any, edges: Any, tmp_path: Path
) -> None:
    """Its own next try sees 404, which is its own doing; and the run, which knows nothing of it, cannot keep it from that."""
    client.add_toxic("http", "theirs", SLOW.wire())
    with Guard.start(tmp_path / "journal.jsonl", name="test") as guard, ToxiproxyClient(door.url) as through:
        injector = Injector(through, guard, edges, run_id="r", owner="o", wall=time.time, margin_s=0.1)
        injector.apply(slow(duration=0.2))
        hang(door)
        until(lambda: "http" not in client.proxies())
        assert not injector.heal("slow").found
        assert [one.undo.kind for one in read_journal(guard.journal).pending] == ["recreate-proxy"]
        door.open()
        until(lambda: not read_journal(guard.journal).pending)
        stands_again(client, server, {"theirs"})


def test_a_guard_beside_the_server_finishes_it_too(door: LosingDoor, client: ToxiproxyClient, server: Any) -> None:
    """At its next look, when nothing on the server says any more that the proxy was there."""
    client.add_toxic("http", "theirs", SLOW.wire())
    with ToxiproxyClient(door.url, timeout_s=0.5) as through:
        guard = RemoteGuard(through, GuardName("beside", 1), lambda _: None)
        guard.look()  # it says that it watches
        client.add_toxic("http", "harness_me_r_1_slow", SLOW.wire())
        hang(door)
        guard.look()
        assert "http" not in client.proxies()
        door.open()
        guard.look()
        stands_again(client, server, {"theirs"})
        client.delete_proxy("http")  # by somebody, later
        guard.look()
        assert "http" not in client.proxies()


def test_a_proxy_that_somebody_else_deleted_stays_away(
    injector: Injector, client: ToxiproxyClient, promises: Any
) -> None:
    """Neither the run nor the guard makes it anew, though both know how it stood."""
    injector.apply(slow())
    injector.apply(fault("down", {}, "redis", "gone"))
    for name in ("http", "redis"):
        client.delete_proxy(name)
    assert all(undo.undo(2).done for undo in promises.open)
    assert not any(removal.found for removal in injector.heal_all().values())
    assert not {"http", "redis"} & set(client.proxies())


def test_a_proxy_that_cannot_be_enabled_keeps_its_marker(
    behind: Injector, door: LosingDoor, client: ToxiproxyClient, promises: Any
) -> None:
    """For without it nobody would enable it later: the guard's undo does both, or neither."""
    marker = behind.apply(fault("down", {}, "http", "gone")).toxic
    door.calls = {AN_UPDATE}
    (undo,) = promises.open
    assert not undo.undo(1).done
    assert (client.proxy("http").enabled, set(client.toxics("http"))) == (False, {marker})
    door.open()
    assert undo.undo(1).done
    assert (client.proxy("http").enabled, set(client.toxics("http"))) == (True, set())


@pytest.mark.parametrize("by", ["the run", "its name"])
def test_a_proxy_whose_enabling_hangs_is_recreated(
    by: str, behind: Injector, door: LosingDoor, client: ToxiproxyClient, server: Any
) -> None:
    """Rather than its marker removed from a proxy that stays down."""
    behind.apply(fault("down", {}, "http", "gone"))
    door.calls = {AN_UPDATE}
    if by == "the run":
        assert "recreated" in behind.heal("gone").how
    else:
        ((_, removal),) = heal_owned(behind.client)
        assert "recreated" in removal.how
    stands_again(client, server, set())


def test_a_leftover_enables_only_what_bears_its_marker(client: ToxiproxyClient) -> None:
    """What somebody disabled on purpose, after our fault was ended by other means, stays so; a marker that stands is followed."""
    client.add_toxic("http", "marker", SLOW.wire())
    client.disable("http")
    client.disable("redis")
    standing = as_json(know(client, "http"))
    theirs, ours = (EnableProxy(client.url, name, marker="marker", standing=standing) for name in ("redis", "http"))
    told = theirs.undo(1)
    assert (told.done, "somebody ended the fault" in told.what) == (True, True)
    assert not client.proxy("redis").enabled
    assert ours.undo(1).done
    assert (client.proxy("http").enabled, client.toxics("http")) == (True, {})
    client.disable("http")
    assert ours.undo(1).done
    assert not client.proxy("http").enabled
