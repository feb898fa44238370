import json
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest

from harness.load import ENTRY
from harness.model import OpenStage, Profile

pytestmark = pytest.mark.integration
EXPECTED = {
    "ok": {"ok"},
    "plain 404": {"4xx"},
    "500": {"5xx"},
    "failed by verdict": {"failed"},
    "404 is fine": {"ok"},
    "404 is failed": {"failed"},
    "unjudged 404": {"4xx"},
    "reset": {"reset"},
    "closed": {"reset"},
    "half a body": {"reset"},
    "garbage": {"transport"},
    "refused": {"refused"},
    "time-out": {"timeout"},
}
EVERYTHING = """
from locust import FastHttpUser, HttpUser, task
from harness.load.fast import FastUser
class Mine(%(kind)s):
    network_timeout = 0.2
    @task
    def every_way(self):
        get, patience = self.client.get, %(patience)s
        get("/ok/1", name="ok")
        get("/404/1", name="plain 404")
        get("/500/1", name="500")
        with get("/ok/1", name="failed by verdict", catch_response=True) as answer: answer.failure("no")
        with get("/404/1", name="404 is fine", catch_response=True) as answer: answer.success()
        with get("/404/1", name="404 is failed", catch_response=True) as answer: answer.failure("gone")
        with get("/404/1", name="unjudged 404", catch_response=True): pass
        self.client.post("/reset/1", name="reset")
        self.client.post("/close/1", name="closed")
        self.client.post("/half/1", name="half a body")
        self.client.post("/garbage/1", name="garbage")
        get("http://127.0.0.1:%(closed)d/", name="refused")
        self.client.post("/hang/1", name="time-out", **patience)
"""


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("kind", "patience"), [("FastHttpUser", "{}"), ("FastUser", "{}"), ("HttpUser", "dict(timeout=0.2)")]
)
def test_each_way_to_end_is_counted_as_what_it_was(bench, kind, patience) -> None:
    """Status, verdict of the locustfile, reset, close, half a body, garbage, refusal and time-out keep apart, on every client."""
    result = bench.run(
        EVERYTHING % {"kind": kind, "patience": patience, "closed": (closed := closed_port())},
        profile=Profile((OpenStage(name="load", rate=3, duration=1),)),
    )
    found: dict[str, set[str]] = {}
    for operation, outcome in result.counts:
        found.setdefault(operation, set()).add(outcome)
    assert found == EXPECTED
    assert set(result.counts.values()) == {3}
    assert (result.end.due, result.end.error) == (3, 3)
    said = Counter()
    texts = {}
    for one in result.failures:
        said[one.operation, str(one.outcome)] += one.n
        texts.setdefault(one.operation, set()).add(one.text)
    assert said == {key: 3 for key in result.counts if key[1] not in ("ok", "4xx")}
    assert texts["500"] == {"status 500"}
    assert texts["404 is failed"] == {"gone"}
    assert texts["refused"] == {"ConnectionRefusedError: [Errno 111] Connection refused"}
    assert all(len(found) == 1 and not any(str(closed) in text for text in found) for found in texts.values())


OBSERVING = """
import sys
from harness.load.child import leave, serve
from harness.load.link import Link

class Watcher:
    name = "watcher"
    def __init__(self, spec):
        self.rows = [{"spec": dict(spec)}]
    def saw(self, exchange):
        self.rows.append({name: (dict(value) if hasattr(value, "items") else value)
            for name, value in ((n, getattr(exchange, n)) for n in exchange.__dataclass_fields__)})
    def drain(self):
        rows, self.rows = self.rows, []
        return rows

leave(serve(Link.inherited(), lambda spec: [Watcher(spec)]))
"""


@pytest.mark.parametrize("kind", ["FastHttpUser", "FastUser", "HttpUser"])
def test_observers_see_whole_exchanges(bench, tmp_path: Path, kind) -> None:
    """Headers in lower case, both bodies, the stamps, credentials of the plan, and unanswered requests with what was sent."""
    entry = tmp_path / "entry.py"
    entry.write_text(OBSERVING)
    result = bench.run(
        f"""
        import os
        from locust import FastHttpUser, HttpUser, task
        from harness.load.fast import FastUser
        class Mine({kind}):
            @task
            def go(self):
                self.client.post("/ok/1", json={{"a": 1}}, headers={{"X-Token": os.environ["HARNESS_TOKEN"]}})
                self.client.post("/hang/1", json={{"b": 2}}, headers={{"Idempotency-Key": "k-1"}})
        """,
        argv=(sys.executable, str(entry)),
        profile=Profile((OpenStage(name="load", rate=1, duration=1),)),
        headers={"Authorization": "Bearer secret"},
        observers={"colour": "green"},
        drain_s=0.3,
    )
    spec, answered, hanging = result.observed
    assert spec == {"spec": {"colour": "green"}}
    assert (answered["method"], answered["status"], answered["outcome"]) == ("POST", 200, "ok")
    assert json.loads(answered["request_body"]) == {"a": 1}
    assert answered["request_headers"]["authorization"] == "Bearer secret"
    assert answered["request_headers"]["x-token"] == "secret"
    assert answered["headers"]["content-type"] == "application/json"
    assert answered["body"] == b"{}"
    assert answered["url"] == f"{bench.target.url}/ok/1"
    assert 0 <= answered["intended_ns"] <= answered["start_ns"] < answered["end_ns"]
    assert (hanging["outcome"], hanging["status"]) == ("unanswered", 0)
    assert hanging["request_headers"]["idempotency-key"] == "k-1"
    assert json.loads(hanging["request_body"]) == {"b": 2}
    assert hanging["url"] == f"{bench.target.url}/hang/1"
    assert bench.target.seen[0][2]["authorization"] == "Bearer secret"


