import random
import time
from collections import Counter

import pytest

from harness.load import Finished
from harness.load.arrivals import planned_arrivals
from harness.model import ClosedStage, Histogram, OpenStage, Profile
from harness.model.histogram import bin_of

pytestmark = pytest.mark.integration
KINDS = ("FastHttpUser", "HttpUser")
ONE = """
from locust import {kind}, task
class Mine({kind}):
    @task
    def go(self):
        self.client.get("{path}")
"""


def one(kind: str, path: str) -> str:
    return ONE.format(kind=kind, path=path)


def profile(rate: float, duration: float) -> Profile:
    return Profile((OpenStage(name="load", rate=rate, duration=duration),))


def accounted(end: Finished) -> bool:
    return end.due == end.ok + end.error + end.dropped + end.unanswered


@pytest.mark.parametrize("kind", KINDS)
def test_every_arrival_of_a_healthy_target_is_answered(bench, kind) -> None:
    """50/s for a second are 50 requests of the operation that the description names, all ok."""
    result = bench.run(one(kind, "/ok/items/7?x=1"))
    assert result.counts == {("read_item", "ok"): 50}
    assert (result.end.due, result.end.ok) == (50, 50)
    assert {window.stage for window in result.windows} == {"load"}
    assert len(bench.target.seen) == 50


@pytest.mark.parametrize("kind", KINDS)
def test_a_target_that_never_answers_leaves_every_arrival_accounted_for(bench, kind) -> None:
    """Five users hang, the other arrivals find none at the cap: 5 unanswered with the time waited, 15 dropped as infinite."""
    result = bench.run(one(kind, "/hang/1"), profile=profile(20, 1), users=5, drain_s=0.3)
    assert (result.end.due, result.end.unanswered, result.end.dropped, result.end.queued) == (20, 5, 15, 15)
    assert accounted(result.end)
    assert sum(window.n for window in result.windows) == 20
    assert result.latency.infinite == 15
    assert result.latency.rank(1) > 0.3
    assert result.health[-1].dropped == 15


def test_what_finds_no_room_to_wait_is_dropped_at_once(bench) -> None:
    """Five users hang and three arrivals may wait: the other twelve are dropped while the load runs, and told as they are."""
    result = bench.run(one("FastHttpUser", "/hang/1"), profile=profile(20, 1), users=5, room=3, drain_s=0.3)
    assert (result.end.due, result.end.unanswered, result.end.dropped, result.end.queued) == (20, 5, 15, 3)
    assert result.latency.infinite == 15
    assert max(backlog.queued for backlog in result.backlog) == 3
    assert any(0 < backlog.dropped <= 12 for backlog in result.backlog)
    assert (result.backlog[-1].queued, result.backlog[-1].dropped) == (0, 15)


def test_requests_open_at_the_stop_are_unanswered(bench) -> None:
    """With users enough, every arrival at a hanging target is a request that got no answer."""
    result = bench.run(one("FastHttpUser", "/hang/1"), profile=profile(20, 1), drain_s=0.3)
    assert result.counts == {("/hang/1", "unanswered"): 20}
    assert result.end.unanswered == 20


def test_a_freeze_shows_in_latency_and_not_in_service_time(bench) -> None:
    """One user, a server that stands still for 400 ms: the one request in flight was slow, 30 others waited for it."""
    bench.target.freeze_at, bench.target.freeze_s = 20, 0.4
    result = bench.run(one("FastHttpUser", "/ok/1"), profile=profile(100, 1), users=1)
    assert result.end.ok == 100
    assert result.service.above(0.1) <= 3
    assert result.latency.above(0.1) >= 20


def test_the_pool_grows_to_what_a_slow_target_needs(bench) -> None:
    """60/s at 300 ms need 18 users and more: nothing is dropped, and nobody waits for a user for long."""
    result = bench.run(one("FastHttpUser", "/slow/1"), profile=profile(60, 1.5), users=90)
    assert (result.end.due, result.end.ok) == (90, 90)
    assert max(health.users for health in result.health) >= 18


