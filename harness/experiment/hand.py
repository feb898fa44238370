"""Faults by hand on a Toxiproxy or a target: which server is meant, under whose guard, and in which journal it is told."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.contract import check_limits
from harness.errors import BadInput, EnvironmentFailed
from harness.experiment.opening import REFERENCE
from harness.experiment.scenario_files import find_target
from harness.experiment.workshop import guarded, new_id, owner
from harness.faults import ByHand, Injector, OwnedToxic, Removal, RunClock, ToxiproxyClient, secured
from harness.guard import cache_dir
from harness.model import Edge, Limits, Target
from harness.stack import load_state

__all__ = ["Place", "find_place", "hand_journal", "healed_row", "held_by_hand", "note_by_hand", "read_by_hand"]

_JOURNAL = "faults.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A Toxiproxy and what may be hurt on it. `edges` is None where every proxy is meant by its own name."""

    url: str
    token: str = field(default="", repr=False)
    token_env: str = ""
    edges: Mapping[str, Edge] | None = None
    limits: Limits = field(default_factory=Limits)
    target: str = ""

    def client(self) -> ToxiproxyClient:
        """To be closed by the caller."""
        return ToxiproxyClient(self.url, token=self.token, token_env=self.token_env)


def find_place(*, target: str, toxiproxy: str, environ: Mapping[str, str]) -> Place:
    """The stack of `harness up` for `reference`, a target of harness.yaml, or a server by its URL.

    With neither, the stack of `harness up` where one is up, else 127.0.0.1:8474. Raises BadInput.
    """
    if target and toxiproxy:
        raise BadInput("Both a target and a Toxiproxy were named.", "Leave one of them out.")
    if target and target != REFERENCE:
        return _of(find_target(target, environ))
    if not toxiproxy:
        state = load_state(environ)
        if state is not None and state.alive:
            edges = {name: Edge(name=name, proxy=name, **about) for name, about in state.stack["edges"].items()}
            return Place(url=str(state.stack["toxiproxy_url"]), edges=edges, target=REFERENCE)
        if target:
            raise BadInput("The bundled stack is not up.", "Start it: harness up --detach")
    token = environ.get("TOXIPROXY_AUTH_TOKEN", "")
    name = "TOXIPROXY_AUTH_TOKEN" if token else ""
    return Place(url=toxiproxy or "http://127.0.0.1:8474", token=token, token_env=name)


def _of(target: Target) -> Place:
    if not target.toxiproxy:
        raise BadInput(f"Target `{target.name}` names no Toxiproxy.", "Add `toxiproxy:` and `edges:` to it.")
    check_limits(target, target.toxiproxy)
    return Place(
        url=target.toxiproxy,
        token=target.toxiproxy_token,
        token_env=target.toxiproxy_token_env,
        edges=target.edges,
        limits=target.limits,
        target=target.name,
    )


@contextmanager
def held_by_hand(
    place: Place, environ: Mapping[str, str], *, no_guard: bool, tell: Callable[[str], None]
) -> Iterator[ByHand]:
    """Put faults on, under a guard of their own and, where a `harness guard` watches, a lease. Leaving the block ends them all.

    Raises BadInput, ToxiproxyError, EnvironmentFailed, HealFailed.
    """
    run, who = f"h{new_id()}", owner()
    journal = hand_journal(environ)
    with guarded("fault", environ) as guard, place.client() as client:
        proxies = client.proxies()
        lease = secured(client, guard, owner=who, run=run, no_guard=no_guard, tell=tell)
        edges = place.edges if place.edges is not None else {name: Edge(name=name, proxy=name) for name in proxies}
        injector = Injector(client, guard, edges, run_id=run, owner=who, wall=time.time)
        hand = ByHand(
            injector,
            limits=place.limits,
            clock=RunClock(time.monotonic_ns(), time.monotonic_ns, time.time),
            emit=lambda row: note_by_hand(journal, row),
            who=who,
            origin={"run": run, "toxiproxy": place.url, "host": socket.gethostname(), "pid": os.getpid()},
        )
        try:
            yield hand
        finally:
            try:
                hand.close()
            finally:
                if lease is not None:
                    lease.give_back()


def hand_journal(environ: Mapping[str, str]) -> Path:
    """Where it is told who put what on by hand: one file a user, appended to."""
    return cache_dir(environ) / _JOURNAL


def note_by_hand(journal: Path, row: Mapping[str, object]) -> None:
    """One line, written at once, so that several processes may append. Raises EnvironmentFailed: what is not told is not done."""
    line = json.dumps(dict(row), ensure_ascii=False).encode() + b"\n"
    try:
        journal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, line)
        finally:
            os.close(fd)
    except OSError as error:
        raise EnvironmentFailed(f"{journal} cannot be written: {error.strerror}.", "Free space there.") from error


def read_by_hand(journal: Path) -> list[dict[str, object]]:
    """Its rows, the oldest first; a line that was cut short is passed over."""
    rows = []
    with suppress(FileNotFoundError):
        for line in journal.read_text(errors="replace").splitlines():
            with suppress(ValueError):
                rows.append(json.loads(line))
    return rows


def healed_row(url: str, one: OwnedToxic, removal: Removal) -> dict[str, object]:
    """The row that tells who ended a fault that another process had made."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "event": "removed",
        "fault": one.name.fault,
        "edge": one.proxy,
        "kind": one.kind,
        "describe": f"made by {one.name.owner}",
        "utc": at,
        "who": owner(),
        "by_hand": True,
        "run": one.name.run,
        "toxiproxy": url,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "toxic": one.toxic,
        "how": removal.how,
        "found": removal.found,
    }
