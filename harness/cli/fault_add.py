"""`harness fault add`: hold a fault here until its end, or have a process in the background hold it."""

from __future__ import annotations

import json as _json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from harness.cli.terminal import note, out, say_json
from harness.cli.toxiproxies import refuse_no_url
from harness.errors import BadInput, EnvironmentFailed, HarnessError
from harness.model import Disturbance
from harness.model.quantity import parse_duration

if TYPE_CHECKING:
    from harness.experiment.hand import Place
    from harness.faults import ByHand, Held

LOOK_S = 0.5  # how often the holder looks whether somebody else ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed, read. `words` is how it was typed."""

    edge: str
    disturbance: Disturbance
    duration: float
    name: str
    words: tuple[str, ...]


def read(edge: str, kind: str, values: Sequence[str], duration: str, name: str) -> Asked:
    """Raises BadInput with what to write instead."""
    from harness.faults import parse

    if not duration:
        raise BadInput("A fault needs an end.", "Say how long: --for 30s")
    pairs = [value.partition("=") for value in values]
    for key, equals, _ in pairs:
        if not equals:
            raise BadInput(f"`{key}` is no KEY=VALUE.", "Write it as delay=500ms.")
    try:
        seconds = parse_duration(duration)
    except ValueError as error:
        raise BadInput(f"--for: {error}.") from error
    try:
        disturbance = parse(kind, {key: value for key, _, value in pairs})
    except ValueError as error:
        raise BadInput(f"{error}".removesuffix("?") + ("?" if f"{error}".endswith("?") else ".")) from error
    words = (edge, kind, *values, "--for", duration, *(("--name", name) if name else ()))
    return Asked(edge=edge, disturbance=disturbance, duration=seconds, name=name, words=words)


def place_of(toxiproxy: str, target: str) -> Place:
    """Raises BadInput."""
    from harness.experiment.hand import find_place

    if toxiproxy:
        refuse_no_url(toxiproxy)
    return find_place(target=target, toxiproxy=toxiproxy, environ=os.environ)


def in_foreground(asked: Asked, place: Place, *, no_guard: bool, ready_fd: int, json: bool) -> None:
    """Hold it here; Ctrl-C ends it. Exit code 0 where it lasted, 2 where somebody ended it before."""
    from harness.experiment.hand import held_by_hand

    with held_by_hand(place, os.environ, no_guard=no_guard, tell=note) as hand:
        held = hand.add(asked.edge, asked.disturbance, asked.duration, name=asked.name)
        _say_ready(ready_fd, _document(held, place))
        note(f"In force: {_line(held)}. Ctrl-C ends it now.")
        with place.client() as client:
            while not hand.wait(held.name, LOOK_S):
                with suppress(
                    HarnessError
                ):  # a server that does not answer is the timer's and the guard's to deal with
                    if held.made.toxic not in client.toxics(held.made.proxy):
                        _end_early(hand, held.name)
    (record,) = hand.records
    if json:
        say_json({**_document(held, place), "lasted": record.in_force is not False, "evidence": record.evidence})
    else:
        out.print(f"ended: {held.name} on {held.made.fault.edge}", markup=False)
    if record.in_force is False:
        note(record.evidence)
        raise typer.Exit(2)


def _end_early(hand: ByHand, name: str) -> None:
    with suppress(BadInput):  # it ended by itself in this moment
        hand.heal(name)


def in_background(asked: Asked, place: Place, *, no_guard: bool, json: bool) -> None:
    """Start a process that holds it in a session of its own, and come back once it is in force. Raises what that one says."""
    readable, writable = os.pipe()
    where = ("--target", place.target) if place.target else ("--toxiproxy", place.url)
    argv = [sys.executable, "-m", "harness.cli", "fault", "add", *where, "--ready-fd", str(writable)]
    argv += [*(("--no-guard",) if no_guard else ()), *asked.words]
    with os.fdopen(readable) as ready, tempfile.TemporaryFile("w+") as said:
        try:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                pass_fds=(writable,),
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentFailed(f"The process in the background could not be started: {error}.") from error
        finally:
            os.close(writable)
        line = ready.readline()  # the end of the file where it ended before the fault was in force
        if not line:
            code = process.wait()
            said.seek(0)
            what = said.read().strip().removeprefix("harness: ")
            raise (BadInput if code == BadInput.exit_code else EnvironmentFailed)(what or f"It ended with {code}.")
    document = _json.loads(line)
    if json:
        say_json({**document, "holder": process.pid})
    else:
        out.print(f"in force: {document['fault']} on {document['edge']} until {document['until']}", markup=False)
        note(f"Process {process.pid} ends it then. To end it now: harness fault rm {document['toxic']}")


def _say_ready(fd: int, document: dict[str, Any]) -> None:
    """Tell who waits for it, if anybody does."""
    if fd >= 0:
        with os.fdopen(fd, "w") as ready, suppress(BrokenPipeError):
            ready.write(_json.dumps(document) + "\n")


def _document(held: Held, place: Place) -> dict[str, Any]:
    fault = held.made.fault
    return {
        "fault": fault.name,
        "edge": fault.edge,
        "proxy": held.made.proxy,
        "toxic": held.made.toxic,
        "kind": fault.disturbance.kind,
        "describe": fault.disturbance.describe(),
        "toxiproxy": place.url,
        "until": datetime.fromtimestamp(held.deadline, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def _line(held: Held) -> str:
    fault = held.made.fault
    left = f"for {fault.duration:g} s"
    return f"{fault.disturbance.kind} on {fault.edge} ({fault.disturbance.describe()}), {left}, as {held.made.toxic}"