def test_wait_times_are_ignored_and_said_so(bench) -> None:
    """Nested task sets with seconds of wait_time still follow the profile, and the run is told once."""
    result = bench.run("""
        from locust import FastHttpUser, TaskSet, SequentialTaskSet, between, constant, task
        class Mine(FastHttpUser):
            wait_time = between(5, 9)
            @task
            class Outer(TaskSet):
                wait_time = constant(7)
                @task
                class Inner(SequentialTaskSet):
                    wait_time = constant(8)
                    @task
                    def a(self): self.client.get("/ok/a")
                    @task
                    def b(self): self.client.get("/ok/b")
                    @task
                    def leave(self): self.interrupt()
    """)
    assert result.end.ok == result.end.due == 50
    assert sum(result.counts.values()) >= 50
    assert [note for note in result.notes if "wait_time" in note] == result.notes
    assert len(result.notes) == 1


def test_a_wait_within_a_task_is_no_gate(bench) -> None:
    """Neither a user's nor that of a task set, nested or not: an iteration is one arrival to its end."""
    result = bench.run("""
        from locust import FastHttpUser, TaskSet, constant, task
        class Mine(FastHttpUser):
            wait_time = constant(7)
            @task
            class Outer(TaskSet):
                @task
                def twice(self):
                    self.client.get("/ok/a")
                    self.wait()
                    self.user.wait()
                    self.client.get("/ok/b")
                @task
                class Inner(TaskSet):
                    @task
                    def twice(self):
                        self.client.get("/ok/a")
                        self.wait()
                        self.client.get("/ok/b")
                        self.interrupt(reschedule=False)
    """)
    assert result.end.ok == result.end.due == 50
    assert result.counts == {("/ok/a", "ok"): 50, ("/ok/b", "ok"): 50}


def test_weights_hold_although_one_class_is_slow(bench) -> None:
    """Each class gets exactly the arrivals that the plan drew for it."""
    result = bench.run(
        """
        from locust import FastHttpUser, HttpUser, task
        class Quick(FastHttpUser):
            weight = 3
            @task
            def go(self): self.client.get("/ok/quick")
        class Slow(HttpUser):
            @task
            def go(self): self.client.get("/slow/slow")
        """,
        profile=profile(80, 1),
        seed=5,
    )
    stage = OpenStage(name="load", rate=80, duration=1)
    drawn = [a.user_class for a in planned_arrivals([stage], [3, 1], random.Random("5:arrivals"))]
    assert result.counts == {("/ok/quick", "ok"): drawn.count(0), ("/slow/slow", "ok"): drawn.count(1)}


def test_only_the_first_request_of_an_iteration_carries_the_intended_start(bench) -> None:
    """A task of a slow and a quick request: the second one is not charged with the first."""
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                self.client.get("/slow/1")
                self.client.get("/ok/2")
        """,
        profile=profile(20, 1),
    )
    assert result.counts == {("/slow/1", "ok"): 20, ("/ok/2", "ok"): 20}
    second = [window for window in result.windows if window.operation == "/ok/2"]
    assert all(window.latency == window.service for window in second)
    assert all(window.start_ns >= 250_000_000 for window in second)


def test_a_custom_client_that_fires_the_event_itself_counts(bench) -> None:
    """Its requests are matched to the user's arrival by greenlet, also from a greenlet that the task spawned."""
    result = bench.run("""
        import time, gevent
        from locust import User, task
        class Mine(User):
            def call(self, name):
                began = time.perf_counter()
                gevent.sleep(0.01)
                took = (time.perf_counter() - began) * 1000
                self.environment.events.request.fire(
                    request_type="RPC", name=name, response_time=took, response_length=3, exception=None, context={})
            @task
            def direct(self):
                self.call("direct")
            @task
            def spawned(self):
                gevent.spawn(self.call, "spawned").join()
    """)
    assert {outcome for _, outcome in result.counts} == {"ok"}
    assert sum(result.counts.values()) == result.end.ok == 50
    assert sum(window.bytes for window in result.windows) == 150
    assert (result.service.quantile(0.5) or 0) >= 0.01


def test_a_task_that_raises_is_an_error_with_its_own_traceback(bench) -> None:
    """The arrival ends as an error, the answer it did not judge as failed; the run hears why, once."""
    result = bench.run("""
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                with self.client.get("/ok/1", catch_response=True) as answer:
                    answer.json()["missing"]
    """)
    assert result.counts == {("/ok/1", "failed"): 50}
    assert (result.end.due, result.end.error) == (50, 50)
    (problem,) = result.problems
    assert "KeyError: 'missing'" in problem
    assert "harness/load" not in problem


