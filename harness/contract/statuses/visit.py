"""Asks for every documented status that was not met: request by request, then in a burst, then, where it may, without what the service needs.

And asks as a stranger for what the target's own login made.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.contract.coverage import coverage, documented_statuses, written_as
from harness.contract.description import GRAPHQL, Description, resolve
from harness.contract.links import links_into
from harness.contract.statuses.burst import SECONDS, TOO_MANY, burst
from harness.contract.statuses.send import Heard, Judge, Sender
from harness.contract.statuses.strangers import Door, doors, knock
from harness.contract.statuses.ways import PROVOKED, Scene, Way, statuses_of, ways, why_not
from harness.contract.statuses.witness import GOOD, Request, Witness, Witnesses
from harness.model.operation import Operation
from harness.model.sensitive import is_sensitive_header
from harness.model.target import Target

UNAVAILABLE = 503
SINGLE_SHARE = 0.6  # of the time, for single requests, where a burst or an outage is to follow
OUTAGE_S = 6.0  # at most, for one edge
UNHURT = 4  # operations without a 503, after which an edge is taken for one that they do not need
BURST_S = 2.5  # kept for the burst
_HEALED_EVERY_S = 0.1
Documented = tuple[str, str]


class Outage(Protocol):
    """Who may take away what the service needs. `edges` are those that may be hurt; `why_none` says why, where there are none."""

    edges: tuple[str, ...]
    why_none: str

    def down(self, edge: str, seconds: float) -> AbstractContextManager[None]:
        """The edge is down within the block, and for so many seconds at most."""


class NoOutage:
    """Nobody may."""

    edges: tuple[str, ...] = ()
    why_none = "needs a fault behind the service, which a check puts on the bundled one alone; see `harness run`"

    def down(self, edge: str, seconds: float) -> AbstractContextManager[None]:  # noqa: ARG002  the port's
        """Never asked for."""
        return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`why` says of each `operation status` that stays unseen what it would take; `cases` were sent, in so many seconds.

    `refused` names operations that refused every stranger; `unasked` says why others could not be asked.
    """

    heard: Heard = field(default_factory=Heard)
    why: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    unasked: Mapping[str, str] = field(default_factory=dict)
    cases: int = 0
    seconds: float = 0.0


def visit(
    target: Target,
    description: Description,
    chosen: Sequence[Operation],
    witnesses: Witnesses,
    rows: Iterable[Mapping[str, Any]],
    *,
    seconds: float,
    timeout_s: float,
    reads_only: bool,
    outage: Outage | None = None,
    tell: Callable[[Heard], None] = lambda _: None,
    made: Callable[[str], bool] = lambda _: True,
) -> Visit:
    """Ask for what `rows` (as the fuzzer told them) do not hold, within so many seconds. Only operations of `chosen` are sent. `tell` hears what
    was heard as it comes; one that raises ends it. `made` says which checks are to be made."""
    if description.kind == GRAPHQL or not chosen:
        return Visit()
    began = time.monotonic()
    judge = Judge(description, target.secrets, made)
    with Sender(target, judge, timeout_s=timeout_s, until=began + seconds) as sender:
        round_ = _Round(target, description, chosen, witnesses, rows, sender, reads_only=reads_only, tell=tell)
        round_.make_anew()
        round_.single(seconds)
        round_.strangers()
        round_.outage(outage or NoOutage())
        round_.burst()
        return Visit(
            heard=sender.heard,
            why=round_.reasons(),
            refused=tuple(round_.refused),
            unasked=round_.unasked,
            cases=sender.heard.sent,
            seconds=time.monotonic() - began,
        )


