"""What stands on a Toxiproxy as lease and guard reads back as it was written, and as nothing else."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import example, given
from hypothesis import strategies as st

from harness.faults import GuardName, LeaseName, MadeName, MadeProxy, OwnedName, Terms
from harness.faults.lease import MAX_LEASE_S, Beat


@given(st.text(), st.text(), st.integers(0, 2**31))
@example(owner="", run="0", pid=0)  # a run called by a number looked like the deadline of a fault
def test_names_read_back_and_are_told_apart(owner: str, run: str, pid: int) -> None:
    """Whatever owner, run and host are called; a lease is no guard, and neither is a fault of ours."""
    lease, guard = LeaseName(owner, run), GuardName(owner, pid)
    made = MadeName(lease, pid)
    assert (LeaseName.read(str(lease)), GuardName.read(str(guard))) == (lease, guard)
    assert MadeName.read(str(made)) == made
    assert (LeaseName.read(str(made)), GuardName.read(str(made)), OwnedName.read(str(made))) == (None, None, None)
    assert (MadeName.read(str(lease)), MadeName.read(str(guard))) == (None, None)
    assert (LeaseName.read(str(guard)), GuardName.read(str(lease))) == (None, None)
    assert OwnedName.read(str(lease)) is None
    assert quote(str(lease) + str(guard), safe="") == str(lease) + str(guard)


@given(st.floats(0.1, 100), st.integers(0, 2**40))
def test_terms_read_back_and_are_bounded(seconds: float, renewal: int) -> None:
    """Nobody can write himself a lease longer than the guard allows."""
    read = Terms.read(str(Terms(round(seconds, 1), renewal)))
    assert read is not None
    assert read.renewal == renewal
    assert read.seconds <= MAX_LEASE_S
    assert Beat.read(str(Beat(renewal))) == Beat(renewal)


@given(st.text(min_size=1), st.from_regex(r"[a-z0-9.:\[\]-]+", fullmatch=True))
def test_a_word_of_a_made_proxy_reads_back(proxy: str, upstream: str) -> None:
    """Whatever the proxy is called."""
    assert MadeProxy.read(str(MadeProxy(proxy, upstream))) == MadeProxy(proxy, upstream)
    assert MadeProxy.read(upstream) is None


def test_a_lease_says_the_same_owner_as_its_toxics() -> None:
    """So the guard finds the faults of a lease by their names."""
    toxic = OwnedName(owner="me@here_x", run="r_1", deadline=5, fault="slow")
    assert LeaseName(toxic.owner, toxic.run) == LeaseName("me@here_x", "r_1")


def test_what_others_wrote_is_no_lease() -> None:
    """A proxy of somebody, or an upstream that was changed."""
    assert [LeaseName.read(name) for name in ("harness_lease", "harness_lease_a", "harness-lease_a_b", "x")] == [
        None
    ] * 4
    assert Terms.read("127.0.0.1:80") is None
    assert Beat.read("watching") is None
