"""What somebody typed into the start form becomes a Scenario, or one complaint per field. Pure, but for the look-up of targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from harness.errors import BadInput, HarnessError
from harness.experiment.scenario_files import shared_by
from harness.model import NOWHERE, ClosedStage, Load, Muster, OpenStage, Profile, Scenario, Target
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, parse_rate, show_duration

MOST_USERS = 100_000
MOST_PROCESSES = 64
MOST_WORKERS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A test that may begin. `said` tells what differs from the scenario's file, for the run folder."""

    scenario: Scenario
    key: str
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How many load processes a test has unless its form says so (None: as its scenario says), and where they report, if elsewhere."""

    processes: int | None = None
    muster: Muster | None = None


HERE = Spread()


class Complaints(Exception):  # it is what it holds
    """What is wrong, by field."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in by_field.items()))
        self.by_field = dict(by_field)


def read_order(
    form: Mapping[str, str],
    *,
    read: Callable[[str], Scenario],
    keys: tuple[str, ...],
    default: str = "",
    find_target: Callable[[str], Target],
    spread: Spread = HERE,
    classes_of: Callable[[Load], tuple[str, ...]] = lambda _: (),
) -> Order:
    """`read` gives a scenario by its key (one of `keys`; `default` without a choice), `find_target` a target by name or URL, `classes_of` the
    user classes of a locustfile. Raises Complaints."""
    wrong: dict[str, str] = {}
    key = form.get("scenario", "") or (keys[0] if len(keys) == 1 else default)
    if not key:
        raise Complaints(
            {
                "scenario": "Choose a scenario."
                if keys
                else "There is no scenario: give `harness ui` a file or a folder."
            }
        )
    scenario = _or_complain(wrong, "scenario", lambda: read(key))
    if scenario is None:
        raise Complaints(wrong)
    said: list[str] = []
    for field, change in (
        ("shape_class", _shape),
        ("target", _target(form, find_target)),
        ("user_classes", _classes(classes_of)),
        ("duration", _duration),
        ("rate", _rate),
        ("users", _users),
        ("faults", _faults),
        ("processes", _processes(spread)),
    ):
        changed = _or_complain(wrong, field, partial(change, scenario, form, said))
        scenario = changed if changed is not None else scenario
    if not wrong:
        _or_complain(wrong, "duration", lambda: _fits(scenario))
    if not wrong and scenario.load is not None:
        load = scenario.load
        _or_complain(wrong, "rate", lambda: load.within(scenario.target))
    if wrong:
        raise Complaints(wrong)
    return Order(scenario=scenario, key=key, said=", ".join(said))


def _or_complain(wrong: dict[str, str], field: str, what: Callable[[], Any]) -> Any:
    try:
        return what()
    except HarnessError as error:
        wrong[field] = f"{error}".replace("\n  ", " ")
    except ValueError as error:
        wrong[field] = f"{error}."
    return None


_Change = Callable[[Scenario, Mapping[str, str], list[str]], Scenario]


def _target(form: Mapping[str, str], find: Callable[[str], Target]) -> _Change:
    def change(scenario: Scenario, _: Mapping[str, str], said: list[str]) -> Scenario:
        # `host` is Locust's own field. A program may send it; our page shows `target` in its place, and sends both.
        wanted = form.get("target", form.get("host", "")).strip()
        if not wanted or wanted == scenario.target.name or wanted.rstrip("/") == scenario.target.url:
            return scenario
        target = find(wanted)
        if _armed(form):
            _bearable(scenario, target)
        said.append(f"target {target.name}")
        return replace(scenario, target=target)

    return change


def _shape(scenario: Scenario, form: Mapping[str, str], _: list[str]) -> Scenario:
    """Locust's own field, where its picker shows one."""
    if form.get("shape_class", "Default") not in ("Default", ""):
        raise ValueError(
            "a LoadTestShape is ignored: the scenario's profile, a rate or a number of users says how much load there is"
        )
    return scenario


