"""What `harness check` is given: a target by name, the URL of a service, or its description, as URL or file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.contract import parse_description
from harness.contract.fetch import looks_like_description
from harness.errors import BadDocument, BadInput
from harness.experiment.scenario_files import find_target
from harness.model import Target
from harness.model.sensitive import is_sensitive_header, variable_of

_SUFFIXES = (".json", ".yaml", ".yml", ".graphql", ".graphqls", ".gql")


def find_subject(spelling: str, *, url: str, headers: Sequence[str], environ: Mapping[str, str]) -> Target:
    """`url` is where the service is, for a description that does not say. Raises BadInput, BadDocument."""
    target = _find(spelling, url, environ)
    return _with_headers(target, headers)


def _find(spelling: str, url: str, environ: Mapping[str, str]) -> Target:
    path = Path(spelling)
    if spelling.startswith(("http://", "https://")):
        return _of_url(find_target(spelling, environ), url)
    if path.is_file() or path.suffix in _SUFFIXES:
        return _of_file(path, url)
    target = find_target(spelling, environ)
    return replace(target, url=url.rstrip("/")) if url else target


def _of_url(target: Target, url: str) -> Target:
    """The URL of a description names its service: the same host, at the root."""
    if not looks_like_description(target):
        return replace(target, url=url.rstrip("/"), description=target.url) if url else target
    parts = urlsplit(target.url)
    base = url.rstrip("/") or f"{parts.scheme}://{parts.netloc}"
    return replace(target, url=base, description=target.url, name=urlsplit(base).netloc)


def _of_file(path: Path, url: str) -> Target:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadDocument(
            f"The description could not be read: {error.strerror}.", "Name a target, a URL or a file.", path=path
        ) from error
    base = url.rstrip("/") or _server_of(
        parse_description(raw, source=str(path), target_url="http://127.0.0.1").document
    )
    if not base:
        raise BadInput(
            f"{path} does not say where its service is.", f"Say it: harness check {path} --url http://127.0.0.1:8000"
        )
    find_target(base, {})  # raises BadInput for what is no URL
    return Target(name=path.name, url=base, description=str(path.resolve()))


def _server_of(document: Mapping[str, Any]) -> str:
    """The first server that is a whole URL (OpenAPI 3), or scheme and host (2.0)."""
    if document.get("swagger") and document.get("host"):
        scheme = next(iter(document.get("schemes") or ["https"]), "https")
        return f"{scheme}://{document['host']}"
    servers = document.get("servers")
    for one in servers if isinstance(servers, list) else ():
        found = str(one.get("url", "")) if isinstance(one, dict) else ""
        if found.startswith(("http://", "https://")) and "{" not in found:
            parts = urlsplit(found)
            return f"{parts.scheme}://{parts.netloc}"
    return ""


def _with_headers(target: Target, headers: Sequence[str]) -> Target:
    """Headers of the command line go with every request; what is secret by name stays out of what is shown."""
    sent, secrets = dict(target.headers), dict(target.secrets)
    for one in headers:
        name, colon, value = one.partition(":")
        if not colon or not name.strip() or not value.strip():
            raise BadInput(f"--header `{one}` is no header.", 'Write it as --header "Name: value".')
        sent[name.strip()] = value.strip()
        if is_sensitive_header(name.strip()):
            secret = value.strip().rpartition(" ")[2]
            secrets[secret] = "$TOKEN" if name.strip().lower() == "authorization" else variable_of(name.strip())
    return replace(target, headers=sent, secrets=secrets)
