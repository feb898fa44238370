"""Secrets become headers here, at the last moment, and nowhere else."""

from __future__ import annotations

import base64
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from harness.config.documents import AuthDocument, SecretDocument, ToxiproxyDocument
from harness.errors import BadInput, EnvironmentFailed

TOXIPROXY_TOKEN = "TOXIPROXY_AUTH_TOKEN"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`headers` to send, and for each secret value the name that stands for it in a curl line."""

    headers: Mapping[str, str]
    secrets: Mapping[str, str]


def resolve(auth: AuthDocument | None, environ: Mapping[str, str]) -> Credentials:
    """Raises BadInput for a variable that is not set, EnvironmentFailed for a command that fails."""
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
