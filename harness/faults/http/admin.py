"""The one seam to a running Envoy: its admin interface. Every change is read back."""

from __future__ import annotations

from types import TracebackType

import httpx

from harness.errors import EnvironmentFailed

__all__ = ["EnvoyAdmin"]

_TIMEOUT_S = 2.0  # a healthy one answers in a millisecond


class EnvoyAdmin:
    """Each method raises EnvironmentFailed. https://www.envoyproxy.io/docs/envoy/latest/operations/admin"""

    def __init__(self, url: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/")
        # trust_env: HTTP_PROXY is for the web, not for a control port.
        self._http = httpx.Client(base_url=self.url, timeout=_TIMEOUT_S, transport=transport, trust_env=False)

    def __enter__(self) -> EnvoyAdmin:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def value(self, key: str) -> str:
        """A runtime value as it was set; `0` where it never was."""
        found = self._call("GET", "/runtime", {}).json()
        return str(found["entries"].get(key, {}).get("final_value") or "0")

    def set(self, key: str, value: str) -> None:
        """Set a runtime value: the next request on any connection knows it."""
        self._call("POST", "/runtime_modify", {key: value})
        if (now := self.value(key)) != value:
            raise EnvironmentFailed(
                f"Envoy at {self.url} took {key} = {value} and has {now} in force.", "Somebody else may be changing it."
            )

    def _call(self, method: str, path: str, query: dict[str, str]) -> httpx.Response:
        try:
            answer = self._http.request(method, path, params=query)
        except httpx.HTTPError as error:
            raise EnvironmentFailed(
                f"Envoy at {self.url} did not answer {method} {path}: {error or type(error).__name__}.",
                "See its log in the run folder.",
            ) from error
        if answer.status_code != 200:
            said = answer.text.strip()[:200]
            raise EnvironmentFailed(f"Envoy at {self.url} answered {method} {path} with {answer.status_code}: {said}.")
        return answer
