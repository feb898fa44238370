import errno
import http.client

import pytest
import requests
import urllib3
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import BadStatusCode, RetriesExceeded
from hypothesis import given
from hypothesis import strategies as st

from harness.load.outcomes import outcome_of, starved_of
from harness.model import Outcome


@given(st.integers(0, 599))
def test_no_exception_means_ok_whatever_the_status(status: int) -> None:
    """The locustfile's `success()` wins, on a 404 as on a 500."""
    assert outcome_of(status, None) is Outcome.OK


@given(st.integers(500, 599), st.sampled_from([ValueError("no"), requests.HTTPError("500"), OSError("half a body")]))
def test_a_5xx_stays_one_whatever_else_is_said(status: int, error: Exception) -> None:
    """`errors(5xx)` counts what the server did."""
    assert outcome_of(status, error) is Outcome.SERVER_ERROR


@given(st.integers(400, 499))
def test_a_4xx_is_an_error_only_if_the_locustfile_failed_it(status: int) -> None:
    """Raised by the status alone it is `4xx`; failed by the locustfile it is `failed`."""
    assert outcome_of(status, requests.HTTPError(str(status))) is Outcome.CLIENT_ERROR
    assert outcome_of(status, BadStatusCode("/", code=status)) is Outcome.CLIENT_ERROR
    assert outcome_of(status, AssertionError("not this one")) is Outcome.FAILED


def _wrapped(outer: Exception, inner: Exception) -> Exception:
    outer.__context__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(), Outcome.REFUSED),
        (_wrapped(requests.ConnectionError("x"), ConnectionRefusedError()), Outcome.REFUSED),
        (ConnectionResetError(), Outcome.RESET),
        (BrokenPipeError(), Outcome.RESET),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("a", ConnectionResetError())), Outcome.RESET),
        (http.client.RemoteDisconnected("closed without answer"), Outcome.RESET),
        (HTTPConnectionClosed("connection closed."), Outcome.RESET),
        (HTTPParseError("Incomplete response."), Outcome.RESET),
        (HTTPParseError("Expected HTTP/, RTSP/ or ICE/", 8), Outcome.TRANSPORT),
        (requests.exceptions.ChunkedEncodingError(http.client.IncompleteRead(b"x")), Outcome.RESET),
        (TimeoutError(), Outcome.TIMEOUT),
        (requests.ReadTimeout(), Outcome.TIMEOUT),
        (RetriesExceeded("/", 0, original=TimeoutError()), Outcome.TIMEOUT),
        (OSError(113, "no route"), Outcome.TRANSPORT),
        (http.client.BadStatusLine("garbage"), Outcome.TRANSPORT),
        (requests.TooManyRedirects(), Outcome.TRANSPORT),
        (KeyError("a custom client's own"), Outcome.FAILED),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_failures_below_http_keep_their_kind(error: Exception, expected: Outcome) -> None:
    """Each client's own exception is led back to what happened on the wire."""
    assert outcome_of(0, error) is expected


def test_failing_a_request_that_had_no_answer_keeps_what_happened_below() -> None:
    """`response.failure("...")` after a time-out is still a time-out."""
    assert outcome_of(0, AssertionError("no stock shown"), TimeoutError()) is Outcome.TIMEOUT


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (errno.EMFILE, "file descriptors"),
        (errno.EADDRNOTAVAIL, "ports"),
        (errno.ENOBUFS, "memory"),
        (errno.ECONNRESET, ""),
    ],
)
def test_what_the_generator_ran_out_of_is_told_apart(number: int, what: str) -> None:
    """However deep the client wrapped it; a reset is the target's doing."""
    raw = OSError(number, "no")
    assert starved_of(raw) == what
    assert starved_of(_wrapped(requests.ConnectionError("x"), raw)) == what
    assert starved_of(RetriesExceeded("/", 1, original=raw)) == what


def test_an_outcome_is_its_word_wherever_it_is_looked_up() -> None:
    """In a dictionary, too; all but success and a plain 4xx are errors."""
    assert {str(one) for one in Outcome if not one.is_error} == {"ok", "4xx"}
    assert all({one.value: 1}[one] == 1 for one in Outcome)
