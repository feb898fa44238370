"""`harness.yaml`: targets of one's own, secrets from the environment, mistakes with their place."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from harness.config import find_harness_yaml, read_target
from harness.errors import BadDocument, BadInput, EnvironmentFailed, HarnessError
from harness.model import Target

GOOD = """\
targets:
  shop:
    url: ${BASE:-http://127.0.0.1:8080}/
    description: openapi.yaml
    auth: {bearer: {env: SHOP_TOKEN}}
    toxiproxy: http://127.0.0.1:8474
    edges:
      front: {listen: 127.0.0.1:18443, upstream: 127.0.0.1:8080, probe: http}
      db: {proxy: postgres, probe: postgres}
    limits: {hosts: [shop.test.example], rate: 500/s, max_fault: 30s, writes: true}
    exclude: [POST /admin/shutdown]
"""


def read(place: Path, text: str, name: str = "shop", **environ: str) -> Target:
    (place / "harness.yaml").write_text(text)
    return read_target(name, environ=environ, start=place, builtin={"reference": Target(name="reference", url="")})


def test_a_target_reads_whole(tmp_path: Path) -> None:
    """URL, credentials, edges and limits, with paths relative to the file and variables filled in."""
    target = read(tmp_path, GOOD, SHOP_TOKEN="s3cret-value")
    assert target.url == "http://127.0.0.1:8080"
    assert target.headers == {"Authorization": "Bearer s3cret-value"}
    assert target.secrets == {"s3cret-value": "$SHOP_TOKEN"}
    assert target.description == str(tmp_path / "openapi.yaml")
    assert target.edges["front"].ours
    assert not target.edges["db"].ours
    assert target.limits.max_fault == 30.0
    assert "s3cret-value" not in repr(target)


def test_the_token_of_a_toxiproxy(tmp_path: Path) -> None:
    """From the variable that is named, else from Toxiproxy's own; masked in records and in what is printed."""
    named = GOOD.replace("http://127.0.0.1:8474", "{url: 'http://127.0.0.1:8474/', token: {env: CHAOS_TOKEN}}")
    target = read(tmp_path, named, SHOP_TOKEN="s3cret-value", CHAOS_TOKEN="t0ken-value")
    assert (target.toxiproxy, target.toxiproxy_token, target.toxiproxy_token_env) == (
        "http://127.0.0.1:8474",
        "t0ken-value",
        "CHAOS_TOKEN",
    )
    assert target.secrets["t0ken-value"] == "$CHAOS_TOKEN"
    assert "t0ken-value" not in repr(target)
    with pytest.raises(BadInput, match="CHAOS_TOKEN is not set"):
        read(tmp_path, named, SHOP_TOKEN="s3cret-value")
    usual = read(tmp_path, GOOD, SHOP_TOKEN="s3cret-value", TOXIPROXY_AUTH_TOKEN="t0ken-value")
    assert (usual.toxiproxy_token, usual.toxiproxy_token_env) == ("t0ken-value", "TOXIPROXY_AUTH_TOKEN")
    assert read(tmp_path, GOOD, SHOP_TOKEN="s3cret-value").toxiproxy_token_env == ""


def test_the_token_in_the_documents(tmp_path: Path) -> None:
    """What docs/faults.md shows can be written."""
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text()
    blocks = re.findall(r"^```yaml\n(targets:.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (shown,) = (block for block in blocks if "CHAOS_TOKEN" in block)
    assert read(tmp_path, shown, CHAOS_TOKEN="t0ken-value").toxiproxy_token == "t0ken-value"


def test_limits_name_edges_that_are_there(tmp_path: Path) -> None:
    """A mistyped one would allow nothing, or everything."""
    with pytest.raises(BadDocument, match="names `dbb`"):
        read(tmp_path, GOOD.replace("rate: 500/s", "rate: 500/s, edges: [dbb]"), SHOP_TOKEN="x")


def test_strangers_are_identities(tmp_path: Path) -> None:
    """As docs/check.md shows it; a mistyped one would make a check that checks nothing."""
    text = (Path(__file__).parents[3] / "docs" / "check.md").read_text()
    (shown,) = re.findall(r"^```yaml\n(targets:.*?strangers.*?)^```$", text, re.DOTALL | re.MULTILINE)
    shown = shown.replace("shop:\n", "shop:\n    url: http://127.0.0.1:1\n")
    target = read(tmp_path, shown, SHOP_TOKEN="x", MALLORY_TOKEN="y")
    assert target.strangers == ("mallory",)
    assert target.identities["mallory"] == {"Authorization": "Bearer y"}
    with pytest.raises(BadDocument, match="names `malory`"):
        read(tmp_path, shown.replace("[mallory]", "[malory]"), SHOP_TOKEN="x", MALLORY_TOKEN="y")


def test_it_is_found_upwards(tmp_path: Path) -> None:
    """From a folder below, and nowhere else."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "harness.yaml").write_text("targets: {}")
    assert find_harness_yaml(tmp_path / "a" / "b") == tmp_path / "a" / "harness.yaml"
    assert read_target("http://127.0.0.1:1/", environ={}, start=tmp_path, builtin={}).url == "http://127.0.0.1:1"


def test_a_shared_file_is_taken_over_and_overruled(tmp_path: Path) -> None:
    """`extends` brings another file's targets; the file's own entry of the same name wins."""
    (tmp_path / "shared.yaml").write_text(
        "targets:\n  shop: {url: http://a.example}\n  other: {url: http://b.example}\n"
    )
    text = "extends: shared.yaml\ntargets:\n  shop: {url: http://c.example}\n"
    assert read(tmp_path, text).url == "http://c.example"
    assert read(tmp_path, text, "other").url == "http://b.example"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("auth: {bearer", "auth: {bearer: {env: X}, basic", 5, "password"),
        ("    url:", "    ulr:", 3, "Did you mean `url`"),
        ("${BASE:-http://127.0.0.1:8080}/", "${NOWHERE}", 0, "NOWHERE"),
        ("probe: postgres}", "probe: oracle}", 9, "postgres"),
        ("{proxy: postgres, probe", "{probe", 9, "listen"),
        ("    toxiproxy: http://127.0.0.1:8474\n", "", 2, "toxiproxy"),
        ("max_fault: 30s", "max_fault: thirty", 9, "duration"),
    ],
)
def test_a_mistake_names_its_place(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    """Exit code 3, the line, and what to write instead."""
    with pytest.raises(BadDocument) as caught:
        read(tmp_path, GOOD.replace(old, new, 1), SHOP_TOKEN="x")
    assert says in str(caught.value)
    assert not line or abs(caught.value.line - line) <= 1, str(caught.value)


def test_an_unknown_target_is_told_with_the_nearest(tmp_path: Path) -> None:
    """And where it was looked for."""
    with pytest.raises(BadInput, match="shop"):
        read(tmp_path, GOOD, "shpo", SHOP_TOKEN="x")


def test_a_missing_secret_is_told(tmp_path: Path) -> None:
    """The variable's name, never a value."""
    with pytest.raises(BadInput, match="SHOP_TOKEN"):
        read(tmp_path, GOOD)


def test_a_circle_of_files_is_refused(tmp_path: Path) -> None:
    """Two files that extend each other end in an error, not in a hang."""
    (tmp_path / "b.yaml").write_text("extends: harness.yaml\n")
    with pytest.raises(BadDocument, match="circle"):
        read(tmp_path, "extends: b.yaml\ntargets: {}\n")


@pytest.mark.parametrize("command", ["false", "true", "no-such-program", "'unclosed"])
def test_a_token_command_that_fails_says_so(tmp_path: Path, command: str) -> None:
    """A command that prints no token is the environment's failure."""
    with pytest.raises(EnvironmentFailed):
        read(tmp_path, f'targets:\n  shop: {{url: http://127.0.0.1:1, auth: {{command: "{command}"}}}}\n')


def test_a_token_command_gives_the_token(tmp_path: Path) -> None:
    """What it prints becomes the bearer token."""
    target = read(tmp_path, "targets:\n  shop: {url: http://127.0.0.1:1, auth: {command: echo t0ken}}\n")
    assert target.headers == {"Authorization": "Bearer t0ken"}


class _Issuer(BaseHTTPRequestHandler):
    """An authorization server: gives a token to shop-ci for the scope orders, by either way of saying who asks."""

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        pair = base64.b64decode((self.headers.get("Authorization") or "Basic ").removeprefix("Basic ")).decode()
        given = pair or f"{body.get('client_id', [''])[0]}:{body.get('client_secret', [''])[0]}"
        good = given in ("shop-ci:s3cret%2Fvalue", "shop-ci:s3cret/value") and body["grant_type"] == [
            "client_credentials"
        ]
        self.server.asked.append((self.path, bool(pair), body.get("scope")))  # type: ignore[attr-defined]
        answer = {"/token": {"access_token": "gr4nted", "token_type": "Bearer"}, "/odd": ["gr4nted"]}.get(self.path)
        document = answer if good else {"error": "invalid_client", "error_description": "no such client"}
        text = json.dumps(document).encode() if self.path != "/html" else b"<html>"
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def issuer() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Issuer)
    server.asked = []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _granted(place: Path, issuer: ThreadingHTTPServer, path: str = "/token", more: str = "", **environ: str) -> Target:
    url = f"http://127.0.0.1:{issuer.server_port}{path}"
    about = f"{{token_url: '{url}', id: shop-ci, secret: {{env: SHOP_SECRET}}{more}}}"
    text = f"targets:\n  shop: {{url: 'http://127.0.0.1:1', auth: {{client_credentials: {about}}}}}\n"
    return read(place, text, **{"SHOP_SECRET": "s3cret/value", **environ})


@pytest.mark.parametrize(("more", "in_header"), [(", scope: orders", True), (", scope: orders, in_body: true", False)])
def test_a_token_is_granted_for_client_credentials(
    tmp_path: Path, issuer: ThreadingHTTPServer, more: str, in_header: bool
) -> None:
    """RFC 6749, section 4.4; neither the token nor the secret is ever shown."""
    target = _granted(tmp_path, issuer, more=more)
    assert target.headers == {"Authorization": "Bearer gr4nted"}
    assert target.secrets == {"gr4nted": "$TOKEN", "s3cret/value": "$SHOP_SECRET"}
    assert issuer.asked == [("/token", in_header, ["orders"])]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "secret", "said"),
    [
        ("/token", "wrong", "401, invalid_client, no such client"),
        ("/odd", "s3cret/value", "it answered 200"),
        ("/html", "s3cret/value", "it answered 200"),
    ],
)
def test_a_server_that_grants_nothing_says_why(
    tmp_path: Path, issuer: ThreadingHTTPServer, path: str, secret: str, said: str
) -> None:
    """The environment's failure, with what the server said; the secret is not repeated."""
    with pytest.raises(EnvironmentFailed) as caught:
        _granted(tmp_path, issuer, path, SHOP_SECRET=secret)
    assert said in str(caught.value)
    assert secret not in str(caught.value)