@pytest.mark.parametrize("request_", ["", "self.client.get('/ok/1')", "self.client.get('/500/1')"])
def test_an_arrival_whose_task_raises_is_one_error(bench, request_: str) -> None:
    """Once, with its text: where no request of it was an error, the exception is what is counted."""
    result = bench.run(f"""
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                {request_}
                [][0]
    """)
    raised = {} if "500" in request_ else {("(task raised)", "failed"): 50}
    asked = {"/500/1": {("/500/1", "5xx"): 50}, "/ok/1": {("/ok/1", "ok"): 50}}.get(request_[17:-2], {})
    assert result.counts == raised | asked
    assert (result.end.due, result.end.error, result.end.requests) == (50, 50, sum(asked.values()))
    assert sum(one.n for one in result.failures if "list index out of range" in one.text) == sum(raised.values())


def test_a_task_that_raises_is_an_error_in_the_closed_model(bench) -> None:
    """Beside its requests, and without a latency, since nothing was planned."""
    profile = Profile((ClosedStage(name="load", users=2, duration=1),))
    result = bench.run(
        """
        from locust import FastHttpUser, constant, task
        class Mine(FastHttpUser):
            wait_time = constant(0.1)
            @task
            def go(self):
                self.client.get("/ok/1")
                [][0]
        """,
        profile=profile,
    )
    asked, raised = result.counts["/ok/1", "ok"], result.counts["(task raised)", "failed"]
    assert 2 <= raised <= asked <= raised + 2
    assert sum(one.latency.n for one in result.windows if one.operation == "(task raised)") == 0


def test_a_user_that_stops_itself_is_replaced(bench) -> None:
    """Every arrival is still taken and answered."""
    result = bench.run("""
        from locust import FastHttpUser, task
        from locust.exception import StopUser
        class Mine(FastHttpUser):
            @task
            def go(self):
                self.client.get("/ok/1")
                raise StopUser()
    """)
    assert (result.end.due, result.end.ok) == (50, 50)


def test_a_locustfile_that_quits_ends_the_run_early_and_accounted_for(bench) -> None:
    """`runner.quit()` in a task: the run says who ended it, and every due arrival has an end."""
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                self.client.get("/ok/1")
                if self.environment.stats.total.num_requests > 10:
                    self.environment.runner.quit()
        """,
        profile=profile(50, 30),
    )
    assert "locustfile" in result.end.early
    assert accounted(result.end)
    assert result.end.due < 1500


def test_a_run_can_be_stopped_before_its_profile_ends(bench) -> None:
    """Stop ends the arrivals, lets open requests end, and says why it was."""
    asked = []

    def stop_after_a_second(generator, result) -> None:
        if result.health and not asked:
            asked.append(1)
            generator.stop("errors over the limit")

    result = bench.run(one("FastHttpUser", "/slow/1"), profile=profile(50, 60), during=stop_after_a_second)
    assert result.end.early == "errors over the limit"
    assert result.end.due == result.end.ok < 3000


def test_two_workers_make_one_plan_together(bench) -> None:
    """Each sends its half; no arrival is missing or sent twice."""
    ends = [bench.run(one("FastHttpUser", f"/ok/{n}"), worker=n, workers=2).end for n in range(2)]
    assert [end.due for end in ends] == [25, 25]


def test_the_load_process_ends_with_its_run(bench) -> None:
    """End of file on the link, in the middle of a load: the process leaves by itself."""
    generator = bench.start(bench.plan(one("FastHttpUser", "/ok/1"), profile=profile(50, 60)))
    generator.ready(60)
    generator.go(time.monotonic_ns())
    next(generator.messages(30))
    generator.link.close()
    assert generator.peer.wait(20) == 4


def test_each_request_is_kept_where_it_is_asked_for(bench) -> None:
    """As many rows as requests, each with the outcome and latency that its window counts; without `samples` none travels."""
    source = """
from locust import FastHttpUser, task
class Mine(FastHttpUser):
    @task
    def go(self):
        self.client.get("/ok/1", name="ok")
        self.client.get("/500", name="broken")
"""
    profile = Profile((OpenStage(name="load", rate=20, duration=1),))
    kept = bench.run(source, profile=profile, samples=True)
    counted = Counter((operation, outcome) for _, operation, outcome, _ in kept.samples)
    assert counted == kept.counts
    assert counted["broken", "5xx"] == 20
    assert Histogram.of(Counter(bin_of(micros) for *_, micros in kept.samples)) == kept.latency
    assert bench.run(source, profile=profile).samples == []
