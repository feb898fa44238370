"""The fast client against servers that say exactly what they are told to."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import uuid
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest

from tests.certificates import context_for
from tests.integration.load.scripted import Scripted

pytestmark = pytest.mark.integration
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def packed(encoding: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (encoding, len(body), body)


def raw_deflate(body: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


SCRIPT: dict[str, Any] = {
    "/ok": [OK],
    "/slow": [0.2, OK],
    "/chunked": [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        0.01,
        b"7;x=y\r\n, world\r\n0\r\nTrailer: x\r\n\r\n",
    ],
    "/in-drops": [part for byte in OK for part in (bytes([byte]), 0.001)],
    "/gzip": [packed(b"gzip", gzip.compress(b"many words"))],
    "/deflate": [packed(b"deflate", zlib.compress(b"many words"))],
    "/raw-deflate": [packed(b"deflate", raw_deflate(b"many words"))],
    "/br": [packed(b"br", brotli.compress(b"many words"))],
    "/not-gzip": [packed(b"gzip", b"plain after all")],
    "/cut-gzip": [packed(b"gzip", gzip.compress(b"many words" * 50)[:-9])],
    "/204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "/304": [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"],
    "/404": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"],
    "/head": [b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"],
    "/head-chunked": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    "/100": [b"HTTP/1.1 100 Continue\r\n\r\n", OK],
    "/103": [
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nX-Late: yes\r\nContent-Length: 2\r\n\r\nhi"
    ],
    "/to-the-end": [b"HTTP/1.1 200 OK\r\n\r\nall of it", "close"],
    "/http10": [b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "close"],
    "/says-close": [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"],
    "/says-more": [OK + b"and more"],
    "/says-twice": [OK + OK],
    "/closed-after": [OK, "close"],
    "/close": ["close"],
    "/reset": ["reset"],
    "/half": [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "close"],
    "/half-head": [b"HTTP/1.1 200 OK\r\nContent-Le", "close"],
    "/half-chunk": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "close"],
    "/garbage": [b"not http at all\r\n\r\n"],
    "/bad-length": [b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhi"],
    "/big-head": [b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 100_000 + b"\r\nContent-Length: 2\r\n\r\nhi"],
    "/huge-head": [b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 3_000_000],
    "/big-body": [b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n" + b"b" * 5_000_000],
    "/drip": [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[part for _ in range(100) for part in (b"x", 0.05)]],
    "/hang": ["hang"],
    "/sets": [
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2; Path=/elsewhere\r\n",
        b"Set-Cookie: c=3; HttpOnly\r\nContent-Length: 0\r\n\r\n",
    ],
    "/unsets": [b"HTTP/1.1 200 OK\r\nSet-Cookie: a=; Max-Age=0; Path=/\r\nContent-Length: 0\r\n\r\n"],
    "/echo": [lambda head: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(head), head)],
    **{
        f"/{status}": [b"HTTP/1.1 %d Moved\r\nLocation: /ok?x=1\r\nContent-Length: 3\r\n\r\nlow" % status]
        for status in (301, 302, 303, 307, 308)
    },
    "/round": [b"HTTP/1.1 302 Moved\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n"],
    "/away": [b"HTTP/1.1 302 Moved\r\nLocation: ftp://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"],
    "/nowhere": [b"HTTP/1.1 302 Moved\r\nContent-Length: 0\r\n\r\n"],
}


class Client:
    """Orders to a process that has the fast client; each test has a session of its own."""

    def __init__(self, child: subprocess.Popen[str], base: str, more: dict[str, Any]) -> None:
        self._child = child
        self._more = {"session": uuid.uuid4().hex, "base": base, **more}

    def all(self, method: str, *paths: str, **options: Any) -> list[dict[str, Any]]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({**self._more, "method": method, "paths": paths, "options": options}) + "\n")
        self._child.stdin.flush()
        said = json.loads(self._child.stdout.readline())
        assert "answers" in said, said
        return said["answers"]

    def one(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return self.all(method, path, **options)[0]


@pytest.fixture(scope="module")
def child() -> Iterator[subprocess.Popen[str]]:
    path = Path(__file__).with_name("fast_child.py")
    with subprocess.Popen(
        [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as made:
        yield made
        made.communicate("")


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted(SCRIPT)
    yield made
    made.close()


@pytest.fixture
def client(child, server) -> Client:
    return Client(child, server.url, {})


def test_one_connection_serves_one_request_after_the_other(server, client) -> None:
    """Keep-alive: whatever the kind of answer, as long as it is whole."""
    for path in (
        "/ok",
        "/chunked",
        "/gzip",
        "/404",
        "/204",
        "/304",
        "/100",
        "/103",
        "/big-head",
        "/big-body",
        "/in-drops",
    ):
        assert client.one("GET", path)["status"] > 0
    for path in ("/head", "/head-chunked"):
        assert client.one("HEAD", path)["status"] == 200
    client.one("POST", "/ok", json={"a": 1})
    assert (server.connections, len(server.heads)) == (1, 14)


def test_each_of_several_requests_at_once_has_its_connection(server, client) -> None:
    """Greenlets of one user share the client without mixing up answers, and the connections are used again."""
    answers = client.all("GET", "/slow", "/slow", "/chunked")
    assert [answer["text"] for answer in answers] == ["hi", "hi", "hello, world"]
    assert server.connections == 3
    client.all("GET", "/ok", "/ok", "/ok")
    assert server.connections == 3


@pytest.mark.parametrize(
    "path", ["/says-close", "/http10", "/to-the-end", "/says-more", "/says-twice", "/closed-after"]
)
def test_a_connection_that_cannot_go_on_is_replaced(server, client, path) -> None:
    """Closed, about to be closed, or with bytes that nobody asked for: the next request has a fresh one, and is sent once."""
    assert client.one("GET", path)["text"] == ("all of it" if path == "/to-the-end" else "hi")
    assert client.one("GET", "/slow")["text"] == "hi"
    assert client.one("POST", "/ok")["text"] == "hi"
    assert (server.connections, len(server.heads)) == (2, 3)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/chunked", "hello, world"),
        ("/in-drops", "hi"),
        ("/gzip", "many words"),
        ("/deflate", "many words"),
        ("/raw-deflate", "many words"),
        ("/br", "many words"),
        ("/to-the-end", "all of it"),
        ("/100", "hi"),
        ("/103", "hi"),
    ],
)
def test_a_body_is_whole_and_unpacked(client, path, text) -> None:
    """Chunks, pieces, compression, interim answers, and a body that ends with the connection."""
    answer = client.one("GET", path)
    assert (answer["status"], answer["text"], answer["error"], answer["ok"]) == (200, text, None, True)


def test_headers_are_those_of_the_last_answer(client) -> None:
    """Not of an interim one; several of a name are joined."""
    assert client.one("GET", "/103")["headers"] == {"X-Late": "yes", "Content-Length": "2"}
    assert len(client.one("GET", "/big-head")["headers"]["X-Big"]) == 100_000
    assert "a=1; Path=/, b=2" in client.one("GET", "/sets")["headers"]["Set-Cookie"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("HEAD", "/head", 200), ("HEAD", "/head-chunked", 200), ("GET", "/204", 204), ("GET", "/304", 304)],
)
def test_some_answers_have_no_body(client, method, path, status) -> None:
    """HEAD, 204 and 304 end with their headers, whatever these say of a length."""
    answer = client.one(method, path)
    assert (answer["status"], answer["text"], answer["error"]) == (status, "", None)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/close", "ClosedEarly"),
        ("/reset", "ConnectionResetError"),
        ("/half", "ClosedEarly"),
        ("/half-head", "ClosedEarly"),
        ("/half-chunk", "ClosedEarly"),
        ("/garbage", "NotHttp"),
        ("/bad-length", "NotHttp"),
        ("/huge-head", "AnswerTooLarge"),
        ("/not-gzip", "NotDecodable"),
        ("/cut-gzip", "NotDecodable"),
    ],
)
def test_what_is_no_whole_answer_is_an_error(server, client, path, error) -> None:
    """The error is kept, nothing is made up, it is asked for once, and the client goes on."""
    answer = client.one("POST", path)
    assert (answer["status"], answer["text"], answer["headers"], answer["error"]) == (0, None, None, error)
    assert len(server.heads) == 1
    assert client.one("POST", "/ok")["text"] == "hi"


@pytest.mark.parametrize("path", ["/drip", "/hang"])
def test_the_time_out_bounds_the_whole_answer(child, server, path) -> None:
    """A server that drips is as late as one that is silent."""
    client = Client(child, server.url, {"patience": 0.3})
    answer = client.one("GET", path)
    assert (answer["status"], answer["error"]) == (0, "TimeoutError")
    assert answer["elapsed"] >= 0.3
    assert client.one("GET", "/ok")["text"] == "hi"


def test_a_time_out_can_be_that_of_one_request(client) -> None:
    """Shorter or longer than the user's own."""
    assert client.one("GET", "/slow", timeout=0.05)["error"] == "TimeoutError"
    assert client.one("GET", "/slow", timeout=5)["text"] == "hi"


