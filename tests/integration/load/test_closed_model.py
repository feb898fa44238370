import pytest

from harness.model import ClosedStage, Profile

pytestmark = pytest.mark.integration


def profile(*stages: ClosedStage) -> Profile:
    return Profile(stages)


@pytest.mark.parametrize("kind", ["FastHttpUser", "HttpUser"])
def test_users_keep_their_wait_time(bench, kind) -> None:
    """Five users that wait 100 ms after each answer: some 50 requests in a second, never twice as many, none cut off."""
    result = bench.run(
        f"""
        from locust import {kind}, constant, task
        class Mine({kind}):
            wait_time = constant(0.1)
            @task
            def go(self): self.client.get("/ok/items/1")
        """,
        profile=profile(ClosedStage(name="load", users=5, duration=1)),
    )
    assert set(result.counts) == {("read_item", "ok")}
    assert 0 < result.end.ok <= 60
    assert result.end.due == result.end.ok == result.end.requests
    assert result.latency == result.service
    assert not result.notes


def test_stages_go_up_and_down_without_errors_of_our_making(bench) -> None:
    """Users that a ramp-down ends may finish their iteration first."""
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self): self.client.get("/slow/1")
        """,
        profile=profile(
            ClosedStage(name="few", users=2, duration=1, spawn_rate=2),
            ClosedStage(name="many", users=8, duration=1),
            ClosedStage(name="few-again", users=1, duration=1),
        ),
    )
    assert set(result.counts) == {("/slow/1", "ok")}
    assert {window.stage for window in result.windows} == {"few", "many", "few-again"}


def test_requests_open_when_users_are_killed_are_unanswered(bench) -> None:
    """Three users on a target that never answers: three unanswered requests, where Locust alone counts none."""
    result = bench.run(
        """
        from locust import HttpUser, task
        class Mine(HttpUser):
            @task
            def go(self): self.client.get("/hang/1")
        """,
        profile=profile(ClosedStage(name="load", users=3, duration=0.5)),
        drain_s=0.3,
    )
    assert result.counts == {("/hang/1", "unanswered"): 3}
    assert (result.end.due, result.end.unanswered) == (3, 3)
