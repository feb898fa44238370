"""A process with a FastSession, for tests: Locust would patch the test's own. One JSON order a line in, one JSON report a line out."""

import json
import sys
from collections import deque

import gevent
import locust.env

from harness.load.fast import Answer, FastSession, Statistics, tls_context
from harness.load.fast.prepared import Prepared

SESSIONS: dict[str, FastSession] = {}


def session(order: dict) -> FastSession:
    """The one of that name, made by the first order that names it."""
    name = order["session"]
    if name not in SESSIONS:
        ca = order.get("ca")
        SESSIONS[name] = FastSession(
            order["base"],
            network_timeout=order.get("patience", 5.0),
            connection_timeout=5.0,
            ssl_context_factory=(lambda: tls_context(False, ca)) if ca else None,
            insecure=order.get("insecure", True),
        )
        if "aim" in order:
            SESSIONS[name].aim(order["aim"])
    return SESSIONS[name]


def report(answer: Answer) -> dict:
    """All that a test may ask of an answer."""
    return {
        "status": answer.status_code,
        "ok": answer.ok,
        "url": answer.url,
        "text": answer.text,
        "size": len(answer.content) if answer.content is not None else None,
        "headers": dict(answer.headers.items()) if answer.headers is not None else None,
        "cookies": answer.cookies,
        "error": type(answer.error).__name__ if answer.error else None,
        "said": str(answer.error or ""),
        "elapsed": answer.elapsed.total_seconds(),
        "hops": [one.status_code for one in answer.history],
    }


def perform(order: dict) -> list[dict]:
    """One request, or several at once."""
    client = session(order)
    calls = [(order["method"], path, order.get("options", {})) for path in order["paths"]]
    return [report(greenlet.get()) for greenlet in [gevent.spawn(client.request, m, p, **o) for m, p, o in calls]]


class Told:
    """A watch that remembers what it was told. `rests` says before which requests a turn does not begin at once, and how long it takes, s."""

    def __init__(self, rests: dict[str, float]) -> None:
        self.rows: list[list] = []
        self.rests = rests
        self.looks = True
        self.began = 0
        self.timer: gevent.Greenlet | None = None

    def start(self, request: Prepared, name: str) -> str:
        return f"{request.method} {name}"

    def answered(self, call: str, answer: Answer) -> None:
        raise NotImplementedError

    def end(self, call: str, answer: Answer, error: BaseException | None, length: int) -> None:
        text = answer.text if answer.content is not None else None
        self.rows.append([call, answer.status_code, text, type(error).__name__ if error else None, length])

    def abandon(self, call: str, error: BaseException) -> None:
        self.rows.append([call, "abandoned", type(error).__name__])

    def forward(self, meta: dict) -> None:
        self.event.fire(**meta)

    def begins(self, waiter: object) -> bool:
        self.began += 1
        rest = self.rests.get(str(self.began))
        if rest is None:
            return True
        self.timer = gevent.spawn_later(rest, waiter.go)
        return False

    def wait_no_more(self) -> bool:
        self.timer.kill()
        return True


def stream(order: dict) -> list[list]:
    """Requests, each the next one's turn, in the loop as far as possible, or each by itself (`plainly`); killed after `killed` s if that is given."""
    client = session(order)
    client.watch = client.turns = told = Told(order.get("rests", {}))
    environment = locust.env.Environment()
    environment.create_local_runner()
    client._statistics = Statistics.of(environment)
    client.request_event = told.event = environment.events.request
    if order.get("listens"):
        environment.events.request.add_listener(lambda **_: None)
    left = deque(client.prepare(m, p, name=p, data=b or None) for m, p, b in order["stream"])
    woken = 0

    def follow() -> None:
        nonlocal woken
        while left:
            woken += 1
            if order.get("plainly"):
                client.send(left.popleft())
            else:
                client.stream(left.popleft(), lambda: left.popleft() if left else None)

    greenlet = gevent.spawn(follow)
    if "killed" in order:
        greenlet.join(order["killed"])
        greenlet.kill()
    greenlet.get()
    client._statistics.flush()
    return [*told.rows, woken, environment.stats.total.num_requests]


for line in sys.stdin:
    try:
        order = json.loads(line)
        said = {"answers": stream(order) if "stream" in order else perform(order)}
    except Exception as error:  # noqa: BLE001 # the test wants to know
        said = {"raised": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
