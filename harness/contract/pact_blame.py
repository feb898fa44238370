"""What of a pact that is not kept the description forbids, too: under the identity that fuzzing and the oracle give it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.contract import grading
from harness.contract.coverage import written_as
from harness.contract.description import Description
from harness.contract.dialect import Schemas, keyword_of
from harness.contract.documented import documented
from harness.contract.pact_file import Interaction
from harness.contract.promise import Promise, Promises

Fault = tuple[str, str, str]  # check, signature, message
Mismatch = Mapping[str, Any]  # as Pact's verifier tells it: type, path or key, actual, mismatch
_MISSING = "missing the following keys"
MOST = 1000  # an element further on in a list is not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """`faults` break the description; `rest` breaks the pact alone."""

    faults: tuple[Fault, ...] = ()
    rest: tuple[Mismatch, ...] = ()


class Blamer:
    """Judges mismatches of interactions with one description."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._documented = documented(description.document, description.base_path)
        self._promises = Promises(description.document, Schemas(description.document))

    def blame(self, operation: str, one: Interaction, mismatches: Sequence[Mismatch]) -> Blame:
        """A status that came instead of the one hoped for is the root of all else that is missing."""
        about = self._documented.get(operation)
        if about is None:
            return Blame(rest=tuple(mismatches))
        status = next((m for m in mismatches if m.get("type") == "StatusMismatch"), None)
        if status is not None and isinstance(status.get("actual"), int):
            faults = _of_status(status["actual"], about.responses)
            return Blame(faults=faults, rest=() if faults else tuple(mismatches))
        content_type = next((str(m["actual"]) for m in mismatches if _header(m) == "content-type"), "")
        content_type = content_type or one.answer_headers.get("content-type", "application/json")
        promise = self._promises.make(
            about.place, about.responses, one.method, one.status, content_type, about.produces
        )
        broken, rest = dict[Fault, None](), list[Mismatch]()
        for mismatch in mismatches:
            found = tuple(_of_one(mismatch, promise))
            broken.update(dict.fromkeys(found))
            rest += [] if found else [mismatch]
        return Blame(faults=tuple(broken), rest=tuple(rest))


def _of_status(status: int, responses: Mapping[str, Any]) -> tuple[Fault, ...]:
    written = written_as(status, responses)
    if grading.is_server_error(status, written):
        return ((grading.SERVER_ERROR, str(status), f"It answered {status}"),)
    if written is None:
        said = f"{status} is not documented; documented: {', '.join(responses)}"
        return ((grading.STATUS, str(status), said),)
    return ()


def _of_one(mismatch: Mismatch, promise: Promise) -> Iterator[Fault]:
    name = _header(mismatch)
    if name == "content-type":
        yield from (fault for fault in promise.always if fault[0] == grading.CONTENT_TYPE)
    elif name:
        actual = str(mismatch.get("actual") or "")
        alone = Promise(status=promise.status, headers=tuple(h for h in promise.headers if h.name == name))
        yield from alone.faults({name: actual} if actual else {}, b"")
    elif mismatch.get("type") == "BodyMismatch":
        yield from _of_body(mismatch, promise)


def _of_body(mismatch: Mismatch, promise: Promise) -> Iterator[Fault]:
    """Of a body, the verifier tells one value, or the keys that an object has: a body of nothing else is judged at that place alone."""
    steps = _steps(str(mismatch.get("path", "")))
    try:
        actual = json.loads(str(mismatch.get("actual")))
    except ValueError:
        return
    said = str(mismatch.get("mismatch"))
    missing = [f'"{key.strip()}"' for key in said.partition(f"{_MISSING}: ")[2].split(",")] if _MISSING in said else []
    keys = bool(missing)
    if promise.body is None or steps is None or (isinstance(actual, list | dict) and not keys):
        return
    value = dict.fromkeys(map(str, actual)) if keys else actual
    for error in promise.body.iter_errors(_around(value, steps)):
        keyword = keyword_of(error)
        if list(error.instance_path) != steps or (keyword == "required") != keys:
            continue
        if keys and not any(key in error.message for key in missing):
            continue
        place = "/" + "/".join(map(str, steps))
        signature = grading.body_signature(promise.status, steps, keyword)
        yield grading.BODY, signature, f"The body at {place}: {' '.join(error.message.split())[:300]}"


def _around(value: Any, steps: Sequence[str | int]) -> Any:
    for step in reversed(steps):
        value = {step: value} if isinstance(step, str) else [*([{}] * step), value]
    return value


def _steps(path: str) -> list[str | int] | None:
    """`$.items[0].name`, `$['a b']`, `$`; None for what is neither."""
    found: list[str | int] = []
    rest = path.removeprefix("$")
    while rest:
        if rest.startswith("['"):
            key, closed, rest = rest[2:].partition("']")
            found.append(key)
        elif rest.startswith("["):
            number, closed, rest = rest[1:].partition("]")
            if not number.isdecimal() or int(number) > MOST:
                return None
            found.append(int(number))
        else:
            closed, rest = rest[:1], rest[1:]
            end = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
            found.append(rest[:end])
            rest = rest[end:]
            if closed != ".":
                return None
        if not closed:
            return None
    return found


def _header(mismatch: Mismatch) -> str:
    return str(mismatch.get("key", "")).lower() if mismatch.get("type") == "HeaderMismatch" else ""
