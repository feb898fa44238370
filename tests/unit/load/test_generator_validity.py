from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from harness.load import Finished, Health, load_checks
from harness.load.validity import busiest_stretch
from harness.model import Verdict


def _health(cpu: float = 0.2, due: int = 1000, late: int = 0, interval: float = 1.0) -> Health:
    return Health(at_ns=0, interval_s=interval, cpu=cpu, due=due, late=late)


def _finished(due: int = 1000, dropped: int = 0) -> Finished:
    return Finished(due=due, ok=due - dropped, error=0, dropped=dropped, unanswered=0, requests=due, ended_ns=1)


def _verdicts(health: list[Health], finished: Finished | None) -> dict[str, Verdict]:
    return {check.name: check.verdict for check in load_checks([health], [finished])}


def test_a_healthy_generator_passes_every_check() -> None:
    """Little CPU, nothing late, nothing dropped, nobody lost."""
    assert set(_verdicts([_health()] * 5, _finished()).values()) == {Verdict.PASS}


def test_one_percent_late_is_the_limit() -> None:
    """10 of 1,000 pass, 11 are unknown."""
    assert _verdicts([_health(late=10)], _finished())["late arrivals"] is Verdict.PASS
    assert _verdicts([_health(late=11)], _finished())["late arrivals"] is Verdict.UNKNOWN


def test_dropped_arrivals_make_a_run_unknown() -> None:
    """One is enough."""
    assert _verdicts([_health()], _finished(dropped=1))["dropped arrivals"] is Verdict.UNKNOWN


def test_users_that_nobody_replaced_make_a_run_unknown() -> None:
    """One is enough, and the reason says how the first of them ended; without any there is no such check."""
    assert "users" not in _verdicts([_health()], _finished())
    short = replace(_finished(), unstarted=2, why_unstarted="KeyError: 'token'")
    (check,) = (one for one in load_checks([[_health()]], [short]) if one.name == "users")
    assert (check.verdict, check.value) == (Verdict.UNKNOWN, 2.0)
    assert "KeyError: 'token'" in check.why


def test_a_generator_that_ran_out_of_something_makes_a_run_unknown() -> None:
    """One request that the target never saw is enough; the reason says of what, and what to do."""
    for field, word in (("no_descriptors", "ulimit"), ("no_ports", "ip_local_port_range"), ("no_memory", "memory")):
        checks = load_checks([[replace(_health(), **{field: 3})]], [_finished()])
        (one,) = (check for check in checks if check.name == "generator resources")
        assert (one.verdict, one.value) == (Verdict.UNKNOWN, 3)
        assert f"3 requests failed for want of {word}" in one.why or word in one.why


def test_a_lost_process_makes_a_run_unknown() -> None:
    """A load process without last words was lost, and so it is with no process at all."""
    assert _verdicts([_health()], None)["load processes"] is Verdict.UNKNOWN
    assert {check.verdict for check in load_checks([], [])} == {Verdict.UNKNOWN}


def test_a_load_that_ended_early_is_no_whole_run() -> None:
    """A locustfile that quits in the middle makes the run unknown, however well the rest went."""
    early = replace(_finished(), early="the locustfile ended the test")
    assert _verdicts([_health()], early)["whole profile"] is Verdict.UNKNOWN


def test_a_short_burst_of_cpu_is_forgiven_and_a_long_one_is_not() -> None:
    """One full second among idle ones passes; three in a row are unknown."""
    burst = [_health(cpu=0.1)] * 3 + [_health(cpu=1.0)] + [_health(cpu=0.1)] * 3
    assert _verdicts(burst, _finished())["generator CPU"] is Verdict.PASS
    assert _verdicts([*burst, *[_health(cpu=1.0)] * 3], _finished())["generator CPU"] is Verdict.UNKNOWN


def test_a_closed_run_is_not_judged_by_its_schedule() -> None:
    """It schedules nothing, so neither lateness nor drops are asked."""
    assert set(_verdicts([_health(due=0)], _finished())) == {
        "load processes",
        "whole profile",
        "generator CPU",
        "generator resources",
    }


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.01, 2)), min_size=1, max_size=30))
def test_the_busiest_stretch_lies_between_mean_and_peak(series: list[tuple[float, float]]) -> None:
    """It is never above the busiest interval, and never negative."""
    health = [_health(cpu=cpu, interval=interval) for cpu, interval in series]
    assert -1e-9 <= busiest_stretch(health) <= max(cpu for cpu, _ in series) + 1e-9
