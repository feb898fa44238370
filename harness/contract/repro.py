"""Findings as a pytest module that reproduces them: plain requests and one assertion each, to keep beside the service's own tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from harness.contract import grading
from harness.contract.description import GRAPHQL, Description
from harness.model.curl import hide
from harness.model.finding import Finding
from harness.model.sensitive import variable_of
from harness.model.target import Target

_HEAD = '''"""What `harness check {subject}` found, as tests: each fails until its finding is mended.

    BASE={base} pytest {file}
"""

import os

import httpx
import pytest
{imports}
BASE = os.environ.get("BASE", "{base}")
{schema}

@pytest.fixture
def client():
    with httpx.Client(base_url=BASE, timeout=30) as client:
        yield client
'''
_NOISE = frozenset(
    {
        "host",
        "content-length",
        "connection",
        "accept-encoding",
        "user-agent",
        "transfer-encoding",
        "x-schemathesis-testcaseid",
    }
)
_SECRET = re.compile(r"\x00\$([A-Za-z_][A-Za-z0-9_]*)\x00")
FILTERED = "[Filtered]"


def pytest_module(
    findings: Iterable[Finding], description: Description, target: Target, *, subject: str, file: str
) -> str:
    """A test per finding that a request reproduces; what no single exchange shows is left out, and named at the end.

    The target's secrets are read from the environment, under the names that curl lines use.
    """
    own = {name.lower(): hide(value, target.secrets) for name, value in target.headers.items()}
    tests: list[str] = []
    left: list[str] = []
    for one in findings:
        steps = list(_steps(one))
        claim = _claim(one, description)
        if steps and claim:
            tests.append("\n".join(_test(one, steps, claim, own)) + "\n")
        else:
            left.append(f"# not as a test: {one.operation}: {one.check}: {' '.join(one.message.split())[:120]}")
    parts = urlsplit(description.base_url)
    base = f"{parts.scheme}://{parts.netloc}"
    judged = any("SCHEMA[" in test for test in tests)
    source = description.source.removeprefix(base)
    load = (
        f"from_url(BASE + {source!r})"
        if source.startswith("/") and "://" in description.source
        else _load(description.source)
    )
    head = _HEAD.format(
        subject=subject,
        file=file,
        base=base,
        imports="import schemathesis\n" if judged else "",
        schema=f"SCHEMA = schemathesis.openapi.{load}\n" if judged else "",
    )
    return "\n\n".join([head, *tests]) + ("\n\n" + "\n".join(left) + "\n" if left else "")


def _load(source: str) -> str:
    return f"from_url({source!r})" if "://" in source else f"from_path({source!r})"


def _test(one: Finding, steps: list[Mapping[str, Any]], claim: str, own: Mapping[str, str]) -> Iterator[str]:
    name = re.sub(r"\W+", "_", f"{one.operation}_{one.check}").strip("_").lower()
    yield f"def test_{name}_{one.identity[:6]}(client):"
    yield f'    """{_plain(one.message)}"""'
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        headers = {k: v for k, v in step["headers"].items() if k.lower() not in _NOISE}
        yield f"    {'answer' if last else f'step{number + 1}'} = client.request("
        yield f"        {step['method']!r},"
        yield f"        {_address(step['url'])!r},"
        if headers:
            inner = ", ".join(f"{key!r}: {_header(key, str(value), own)}" for key, value in headers.items())
            yield f"        headers={{{inner}}},"
        if step["body"]:
            yield f"        content={_value(step['body'])},"
        yield "    )"
    yield f"    {claim}" if claim.startswith("SCHEMA") else f"    assert {claim}, answer.text"


_CLAIMS = {
    grading.SERVER_ERROR: "answer.status_code < 500",
    "negative_data_rejection": "400 <= answer.status_code < 500",
    "missing_required_header": "400 <= answer.status_code < 500",
    "positive_data_acceptance": "answer.status_code < 400",
    "unsupported_method": "answer.status_code in (404, 405)",
    "ignored_auth": "answer.status_code in (401, 403)",
    "use_after_free": "answer.status_code in (404, 410)",
}


def _claim(one: Finding, description: Description) -> str:
    """What must hold of the last answer; empty where it takes more than one answer to tell."""
    match one.check:
        case grading.STATUS:
            return f"answer.status_code != {one.signature}"
        case grading.CONTENT_TYPE:
            return f"answer.headers.get('content-type', 'missing').split(';')[0] != {one.signature!r}"
        case grading.HEADERS:
            return f"{set(one.signature.split(','))!r} <= set(answer.headers)"
        case grading.BODY:
            return _conforms(one, description)
    return _CLAIMS.get(one.check, "")


def _conforms(one: Finding, description: Description) -> str:
    """Schemathesis's public way to hold an answer against its operation."""
    operation = next((o for o in description.operations if o.name == one.operation), None)
    if operation is None or description.kind == GRAPHQL:
        return ""
    path = operation.template[len(description.base_path) :]
    return f"SCHEMA[{path!r}][{operation.method!r}].validate_response(answer)"


def _steps(one: Finding) -> Iterator[Mapping[str, Any]]:
    replay: Any = one.replay
    if "request" in replay and not replay["request"].get("blanks"):
        yield replay["request"]
    for step in replay.get("crash", {}).get("sequence", ()):
        yield {"method": step["method"], "url": step["url"], "headers": step["headers"], "body": _body(step)}


def _body(step: Mapping[str, Any]) -> str:
    return str(step.get("sent") or "")


def _address(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _header(name: str, value: str, own: Mapping[str, str]) -> str:
    """Python for a header. What was masked when it was saved is the target's own, or a variable named after it."""
    masked = FILTERED in value
    return _value(own.get(name.lower(), f"\x00{variable_of(name)}\x00") if masked else value)


def _value(text: str) -> str:
    """Python for a text; a secret is read from the environment."""
    pieces = _SECRET.split(text)
    if len(pieces) == 1:
        return repr(text)
    return " + ".join(
        f"os.environ[{piece!r}]" if place % 2 else repr(piece)
        for place, piece in enumerate(pieces)
        if place % 2 or piece
    )


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"', "'").split())[:200]
