"""An answer, as locustfiles use one: what nobody reads is never decoded."""

from __future__ import annotations

import json
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from charset_normalizer import detect
from locust.exception import CatchResponseError, LocustError, ResponseError
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from harness.load.fast.prepared import Prepared
from harness.load.head import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Answer", "header_values"]

_WITH = "with self.client.get(..., catch_response=True) as response:"


class Answer:
    """`status_code` is 0, `content` and `headers` are None where no answer came; `error` then says why.

    `url` is where the answer came from, after redirects. In a with-block (`catch_response=True`) `success()` and
    `failure()` overrule the status.
    """

    error: BaseException | None = None  # below HTTP, or LocustBadStatusCode
    encoding: str | None = None
    history: tuple[Answer, ...] = ()
    call: Any = None  # the engine's record of the request
    start_time = 0.0  # seconds since the epoch, only where somebody listens
    js: Any = None
    _headers: CaseInsensitiveDict[str] | None = None
    _on_verdict: Callable[[Answer, BaseException | None], None] | None = None
    _entered = False
    _verdict: BaseException | bool | None = None
    name = ""
    context: Any = None

    def __init__(self, request: Prepared, status: int, head: bytes, content: bytes | None) -> None:
        self.request = request
        self.status_code = status
        self.head = head  # the bytes, and maybe some of the body
        self.content = content
        self.took = 0.0  # seconds

    def __repr__(self) -> str:
        return f"<Answer {self.status_code} to {self.request.method} {self.url}>"

    @property
    def url(self) -> str:
        """Of the request that was answered."""
        return self.request.url

    @property
    def ok(self) -> bool:
        """Whether an answer came with a status below 400."""
        return 0 < self.status_code < 400

    @property
    def elapsed(self) -> timedelta:
        """From the start of the request to its whole answer, redirects included."""
        return timedelta(seconds=self.took)

    @property
    def headers(self) -> CaseInsensitiveDict[str] | None:
        """By name in any case; several of one name are joined by a comma."""
        if self._headers is None and self.status_code:
            found: CaseInsensitiveDict[str] = CaseInsensitiveDict()
            for name, value in lines_of(self.head):
                found[name] = f"{found[name]}, {value}" if name in found else value
            self._headers = found
        return self._headers

    @property
    def cookies(self) -> dict[str, str]:
        """Those that this answer sets, by name."""
        pairs = (value.partition(";")[0].partition("=") for value in header_values(self.head, "set-cookie"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def text(self) -> str | None:
        """The body as text: by its charset, else as it looks."""
        if self.content is None:
            return None
        if self.encoding is None:
            self.encoding = (
                get_encoding_from_headers(self.headers or CaseInsensitiveDict()) or detect(self.content)["encoding"]
            )
        return str(self.content, self.encoding or "utf-8", errors="replace")

    def json(self, **options: Any) -> Any:
        """The body as JSON. Raises ValueError for anything else."""
        return json.loads(self.content or b"", **options)

    def raise_for_status(self) -> None:
        """Raise what failed, if anything did: below HTTP, by status, or by `failure()`."""
        if isinstance(self._verdict, BaseException):
            raise self._verdict
        if self.error is not None and not self._verdict:
            raise self.error

    def success(self) -> None:
        """It counts as a success, whatever its status."""
        self._must_be_entered()
        self._verdict = True

    def failure(self, why: Any) -> None:
        """It counts as a failure, whatever its status."""
        self._must_be_entered()
        self._verdict = why if isinstance(why, Exception) else CatchResponseError(why)

    def __enter__(self) -> Answer:
        if self._on_verdict is None:
            raise LocustError("In order to use a with-block for requests, you must also pass catch_response=True")
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """As Locust's own clients have it: a verdict counts even if the block raised; else only a ResponseError is one."""
        assert self._on_verdict is not None
        if self._verdict is not None:
            self._on_verdict(self, self._verdict if isinstance(self._verdict, BaseException) else None)
            return kind is None
        if kind is None:
            self._on_verdict(self, self.error)
            return True
        if isinstance(value, ResponseError):
            self._on_verdict(self, value)
            return True
        return False

    def _must_be_entered(self) -> None:
        if not self._entered:
            raise LocustError(f"A verdict on a request needs a with-block:\n\n{_WITH}\n    response.success()")


def header_values(head: bytes, name: str) -> list[str]:
    """Every value of one header (name in lower case)."""
    return [value for key, value in lines_of(head) if key.lower() == name]
