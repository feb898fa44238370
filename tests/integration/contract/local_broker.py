"""A small Pact Broker on loopback: the HAL routes that Pact's own verifier uses, publishing, results, deployments and can-i-deploy.

`test_broker.py` also lets pact-python's verifier talk to it, so that it is known to speak as the real one does.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class LocalBroker:
    """`trouble` (method, path) -> status makes it fail on purpose; `token` makes it ask for one. `asked` are the queries it was sent."""

    def __init__(self) -> None:
        self.url = ""
        self.token = ""
        self.trouble: dict[str, int] = {}
        self.asked: list[dict[str, Any]] = []
        self.pacts: dict[tuple[str, str, str], dict[str, Any]] = {}  # consumer, provider, version -> pact
        self.branches: dict[tuple[str, str], str] = {}  # participant, version -> branch
        self.results: list[dict[str, Any]] = []
        self.deployed: dict[tuple[str, str], str] = {}  # participant, environment -> version

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """A status and a document."""
        routes: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
            ("GET", r"/?", self._index),
            ("POST", r"/contracts/publish", lambda: self._publish(body)),
            ("GET", r"/pacts/provider/([^/]+)/for-verification", lambda p: (200, self._page(p))),
            ("POST", r"/pacts/provider/([^/]+)/for-verification", lambda p: self._for_verification(p, body)),
            ("GET", r"/pacts/provider/([^/]+)/consumer/([^/]+)/version/([^/]+)", self._pact),
            ("POST", r"/results/([^/]+)/([^/]+)/([^/]+)", lambda *names: self._result(names, body)),
            ("GET", r"/pacticipants/([^/]+)", self._participant),
            ("PUT", r"/pacticipants/([^/]+)/branches/([^/]+)/versions/([^/]+)", self._branch),
            ("GET", r"/pacticipants/([^/]+)/versions/([^/]+)", self._version),
            ("POST", r"/deploy/([^/]+)/([^/]+)/([^/]+)", self._deploy),
            ("GET", r"/can-i-deploy", lambda: self._may(query)),
        ]
        for verb, pattern, route in routes:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                return route(*(unquote(part) for part in found.groups()))
        return 404, {"error": "no such resource"}

    def _href(self, path: str) -> dict[str, str]:
        return {"href": self.url + path}

    def _index(self) -> tuple[int, Any]:
        paths = {
            "pb:publish-contracts": "/contracts/publish",
            "pb:provider-pacts-for-verification": "/pacts/provider/{provider}/for-verification",
            "pb:pacticipant-version": "/pacticipants/{pacticipant}/versions/{version}",
            "pb:can-i-deploy-pacticipant-version-to-environment": "/can-i-deploy?pacticipant={pacticipant}"
            "&version={version}&environment={environment}",
        }
        return 200, {"_links": {name: {**self._href(path), "templated": "{" in path} for name, path in paths.items()}}

    def _page(self, provider: str) -> Any:
        return {"_links": {"self": self._href(f"/pacts/provider/{provider}/for-verification")}}

    def _publish(self, body: Any) -> tuple[int, Any]:
        consumer, version = body["pacticipantName"], body["pacticipantVersionNumber"]
        self.branches[(consumer, version)] = body.get("branch", "")
        for contract in body["contracts"]:
            document = json.loads(base64.b64decode(contract["content"]))
            known = self.pacts.get((consumer, contract["providerName"], version))
            if known is not None and known != document:
                return 409, {"errors": {"content": [f"Cannot change the content of the pact for {consumer} {version}"]}}
            self.pacts[(consumer, contract["providerName"], version)] = document
        return 200, {"notices": [{"type": "success", "text": f"Published {consumer} {version}"}]}

    def _for_verification(self, provider: str, body: Any) -> tuple[int, Any]:
        self.asked.append(body)
        rows = []
        for consumer, other, version in self.pacts:
            if other != provider or not self._is_wanted(consumer, version, body["consumerVersionSelectors"]):
                continue
            kept = any(r["consumer"] == consumer and r["version"] == version and r["success"] for r in self.results)
            path = f"/pacts/provider/{provider}/consumer/{consumer}/version/{version}"
            rows.append(
                {
                    "shortDescription": "as selected",
                    "verificationProperties": {
                        "pending": bool(body.get("includePendingStatus")) and not kept,
                        "notices": [],
                    },
                    "_links": {"self": {**self._href(path), "name": f"{consumer} {version}"}},
                }
            )
        return 200, {"_embedded": {"pacts": rows}}

    def _is_wanted(self, consumer: str, version: str, selectors: list[dict[str, Any]]) -> bool:
        branch = self.branches[(consumer, version)]
        there = version in [v for (name, _), v in self.deployed.items() if name == consumer]
        return any(
            (one.get("mainBranch") and branch == "main")
            or (one.get("branch") == branch and branch)
            or (one.get("deployedOrReleased") and there)
            or one.get("latest")
            for one in selectors
        )

    def _pact(self, provider: str, consumer: str, version: str) -> tuple[int, Any]:
        document = self.pacts.get((consumer, provider, version))
        if document is None:
            return 404, {"error": "no such pact"}
        rows = [{**row, "_id": f"id-{n}"} for n, row in enumerate(document["interactions"])]
        links = {
            "self": self._href(f"/pacts/provider/{provider}/consumer/{consumer}/version/{version}"),
            "pb:provider": {**self._href(f"/pacticipants/{provider}"), "name": provider},
            "pb:publish-verification-results": self._href(f"/results/{provider}/{consumer}/{version}"),
        }
        return 200, {**document, "interactions": rows, "_links": links}

    def _result(self, names: tuple[str, ...], body: Any) -> tuple[int, Any]:
        provider, consumer, version = names
        self.results.append({"provider": provider, "consumer": consumer, "version": version, **body})
        return 201, {}

    def _participant(self, name: str) -> tuple[int, Any]:
        link = {**self._href(f"/pacticipants/{name}/branches/{{branch}}/versions/{{version}}"), "templated": True}
        return 200, {"name": name, "_links": {"self": self._href(f"/pacticipants/{name}"), "pb:branch-version": link}}

    def _branch(self, name: str, branch: str, version: str) -> tuple[int, Any]:
        self.branches[(name, version)] = branch
        return 201, {}

    def _version(self, name: str, version: str) -> tuple[int, Any]:
        link = {**self._href(f"/deploy/{name}/{version}/production"), "name": "production"}
        return 200, {"number": version, "_links": {"pb:record-deployment": [link]}}

    def _deploy(self, name: str, version: str, environment: str) -> tuple[int, Any]:
        self.deployed[(name, environment)] = version
        return 201, {}

    def _may(self, query: dict[str, list[str]]) -> tuple[int, Any]:
        provider, version, environment = (query[key][0] for key in ("pacticipant", "version", "environment"))
        matrix = []
        for consumer, other, consumer_version in self.pacts:
            if other != provider or self.deployed.get((consumer, environment)) != consumer_version:
                continue
            said = [
                r
                for r in self.results
                if (r["consumer"], r["version"], r["providerApplicationVersion"])
                == (consumer, consumer_version, version)
            ]
            matrix.append(
                {
                    "consumer": {"name": consumer, "version": {"number": consumer_version}},
                    "provider": {"name": provider, "version": {"number": version} if said else None},
                    "verificationResult": {"success": said[-1]["success"]} if said else None,
                }
            )
        told = [row["verificationResult"] for row in matrix]
        deployable = None if None in told else all(one["success"] for one in told if one)
        return 200, {"summary": {"deployable": deployable, "reason": "as the matrix says"}, "matrix": matrix}


@contextmanager
def local_broker() -> Iterator[LocalBroker]:
    """Running, on a free port."""
    broker = LocalBroker()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if broker.token and self.headers.get("Authorization") != f"Bearer {broker.token}":
                status, document = 401, {"error": "no"}
            elif parts.path in broker.trouble:
                status, document = broker.trouble[parts.path], {"error": {"message": "the database is gone"}}
            else:
                body = json.loads(raw) if raw else None
                status, document = broker.answer(self.command, parts.path, parse_qs(parts.query), body)
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/hal+json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    broker.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield broker
    finally:
        server.shutdown()
        server.server_close()
