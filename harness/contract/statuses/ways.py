"""Which requests may bring a documented status. Each way is a generator: it yields a request and is sent the answer, None where none came."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.contract.statuses import values
from harness.contract.statuses.witness import GOOD, Answer, Request, Witness, Witnesses
from harness.model.call import Taken
from harness.model.operation import Operation, Operations

T = TypeVar("T")
Way = Generator[Request, Answer | None, None]
KEY, READS = "idempotency-key", values.READS
NOTHING = "application/vnd.harness.nothing"  # a media type that nobody makes or takes
SAFE_METHOD = "PROPFIND"  # safe by RFC 4918, and hardly ever served
LARGE = (1 << 17, 9 << 17, 9 << 20)  # bytes: above the usual limits of 64 KiB, 1 MiB and 8 MiB
PROVOKED = (429, 503)  # not by one request: see `burst` and `visit`
_MOST = 4  # ids that are not there, and fields that are turned


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known of one operation. `credentials` names the headers that may carry a login (lower case);
    `fresh` makes an Idempotency-Key. `reads_only`: nothing but GET and HEAD may be sent."""

    operation: Operation
    operations: Operations
    known: Witnesses
    fresh: Callable[[], str]
    credentials: frozenset[str] = frozenset({"authorization"})
    identities: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    links: Mapping[str, Taken] = field(default_factory=dict)
    reads_only: bool = False

    @property
    def reads(self) -> bool:
        """Whether the operation only reads."""
        return self.operation.method in READS

    def ground(self) -> tuple[Witness, ...]:
        """What to build on: served, else refused, else whatever came."""
        name = self.operation.name
        best = self.known.any(name)
        return self.known.good(name) or self.known.refused(name) or ((best,) if best else ())

    def harmless(self) -> tuple[Witness, ...]:
        """Requests that change nothing: a read, or a write that was refused for what it asked."""
        return self.ground() if self.reads else self.known.refused(self.operation.name)

    def again(self, one: Witness) -> Request:
        """The same request, under an Idempotency-Key of its own."""
        return one.request.having(Idempotency_Key=self.fresh()) if one.request.header(KEY) else one.request

    def like(self, one: Witness, body: object) -> Request:
        """With another JSON body."""
        return replace(self.again(one), body=json.dumps(body).encode())

    def without_login(self, request: Request) -> Request:
        """No header that carries one."""
        return request.with_headers(dict.fromkeys(self.credentials))


def ways(status: int, scene: Scene) -> Iterator[Way]:
    """In the order in which they are to be tried; none where nothing is known that would bring it."""
    make = _WAYS.get(status, _served if status in GOOD else None)
    if make is not None:
        yield from make(scene)


def statuses_of(written: str) -> tuple[int, ...]:
    """Which ones to try for a key of `responses`: itself, or what is usual in its range; none for `default`, which is any."""
    if written.isdecimal():
        return (int(written),)
    return {"2XX": (200,), "3XX": (304,), "4XX": (404, 401, 422, 400), "5XX": PROVOKED[1:]}.get(
        written.upper(), (404, 400)
    )


def why_not(status: int, scene: Scene) -> str:
    """What would be needed, where no way led there."""
    if not any(True for _ in scene.known.of(scene.operation.name)):
        return "the operation never answered"
    if status == 403 and not scene.identities:
        return "needs somebody who may not: add `identities:` to the target"
    if status in (500, 501):
        return "is a fault of the service; nothing brings it about on purpose"
    if status in (502, 504):
        return "needs a fault on the way; see `harness run`"
    if status not in _WAYS and status not in GOOD:
        return "no request is known to bring it"
    return "none of the requests that are known to bring it did"


def _one(request: Request) -> Way:
    yield request


def _served(scene: Scene) -> Iterator[Way]:
    for found in values.known_values(scene.operation, scene.known, scene.links, scene.operations):
        for one in scene.ground()[:1]:
            url = values.with_path(scene.operation.template, one.request.url, found)
            yield _one(replace(scene.again(one), url=url))
    for one in scene.known.refused(scene.operation.name):
        if one.answer.status == 409 and scene.operation.method == "POST":
            for body in _renamed(one):
                yield _one(scene.like(one, body))


def _renamed(one: Witness) -> Iterator[dict[str, object]]:
    """The JSON body with one of its texts in another form of itself, for each text."""
    body = values.parsed(one.request.body)
    texts = {value for value in body.values() if isinstance(value, str)} if isinstance(body, dict) else set()
    for text in sorted(texts)[:_MOST]:
        for other in _first(values.absent(text)):
            yield {key: other if value == text else value for key, value in body.items()}


def _not_modified(scene: Scene) -> Iterator[Way]:
    for one in scene.known.good(scene.operation.name)[:2] if scene.reads else ():
        yield _conditional(one.request)


def _conditional(request: Request) -> Way:
    plain = request.with_headers({"If-None-Match": None, "If-Modified-Since": None})
    first = yield plain
    if first is None:
        return
    tag, since = first.headers.get("etag"), first.headers.get("last-modified")
    if tag:
        yield plain.having(If_None_Match=tag)
    if since:
        yield plain.having(If_Modified_Since=since)