def _classes(classes_of: Callable[[Load], tuple[str, ...]]) -> _Change:
    """Some of a locustfile's user classes; without a word those that the scenario has."""

    def change(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
        text, load = form.get("user_classes", ""), scenario.load
        if not text:
            return scenario
        if load is None or load.prepared is not None:
            raise ValueError("this load has no locustfile, and so no user classes")
        there = classes_of(load)
        chosen = tuple(name for name in there if name in [one.strip() for one in text.split(",")])
        for name in filter(None, (one.strip() for one in text.split(","))):
            if name not in there:
                raise BadInput(f"{load.locustfile.name} has no user class `{name}`.", did_you_mean(name, there))
        if not chosen:
            raise ValueError("choose at least one user class")
        if chosen == there and not load.user_classes:
            return scenario
        said.append(f"only {', '.join(chosen)}")
        return replace(scenario, load=replace(load, user_classes=chosen))

    return change


def _bearable(scenario: Scenario, target: Target) -> None:
    """What the file was checked against was another target."""
    limits = target.limits
    for fault in scenario.faults:
        if fault.edge != NOWHERE and fault.edge not in target.edges:
            raise ValueError(
                f"target `{target.name}` has no edge `{fault.edge}`, which a fault needs; disarm the faults"
            )
        if limits.edges is not None and fault.edge != NOWHERE and fault.edge not in limits.edges:
            raise ValueError(f"target `{target.name}` does not allow faults on edge `{fault.edge}`; disarm the faults")
        if fault.duration > limits.max_fault:
            raise ValueError(
                f"fault `{fault.name}` lasts {show_duration(fault.duration)}, and target `{target.name}` allows "
                f"{show_duration(limits.max_fault)}; disarm the faults"
            )


def _duration(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
    text = (form.get("duration") or form.get("run_time") or "").strip()
    if not text:
        return scenario
    seconds = (
        float(text) if text.replace(".", "", 1).isdecimal() else parse_duration(text)
    )  # Locust's field takes bare seconds
    if not 0 < seconds <= 7 * 24 * 3600:
        raise ValueError("the load must last longer than nothing, and at most a week")
    profile = _profile(scenario)
    factor = seconds / profile.duration
    if any(not isinstance(stage, ClosedStage) and not isinstance(stage.rate, int | float) for stage in profile.stages):
        raise ValueError("its rate has a shape or a trace, so its duration stays; change it in the file")
    said.append(f"for {show_duration(seconds)}")
    return _with(scenario, Profile(tuple(replace(stage, duration=stage.duration * factor) for stage in profile.stages)))


def _rate(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
    text = (form.get("rate") or "").strip()
    if not text or form.get("model", "rate") not in ("rate", ""):
        return scenario
    rate = float(text) if text.replace(".", "", 1).isdecimal() else parse_rate(text)
    if rate <= 0:
        raise ValueError("a rate must be above zero, such as 50/s")
    said.append(f"rate {rate:g}/s")
    stages = _profile(scenario).stages
    peak = max((_level(stage) for stage in stages if isinstance(stage, OpenStage)), default=0.0)
    made = tuple(
        replace(stage, rate=_level(stage) * rate / peak)
        if isinstance(stage, OpenStage)
        else OpenStage(name=stage.name, rate=rate, duration=stage.duration, warm_up=stage.warm_up)
        for stage in stages
    )
    return _with(scenario, Profile(made))


def _users(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
    """Locust's own two fields count where somebody asked for users, or where the scenario has users anyhow."""
    profile = scenario.load.profile if scenario.load else None
    model = form.get("model", "users" if "user_count" in form and "scenario" not in form else "")
    if model != "users" or profile is None:
        return scenario
    users = _whole(form.get("user_count") or form.get("users") or "")
    spawn = float(form["spawn_rate"]) if form.get("spawn_rate") else None
    if spawn is not None and not 0 < spawn < 1e6:
        raise ValueError("users started per second must be above zero")
    said.append(f"{users} users" + (f", {spawn:g} started a second" if spawn else ""))
    made = tuple(
        ClosedStage(name=stage.name, users=users, duration=stage.duration, spawn_rate=spawn, warm_up=stage.warm_up)
        for stage in profile.stages
    )
    return _with(scenario, Profile(made))


def _whole(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= MOST_USERS:
        raise ValueError(f"{text!r} is not a number of users; write 1 to {MOST_USERS}")
    return int(text)


def _armed(form: Mapping[str, str]) -> bool:
    return form.get("faults", "armed") not in ("off", "false", "no")


def _faults(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
    """Without its faults a scenario expects nothing of them."""
    if _armed(form) or not scenario.faults:
        return scenario
    names = {fault.name for fault in scenario.faults}
    said.append("faults not armed")
    expect = tuple(
        e
        for e in scenario.expect
        if e.scope not in names and not (e.metric.is_about_fault and e.metric.subject in names)
    )
    return replace(scenario, faults=(), expect=expect)


def _processes(spread: Spread) -> _Change:
    most, word = (MOST_WORKERS, "workers") if spread.muster else (MOST_PROCESSES, "processes")

    def change(scenario: Scenario, form: Mapping[str, str], said: list[str]) -> Scenario:
        text = (form.get("processes") or "").strip()
        if scenario.load is None:
            return scenario
        if text and (not text.isdecimal() or not 1 <= int(text) <= most):
            raise ValueError(f"{text!r} is not a number of {word}; write 1 to {most}")
        number = int(text) if text else spread.processes or scenario.load.processes
        if number != scenario.load.processes or spread.muster:
            said.append(f"{number} {word if number > 1 else word.removesuffix('es' if word == 'processes' else 's')}")
        shared = shared_by(scenario, number)
        assert shared.load is not None
        muster = replace(spread.muster, workers=number) if spread.muster else None
        return replace(shared, load=replace(shared.load, muster=muster))

    return change


def _fits(scenario: Scenario) -> None:
    """Every fault and stage is still where it can be."""
    timeline = scenario.timeline
    for fault in timeline.faults:
        if scenario.load and fault.start >= timeline.duration:
            raise BadInput(
                f"Fault `{fault.name}` would start at {show_duration(fault.start)}, and the load ends at {show_duration(timeline.duration)}.",
                "Let it last longer, or disarm the faults.",
            )


def _profile(scenario: Scenario) -> Profile:
    if scenario.load is None:
        raise ValueError("the scenario has no load")
    return scenario.load.profile


def _with(scenario: Scenario, profile: Profile) -> Scenario:
    assert scenario.load is not None
    return replace(scenario, load=replace(scenario.load, profile=profile))


def _level(stage: OpenStage) -> float:
    rate: object = stage.rate
    if not isinstance(rate, int | float):
        raise ValueError(  # noqa: TRY004 # it is about what somebody typed
            f"stage `{stage.name}` has a shape or a trace, so its rate stays; change it in the file"
        )
    return float(rate)
