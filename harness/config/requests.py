"""`requests:` under `load`: a list of requests becomes calls."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from harness.config.documents import RequestDocument
from harness.errors import BadInput
from harness.model.call import Call, Taken, Variant
from harness.model.nearest import did_you_mean

__all__ = ["listed_calls"]

_TAKEN = re.compile(r"(?P<call>.+?)(?:#(?P<pointer>/.*)|@(?P<header>[A-Za-z0-9-]+))$")
_KEY_HEADER = "idempotency-key"


def listed_calls(requests: Sequence[RequestDocument]) -> tuple[Call, ...]:
    """The calls, by their names: `name`, else the request's own line. An `Idempotency-Key` header is made anew for each request.

    Raises BadInput for two of one name, and for a `take` that names no request of the list.
    """
    names = [one.name or one.request for one in requests]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"`requests` has `{name}` twice.", "Give each a `name` of its own.")
    return tuple(_call(one, name, names) for one, name in zip(requests, names, strict=True))


def _call(one: RequestDocument, name: str, names: Sequence[str]) -> Call:
    method, _, path = one.request.partition(" ")
    body = b"" if one.body is None else one.body.encode()
    headers = dict(one.headers)
    if one.json_ is not None:
        body = json.dumps(one.json_).encode()
        if "content-type" not in {header.lower() for header in headers}:
            headers["Content-Type"] = "application/json"
    for parameter in one.take:
        if "{" + parameter + "}" not in path:
            raise BadInput(
                f"`take` of `{name}` gives `{parameter}`, which its path lacks.", f"Write {{{parameter}}} there."
            )
    return Call(
        name=name,
        method=method.upper(),
        variants=(Variant(path=path, headers=headers, body=body),),
        weight=one.weight,
        takes={parameter: _taken(name, written, names) for parameter, written in one.take.items()},
        fresh=tuple(header for header in headers if header.lower() == _KEY_HEADER),
    )


def _taken(name: str, written: str, names: Sequence[str]) -> Taken:
    match = _TAKEN.match(written)
    if match is None:
        raise BadInput(
            f"`take` of `{name}` says `{written}`.",
            "Write CALL#/pointer/in/its/body or CALL@Header, such as place#/id.",
        )
    if match["call"] not in names:
        raise BadInput(
            f"`take` of `{name}` names `{match['call']}`, which is not listed.", did_you_mean(match["call"], names)
        )
    return Taken(call=match["call"], pointer=match["pointer"] or "", header=match["header"] or "")
