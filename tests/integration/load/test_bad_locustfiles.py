import pytest

from harness.errors import BadInput, EnvironmentFailed, ServiceDied
from harness.load import load_checks
from harness.model import ClosedStage, OpenStage, Profile, Verdict

pytestmark = pytest.mark.integration
OPEN = Profile((OpenStage(name="load", rate=10, duration=1),))
CLOSED = Profile((ClosedStage(name="load", users=3, duration=1),))
GOOD = "from locust import HttpUser, task\nclass Mine(HttpUser):\n    @task\n    def go(self): pass\n"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import no_such_module_here\n", "ModuleNotFoundError"),
        ("def broken(:\n", "SyntaxError"),
        ("raise SystemExit('not today')\n", "not today"),
        ("x = 1\n", "has no user class"),
        ("from locust import HttpUser\nclass Mine(HttpUser): pass\n", "has no task"),
        (GOOD + "    def __init__(self, e):\n        super().__init__(e)\n        self.x = {}['gone']\n", "KeyError"),
        (GOOD + "    def on_start(self):\n        raise RuntimeError('no login')\n", "no login"),
        (
            GOOD + "    def on_start(self):\n        from locust.exception import StopUser\n        raise StopUser()\n",
            "stopped itself",
        ),
    ],
    ids=["import", "syntax", "exit", "no user", "no task", "__init__", "on_start", "StopUser"],
)
@pytest.mark.parametrize("profile", [OPEN, CLOSED], ids=["open", "closed"])
def test_a_locustfile_that_cannot_be_used_says_why_and_no_more(bench, profile, source, says) -> None:
    """Exit code 3 with the author's own traceback, before anything is sent."""
    with bench.start(bench.plan(source, profile=profile)) as generator, pytest.raises(BadInput) as caught:
        generator.ready(60)
    assert says in str(caught.value)
    assert "harness/load" not in str(caught.value)
    assert "site-packages" not in str(caught.value)
    assert not bench.target.seen


@pytest.mark.parametrize("spawn_rate", [None, 20.0], ids=["at once", "by and by"])
def test_a_user_of_the_closed_model_that_cannot_begin_is_missed(bench, spawn_rate) -> None:
    """Nobody replaces it, so the load was less than planned: unknown, with the locustfile's own words."""
    source = GOOD.replace("pass", "self.client.get('/ok/items/1')") + (
        "    wait_time = lambda self: 0.05\n"
        "    made = 0\n"
        "    def on_start(self):\n"
        "        Mine.made += 1\n"
        "        if Mine.made in (3, 5): {}['token']\n"
    )
    stages = (
        ClosedStage(name="few", users=2, duration=0.5),
        ClosedStage(name="more", users=6, duration=1, spawn_rate=spawn_rate),
    )
    result = bench.run(source, profile=Profile(stages))
    assert result.finished.unstarted == 2
    (check,) = (one for one in load_checks([result.health], [result.finished]) if one.name == "users")
    assert check.verdict is Verdict.UNKNOWN
    assert "KeyError: 'token'" in check.why


def test_a_first_user_that_cannot_begin_is_told_where_nobody_waits_for_it(bench) -> None:
    """With a spawn rate users come after zero: the run goes on without the first, and says so."""
    source = GOOD + "    def on_start(self):\n        raise RuntimeError('no login')\n"
    profile = Profile((ClosedStage(name="load", users=3, duration=1, spawn_rate=10.0),))
    result = bench.run(source, profile=profile)
    assert result.finished.unstarted == 3
    assert any("no login" in problem for problem in result.problems)


def test_a_class_or_tag_that_is_not_there_is_bad_input(bench) -> None:
    """The nearest spelling stands in the message."""
    with bench.start(bench.plan(GOOD, user_classes=("Mien",))) as generator, pytest.raises(BadInput, match="`Mine`"):
        generator.ready(60)
    with bench.start(bench.plan(GOOD, tags=("slow",))) as generator, pytest.raises(BadInput, match="after the tags"):
        generator.ready(60)


def test_users_that_never_get_ready_are_an_error_in_time(bench) -> None:
    """An on_start that hangs does not hang the run."""
    source = GOOD + "    def on_start(self): self.client.get('/hang/1')\n"
    with bench.start(bench.plan(source)) as generator:
        with pytest.raises(EnvironmentFailed, match="on_start"):
            generator.ready(3)
        generator.kill()


def test_a_load_process_that_dies_is_noticed_with_its_log(bench) -> None:
    """The end of its log stands in the message; nothing waits for it."""
    source = "import os\nprint('about to leave', flush=True)\nos._exit(7)\n"
    with (
        bench.start(bench.plan(source)) as generator,
        pytest.raises(ServiceDied, match=r"exit code 7(.|\n)*about to leave"),
    ):
        generator.ready(60)


def test_an_on_start_that_fails_later_costs_arrivals_but_not_the_run(bench) -> None:
    """When the pool must grow and cannot, the run goes on, says why, and accounts for every arrival."""
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            count = 0
            def on_start(self):
                Mine.count += 1
                if Mine.count > 7:
                    raise RuntimeError("too many sessions")
            @task
            def go(self): self.client.get("/slow/1")
        """,
        profile=Profile((OpenStage(name="load", rate=10, duration=3),)),
    )
    end = result.end
    assert end.due == 30 == end.ok + end.error + end.dropped + end.unanswered
    assert all("too many sessions" in problem for problem in result.problems)


JUDGES = """
from locust import FastHttpUser, events, task
@events.quitting.add_listener
def judge(environment, **_):
    %s
class Mine(FastHttpUser):
    @task
    def go(self): self.client.get("/ok/1")
"""


@pytest.mark.parametrize("profile", [OPEN, CLOSED], ids=["open", "closed"])
def test_a_locustfile_that_judges_the_run_is_heard(bench, profile) -> None:
    """Locust's way to fail a run: its figures are there when it looks, and what it wants is told."""
    result = bench.run(
        JUDGES % "environment.process_exit_code = 3 if environment.stats.total.num_requests else 4", profile=profile
    )
    assert (result.end.exit_code, result.end.unheard, result.problems) == (3, "", [])


def test_a_judge_that_raises_has_not_judged(bench) -> None:
    """Locust logs it and goes on: the run hears why, and cannot be trusted."""
    result = bench.run(JUDGES % "environment.stats.total.no_such_figure", profile=OPEN)
    assert "AttributeError" in result.end.unheard
    assert "no_such_figure" in result.end.unheard
    (problem,) = result.problems
    assert "in judge" in problem
    assert "site-packages" not in problem
    (check,) = [c for c in load_checks([result.health], [result.end]) if c.name == "the locustfile's listeners"]
    assert check.verdict is Verdict.UNKNOWN