def test_a_kept_connection_that_ends_without_a_word_is_tried_again_for_reads_only(server, client) -> None:
    """A GET goes out once more on a fresh connection; a POST never does: it may have had its effect."""
    client.one("GET", "/ok")
    assert client.one("GET", "/close")["error"] == "ClosedEarly"
    assert [head.split()[1] for head in server.heads] == ["/ok", "/close", "/close"]
    client.one("GET", "/ok")
    assert client.one("POST", "/close")["error"] == "ClosedEarly"
    assert [head.split()[1] for head in server.heads][3:] == ["/ok", "/close"]


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_redirects_are_followed_as_browsers_do(server, client, status, method) -> None:
    """307 and 308 keep method and body; the others go on as GET. The answer knows where it came from."""
    answer = client.one("POST", f"/{status}", data="word", headers={"X-Mine": "1"})
    assert (answer["text"], answer["hops"]) == ("hi", [status])
    assert answer["url"] == f"{server.url}/ok?x=1"
    assert server.heads[1].startswith(f"{method} /ok?x=1 ")
    assert "X-Mine: 1" in server.heads[1]
    assert server.bodies == [b"word", b"word" if method == "POST" else b""]
    assert client.one("GET", f"/{status}", allow_redirects=False)["text"] == "low"


@pytest.mark.parametrize(
    ("path", "error"), [("/round", "TooManyRedirects"), ("/away", "TooManyRedirects"), ("/nowhere", None)]
)
def test_a_redirect_that_leads_nowhere_ends(client, path, error) -> None:
    """Round and round, or away from HTTP, is an error; one without a place to go is the answer itself."""
    assert client.one("GET", path)["error"] == error


