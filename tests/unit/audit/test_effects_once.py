"""`effects-once` against worlds whose truth is known: sound ones pass, each planted wrong is named, and doubts are unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audit import Event, Evidence, FinalState, History, Kept, Order, Told, audit
from harness.errors import EnvironmentFailed
from harness.model import Verdict

RUN = "r1"
WORDS = st.tuples(st.sampled_from(("order", "refund")), st.sampled_from(list(Told)), st.booleans(), st.booleans())


def key(n: int, ours: bool = True) -> str:
    return f"{RUN}-w1-{n}" if ours else f"fed-{n}"


def event(n: int, told: Told, kind: str = "order", *, ours: bool = True) -> Event:
    return Event(process="u", type=told, f=kind, key=key(n, ours), status=0, invoke_ns=n, complete_ns=n + 1)


def world(words: list[tuple[str, Told, bool, bool]]) -> tuple[History, Kept]:
    """A sound one: what was promised happened once, what was refused did not; `happened` decides the open ones. With others' keys."""
    events, kept = [], {"order": ["another run's", "another run's"], "refund": []}
    for n, (kind, told, happened, ours) in enumerate(words):
        events.append(event(n, told, kind, ours=ours))
        if told is Told.OK or (told is Told.INFO and happened):
            kept[kind].append(key(n, ours))
    return History(RUN, tuple(events)), Kept(quiescent=True, effects={kind: tuple(k) for kind, k in kept.items()})


WORLDS = st.lists(WORDS, max_size=25).map(lambda words: world([("order", Told.OK, True, True), *words]))


def check(history: History, kept: Kept) -> Evidence:
    (evidence,) = audit(["effects-once"], history, kept)
    return evidence


def having(kept: Kept, *orders: str, without: str = "") -> Kept:
    left = tuple(one for one in kept.effects["order"] if one != without)
    return replace(kept, effects={**kept.effects, "order": (*left, *orders)})


@given(WORLDS)
def test_a_sound_world_passes(made: tuple[History, Kept]) -> None:
    """Whatever was open and however it went, whoever made the keys; as many were checked as were promised."""
    evidence = check(*made)
    assert evidence.verdict is Verdict.PASS, evidence
    assert evidence.checked == sum(e.type is Told.OK for e in made[0].events)


@given(WORLDS, st.sampled_from(("lost", "duplicated", "refused-but-kept")), st.booleans())
def test_a_planted_wrong_is_found_and_named(made: tuple[History, Kept], wrong: str, ours: bool) -> None:
    """Just one violation, with the key of its request."""
    history, kept = made
    n = 1000
    told = Told.FAIL if wrong == "refused-but-kept" else Told.OK
    history = History(RUN, (*history.events, event(n, told, ours=ours)))
    there = {"lost": 0, "duplicated": 2, "refused-but-kept": 1}[wrong]
    evidence = check(history, having(kept, *[key(n, ours)] * there))
    assert evidence.verdict is Verdict.FAIL
    assert [(v.signature, v.key, v.kind) for v in evidence.violations] == [(wrong, key(n, ours), "order")]


@given(st.integers(2, 5))
def test_an_open_one_that_happened_twice_is_a_violation(n: int) -> None:
    """Once or not at all was promised; the worst weighs most."""
    history, kept = world([("order", Told.OK, True, True), ("order", Told.INFO, False, True)])
    (violation,) = check(history, having(kept, *[key(1)] * n)).violations
    assert (violation.signature, violation.weight) == ("duplicated", n)


def test_one_of_ours_that_nobody_recorded_may_be_there_once() -> None:
    """Its row may be lost with a load process; twice is twice all the same."""
    history, kept = world([("order", Told.OK, True, True)])
    assert check(history, having(kept, key(7))).verdict is Verdict.PASS
    assert check(history, having(kept, key(7), key(7))).verdict is Verdict.FAIL


def test_a_retry_under_one_key_is_one_intent() -> None:
    """An open answer and a refusal leave it open; a good one makes it a promise."""
    history, kept = world([("order", Told.OK, True, True)])
    retried = History(RUN, (*history.events, event(1, Told.INFO), event(1, Told.FAIL)))
    assert check(retried, kept).verdict is Verdict.PASS
    assert check(retried, having(kept, key(1))).verdict is Verdict.PASS
    promised = History(RUN, (*retried.events, event(1, Told.OK)))
    assert check(promised, kept).verdict is Verdict.FAIL


