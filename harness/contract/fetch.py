"""Get a target's description from where it stands: bounded in size and in time."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import graphql
import httpx

from harness.contract.description import Description, parse_description
from harness.errors import BadDocument, BadInput, EnvironmentFailed
from harness.model.target import Target

USUAL_PLACES = (
    *("/openapi.json", "/openapi.yaml", "/swagger.json", "/v3/api-docs", "/api/openapi.json", "/api/v1/openapi.json"),
    *("/v1/openapi.json", "/swagger/v1/swagger.json", "/api-docs", "/spec.json", "/apispec_1.json", "/v2/api-docs"),
    *("/swagger/doc.json", "/api/swagger.json", "/api/schema/?format=json", "/openapi"),
)
PAGES = (
    "/docs",
    "/",
    "/redoc",
    "/swagger-ui/",
    "/swagger",
    "/apidocs/",
)  # pages that show a description say where it is
GRAPHQL_PLACES = ("/graphql", "/api/graphql", "/query")
_SHOWN = re.compile(r"""(?:url["']?\s*[:=]\s*|spec-url\s*=\s*|data-url\s*=\s*)["']([^"'\s]+)["']""")
MAX_BYTES = 20_000_000
_LEAST_S = 0.1


def fetch_description(target: Target, *, timeout_s: float = 10.0, max_bytes: int = MAX_BYTES) -> Description:
    """The description that the target names, else the first that stands in a usual place under its URL.

    Raises EnvironmentFailed where it cannot be had, BadDocument where it does not parse, BadInput for a host that
    the target's limits do not name.
    """
    place = target.description
    if not place:
        return _look_around(target, timeout_s, max_bytes)
    if place.startswith(("http://", "https://")) and place.rstrip("/").endswith("graphql"):
        return _introspect(target, place, timeout_s, max_bytes)
    if not place.startswith(("http://", "https://")):
        return parse_description(_read_file(Path(place), max_bytes), source=place, target_url=target.url)
    raw = _get(target, place, timeout_s, max_bytes)
    return parse_description(raw, source=place, target_url=target.url)


def looks_like_description(target: Target, timeout_s: float = 10.0) -> bool:
    """Whether a URL names a description and not a service: by its name, else by what it answers. Raises what `check_limits` raises."""
    path = urlsplit(target.url).path
    if path.endswith((".json", ".yaml", ".yml", ".graphql", "/graphql")):
        return True
    if not path.strip("/"):
        return False
    try:
        parse_description(_get(target, target.url, timeout_s, MAX_BYTES), source=target.url, target_url=target.url)
    except (EnvironmentFailed, BadDocument):
        return False
    return True


def check_limits(target: Target, url: str) -> None:
    """Off loopback, nothing is sent to a host that `limits.hosts` does not name. Raises BadInput."""
    if not target.allows(url):
        host = urlsplit(url).hostname or ""
        raise BadInput(
            f"Nothing was sent to {host}: the target `{target.name}` does not allow it.",
            f"Allow it in harness.yaml: limits: {{hosts: [{host}]}}",
        )


def _look_around(target: Target, timeout_s: float, max_bytes: int) -> Description:
    base = target.url.rstrip("/")
    refused: dict[str, str] = {}
    places = [base + path for path in USUAL_PLACES]
    deadline = time.monotonic() + timeout_s
    for url in chain(places, _named_on_pages(target, base, deadline, max_bytes, refused)):
        try:
            raw = _get(target, url, _left(deadline), max_bytes)
            return parse_description(raw, source=url, target_url=target.url)
        except _NotThereError as error:
            refused[url] = error.what
        except BadDocument:
            if _is_page(raw):  # a front end that answers everything with its own page
                refused[url] = f"{url} answered a page."
            else:
                raise
        if time.monotonic() > deadline:
            break
    for path in GRAPHQL_PLACES:
        try:
            return _introspect(target, base + path, timeout_s, max_bytes)
        except (_NotThereError, BadDocument):
            refused[base + path] = f"{base + path} answered no introspection."
    raise EnvironmentFailed(
        f"No description of `{target.name}` was found in the {len(refused)} usual places under {base}, such as {places[0]}.",
        "Name it: `harness check URL-OR-FILE`, or `description: URL or file` of the target in harness.yaml.",
    )


def _left(deadline: float) -> float:
    """Seconds; never none, since a time-out of zero is none."""
    return max(_LEAST_S, deadline - time.monotonic())


def _named_on_pages(
    target: Target, base: str, deadline: float, max_bytes: int, refused: dict[str, str]
) -> Iterator[str]:
    """What Swagger UI, ReDoc and their like show. Only asked for where the usual places had nothing; only on the target itself."""
    for path in PAGES:
        if time.monotonic() > deadline:
            return
        try:
            page = _get(target, base + path, _left(deadline), max_bytes).decode("utf-8", "replace")
        except EnvironmentFailed as error:
            refused[base + path] = error.what
            continue
        for found in _SHOWN.findall(page):
            url = urljoin(base + path, found)
            if urlsplit(url).netloc == urlsplit(base).netloc:
                yield url


def _is_page(raw: bytes) -> bool:
    return raw.lstrip()[:200].lower().startswith((b"<!doctype", b"<html", b"<"))


def _introspect(target: Target, url: str, timeout_s: float, max_bytes: int) -> Description:
    query = json.dumps({"query": graphql.get_introspection_query()}).encode()
    raw = _get(target, url, timeout_s, max_bytes, post=query)
    return parse_description(raw, source=url, target_url=target.url)


class _NotThereError(EnvironmentFailed):
    """The server answered, but not with a document."""


def _get(target: Target, url: str, timeout_s: float, max_bytes: int, post: bytes | None = None) -> bytes:
    check_limits(target, url)
    ours = urlsplit(url).netloc == urlsplit(target.url).netloc
    headers = dict(target.headers) if ours else {}
    headers |= {"Content-Type": "application/json"} if post is not None else {}
    todo = "Is the service up, and is `description` of the target right?"
    deadline = time.monotonic() + timeout_s
    got = bytearray()
    try:
        with (
            # The environment's proxy settings are not for loopback, and credentials are for the target alone.
            httpx.Client(verify=_verify(target), timeout=timeout_s, trust_env=not target.on_loopback) as client,
            client.stream("GET" if post is None else "POST", url, headers=headers, content=post) as answer,
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