def _unauthorized(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1]:
        bare = scene.without_login(scene.again(one))
        yield _one(bare)
        yield _one(bare.having(Authorization="Bearer nobody"))


def _forbidden(scene: Scene) -> Iterator[Way]:
    """A write is first sent as what was refused anyhow; nobody else deletes what is there."""
    grounds = [
        *scene.harmless()[:2],
        *(scene.known.good(scene.operation.name)[:1] if scene.operation.method != "DELETE" else ()),
    ]
    for headers in scene.identities.values():
        for one in grounds[:2]:
            yield _one(scene.without_login(scene.again(one)).with_headers(dict(headers)))


def _missing(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1]:
        found = values.path_values(scene.operation.template, one.request.url)
        if found:
            last = list(found)[-1]
            for other in _first(values.absent(found[last])):
                url = values.with_path(scene.operation.template, one.request.url, {**found, last: other})
                yield _one(replace(scene.again(one), url=url))
        for body in _renamed(one):
            yield _one(scene.like(one, body))


def _method(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1] if not scene.reads_only else ():
        yield _one(replace(one.request, method=SAFE_METHOD, body=b""))


def _acceptable(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1]:
        yield _one(scene.again(one).having(Accept=NOTHING))


def _media_type(scene: Scene) -> Iterator[Way]:
    for one in scene.ground():
        if one.request.body:
            yield _one(scene.again(one).having(Content_Type=NOTHING))
            return


def _too_large(scene: Scene) -> Iterator[Way]:
    """Blanks and no value: not JSON, so what does not look at the size refuses it, too."""
    for one in scene.ground()[:1] if not scene.reads else ():
        for size in LARGE:
            yield _one(
                replace(scene.again(one), body=b" " * size).having(
                    Content_Type=one.request.header("content-type") or "application/json"
                )
            )


def _malformed(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1]:
        if not scene.reads:
            for body in (b"{", b"{}", b"[]", b'"x"'):
                yield _one(
                    replace(scene.again(one), body=body).having(
                        Content_Type=one.request.header("content-type") or "application/json"
                    )
                )
        yield from _other_body_same_key(scene)
        found = values.path_values(scene.operation.template, one.request.url)
        if found:
            yield _one(
                replace(
                    scene.again(one),
                    url=values.with_path(scene.operation.template, one.request.url, dict.fromkeys(found, "~!")),
                )
            )
        yield _one(replace(scene.again(one), url=_garbled(one.request.url)))


def _garbled(url: str) -> str:
    head, _, query = url.partition("?")
    return head + "?" + "&".join(f"{pair.partition('=')[0]}=~!" for pair in query.split("&") if pair)


def _other_body_same_key(scene: Scene) -> Iterator[Way]:
    for one in scene.known.good(scene.operation.name)[:1]:
        if one.request.header(KEY):
            for body in _first(values.changed(values.parsed(one.request.body), {int: (1, 2), str: ("another",)})):
                other = json.dumps(body).encode()
                yield _one(replace(one.request, body=other))  # under the key that was served
                yield _under_one_key(scene.again(one), other)


def _under_one_key(request: Request, other: bytes) -> Way:
    first = yield request
    if first is not None and first.status in GOOD:
        yield replace(request, body=other)


def _conflict(scene: Scene) -> Iterator[Way]:
    """The same write once more; on each thing that this check made; more than there can be."""
    if scene.reads:
        return
    good = scene.known.good(scene.operation.name)
    for one in good[:2]:
        yield _one(scene.again(one))
    for found in values.known_values(scene.operation, scene.known, scene.links, scene.operations):
        for one in scene.ground()[:1]:
            yield _one(
                replace(scene.again(one), url=values.with_path(scene.operation.template, one.request.url, found))
            )
    for one in good[:1]:
        for body in values.changed(values.parsed(one.request.body), {int: (10**6, 10**4, 1000, 100)}):
            yield _one(scene.like(one, body))
    yield from _stale(scene)


def _stale(scene: Scene) -> Iterator[Way]:
    for one in (*scene.harmless()[:1], *scene.known.good(scene.operation.name)[:1]):
        yield _one(scene.again(one).having(If_Match='"harness-stale"'))
        yield _one(scene.again(one).having(If_Unmodified_Since="Thu, 01 Jan 1970 00:00:00 GMT"))


def _unconditional(scene: Scene) -> Iterator[Way]:
    for one in scene.ground()[:1]:
        yield _one(scene.again(one).with_headers({"If-Match": None, "If-Unmodified-Since": None}))


def _first(every: Iterator[T]) -> Iterator[T]:
    return (one for _, one in zip(range(_MOST), every, strict=False))


_WAYS: Mapping[int, Callable[[Scene], Iterator[Way]]] = {
    304: _not_modified,
    400: _malformed,
    401: _unauthorized,
    403: _forbidden,
    404: _missing,
    405: _method,
    406: _acceptable,
    409: _conflict,
    410: _missing,
    412: _stale,
    413: _too_large,
    415: _media_type,
    422: _malformed,
    428: _unconditional,
}
