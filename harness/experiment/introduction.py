"""What `harness init` finds out about a service, and the files it writes from that: a small harness.yaml and a first scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.contract import Description, fetch_description
from harness.contract.description import GRAPHQL, resolve
from harness.errors import BadDocument, BadInput, EnvironmentFailed
from harness.experiment.check_subject import find_subject
from harness.model import Limits, Operation, Target

FILES = (
    *("openapi.yaml", "openapi.yml", "openapi.json", "swagger.yaml", "swagger.json", "schema.graphql"),
    *("api/openapi.yaml", "api/openapi.json", "docs/openapi.yaml", "docs/openapi.json", "spec/openapi.yaml"),
)
PORTS = (8000, 8080, 3000, 5000, 8888, 4000, 9000)
HEALTH = ("/health", "/healthz", "/health/live", "/livez", "/status", "/ping", "/api/health", "/actuator/health")
PREFIXES = ("/api", "/api/v1", "/v1", "/rest")
_ENDS_IT = re.compile(r"\b(shutdown|shut-down|restart|reboot|terminate|poweroff|kill)\b", re.IGNORECASE)
_MOST_EXCLUDED = 4
_SAYS_NOTHING = frozenset({"api", "reference", "fastapi", "swagger", "openapi", "rest-api"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth:
    """One way to authenticate that the description declares, as harness.yaml spells it, and the variable that holds the secret."""

    spelled: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """A service: where it is, what describes it, how one logs in, what says that it is well, and what had better be left alone."""

    name: str
    url: str
    description: Description
    named: str = ""
    auth: Auth | None = None
    health: str = ""
    exclude: tuple[str, ...] = ()


def introduce(spelling: str, *, url: str, here: Path, environ: Mapping[str, str]) -> Introduction:
    """Look at a service, or for one. Raises BadInput where there is none to be found, EnvironmentFailed, BadDocument."""
    target = find_subject(spelling, url=url, headers=(), environ=environ) if spelling else _look(here, url)
    target = _allowed(target)
    description = fetch_description(target)
    served = _served_at(target, description)
    if served != target.url:  # then the description is not in one of the usual places under it
        target = replace(target, url=served, description=description.source)
        description = fetch_description(target)
    name = _name(description, target)
    found = description.source if target.description else ""
    return Introduction(
        name=name,
        url=target.url,
        description=description,
        named=_from_here(found, here),
        auth=declared_auth(description.document, name),
        health=_health(target, description),
        exclude=tuple(_dangerous(description.operations))[:_MOST_EXCLUDED],
    )


def _look(here: Path, url: str) -> Target:
    """A description file in the folder; else a service on one of the usual ports of this machine that describes itself."""
    file = next((here / name for name in FILES if (here / name).is_file()), None)
    if file is not None:
        return find_subject(str(file), url=url, headers=(), environ={})
    for base in [url] if url else [f"http://127.0.0.1:{port}" for port in PORTS]:
        target = Target(name=urlsplit(base).netloc, url=base.rstrip("/"))
        try:
            fetch_description(target, timeout_s=2)
        except (EnvironmentFailed, BadDocument):
            continue
        return target
    raise BadInput(
        f"No description was found in {here}, and no service that describes itself on the usual ports of this machine.",
        "Name one: harness init http://127.0.0.1:8000, or harness init openapi.yaml --url http://127.0.0.1:8000",
    )


def _allowed(target: Target) -> Target:
    """Looking at a host that somebody just typed is what they asked for; what is written allows it, reading only."""
    return (
        target
        if target.on_loopback
        else Target(
            name=target.name,
            url=target.url,
            description=target.description,
            headers=target.headers,
            limits=Limits(hosts=(target.host,)),
        )
    )


def declared_auth(document: Mapping[str, Any], name: str) -> Auth | None:
    """The first scheme that harness can speak: bearer (OAuth 2 and OpenID Connect end in one), basic, a key in a header."""
    variable = re.sub(r"\W+", "_", name).upper().strip("_")
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else document.get("securityDefinitions")
    for about in schemes.values() if isinstance(schemes, dict) else ():
        about = resolve(document, about)
        if not isinstance(about, dict):
            continue
        kind, scheme = str(about.get("type", "")).lower(), str(about.get("scheme", "")).lower()
        if kind in ("oauth2", "openidconnect") or scheme == "bearer":
            return Auth(spelled=f"{{bearer: {{env: {variable}_TOKEN}}}}", variable=f"{variable}_TOKEN")
        if kind == "basic" or scheme == "basic":
            return Auth(
                spelled=f"{{basic: {{user: me, password: {{env: {variable}_PASSWORD}}}}}}",
                variable=f"{variable}_PASSWORD",
            )
        if kind == "apikey" and about.get("in") == "header":
            return Auth(
                spelled=f"{{api_key: {{header: {about.get('name')}, value: {{env: {variable}_KEY}}}}}}",
                variable=f"{variable}_KEY",
            )
    return None


def _name(description: Description, target: Target) -> str:
    """At most three words of the title; else the host; else `mine`."""
    info = description.document.get("info")
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    name = "-".join(re.findall(r"[a-z0-9]+", title.lower())[:3])
    if name and name not in _SAYS_NOTHING:
        return name
    return "mine" if target.on_loopback else "-".join(re.findall(r"[a-z0-9]+", target.host.lower()))


def _health(target: Target, description: Description) -> str:
    described = [
        o.template for o in description.operations if o.method == "GET" and o.template.rstrip("/").endswith(HEALTH)
    ]
    with httpx.Client(verify=target.verify_tls, timeout=2, trust_env=not target.on_loopback) as client:
        for path in (*described, *HEALTH):
            try:
                if client.get(target.url.rstrip("/") + path).status_code == 200:
                    return path
            except httpx.HTTPError:
                return ""
    return ""


def _served_at(target: Target, description: Description) -> str:
    """Some services are mounted under a prefix that their description does not tell: the one under which what it describes is there."""
    paths = [o.template for o in description.operations if o.method == "GET" and "{" not in o.template][:4]
    base = target.url.rstrip("/")
    if not paths or description.kind == GRAPHQL or urlsplit(base).path:
        return target.url
    with httpx.Client(verify=target.verify_tls, timeout=2, trust_env=not target.on_loopback) as client:
        for prefix in ("", *PREFIXES):
            try:
                if any(client.get(base + prefix + path).status_code != 404 for path in paths):
                    return base + prefix
            except httpx.HTTPError:
                return target.url
    return target.url


def _dangerous(operations: Iterable[Operation]) -> Iterator[str]:
    return (o.route for o in operations if o.method != "GET" and _ENDS_IT.search(re.sub(r"[_/{}]", " ", o.template)))


def _from_here(source: str, here: Path) -> str:
    path = Path(source)
    return (
        str(path.relative_to(here))
        if "://" not in source and path.is_absolute() and path.is_relative_to(here)
        else source
    )


def harness_yaml(about: Introduction, environ: Mapping[str, str]) -> str:
    """At most 15 lines. Auth is written out only when its variable is set, so that the first check runs either way."""
    lines = [
        "# harness check " + about.name + "; see docs/your-service.md",
        "targets:",
        f"  {about.name}:",
        f"    url: {about.url}",
    ]
    if about.named:
        lines.append(f"    description: {about.named}")
    if about.auth:
        ready = bool(environ.get(about.auth.variable))
        lines.append(
            f"    {'' if ready else '# '}auth: {about.auth.spelled}"
            + ("" if ready else f"   # then: export {about.auth.variable}=...")
        )
    host = urlsplit(about.url).hostname or ""
    if not Target(name="", url=about.url).on_loopback:
        lines.append(f"    limits: {{hosts: [{host}]}}   # reading only; add `writes: true` for the rest")
    if about.exclude:
        lines.append("    exclude:")
        lines += [f"      - {route}" for route in about.exclude]
    return "\n".join(lines) + "\n"


def first_scenario(about: Introduction) -> str:
    """A little load that only reads, every answer held against the description. Empty for GraphQL, which no load is made from."""
    reads = [o for o in about.description.operations if o.method in ("GET", "HEAD")]
    if about.description.kind == GRAPHQL or not reads:
        return ""
    plain = [o for o in reads if "{" not in o.template][:5] or reads[:3]
    lines = [
        "# harness run first.yaml",
        "name: first",
        "about: A little load that only reads; every answer is held against the description.",
        f"target: {about.name}",
        "load:",
        "  from: openapi",
        f"  operations: [{', '.join(_quoted(o.name) for o in plain)}]",
        "  profile: {name: load, rate: 10/s, for: 20s}",
        "contract: {oracle: all}",
        "expect: [errors <= 1%]",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z_][\w.-]*", text) else "'" + text.replace("'", "''") + "'"