def test_an_answer_that_leaves_the_effect_open_begins_a_new_process(bench, tmp_path: Path) -> None:
    """After a 5xx the same user is another logical process, as the audit's histories need it."""
    entry = tmp_path / "entry.py"
    entry.write_text(OBSERVING)
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                for path in ("/ok/1", "/500/1", "/ok/2", "/404/1", "/ok/3"):
                    self.client.get(path)
        """,
        argv=(sys.executable, str(entry)),
        profile=Profile((OpenStage(name="load", rate=1, duration=1),)),
    )
    users = [row["user"] for row in result.observed[1:]]
    assert users[0] == users[1] != users[2]
    assert users[2] == users[3] == users[4]


def test_credentials_go_to_the_target_alone(bench) -> None:
    """A request to another host does not carry the plan's headers; one of the target's that has its own keeps it."""
    result = bench.run(
        """
        from locust import FastHttpUser, task
        class Mine(FastHttpUser):
            @task
            def go(self):
                self.client.get("/ok/mine", headers={"authorization": "Bearer own"})
                self.client.get(self.host.replace("127.0.0.1", "localhost") + "/ok/other")
        """,
        profile=Profile((OpenStage(name="load", rate=1, duration=1),)),
        headers={"Authorization": "Bearer secret"},
    )
    assert result.end.ok == 1
    seen = {path: headers.get("authorization") for _, path, headers, _ in bench.target.seen}
    assert seen == {"/ok/mine": "Bearer own", "/ok/other": None}


def test_locusts_own_event_and_statistics_still_work(bench, tmp_path: Path) -> None:
    """Listeners of `events.request`, `test_start`, `spawning_complete`, `quitting` and the user's `on_stop` hear what they hear under plain
    Locust; what cannot mean anything in an open model is told."""
    out = tmp_path / "heard"
    result = bench.run(
        f"""
        from collections import Counter
        from locust import FastHttpUser, events, task
        heard = Counter()
        events.request.add_listener(lambda name, **_: heard.update([name]))
        events.test_start.add_listener(lambda **_: heard.update(["start"]))
        events.spawning_complete.add_listener(lambda user_count, **_: heard.update([f"spawned {{user_count > 0}}"]))
        @events.quitting.add_listener
        def write(environment, **_):
            total = environment.stats.total.num_requests
            spawned = heard["spawned True"], heard["spawned False"]
            open({str(out)!r}, "w").write(f"{{heard['/ok/1']}} {{heard['start']}} {{heard['stop'] > 0}} {{total}} {{spawned}}")
        class Mine(FastHttpUser):
            fixed_count = 1
            @task
            def go(self): self.client.get("/ok/1")
            def on_stop(self): heard.update(["stop"])
        """
    )
    assert result.end.ok == 50
    assert out.read_text() == "50 1 True 50 (1, 0)"
    assert result.notes == ["`fixed_count` of Mine is ignored: arrivals are drawn by weight (open model)."]


@pytest.mark.parametrize("client", ["FastHttpUser", "HttpUser", "FastUser"])
def test_a_generator_without_descriptors_is_told_as_such(bench, client: str) -> None:
    """Its requests fail, and the reason is counted as the generator's, so that the run is not blamed on the target."""
    limited = ("/bin/sh", "-c", 'ulimit -n 40; exec "$@"', "sh", *ENTRY)
    result = bench.run(
        f"""
        from harness.load.fast import FastUser
        from locust import FastHttpUser, HttpUser, task

        class Many({client}):
            @task
            def look(self):
                self.client.get("/slow/1", name="look")
        """,
        argv=limited,
        profile=Profile((OpenStage(name="load", rate=200, duration=1),)),
        users=80,
    )
    failed = sum(n for (_, outcome), n in result.counts.items() if outcome != "ok")
    assert 0 < result.health[-1].no_descriptors <= failed
    assert result.end.due == 200