@given(WORLDS, st.booleans())
def test_while_something_is_under_way_nobody_is_blamed(made: tuple[History, Kept], sound: bool) -> None:
    """What is not there may come yet, and what is there twice may be taken back: unknown, never pass or fail."""
    history, kept = made
    read = kept if sound else having(kept, without=key(0))
    evidence = check(history, replace(read, quiescent=False))
    assert evidence.verdict is Verdict.UNKNOWN
    assert ("1 lost" in evidence.why) is not sound


@pytest.mark.parametrize("told", [Told.FAIL, Told.INFO])
def test_nothing_promised_is_unknown(told: Told) -> None:
    """Not one request, or none that was granted: it says which."""
    assert "No request asked for any effect (order, refund)" in check(*world([])).why
    evidence = check(*world([("order", told, False, True)]))
    assert (evidence.verdict, evidence.checked) == (Verdict.UNKNOWN, 0)
    assert "No effect was promised" in evidence.why


def test_an_effect_without_a_key_is_unknown() -> None:
    """It can be told from no other, unless it was refused; what is broken is a fail all the same."""
    history, kept = world([("order", Told.OK, True, True)])
    nameless = History(RUN, (*history.events, replace(event(1, Told.OK), key="")))
    assert check(nameless, kept).verdict is Verdict.UNKNOWN
    assert "carried no key" in check(nameless, kept).why
    assert check(nameless, having(kept, key(0))).verdict is Verdict.FAIL
    refused = History(RUN, (*history.events, replace(event(1, Told.FAIL), key="")))
    assert check(refused, kept).verdict is Verdict.PASS


def test_it_looks_at_the_bundled_shop_too() -> None:
    """At its orders and transfers, each as often as it is there."""
    orders = (Order(id="o", key=key(0), status="paid", amount=1),)
    state = FinalState(
        quiescent=True,
        orders=orders,
        charges=(),
        transfers={key(1): 2},
        opening_total=0,
        total=0,
        stock_opening=0,
        stock_available=0,
        stock_held=0,
        events=(),
    )
    history = History(RUN, (event(0, Told.OK, "place"), event(1, Told.OK, "transfer")))
    (evidence,) = audit(["effects-once"], history, state)
    assert [(v.signature, v.kind, v.key) for v in evidence.violations] == [("duplicated", "transfer", key(1))]
    assert evidence.counts["duplicated"] == 1


def test_a_kind_that_nothing_was_asked_of_is_told() -> None:
    """A pass says what it did not look at."""
    assert "nothing was asked for of refund" in check(*world([("order", Told.OK, True, True)])).why


def test_the_bundled_shops_audits_abstain_on_another_service() -> None:
    """They know other data; the reason names what to use."""
    history, kept = world([("order", Told.OK, True, True)])
    (evidence,) = audit(["no-lost-orders"], history, kept)
    assert evidence.verdict is Verdict.UNKNOWN
    assert "use effects-once" in evidence.why


def test_a_final_read_reads() -> None:
    """Rests unless it says otherwise; numbers are keys, too; what nobody asked for is passed over."""
    kept = Kept.of({"effects": {"order": ["a", 7, "a"], "more": None}, "at": "now"}, ["order"])
    assert kept == Kept(quiescent=True, effects={"order": ("a", "7", "a")})
    assert not Kept.of({"quiescent": False, "effects": {"order": []}}, ["order"]).quiescent


@pytest.mark.parametrize(
    ("read", "says"),
    [
        ([], "has no object `effects`"),
        ({"orders": []}, "has no object `effects`"),
        ({"effects": {"orders": []}}, "says nothing of `order`"),
        ({"effects": {"order": "a"}}, "not a list of keys"),
        ({"effects": {"order": ["a", None]}}, "None, which is no key"),
        ({"effects": {"order": [True]}}, "True, which is no key"),
        ({"effects": {"order": [1.5]}}, "1.5, which is no key"),
        ({"effects": {"order": []}, "quiescent": "yes"}, "'yes', not true or false"),
    ],
)
def test_another_shape_is_refused(read: object, says: str) -> None:
    """With what is wrong, and never read as an empty store."""
    with pytest.raises(EnvironmentFailed) as caught:
        Kept.of(read, ["order"])
    assert says in caught.value.what
    assert caught.value.todo
