"""What is typed into the start form becomes a scenario, or a complaint beside its field."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.experiment.cockpit.fault_form import described, read_fault
from harness.experiment.cockpit.orders import Complaints, Order, Spread, read_order
from harness.faults import parse
from harness.faults.toxics import Flap
from harness.faults.toxics import Ramp as GrowingFault
from harness.model import (
    Anchor,
    ClosedStage,
    Edge,
    Expectation,
    Fault,
    Limits,
    Load,
    Muster,
    OpenStage,
    Profile,
    Ramp,
    Scenario,
    Target,
)

EDGE = Edge(name="db", proxy="db")
SHOP = Target(name="shop", url="http://127.0.0.1:1", edges={"db": EDGE}, limits=Limits(rate=500.0, max_fault=30.0))
OPEN = Scenario(
    name="busy",
    target=SHOP,
    load=Load(
        locustfile=Path("shop.py"),
        profile=Profile(
            (
                OpenStage(name="warm", rate=20.0, duration=5.0, warm_up=True),
                OpenStage(name="busy", rate=40.0, duration=20.0),
            )
        ),
    ),
    faults=(
        Fault(name="slow", edge="db", disturbance=parse("latency", {"delay": "1ms"}), at=Anchor(10.0), duration=2.0),
    ),
    expect=(Expectation.parse("errors <= 1% during slow"), Expectation.parse("errors <= 1%")),
)

CLASSES = ("Buyer", "Browser", "Robot")


def order(of: Scenario = OPEN, /, **form: str) -> Order:
    def target(name: str) -> Target:
        if name != "other":
            raise BadInput(f"No target is called `{name}`.", "Did you mean `other`?")
        return Target(name="other", url="http://127.0.0.1:2")

    return read_order(form, read=lambda _: of, keys=("busy",), find_target=target, classes_of=lambda _: CLASSES)


def stages(asked: Order) -> list[tuple[str, float, float]]:
    assert asked.scenario.load is not None
    return [
        (s.name, float(s.rate) if isinstance(s, OpenStage) else s.users, s.duration)  # type: ignore[arg-type]
        for s in asked.scenario.load.profile.stages
    ]


def test_without_a_word_it_is_the_scenario() -> None:
    """Locust's own fields that nobody touched change nothing."""
    assert order(scenario="busy", model="", user_count="1", spawn_rate="1").scenario == OPEN
    assert order(scenario="busy").said == ""


def test_another_rate_keeps_the_proportion_of_the_stages() -> None:
    """And their names, so that faults and expectations still find them."""
    asked = order(scenario="busy", model="rate", rate="80/s")
    assert stages(asked) == [("warm", 40.0, 5.0), ("busy", 80.0, 20.0)]
    assert asked.said == "rate 80/s"


def test_users_take_the_place_of_a_rate() -> None:
    """Stage by stage."""
    asked = order(scenario="busy", model="users", user_count="7", spawn_rate="2")
    assert stages(asked) == [("warm", 7.0, 5.0), ("busy", 7.0, 20.0)]


def test_another_duration_stretches_the_stages() -> None:
    """Locust's field counts bare numbers as seconds."""
    assert stages(order(scenario="busy", duration="50")) == [("warm", 20.0, 10.0), ("busy", 40.0, 40.0)]
    assert stages(order(scenario="busy", run_time="50s")) == stages(order(scenario="busy", duration="50"))


def test_some_user_classes_take_part() -> None:
    """In the file's order, however they were sent; all of them, or no word, is as the scenario says."""

    def classes(**form: str) -> tuple[str, ...]:
        load = order(scenario="busy", **form).scenario.load
        assert load is not None
        return load.user_classes

    assert classes(user_classes="Robot, Buyer") == ("Buyer", "Robot")
    assert order(scenario="busy", user_classes="Robot").said == "only Robot"
    assert classes(user_classes="Robot,Browser,Buyer") == classes(user_classes="") == ()