def test_credentials_stay_with_the_target(child) -> None:
    """Neither the target's headers nor cookies nor Authorization follow a redirect to another place."""
    other = Scripted(SCRIPT)
    away = b"HTTP/1.1 302 Moved\r\nLocation: %b/echo\r\nContent-Length: 0\r\n\r\n" % other.url.encode()
    server = Scripted({"/go": [away], "/echo": SCRIPT["/echo"]})
    client = Client(child, server.url, {"aim": {"Authorization": "Bearer s3cret", "X-Key": "k3y"}})
    assert "s3cret" in client.one("GET", "/echo")["text"]
    for seen in (client.one("GET", "/go")["text"], client.one("GET", f"{other.url}/echo")["text"]):
        assert "s3cret" not in seen
        assert "k3y" not in seen
    server.close()
    other.close()


def test_cookies_come_back_where_they_belong(client) -> None:
    """By path; removed when the server says so; `cookies` of the answer shows what it set."""
    assert client.one("GET", "/sets")["cookies"] == {"a": "1", "b": "2", "c": "3"}
    assert "Cookie: a=1; c=3" in client.one("GET", "/echo")["text"]
    client.one("GET", "/unsets")
    assert "Cookie: c=3\r\n" in client.one("GET", "/echo")["text"] + "\r\n"


