from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.load.recorder import OTHER_TEXTS, Recorder, failure_of
from harness.load.wording import LONGEST, Wording
from harness.model import WIDTH_NS, Outcome


class CatchResponseError(Exception):
    """As Locust's: what a locustfile said of an answer."""


class LocustBadStatusCode(Exception):
    """As Locust's."""


class Mute(Exception):
    """Cannot even be told."""

    def __str__(self) -> str:
        raise ValueError("no text")


def said(text: str, **secrets: str) -> str:
    return Wording({value: f"${name}" for name, value in secrets.items()}).of(CatchResponseError(text), 200)


@given(st.lists(st.integers(0, 10**12), min_size=2, max_size=5))
def test_equal_failures_differ_in_no_number(numbers: list[int]) -> None:
    """Order ids, ports and durations do not make a kind of failure of their own."""
    assert len({said(f"order {n} at 127.0.0.1:{n}: took {n}.5 ms, ref ab-{n}c") for n in numbers}) == 1


@given(st.text(max_size=3000))
def test_a_text_is_one_bounded_line(text: str) -> None:
    """Whatever a locustfile says, and however long."""
    found = said(text)
    assert len(found) <= LONGEST
    assert "\n" not in found
    assert "\r" not in found


def test_what_tells_failures_apart_stays() -> None:
    """The status, the errno, the class below HTTP and the words; of a wrapped error the system's own."""
    wording = Wording()
    assert wording.of(LocustBadStatusCode("http://h/17"), 503) == "status 503"
    outer = RuntimeError("HTTPConnectionPool(host='h', port=8000): Max retries")
    outer.__cause__ = ConnectionRefusedError(111, "Connection refused")
    assert wording.of(outer, 0) == "ConnectionRefusedError: [Errno 111] Connection refused"
    assert said("want status 201, got status 500") == "want status 201, got status 500"
    assert said("total 12 is not 13") == "total N is not N"
    assert wording.of(Mute(), 0) == "Mute"


def test_secrets_are_not_told() -> None:
    """Known values before anything else is masked, so that no half of one is left; credentials whatever they are."""
    assert said("key s3cr/et-pass refused", KEY="s3cr/et-pass") == "key $KEY refused"
    assert said("sent Authorization: Bearer abc.def-ghi") == "sent Authorization: Bearer ID"


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 300)), max_size=400), st.integers(0, 400))
def test_counts_of_texts_are_exact_however_many_there_are(many: list[tuple[int, int]], cut: int) -> None:
    """Beyond the bound a failure is counted among the other texts; none is lost, whenever the recorder is drained."""
    recorder, rows = Recorder(), []
    for number, (at, kind) in enumerate(many):
        if number == cut:
            rows += recorder.drain_failures()
        recorder.add(at, "read", Outcome.FAILED, "s", 0, 1, 1)
        recorder.add_failure(at, "read", Outcome.FAILED, f"kind {kind}")
    found = [failure_of(row) for row in (*rows, *recorder.drain_failures())]
    windows: Counter[int] = Counter(at // WIDTH_NS * WIDTH_NS for at, _ in many)
    told: Counter[int] = Counter()
    for one in found:
        told[one.start_ns] += one.n
    assert told == windows
    texts = {one.text for one in found}
    assert len(texts) <= 101
    assert (OTHER_TEXTS in texts) == (len({kind for _, kind in many}) > 100)


def test_an_operation_that_says_much_does_not_hush_the_others() -> None:
    """What another operation says later keeps its text; what it says beyond a few texts does not."""
    recorder = Recorder()
    for operation, texts in (("chatty", 500), ("later", 5)):
        recorder.add(0, operation, Outcome.FAILED, "s", 0, 1, 1)
        for number in range(texts):
            recorder.add_failure(0, operation, Outcome.FAILED, f"kind {number}")
    found = [failure_of(row) for row in recorder.drain_failures()]
    later = {one.text: one.n for one in found if one.operation == "later"}
    assert later == {"kind 0": 1, "kind 1": 1, "kind 2": 1, OTHER_TEXTS: 2}
    assert sum(one.n for one in found) == 505