class _Round:
    """What is still to be seen, and the means to see it."""

    def __init__(
        self,
        target: Target,
        description: Description,
        chosen: Sequence[Operation],
        witnesses: Witnesses,
        rows: Iterable[Mapping[str, Any]],
        sender: Sender,
        *,
        reads_only: bool,
        tell: Callable[[Heard], None],
    ) -> None:
        self._tell = tell
        self._target, self._known, self._sender = target, witnesses, sender
        self._documented = documented_statuses(description)
        self._scenes = _scenes(target, description, chosen, witnesses, reads_only=reads_only)
        known = coverage(description, rows)
        self._open: dict[Documented, None] = dict.fromkeys(
            (name, written)
            for name in self._scenes
            for written in self._documented[name]
            if (name, written) not in known.statuses_seen
        )
        self._why: dict[Documented, str] = {}
        self._noted = 0
        self.refused: list[str] = []
        self.unasked: dict[str, str] = {}

    def reasons(self) -> dict[str, str]:
        """`operation status` -> why it was not seen."""
        found: dict[str, str] = {}
        for name, written in self._open:
            status = next(iter(statuses_of(written)))
            why = self._why.get((name, written)) or why_not(status, self._scenes[name])
            found[f"{name} {written}"] = why
        return found

    def make_anew(self) -> None:
        """One more of each thing that others act on, by links: what was made before may be spent, and this one has time to change its state."""
        sources = {
            taken.call: None
            for name, written in self._open
            if written == "409"
            for taken in self._scenes[name].links.values()
        }
        for name in sources:
            scene = self._scenes.get(name)
            good = self._known.good(name)
            if scene is not None and good and not scene.reads:
                request = scene.again(good[0])
                answer = self._sender.send(request)
                if answer is not None and answer.status in GOOD:
                    self._known.add(Witness(request=request, answer=answer), first=True)
        self._note()

    def single(self, seconds: float) -> None:
        """What one request, or two, can bring; those that serve first, for others build on them; conflicts last."""
        share = SINGLE_SHARE if any(_is(written, status) for _, written in self._open for status in PROVOKED) else 1.0
        keep_s = seconds * (1 - share)
        for name, written in sorted(self._open, key=lambda one: (one[1][:1] != "2", one[1] == "409")):
            for status in statuses_of(written):
                if (name, written) in self._open and status not in PROVOKED:
                    self._try((name, written), status, keep_s)

    def _try(self, wanted: Documented, status: int, keep_s: float) -> None:
        for way in ways(status, self._scenes[wanted[0]]):
            if self._sender.left_s <= keep_s:
                self._why.setdefault(wanted, "the time was up")
                return
            self._follow(way)
            if wanted not in self._open:
                return

    def _follow(self, way: Way) -> None:
        try:
            request = next(way)
            while True:
                request = way.send(self._ask(request))
        except StopIteration:
            return

    def _ask(self, request: Request, under: str = "") -> Any:
        answer = self._sender.send(request, under=under)
        if answer is not None:
            self._known.add(Witness(request=request, answer=answer, valid=answer.status in GOOD))
        self._note()
        return answer

    def _note(self) -> None:
        for row in self._sender.heard.rows[self._noted :]:
            if row["kind"] == "seen":
                name = str(row["operation"])
                self._open.pop((name, written_as(int(row["status"]), self._documented.get(name, ())) or ""), None)
        self._noted = len(self._sender.heard.rows)
        self._tell(self._sender.heard)

    def strangers(self) -> None:
        """Reads first: a stranger who is let in by a write may leave nothing to read."""
        for scene in sorted(self._scenes.values(), key=lambda one: not one.reads):
            door, why = doors(scene, self._scenes) if self._target.strangers else (None, "")
            if why:
                self.unasked[scene.operation.name] = why
            if door is not None:
                self._knock(door, scene)

    def _knock(self, door: Door, scene: Scene) -> None:
        name, refused = scene.operation.name, True
        for who in self._target.strangers:
            found = knock(door, who, self._target, scene.credentials, self._sender.ask)
            if found.why:
                self.unasked[name] = found.why if self._sender.left_s > 0 else "the time was up"
            refused = refused and not found.why and not found.granted
            self._sender.take(door, who, found)
            self._tell(self._sender.heard)
        if refused:
            self.refused.append(name)

    def burst(self) -> None:
        """Too many requests, where that is documented: of the target's other identities first, for some have smaller limits."""
        wanted = [one for one in self._open if _is(one[1], TOO_MANY)]
        why = self._no_burst()
        for one in wanted:
            if why or not self._scenes[one[0]].harmless():
                self._why[one] = why or "needs a burst of requests that change nothing, and none is known"
        asking = [one for one in wanted if one not in self._why]
        for login in (*self._target.identities.values(), None):
            asking = [one for one in asking if one in self._open]
            if asking and self._sender.left_s > 0:
                self._burst_as(login, asking)

    def _no_burst(self) -> str:
        rate = self._target.limits.rate
        return f"needs a burst, and `limits.rate` allows {rate:g}/s" if rate else ""

    def _burst_as(self, login: Mapping[str, str] | None, asking: list[Documented]) -> None:
        """`login` is somebody else's headers; None leaves the target's own."""
        requests = []
        for name, _ in asking:
            scene = self._scenes[name]
            request = scene.harmless()[0].request
            requests.append(request if login is None else scene.without_login(request).with_headers(dict(login)))
        done = burst(self._target, requests, seconds=min(SECONDS, self._sender.left_s))
        self._sender.heard.sent += done.sent
        for request, answer in done.answers:
            self._sender.judge(request, answer, under=f"in a burst of {done.rate:.0f} requests a second")
        self._note()
        said = f"{done.sent} requests within {done.seconds:.1f} s ({done.rate:.0f}/s) were not too many"
        self._why.update({one: said for one in asking if one in self._open})
        if done.answers:  # they asked to wait
            time.sleep(max(0.0, min(done.retry_after_s, self._sender.left_s)))

    def outage(self, outage: Outage) -> None:
        """Without what the service needs, one edge after the other, each for as long as a request to each operation takes."""
        tried: list[str] = []
        for edge in outage.edges:
            wanted = [one for one in self._open if _is(one[1], UNAVAILABLE)]
            if not wanted or self._sender.left_s <= BURST_S:
                break
            with outage.down(edge, min(OUTAGE_S, self._sender.left_s)):
                self._without(edge, wanted)
            tried.append(edge)
            self._wait_until_served()
        why = f"it was not seen while {', '.join(tried)} was down" if tried else "the time was up"
        for one in self._open:
            if _is(one[1], UNAVAILABLE):
                self._why[one] = why if outage.edges else outage.why_none

    def _without(self, edge: str, wanted: list[Documented]) -> None:
        until = max(BURST_S, self._sender.left_s - OUTAGE_S)
        for number, one in enumerate(wanted):
            if number == UNHURT and len(wanted) == sum(one in self._open for one in wanted):
                return  # nobody seems to need it
            scene = self._scenes[one[0]]
            for ground in (*scene.harmless()[:1], *self._known.refused(one[0])[:1], *scene.ground()[:1]):
                if one in self._open and self._sender.left_s > until:
                    self._ask(scene.again(ground), under=f"while the edge `{edge}` was down")

    def _wait_until_served(self) -> None:
        """What was served before is served again; not judged, for it is on its way back."""
        ground = next((w for s in self._scenes.values() if s.reads for w in self._known.good(s.operation.name)), None)
        while ground is not None and self._sender.left_s > 0:
            answer = self._sender.ask(ground.request)
            if answer is not None and answer.status in GOOD:
                return
            time.sleep(_HEALED_EVERY_S)