def test_what_is_sent_is_what_was_asked_for(server, client) -> None:
    """JSON, forms, text, files, queries, headers over our own, basic authentication."""
    client.one("POST", "/ok", json={"a": "ü"}, params={"q": "a b", "r": [1, 2]})
    head = server.heads[-1]
    assert head.startswith("POST /ok?q=a+b&r=1&r=2 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "Content-Type: application/json" in head
    assert json.loads(server.bodies[-1]) == {"a": "ü"}
    client.one("PUT", "/ok", data={"a": "1 2"}, headers={"user-agent": "me", "X-N": 3}, auth=["u", "p"])
    head = server.heads[-1]
    assert server.bodies[-1] == b"a=1+2"
    assert "application/x-www-form-urlencoded" in head
    assert "user-agent: me" in head
    assert "User-Agent" not in head
    assert "X-N: 3" in head
    assert "Authorization: Basic dTpw" in head
    client.one("PATCH", "/ok", data="ü", files=None)
    assert server.bodies[-1] == "ü".encode()
    client.one("POST", "/ok", files={"f": "content"})
    assert b'name="f"' in server.bodies[-1]
    client.one("DELETE", "/ok")
    assert "Content-Length" not in server.heads[-1]
    client.one("POST", "/ok")
    assert "Content-Length: 0" in server.heads[-1]


def test_a_header_cannot_smuggle_in_a_request(child, server) -> None:
    """A line break in a header is refused before anything is sent."""
    client = Client(child, server.url, {})
    with pytest.raises(AssertionError, match=r"ValueError.*line break"):
        client.one("GET", "/ok", headers={"X": "a\r\nY: b"})
    assert server.heads == []


def test_a_refused_connection_is_told_apart(child, free_port) -> None:
    """Nobody listens there."""
    assert Client(child, f"http://127.0.0.1:{free_port}", {}).one("GET", "/")["error"] == "ConnectionRefusedError"


def test_tls_is_verified_where_that_is_asked_for(child, authority: Path, secure: Callable[[], Scripted]) -> None:
    """Trusted by its file, refused without it, accepted by an insecure client; keep-alive and long bodies as in the open."""
    server = secure()
    trusting = Client(child, server.url, {"ca": str(authority)})
    assert trusting.one("GET", "/ok")["text"] == "hi"
    assert trusting.one("GET", "/big-body")["size"] == 5_000_000
    assert trusting.one("POST", "/ok", data="x" * 3_000_000)["text"] == "hi"
    assert trusting.one("GET", "/half")["error"] == "ClosedEarly"
    assert server.connections == 1
    refusing = Client(child, server.url, {"insecure": False}).one("GET", "/ok")
    assert (refusing["status"], refusing["error"]) == (0, "SSLCertVerificationError")
    assert Client(child, server.url, {"insecure": True}).one("GET", "/ok")["text"] == "hi"
    named = Client(child, server.url.replace("127.0.0.1", "localhost"), {"ca": str(authority)})
    assert named.one("GET", "/ok")["error"] == "SSLCertVerificationError"
    server.close()


@pytest.fixture
def free_port() -> int:
    made = Scripted({})
    made.close()
    return made.port


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """Whom to trust to know the server of `secure`."""
    return tmp_path / "authority.pem"


@pytest.fixture
def secure(authority: Path) -> Callable[[], Scripted]:
    context = context_for("127.0.0.1", authority)
    return lambda: Scripted(SCRIPT, context)
