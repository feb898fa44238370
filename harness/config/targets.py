"""Targets: from `harness.yaml`, found upwards from the working folder, or straight from a URL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from harness.config.audit import read_audit
from harness.config.complaints import plain, validate
from harness.config.credentials import resolve, toxiproxy_token
from harness.config.environment import expand
from harness.config.probes import read_alerts, read_probes
from harness.config.target_documents import EdgeDocument, HarnessDocument, TargetDocument
from harness.config.yaml import Source, read_yaml
from harness.errors import BadDocument, BadInput
from harness.model.nearest import did_you_mean
from harness.model.pact import Pact, Selector
from harness.model.reset import Reset
from harness.model.target import Edge, Limits, Target

FILE = "harness.yaml"


def find_harness_yaml(start: Path) -> Path | None:
    """The nearest `harness.yaml` in `start` or a folder above it."""
    return next((folder / FILE for folder in (start, *start.parents) if (folder / FILE).is_file()), None)


def read_targets(
    path: Path, environ: Mapping[str, str], _seen: tuple[Path, ...] = ()
) -> dict[str, tuple[TargetDocument, Path]]:
    """Every target by name with the folder its paths are relative to; `extends` first, so that the file's own entries win."""
    path = path.resolve()
    source = read_yaml(path)
    if path in _seen:
        raise source.wrong(("extends",), "`extends` goes round in a circle.", "Let one of the files stand alone.")
    try:
        data = expand(plain(source.data), environ)
    except ValueError as error:
        raise BadDocument(f"{error}.", path=path) from error
    document = validate(HarnessDocument, source, data)
    inherited = {}
    if document.extends:
        inherited = read_targets(path.parent / document.extends, environ, (*_seen, path))
    return {**inherited, **{name: (target, path.parent) for name, target in document.targets.items()}}


def read_target(
    spelling: str,
    *,
    environ: Mapping[str, str],
    start: Path,
    builtin: Mapping[str, Target],
    source: Source | None = None,
) -> Target:
    """The target meant by a name or a URL. Raises BadInput with the nearest name; `source` is the scenario that named it."""
    if spelling.startswith(("http://", "https://")):
        if not urlsplit(spelling).hostname:
            raise BadInput(f"`{spelling}` is no URL: it names no host.", "Write it as http://HOST:PORT.")
        _refuse_port(spelling)
        return Target(name=urlsplit(spelling).netloc, url=spelling.rstrip("/"))
    if spelling in builtin:
        return builtin[spelling]
    found = find_harness_yaml(start)
    known = read_targets(found, environ) if found else {}
    if spelling not in known:
        where = f" {found} names {len(known)} targets." if found else f" No {FILE} was found in {start} or above it."
        what, todo = f"No target is called `{spelling}`.{where}", did_you_mean(spelling, [*known, *builtin])
        raise source.wrong(("target",), what, todo) if source else BadInput(what, todo)
    document, folder = known[spelling]
    _refuse_port(document.url)
    return _target(spelling, document, folder, environ)


def _refuse_port(url: str) -> None:
    try:
        urlsplit(url).port  # noqa: B018  # parsed only when asked for
    except ValueError as error:
        raise BadInput(
            f"`{url}` is no URL: {error}.", "Write it as http://HOST:PORT, with a port up to 65535."
        ) from error


def _target(name: str, document: TargetDocument, folder: Path, environ: Mapping[str, str]) -> Target:
    hosts = document.limits.hosts
    credentials = resolve(document.auth, environ, hosts)
    others = {who: resolve(auth, environ, hosts) for who, auth in document.identities.items()}
    secrets = dict(credentials.secrets)
    for other in others.values():
        secrets.update(other.secrets)
    token_env, token = toxiproxy_token(document.toxiproxy, environ)
    if token:
        secrets[token] = f"${token_env}"
    probes, of_probes = read_probes(document.probes, folder, environ, hosts)
    alerts, of_alerts = read_alerts(document.alerts, environ, hosts)
    secrets |= {**of_probes, **of_alerts}
    return Target(
        name=name,
        url=document.url.rstrip("/"),
        description=_place(document.description, folder),
        headers=credentials.headers,
        secrets=secrets,
        identities={who: other.headers for who, other in others.items()},
        strangers=tuple(document.strangers),
        verify_tls=_place(document.tls.ca, folder) if document.tls.ca else document.tls.verify,
        pact=_pact(document, folder),
        toxiproxy=document.toxiproxy.url.rstrip("/") if document.toxiproxy else "",
        toxiproxy_token=token,
        toxiproxy_token_env=token_env if token else "",
        edges={edge: _edge(edge, about) for edge, about in document.edges.items()},
        limits=Limits(
            hosts=tuple(document.limits.hosts),
            edges=None if document.limits.edges is None else tuple(document.limits.edges),
            rate=document.limits.rate,
            max_fault=document.limits.max_fault,
            writes=document.limits.writes,
            unguarded=document.limits.unguarded,
        ),
        exclude=tuple(document.exclude),
        probes=probes,
        alerts=alerts,
        reset=_reset(document, folder),
        audit=read_audit(document.audit, folder),
    )


def _edge(name: str, about: EdgeDocument) -> Edge:
    container, address = about.container or "", about.address or ""
    if about.proxy or not about.has_proxy:
        return Edge(name=name, proxy=about.proxy or "", protocol=about.probe, container=container, address=address)
    return Edge(
        name=name,
        container=container,
        proxy=f"harness-{name}",
        listen=about.listen or "",
        upstream=about.upstream or "",
        protocol=about.probe,
        ours=True,
    )


def _pact(document: TargetDocument, folder: Path) -> Pact | None:
    if document.pact is None:
        return None
    about = document.pact
    return Pact(
        provider=about.provider,
        sources=tuple(_place(source, folder) for source in about.sources),
        states=about.states,
        messages=about.messages,
        selectors=tuple(Selector.parse(text) for text in about.selectors),
        pending=about.pending,
        wip_since=about.wip_since,
    )


def _reset(document: TargetDocument, folder: Path) -> Reset | None:
    if document.reset is None:
        return None
    return Reset(command=document.reset.command, folder=str(folder), timeout=document.reset.timeout)


def _place(path: str, folder: Path) -> str:
    """A path relative to the file that says it; URLs and nothing stay as they are."""
    return path if not path or "://" in path else str((folder / path).resolve())