def _is(written: str, status: int) -> bool:
    return written in (str(status), f"{status // 100}XX") if status == UNAVAILABLE else written == str(status)


def _scenes(
    target: Target, description: Description, chosen: Sequence[Operation], witnesses: Witnesses, *, reads_only: bool
) -> dict[str, Scene]:
    links, credentials = links_into(description), credentials_of(description, target)
    return {
        one.name: Scene(
            operation=one,
            operations=description.operations,
            known=witnesses,
            fresh=lambda: uuid.uuid4().hex,
            credentials=credentials,
            identities=target.identities,
            links=links.get(one.name, {}),
            reads_only=reads_only,
        )
        for one in chosen
    }


def credentials_of(description: Description, target: Target) -> frozenset[str]:
    """Headers that may carry a login: the description's schemes, what is secret of the target's own, and whatever its identities send."""
    document = description.document
    holder = resolve(document, document.get("components")) or {}
    schemes = {**(holder.get("securitySchemes") or {}), **(document.get("securityDefinitions") or {})}
    found = {"authorization"}
    for name, value in target.headers.items():
        if is_sensitive_header(name) or any(secret in value for secret in target.secrets if secret):
            found.add(name.lower())
    for scheme in (resolve(document, one) for one in schemes.values()):
        if isinstance(scheme, dict) and scheme.get("type") == "apiKey":
            found.add("cookie" if scheme.get("in") == "cookie" else str(scheme.get("name", "")).lower())
    for headers in target.identities.values():
        found |= {name.lower() for name in headers}
    return frozenset(found)