def test_a_token_is_asked_of_allowed_hosts_only(tmp_path: Path) -> None:
    """As everything else off loopback; nobody is asked before."""
    text = (
        "targets:\n  shop:\n    url: http://127.0.0.1:1\n"
        "    auth: {client_credentials: {token_url: 'https://login.example/t', id: a, secret: {env: S}}}\n"
    )
    with pytest.raises(BadInput, match=r"hosts: \[login.example\]"):
        read(tmp_path, text, S="x")
    nobody = "http://127.0.0.1:9/token"
    with pytest.raises(EnvironmentFailed, match="gave no token"):
        read(tmp_path, text.replace("https://login.example/t", nobody), S="x")


@pytest.mark.parametrize("url", ["https://", "http://"])
def test_a_url_without_a_host_is_refused(tmp_path: Path, url: str) -> None:
    """Not taken for the name of a target."""
    with pytest.raises(HarnessError) as caught:
        read_target(url, environ={}, start=tmp_path, builtin={})
    assert caught.value.exit_code == 3


def test_edges_without_a_proxy(tmp_path: Path) -> None:
    """As docs/faults.md shows: a container that can be killed, and an address that a probe asks."""
    text = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")
    target = read(tmp_path, text.split("```yaml\n")[1].split("```")[0])
    told = {name: (edge.proxy, edge.container, edge.address, edge.protocol) for name, edge in target.edges.items()}
    assert told == {
        "db": ("postgres", "shop-db-1", "", "postgres"),
        "worker": ("", "shop-worker-1", "", "tcp"),
        "billing": ("", "", "127.0.0.1:9100", "http"),
        "stock": ("harness-stock", "", "", "grpc"),
    }


@pytest.mark.parametrize(
    ("edge", "says"),
    [
        ("{probe: http}", "or say `container` (for kill and pause) or `address`"),
        ("{listen: 127.0.0.1:1}", "give both `listen` and `upstream`"),
        ("{proxy: p, address: 127.0.0.1:1}", "leave it out"),
        ("{container: 'a b'}", "container"),
        ("{proxy: p}", "`edges` need `toxiproxy`"),
    ],
)
def test_an_edge_that_cannot_be_is_told(tmp_path: Path, edge: str, says: str) -> None:
    """With what to write."""
    with pytest.raises(BadDocument) as caught:
        read(tmp_path, f"targets:\n  shop:\n    url: http://127.0.0.1:8080\n    edges:\n      one: {edge}\n")
    assert says in str(caught.value)
    (tmp_path / "harness.yaml").unlink()
    fine = "targets: {shop: {url: 'http://127.0.0.1:1', edges: {one: {container: web-1}}}}"
    assert read(tmp_path, fine).edges["one"].container == "web-1"
