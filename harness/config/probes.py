"""Probes and alert sources as people write them become nouns; mistakes are told with what to write instead."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from harness.config.credentials import resolve
from harness.config.target_documents import AlertsDocument, ProbeDocument
from harness.errors import BadInput
from harness.model.expectation import is_metric
from harness.model.probe import Probe
from harness.model.target import Alerts

__all__ = ["read_alerts", "read_probes"]


def read_probes(
    documents: Mapping[str, ProbeDocument], folder: Path, environ: Mapping[str, str], hosts: Collection[str]
) -> tuple[dict[str, Probe], dict[str, str]]:
    """The probes by name, and their secrets by value. A token is asked only of `hosts`. Raises what `resolve` raises."""
    probes: dict[str, Probe] = {}
    secrets: dict[str, str] = {}
    for name, about in documents.items():
        credentials = resolve(about.auth, environ, hosts)
        secrets.update(credentials.secrets)
        probes[name] = _probe(name, about, folder, credentials.headers)
    return probes, secrets


def _probe(name: str, about: ProbeDocument, folder: Path, headers: Mapping[str, str]) -> Probe:
    if is_metric(name):
        raise BadInput(f"A probe cannot be called `{name}`: that means something else in an expectation.", "Rename it.")
    kind, ask = next((k, a) for k, a in _ways(about) if a is not None)
    if kind == "command":
        try:
            if not shlex.split(ask):
                raise ValueError("it is empty")  # noqa: TRY301
        except ValueError as error:
            raise BadInput(f"The command of probe `{name}` cannot be read: {error}.") from error
    else:
        _refuse_no_url(f"probe `{name}`", about.url or ask)
    return Probe(
        name=name,
        kind=kind,  # type: ignore[arg-type]  # one of the three above
        ask=ask,
        url=about.url.rstrip("/"),
        read=_read(about),
        every=about.every,
        timeout=about.timeout,
        headers=headers,
        folder=str(folder),
    )


def _ways(about: ProbeDocument) -> tuple[tuple[str, str | None], ...]:
    return ("prometheus", about.prometheus), ("http", about.http), ("command", about.command)


def _read(about: ProbeDocument) -> str:
    if about.json_:
        return f"json {about.json_}"
    return f"metric {about.metric}" if about.metric else about.read


def read_alerts(
    about: AlertsDocument | None, environ: Mapping[str, str], hosts: Collection[str]
) -> tuple[Alerts | None, dict[str, str]]:
    """Who is asked for alerts, and the secrets that takes. Raises BadInput."""
    if about is None:
        return None, {}
    url = about.prometheus or about.alertmanager or ""
    _refuse_no_url("`alerts`", url)
    credentials = resolve(about.auth, environ, hosts)
    alerts = Alerts(
        source="prometheus" if about.prometheus else "alertmanager",
        url=url.rstrip("/"),
        every=about.every,
        timeout=about.timeout,
        headers=credentials.headers,
    )
    return alerts, dict(credentials.secrets)


def _refuse_no_url(whose: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(f"`{url}` of {whose} is no URL.", "Write it as http://HOST:PORT/PATH.")
