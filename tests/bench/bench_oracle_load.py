"""What the passive oracle costs a load process that sends 10,000 requests a second: part of `make bench-contract`. Not a test.

Open model, one process, of an ordinary locustfile and of `requests:`, beside a server whose every body is new, so that each answer is parsed and
validated. Processor time of the load process per second of load, without and with the oracle, in turns; the least of the rounds counts, for a
neighbour only adds.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from bench_parts import generators, say, server  # noqa: E402

from harness.contract import OracleSpec, parse_description  # noqa: E402
from harness.experiment.load_stage import ENTRY  # noqa: E402
from harness.load import Health, Observed, Windows  # noqa: E402
from harness.model import OpenStage, Profile  # noqa: E402
from harness.model.call import Call, Variant  # noqa: E402

RATE, SECONDS, ROUNDS, TARGET = 10_000, 8, 3, 0.15
ITEM = {
    "type": "object",
    "required": ["id", "name", "price_cents", "stock", "updated_at"],
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "name": {"type": "string", "maxLength": 100},
        "price_cents": {"type": "integer", "minimum": 0},
        "stock": {"type": "integer", "minimum": 0},
        "updated_at": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": False,
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "fresh", "version": "1"},
    "paths": {
        "/fresh/{id}": {
            "get": {
                "operationId": "look",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "An item", "content": {"application/json": {"schema": ITEM}}}},
            }
        }
    },
}


LOOK = Call(name="GET /fresh/{id}", method="GET", variants=(Variant(path="/fresh/1"),))
LOCUSTFILE = """
from locust import task
from harness.load.fast import FastUser

class Customer(FastUser):
    @task
    def look(self):
        self.client.get("/fresh/1")
"""


def main() -> None:
    """A line on stdout for each round, and one for all of a kind."""
    for what, source in (("an ordinary locustfile (FastUser)", LOCUSTFILE), ("`requests:`", LOOK)):
        without, judged = [], []
        with tempfile.TemporaryDirectory() as place:
            for turn in range(ROUNDS):
                without.append(cost(source, Path(place), judging=False))
                judged.append(cost(source, Path(place), judging=True))
                say(f"round {turn + 1}: {without[-1]:.1%} of a core without the oracle, {judged[-1]:.1%} with it")
        more = min(judged) - min(without)
        say(
            f"{what} at {RATE:,}/s: the oracle takes {more / RATE * 1e6:.1f} us an answer, {more:.1%} of a core and "
            f"{more / min(judged):.1%} of the process's time (asked for: at most {TARGET:.0%})"
        )


def cost(source: str | Call, folder: Path, *, judging: bool) -> float:
    """Seconds of processor time that one second of load takes."""
    stage = OpenStage(name="bench", rate=RATE, duration=SECONDS)
    answered, judged, late = 0, 0, 0.0
    with server("trivial_server.py", "0") as (url, _):
        description = parse_description(json.dumps(DOCUMENT).encode(), source="fresh.json", target_url=url)
        observers = {"oracle": OracleSpec.of(description).to_row()} if judging else {}
        operations = tuple(description.operations)
        plan = {"observers": observers, "operations": operations}
        with generators(source, url, folder, Profile((stage,)), entry=ENTRY, **plan) as made:
            began = cpu_seconds(made.pids[0])
            took = began
            while not made.ended:
                for _, message in made.messages(1):
                    if isinstance(message, Windows):
                        answered += sum(one.latency.n for one in message.rows)
                        took = max(took, cpu_seconds(made.pids[0]))
                    elif isinstance(message, Observed):
                        judged += sum(row["n"] for row in message.rows if row["kind"] == "seen")
                    elif isinstance(message, Health) and message.due:
                        late = message.late / message.due
    say(f"  {answered} answers, {judged} judged, {late:.1%} late")
    return (took - began) / SECONDS


def cpu_seconds(pid: int) -> float:
    """Of one process so far; what it had when it was last seen once it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
