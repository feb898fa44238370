"""Secrets become headers here, at the last moment, and nowhere else."""

from __future__ import annotations

import base64
import shlex
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit

from harness.config.target_documents import AuthDocument, ClientCredentialsDocument, SecretDocument, ToxiproxyDocument
from harness.errors import BadInput, EnvironmentFailed
from harness.model.loopback import is_loopback

if TYPE_CHECKING:
    import httpx

TOXIPROXY_TOKEN = "TOXIPROXY_AUTH_TOKEN"
_TOKEN_S = 10.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """`headers` to send, and for each secret value the name that stands for it in a curl line."""

    headers: Mapping[str, str]
    secrets: Mapping[str, str]


def resolve(auth: AuthDocument | None, environ: Mapping[str, str], hosts: Collection[str] = ()) -> Credentials:
    """Raises BadInput for a variable that is not set, or a token to be asked of a host that is neither here nor among `hosts`;
    EnvironmentFailed for a command or a server that gives none.
    """
    if auth is None:
        return Credentials({}, {})
    if auth.bearer:
        token = _secret(auth.bearer, environ)
        return Credentials({"Authorization": f"Bearer {token}"}, {token: f"${auth.bearer.env}"})
    if auth.basic:
        password = _secret(auth.basic.password, environ)
        pair = base64.b64encode(f"{auth.basic.user}:{password}".encode()).decode()
        return Credentials(
            {"Authorization": f"Basic {pair}"}, {pair: "$BASIC", password: f"${auth.basic.password.env}"}
        )
    if auth.api_key:
        key = _secret(auth.api_key.value, environ)
        return Credentials({auth.api_key.header: key}, {key: f"${auth.api_key.value.env}"})
    if auth.client_credentials:
        return _granted(auth.client_credentials, environ, hosts)
    token = _from_command(auth.command or "")
    return Credentials({"Authorization": f"Bearer {token}"}, {token: "$TOKEN"})


def toxiproxy_token(document: ToxiproxyDocument | None, environ: Mapping[str, str]) -> tuple[str, str]:
    """The name of the variable and its value: the one that is named, which must be set, else Toxiproxy's own, where it is."""
    if document is None:
        return "", ""
    if document.token is None:
        return TOXIPROXY_TOKEN, environ.get(TOXIPROXY_TOKEN, "")
    return document.token.env, _secret(document.token, environ)


def _secret(document: SecretDocument, environ: Mapping[str, str]) -> str:
    value = environ.get(document.env, "")
    if not value:
        raise BadInput(
            f"The environment variable {document.env} is not set, and the target needs it.",
            f"export {document.env}=...",
        )
    return value


def _granted(about: ClientCredentialsDocument, environ: Mapping[str, str], hosts: Collection[str]) -> Credentials:
    import httpx  # here: most targets need none of it

    host = urlsplit(about.token_url).hostname or ""
    if not is_loopback(host) and host not in hosts:
        raise BadInput(
            f"No token was asked of {host}: the target does not allow that host.",
            f"Allow it in harness.yaml: limits: {{hosts: [{host}]}}",
        )
    secret = _secret(about.secret, environ)
    asked = {"grant_type": "client_credentials", "scope": about.scope, "audience": about.audience}
    if about.in_body:
        asked |= {"client_id": about.id, "client_secret": secret}
    # RFC 6749, section 2.3.1: both are form-encoded before they become user and password.
    who = None if about.in_body else (quote_plus(about.id), quote_plus(secret))
    try:
        answer = httpx.post(
            about.token_url,
            data={name: value for name, value in asked.items() if value},
            auth=who,
            headers={"Accept": "application/json"},
            timeout=_TOKEN_S,
            trust_env=not is_loopback(host),
        )
    except httpx.HTTPError as error:
        raise EnvironmentFailed(
            f"{about.token_url} gave no token: {error or type(error).__name__}.", "Is the authorization server up?"
        ) from error
    token = _token_in(answer)
    if not token:
        raise EnvironmentFailed(
            f"{about.token_url} gave no token: it answered {answer.status_code}{_said(answer)}.",
            f"See `id`, `scope` and ${about.secret.env}; some servers want `in_body: true`.",
        )
    return Credentials({"Authorization": f"Bearer {token}"}, {token: "$TOKEN", secret: f"${about.secret.env}"})


def _token_in(answer: httpx.Response) -> str:
    try:
        document = answer.json()
    except ValueError:
        return ""
    token = document.get("access_token") if isinstance(document, dict) and answer.status_code == HTTPStatus.OK else None
    return token if isinstance(token, str) else ""


def _said(answer: httpx.Response) -> str:
    """Its error by RFC 6749, section 5.2, where it says one."""
    try:
        document = answer.json()
    except ValueError:
        return ""
    error = document.get("error") if isinstance(document, dict) else None
    more = document.get("error_description") if isinstance(document, dict) else None
    return "".join(f", {one[:200]}" for one in (error, more) if isinstance(one, str))


def _from_command(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFailed(
            f"The auth command `{command}` could not be run: {error}.", "Run it by hand and mend it."
        ) from error
    token = done.stdout.strip()
    if done.returncode or not token:
        said = done.stderr.strip().splitlines()[-1:] or ["nothing"]
        raise EnvironmentFailed(
            f"The auth command `{command}` ended with {done.returncode} and printed no token; it said: {said[0]}.",
            "It should print the token, and only that, on stdout.",
        )
    return token
