"""Object-level checks: what the target's own login has just made, somebody who owns none of it asks for (OWASP API1:2023).

Nothing is guessed from the description, which does not say who may see what: only identities that the target calls `strangers` are asked
as, and only for things made a moment before, found by the description's links.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.contract import grading
from harness.contract.statuses import values
from harness.contract.statuses.ways import KEY, READS, Scene
from harness.contract.statuses.witness import GOOD, Answer, Request
from harness.model.call import Taken
from harness.model.target import Target

__all__ = ["TIMES", "Door", "LetIn", "doors", "knock", "row_of"]

TIMES = 3  # a thing of its own is made for each
Ask = Callable[[Request], Answer | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """How often a stranger asked, each time for another thing, and how often that was granted; `why` it could not be asked (again).

    `last` is what was granted last.
    """

    tried: int
    granted: int
    why: str = ""
    last: tuple[Request, Answer] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One operation on a thing of our own: `make` makes it, `own` asks for it as who made it. Placeholders are taken from the answer to `make`."""

    make: Request
    own: Request
    template: str
    links: Mapping[str, Taken]

    @property
    def reads(self) -> bool:
        """Then who made it has to be served first: what nobody gets says nothing of strangers."""
        return self.own.method in READS

    def knock(self, ask: Ask, stranger: Callable[[Request], Request], fresh: Callable[[], str]) -> LetIn:
        """Up to three times, as long as it is opened."""
        found = LetIn(tried=0, granted=0)
        while found.tried < TIMES and found.granted == found.tried:
            own, why = self._our_own(ask, fresh)
            if own is None:
                return replace(found, why=why)
            sent = stranger(_again(own, fresh))
            answer = ask(sent)
            if answer is None:
                return replace(found, why="it gave no answer")
            granted = answer.status in GOOD
            last = (sent, answer) if granted else found.last
            found = LetIn(tried=found.tried + 1, granted=found.granted + granted, last=last)
        return found

    def _our_own(self, ask: Ask, fresh: Callable[[], str]) -> tuple[Request | None, str]:
        made = ask(_again(self.make, fresh))
        if made is None or made.status not in GOOD:
            return None, f"{self.make.operation} made nothing to ask for"
        body = values.parsed(made.body)
        found = {name: taken.read(made.headers, body) for name, taken in self.links.items()}
        if not all(found.values()):
            return None, f"the answer of {self.make.operation} lacks what its link names"
        url = values.with_path(self.template, self.own.url, {name: one for name, one in found.items() if one})
        own = replace(self.own, url=url)
        served = ask(own) if self.reads else None
        if self.reads and (served is None or served.status not in GOOD):
            return None, "who made it was not served either"
        return own, ""

    def kept(self, who: str) -> dict[str, Any]:
        """As a replay keeps it, beside the requests."""
        taken = {
            name: {"pointer": one.pointer, "header": one.header, "call": one.call} for name, one in self.links.items()
        }
        return {"who": who, "template": self.template, "links": taken}


def knock(door: Door, who: str, target: Target, credentials: Iterable[str], ask: Ask) -> LetIn:
    """As that identity of the target's; `credentials` are the headers that may carry a login."""
    nobody = dict.fromkeys(credentials)

    def as_stranger(request: Request) -> Request:
        return request.with_headers(nobody).with_headers(dict(target.identities[who]))

    return door.knock(ask, as_stranger, lambda: uuid.uuid4().hex)


def doors(scene: Scene, scenes: Mapping[str, Scene]) -> tuple[Door | None, str]:
    """Of one operation, or why it has none; an operation that needs nothing of anybody has neither."""
    names = values.names_in(scene.operation.template)
    if not names or set(names) - set(scene.links):
        return None, ""
    if scene.reads_only:
        return None, "needs writes; see `limits: {writes: true}`"
    call = scene.links[names[0]].call
    source = scenes.get(call)
    if source is None or source.operation.method in READS:
        return None, ""
    made, ground = scene.known.good(call), scene.ground()
    if not made:
        return None, f"{call} made nothing to ask for"
    if not ground:
        return None, "the operation never answered"
    links = {name: scene.links[name] for name in names}
    return Door(make=made[0].request, own=ground[0].request, template=scene.operation.template, links=links), ""


def row_of(operation: str, who: str, found: LetIn, curl: str) -> Iterator[dict[str, Any]]:
    """The finding as the fuzzer tells it; none where nobody was let in."""
    if not found.granted or found.last is None:
        return
    sent, answer = found.last
    yield {
        "kind": "finding",
        "operation": operation,
        "check": grading.STRANGER,
        "signature": str(answer.status),
        "level": grading.level_of(grading.STRANGER).value,
        "count": found.granted,
        "message": f"{sent.method} answered {answer.status} to `{who}`, a stranger, for what another login had just made; 403 or 404 was due",
        "at_ns": None,
        "first": {"request": f"{sent.method} {sent.url}", "status": answer.status, "as": who},
        "curl": curl,
    }


def _again(request: Request, fresh: Callable[[], str]) -> Request:
    return request.having(Idempotency_Key=fresh()) if request.header(KEY) else request
