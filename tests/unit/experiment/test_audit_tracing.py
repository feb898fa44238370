"""A broken promise is led back to the request that was made, not to the one that is usual."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.audit import Violation, history_of
from harness.audit.recorder import Recorder
from harness.experiment.audit_stage import Tracing
from harness.experiment.gathered import Gathered
from harness.model import Effect, Exchange, FaultRecord, Load, OpenStage, Outcome, Profile, Scenario, Target

LOAD = Load(locustfile=Path(), profile=Profile((OpenStage(name="calm", rate=1, duration=10),)))
TARGET = Target(
    name="mine", url="http://127.0.0.1:1", headers={"X-Api-Key": "s3cret-value"}, secrets={"s3cret-value": "$SHOP_KEY"}
)


def traced(effect: Effect, key: str, body: bytes) -> tuple[Tracing, Violation]:
    exchange = Exchange(
        operation="change_order",
        method="PUT",
        url="http://127.0.0.1:1/orders/7",
        outcome=Outcome.OK,
        status=200,
        intended_ns=0,
        start_ns=2_000_000_000,
        end_ns=2_100_000_000,
        user="0-1.0",
        request_headers={"x-request-id": "k1", "x-api-key": "s3cret-value"},
        request_body=body,
        headers={},
        body=b"",
    )
    recorder = Recorder([effect])
    recorder.saw(exchange)
    history = history_of("r1", recorder.drain())
    timeline = Scenario(name="s", target=TARGET, load=LOAD).timeline
    tracing = Tracing(Gathered(), timeline, (effect,), history, TARGET)
    return tracing, Violation(signature="lost", message="It is gone.", kind="order", key=key)


@pytest.mark.parametrize(
    ("where", "key", "body", "ends"),
    [
        (
            "header X-Request-Id",
            "k1",
            b'{"a": 1}',
            """-H 'X-Request-Id: k1' --data-raw '{"a": 1}'""",
        ),
        (
            "body /ref",
            "k2",
            b'{"ref": "k2"}',
            """--data-raw '{"ref": "k2"}'""",
        ),
    ],
)
def test_the_curl_line_is_the_request(where: str, key: str, body: bytes, ends: str) -> None:
    """Its method, the target's own credentials by their variable, its key where it stood."""
    tracing, violation = traced(Effect(operation="*", kind="order", key=where), key, body)
    case = tracing.case(violation)
    begins = """curl -X PUT "$BASE/orders/7" -H "X-Api-Key: $SHOP_KEY" -H 'Content-Type: application/json' """
    assert case.curl == begins + ends
    assert (case.operation, case.at_s, case.stage) == ("change_order", 2.0, "calm")
    assert case.steps == ("2.000 s: asked for, told 200 (ok)",)


def test_what_nobody_sent_has_no_request() -> None:
    """Its row was lost with a load process: the kind still says which operation asks for such."""
    tracing, violation = traced(Effect(operation="change_order", kind="order", key="body /ref"), "k9", b"{}")
    assert (tracing.curl(violation), tracing.at(violation)) == ("", None)
    assert tracing.operation(violation) == "change_order"


def charged_at(*seconds: float) -> dict[str, object]:
    times = [datetime.fromtimestamp(1_800_000_000 + at, UTC).isoformat() for at in seconds]
    return {"charges": [{"id": f"c{number}", "key": "k2", "at": at} for number, at in enumerate(times)]}


@pytest.mark.parametrize(
    ("from_s", "to_s", "charges", "under"),
    [
        (1.0, 3.0, (2.9, 3.4), "slow"),  # the second charge came when the network was whole again
        (1.5, 2.05, (2.2, 3.4), "slow"),  # in force as it was asked for, at 2.0 s
        (3.0, 5.0, (2.2, 3.4), "slow"),
        (2.4, 2.6, (2.2, 3.4), ""),  # in between, at no moment that anybody knows of
        (0.5, 1.0, (2.2, 3.4), ""),
        (4.0, 5.0, (2.2, 3.4), ""),
    ],
)
def test_what_was_begun_under_a_fault_happened_under_it(
    from_s: float, to_s: float, charges: tuple[float, ...], under: str
) -> None:
    """A promise is broken between the request and the last of its charges: the last fault of a moment in which something was done counts."""
    tracing, violation = traced(Effect(operation="*", kind="order", key="body /ref"), "k2", b'{"ref": "k2"}')
    told = charged_at(*charges)
    violation = replace(violation, wall=told["charges"][1]["at"], details=told)  # type: ignore[index]
    slow = FaultRecord(
        name="slow", edge="payments", kind="latency", describe="", asked_s=from_s, from_s=from_s, to_s=to_s
    )
    tracing._gathered.zero_unix = 1_800_000_000.0
    tracing._gathered.faults = (slow,)
    case = tracing.case(violation)
    assert (case.at_s, case.stage, case.fault) == (3.4, "calm", under)
    assert [step.partition(":")[0] for step in case.steps] == ["2.000 s", *(f"{at:.3f} s" for at in charges)]
