"""The journal as a document: what it says after any sequence of lines, whole or cut short."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadDocument, EnvironmentFailed
from harness.guard import (
    EnableProxy,
    RecreateProxy,
    RemoveFolder,
    StartContainer,
    heal_leftovers,
    read_journal,
    state_dir,
    undo_to_json,
)
from harness.guard.journal import Journal, JournalReader


def journal(tmp_path, name="j.jsonl"):
    return Journal.create(tmp_path / name, name="test", parent=os.getpid(), parent_start="x")


def promise(number, **more):
    return {"promise": number, "undo": undo_to_json(EnableProxy("http://h", f"p{number}")), **more}


def test_last_word_counts(tmp_path):
    """A promise is pending until it is kept or undone, and pending again when its undo failed."""
    with_all = journal(tmp_path)
    for entry in (promise(1), promise(2), promise(3), {"promise": 1, "status": "kept"}):
        with_all.append(entry)
    with_all.append({"promise": 2, "status": "failed", "note": "no answer"})
    state = read_journal(with_all.path)
    assert [(p.number, p.status) for p in state.pending] == [(2, "failed"), (3, "open")]


def test_a_lease_is_renewed_in_place(tmp_path):
    """The newest deadline holds."""
    leased = journal(tmp_path)
    leased.append(promise(1, until_ns=5))
    leased.append({"promise": 1, "until_ns": 9})
    assert read_journal(leased.path).promises[0].until_ns == 9


@given(cut=st.integers(min_value=1, max_value=60))
def test_a_line_cut_short_swallows_nothing(tmp_path_factory, cut):
    """After a full disk cut a line anywhere, the lines before and after it still count."""
    torn = journal(tmp_path_factory.mktemp("torn"))
    torn.append(promise(1))
    os.write(torn.fd, b'\n{"promise":2,"undo":{"kind":"enable-proxy","url":"http://h","proxy":"p2"}}'[:cut])
    torn.append(promise(3))
    assert [p.number for p in read_journal(torn.path).pending] == [1, 3]


@given(data=st.data())
def test_read_bit_by_bit(tmp_path_factory, data):
    """A guard that reads while lines are written, even half a line, knows in the end what one who reads it whole knows."""
    whole = journal(tmp_path_factory.mktemp("bits"))
    numbers = data.draw(st.lists(st.integers(min_value=1, max_value=3), max_size=12))
    for number in numbers:
        word = data.draw(st.sampled_from([{}, {"status": "kept"}, {"status": "failed"}, {"until_ns": 7}]))
        whole.append({"promise": number, **word} if word else promise(number))
    text = whole.path.read_bytes()
    heading = text.index(b"}") + 1
    ends = sorted(data.draw(st.lists(st.integers(min_value=heading, max_value=len(text)), max_size=5)))
    growing = whole.path.with_name("growing.jsonl")
    reader = JournalReader(growing)
    for end in [*ends, len(text)]:
        growing.write_bytes(text[:end])
        state = reader.read()
    assert state == read_journal(whole.path)


def test_a_full_disk_is_no_promise():
    """When the line can't be written, the caller is told, and so makes no change."""
    fd = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(EnvironmentFailed, match="cannot be written"):
            Journal("/dev/full", fd).append(promise(1))
    finally:
        os.close(fd)


@pytest.mark.parametrize("text", ["", "hello", "[1]", '{"journal": 2}'])
def test_what_is_no_journal(tmp_path, text):
    """Another file is refused by name, not read as an empty journal."""
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(BadDocument, match=r"x\.jsonl"):
        read_journal(path)


def test_state_is_in_the_users_cache():
    """XDG_CACHE_HOME moves it; a relative one is ignored as its specification asks."""
    assert str(state_dir({"XDG_CACHE_HOME": "/c"})) == "/c/api-harness/state"
    assert str(state_dir({"XDG_CACHE_HOME": "c", "HOME": "/h"})) == "/h/.cache/api-harness/state"


def test_one_server_that_is_gone_keeps_no_others_leftovers(tmp_path):
    """What can be finished is; the rest is one error with what to type, and its journal stays."""
    done = tmp_path / "done"
    done.mkdir()
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho 'No such container' >&2; exit 1\n")
    program.chmod(0o700)
    for name, undo in (("a", StartContainer(str(program), "web-1")), ("b", RemoveFolder(str(done)))):
        left = journal(tmp_path, f"{name}.jsonl")
        left.append({"promise": 1, "undo": undo_to_json(undo)})
        left.close()
    healed, failed = heal_leftovers(tmp_path)
    assert [promise.undo for promise in healed] == [RemoveFolder(str(done))]
    assert failed is not None
    assert "docker start web-1" in failed.todo
    assert not done.exists()
    assert not (tmp_path / "b.jsonl").exists()
    assert (tmp_path / "a.jsonl").exists()


def test_what_was_begun_instead_outlives_the_word_of_who_promised(tmp_path):
    """The run says that its toxic is gone: nothing of that makes the proxy stand again."""
    one = journal(tmp_path)
    one.append(promise(3, until_ns=5))
    recreated = RecreateProxy("http://h", "p", "t", "{}")
    one.append({"promise": 3, "instead": undo_to_json(recreated)})
    one.append({"promise": 3, "status": "kept"})
    assert [(p.number, p.undo, p.until_ns) for p in read_journal(one.path).pending] == [(-3, recreated, 5)]
    one.append({"promise": -3, "status": "undone"})
    assert read_journal(one.path).pending == ()
