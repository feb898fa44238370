"""Get a target's description from where it stands: bounded in size and in time."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from harness.contract.description import Description, parse_description
from harness.errors import BadInput, EnvironmentFailed
from harness.model.target import Target

USUAL_PLACES = ("/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs")
MAX_BYTES = 20_000_000


def fetch_description(target: Target, *, timeout_s: float = 10.0, max_bytes: int = MAX_BYTES) -> Description:
    """The description that the target names, else the first that stands in a usual place under its URL.

    Raises EnvironmentFailed where it cannot be had, BadDocument where it does not parse, BadInput for a host that
    the target's limits do not name.
    """
    place = target.description
    if not place:
        return _look_around(target, timeout_s, max_bytes)
    if not place.startswith(("http://", "https://")):
        return parse_description(_read_file(Path(place), max_bytes), source=place, target_url=target.url)
    raw = _get(target, place, timeout_s, max_bytes)
    return parse_description(raw, source=place, target_url=target.url)


def check_limits(target: Target, url: str) -> None:
    """Off loopback, nothing is sent to a host that `limits.hosts` does not name. Raises BadInput."""
    if not target.allows(url):
        host = urlsplit(url).hostname or ""
        raise BadInput(
            f"Nothing was sent to {host}: the target `{target.name}` does not allow it.",
            f"Allow it in harness.yaml: limits: {{hosts: [{host}]}}",
        )


def _look_around(target: Target, timeout_s: float, max_bytes: int) -> Description:
    refused: list[str] = []
    for path in USUAL_PLACES:
        url = target.url.rstrip("/") + path
        try:
            raw = _get(target, url, timeout_s, max_bytes)
        except _NotThereError as error:
            refused.append(error.what)
            continue
        return parse_description(raw, source=url, target_url=target.url)
    raise EnvironmentFailed(
        f"No description of `{target.name}` was found: " + " ".join(refused),
        "Name it: `description: URL or file` of the target in harness.yaml.",
    )


class _NotThereError(EnvironmentFailed):
    """The server answered, but not with a document."""


def _get(target: Target, url: str, timeout_s: float, max_bytes: int) -> bytes:
    check_limits(target, url)
    ours = urlsplit(url).netloc == urlsplit(target.url).netloc
    todo = "Is the service up, and is `description` of the target right?"
    deadline = time.monotonic() + timeout_s
    got = bytearray()
    try:
        with (
            # The environment's proxy settings are not for loopback, and credentials are for the target alone.
            httpx.Client(verify=_verify(target), timeout=timeout_s, trust_env=not target.on_loopback) as client,
            client.stream("GET", url, headers=dict(target.headers) if ours else {}) as answer,
        ):
            if answer.status_code != 200:
                raise _NotThereError(f"{url} answered {answer.status_code}.", todo)
            for chunk in answer.iter_bytes():
                got += chunk
                if len(got) > max_bytes:
                    raise EnvironmentFailed(
                        f"The description at {url} is over {max_bytes // 1_000_000} MB.", "Split it."
                    )
                if time.monotonic() > deadline:
                    raise EnvironmentFailed(f"The description at {url} did not arrive within {timeout_s:g} s.", todo)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        said = str(error) or type(error).__name__
        raise EnvironmentFailed(f"The description at {url} could not be fetched: {said}.", todo) from error
    return bytes(got)


def _verify(target: Target) -> bool | str:
    return target.verify_tls


def _read_file(path: Path, max_bytes: int) -> bytes:
    try:
        if path.stat().st_size > max_bytes:
            raise EnvironmentFailed(f"The description {path} is over {max_bytes // 1_000_000} MB.", "Split it.")
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(
            f"The description {path} could not be read: {error.strerror}.", "Mend `description` of the target."
        ) from error
