"""A process with a FastSession, for tests: Locust would patch the test's own. One JSON order a line in, one JSON report a line out."""

import json
import sys

import gevent

from harness.load.fast import Answer, FastSession, tls_context

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


for line in sys.stdin:
    try:
        said = {"answers": perform(json.loads(line))}
    except Exception as error:  # noqa: BLE001 # the test wants to know
        said = {"raised": f"{type(error).__name__}: {error}"}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