def test_locusts_own_host_is_the_target() -> None:
    """A program that sends Locust's form is not answered by a load on another target than it names; the page has a field of ours."""
    assert order(scenario="busy", host="other", faults="off").scenario.target.name == "other"
    assert order(scenario="busy", host=SHOP.url).scenario.target == SHOP
    assert order(scenario="busy", target="", host="other").scenario.target == SHOP  # the page's, of the test before


def test_disarmed_faults_take_their_expectations_with_them() -> None:
    """What is expected of the rest stays."""
    asked = order(scenario="busy", faults="off")
    assert asked.scenario.faults == ()
    assert [one.text for one in asked.scenario.expect] == ["errors <= 1%"]


@pytest.mark.parametrize(
    ("form", "field", "why"),
    [
        ({"model": "rate", "rate": "fast"}, "rate", "not a rate"),
        ({"model": "rate", "rate": "0"}, "rate", "above zero"),
        ({"model": "rate", "rate": "501/s"}, "rate", "allows 500/s"),
        ({"model": "users", "user_count": "-3"}, "users", "not a number of users"),
        ({"model": "users", "user_count": "3", "spawn_rate": "nan"}, "users", "above zero"),
        ({"model": "users", "user_count": "²"}, "users", "not a number of users"),
        ({"duration": "soon"}, "duration", "not a duration"),
        ({"duration": "0"}, "duration", "longer than nothing"),
        ({"duration": "5s"}, "duration", "would start at 10s"),
        ({"processes": "99"}, "processes", "1 to 64"),
        ({"processes": "²"}, "processes", "1 to 64"),
        ({"target": "nowhere"}, "target", "No target is called"),
        ({"target": "other"}, "target", "has no edge `db`"),
        ({"host": "nowhere"}, "target", "No target is called"),
        ({"user_classes": "Buyr"}, "user_classes", "Did you mean `Buyer`"),
        ({"user_classes": ","}, "user_classes", "choose at least one"),
        ({"shape_class": "Waves"}, "shape_class", "LoadTestShape is ignored"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(form: dict[str, str], field: str, why: str) -> None:
    """One complaint, and nothing starts."""
    with pytest.raises(Complaints) as wrong:
        order(scenario="busy", **form)
    assert list(wrong.value.by_field) == [field]
    assert why in wrong.value.by_field[field]


def test_a_shape_keeps_its_rate() -> None:
    """It has no one number to change."""
    load = OPEN.load
    assert load is not None
    shaped = replace(
        OPEN, load=replace(load, profile=Profile((OpenStage(name="up", rate=Ramp(0, 60), duration=20.0),)))
    )
    with pytest.raises(Complaints, match="has a shape"):
        order(shaped, scenario="busy", model="rate", rate="9/s")


def test_a_scenario_that_does_not_parse_any_more_is_refused() -> None:
    """With what is wrong in its file."""

    def broken(_: str) -> Scenario:
        raise BadInput("busy.yaml:3: `rte` is not a key.", "Did you mean `rate`?")

    with pytest.raises(Complaints) as wrong:
        read_order({"scenario": "busy"}, read=broken, keys=("busy",), find_target=lambda _: SHOP)
    assert "busy.yaml:3" in wrong.value.by_field["scenario"]


def test_users_of_a_closed_scenario_may_be_fewer() -> None:
    """Than it says itself."""
    load = OPEN.load
    assert load is not None
    closed = replace(
        OPEN, faults=(), load=replace(load, profile=Profile((ClosedStage(name="c", users=9, duration=9.0),)))
    )
    assert stages(order(closed, scenario="busy", model="users", user_count="2")) == [("c", 2.0, 9.0)]


def test_the_fault_form_takes_what_it_offers() -> None:
    """Every kind with its own examples makes a fault."""
    for kind in described():
        form = {f"{kind['name']}.{key['name']}": key["example"] for key in kind["keys"] if key["required"]}
        asked = read_fault({"edge": "db", "kind": kind["name"], "for": "2s", **form}, SHOP, frozenset())
        assert (asked.kind, asked.name, asked.seconds) == (kind["name"], "by-hand-1", 2.0)


def test_the_fault_form_takes_what_grows_and_what_comes_and_goes() -> None:
    """As its own hints say; what cannot be is told beside the field where it stands."""
    base = {"edge": "db", "for": "20s"}
    for kind in described():
        if kind["grows"]:
            key = next(key["name"] for key in kind["keys"] if key["grows"])
            form = {f"{kind['name']}.{one['name']}": one["example"] for one in kind["keys"] if one["required"]}
            form[f"{kind['name']}.{key}"] = kind["grows"]
            asked = read_fault({**base, "kind": kind["name"], **form}, SHOP, frozenset())
            assert isinstance(asked.disturbance, GrowingFault)
    flap = {**base, "kind": "down", "flap.for": "1s", "flap.every": "5s"}
    assert read_fault(flap, SHOP, frozenset()).disturbance == Flap(parse("down", {}), 1.0, 5.0)

    def complaints(**form: str) -> set[str]:
        with pytest.raises(Complaints) as wrong:
            read_fault({**base, **{key.replace("_", "."): text for key, text in form.items()}}, SHOP, frozenset())
        return set(wrong.value.by_field)

    assert complaints(kind="down", flap_for="1s") == {"flap.every"}
    assert complaints(kind="down", flap_for="soon", flap_every="5s") == {"flap.for"}
    assert complaints(kind="down", flap_for="5s", flap_every="5s") == {"flap.every"}
    assert complaints(kind="latency", latency_delay="from 0ms to 2s") == {"latency.delay"}


def test_a_wrong_fault_is_told_field_by_field() -> None:
    """All that is wrong at once."""
    form = {"edge": "dbx", "kind": "latency", "for": "2h", "name": "a b", "latency.delay": "long"}
    with pytest.raises(Complaints) as wrong:
        read_fault(form, SHOP, frozenset())
    assert set(wrong.value.by_field) == {"edge", "for", "name", "latency.delay"}
    with pytest.raises(Complaints, match="is needed"):
        read_fault({"edge": "db", "kind": "latency", "for": "2s"}, SHOP, frozenset())
    with pytest.raises(Complaints, match="stands for one"):
        read_fault({"edge": "db", "kind": "down", "for": "2s", "name": "x"}, SHOP, frozenset({"x"}))


def test_workers_elsewhere_share_the_load_whatever_the_file_says() -> None:
    """As many as the UI expects, or the form asks for; where they report is the UI's own."""
    spread = Spread(processes=3, muster=Muster(workers=3, host="10.0.0.1"))

    def muster(**form: str) -> Muster | None:
        asked = read_order(form, read=lambda _: OPEN, keys=("busy",), find_target=lambda _: SHOP, spread=spread)
        assert asked.scenario.load is not None
        assert "worker" in asked.said
        return asked.scenario.load.muster

    assert muster() == Muster(workers=3, host="10.0.0.1")
    assert muster(processes="1") == Muster(workers=1, host="10.0.0.1")
    with pytest.raises(Complaints, match="not a number of workers"):
        muster(processes="many")


def test_processes_of_the_command_line_are_for_every_scenario() -> None:
    """Unless the form says otherwise; users that the form adds are counted before they are shared."""
    bare = replace(OPEN, target=replace(SHOP, limits=Limits()), faults=(), expect=())
    one = replace(
        bare, load=Load(locustfile=Path("a.py"), profile=Profile((ClosedStage(name="a", users=1, duration=9),)))
    )

    def processes(**form: str) -> int:
        spread = Spread(processes=4)
        asked = read_order(form, read=lambda _: one, keys=("busy",), find_target=lambda _: SHOP, spread=spread)
        assert asked.scenario.load is not None
        return asked.scenario.load.processes

    assert processes(model="users", user_count="8") == 4
    assert processes(processes="1") == 1
    with pytest.raises(Complaints, match="4 processes cannot share 1 users"):
        processes()
