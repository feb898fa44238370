"""What the passive oracle costs an answer, in CPU time of the thread that sends the load: `make bench-contract`.

Good answers of several real documents: each body new (parsed and validated), each body seen before, the first fifty of each kind (whose
parameters and fields are looked at, too: bounded, so it is told beside the target), and what Schemathesis takes for the same four checks.
The best of five rounds counts: a neighbour on the core makes a round slower, never faster. Not a test: nothing is asserted.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import requests
import schemathesis

from harness.contract import Description, Oracle, OracleSpec, parse_description
from harness.contract.oracle import LOOKS
from harness.model import Exchange
from tests.integration.contract.answers import Answer, answers, exchange_of
from tests.integration.contract.test_oracle_agrees import DOCUMENTS, ROOT, theirs

WANTED = 2000
ROUNDS = 5
PEER = 200
TARGET_US = 15.0
PAGES = "contracts/openapi.json, pages"
RATE = 10_000
NEW, SEEN, FIRST = "new", "seen", "first"


def main() -> None:
    """A table on stdout."""
    say(
        f"{'document':<34}{'body, mean':>12}{'new body':>12}{'seen before':>13}{'first 50':>12}{'Schemathesis':>14}{f'CPU at {RATE:,}/s':>18}"
    )
    news = []
    for name in (*DOCUMENTS, PAGES):
        raw = (ROOT / name.partition(",")[0]).read_bytes()
        description = parse_description(raw, source=name, target_url="http://127.0.0.1:1")
        good = [_page(number) for number in range(WANTED)] if name == PAGES else _good(description)
        exchanges = [_exchange(description, answer) for answer in good]
        new, seen, first = (
            min(_per_answer(description, exchanges, before) for _ in range(ROUNDS)) for before in (NEW, SEEN, FIRST)
        )
        peer = _peer(description, good[:PEER])
        size = statistics.mean(len(answer.body) for answer in good)
        news.append(new)
        costs = (
            f"{size:>10.0f} B{new:>9.1f} us{seen:>10.1f} us{first:>9.1f} us{peer:>11.0f} us{new * RATE / 1e4:>16.1f} %"
        )
        say(f"{name:<34}{costs}")
    say(
        f"target: at most {TARGET_US:g} us, {TARGET_US * RATE / 1e4:g} % of a core; worst seen here: {max(news):.1f} us"
    )


def say(line: str) -> None:
    """At once, for whoever waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _page(number: int) -> Answer:
    """A page of 20 items, as a shop's clients read it all day: 1.2 kB."""
    items = [{"id": f"kettle-{number}-{place}", "name": "Kettle", "price": 3900 + number} for place in range(20)]
    body = json.dumps({"items": items, "next": None}).encode()
    headers = {"content-type": "application/json", "x-request-id": str(number)}
    return Answer(method="GET", path="/v1/items", status=200, headers=headers, body=body)


def _good(description: Description) -> list[Answer]:
    """Of a healthy service: what the oracle has nothing to say about, each body once."""
    oracle, found, bodies = Oracle(OracleSpec.of(description)), [], set()
    for answer in answers(description.document, 100_000, seed=3):
        if answer.body in bodies or answer.status >= 500:
            continue
        oracle.saw(_exchange(description, answer))
        if not any(row["kind"] == "finding" for row in oracle.drain()):
            found.append(answer)
            bodies.add(answer.body)
        if len(found) == WANTED:
            break
    return found


def _exchange(description: Description, answer: Answer) -> Exchange:
    path = re.sub(r"\{[^}]*\}", "1", description.base_path + answer.path)
    operation = description.operations.match(answer.method, path)
    return exchange_of(answer, f"http://127.0.0.1:1{path}", operation.name if operation else "")


def _per_answer(description: Description, exchanges: list[Exchange], before: str) -> float:
    """Every kind of answer is compiled before: that happens once a run. A body with a space more is a new one."""
    oracle = Oracle(OracleSpec.of(description))
    kinds: dict[tuple[str, int, str], list[Exchange]] = {}
    for one in exchanges:
        kinds.setdefault((one.operation, one.status, one.headers.get("content-type", "")), []).append(one)
    for one, *_ in kinds.values():
        for number in range(1 if before == FIRST else LOOKS):
            oracle.saw(replace(one, body=one.body + b" " * (number + 1)))
    for one in exchanges if before == SEEN else ():
        oracle.saw(one)
    timed = [one for kind in kinds.values() for one in kind[: LOOKS - 1]] if before == FIRST else exchanges
    started = time.thread_time_ns()
    for one in timed:
        oracle.saw(one)
    return (time.thread_time_ns() - started) / len(timed) / 1000


def _peer(description: Description, good: list[Answer]) -> float:
    schema = schemathesis.openapi.from_dict(dict(description.document))
    schema.config.update(base_url="http://127.0.0.1:1")
    operations = {(one.ok().method.upper(), one.ok().path): one.ok() for one in schema.get_all_operations()}
    sent = requests.Request("GET", "http://127.0.0.1:1/").prepare()
    for answer in good:
        theirs(operations[(answer.method, answer.path)], answer, sent)
    started = time.thread_time_ns()
    for answer in good:
        theirs(operations[(answer.method, answer.path)], answer, sent)
    return (time.thread_time_ns() - started) / len(good) / 1000


if __name__ == "__main__":
    main()
