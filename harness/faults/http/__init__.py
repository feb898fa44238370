"""What can be done to requests and answers of an edge that speaks HTTP or gRPC: one frozen value per kind, carried out by Envoy."""

from harness.faults.http.admin import EnvoyAdmin
from harness.faults.http.applier import HttpApplier
from harness.faults.http.bootstrap import CANARY, MILLION, Link, bootstrap, runtime_key
from harness.faults.http.content_type import ContentType
from harness.faults.http.dropped_header import DroppedHeader
from harness.faults.http.grpc_status import GrpcStatus
from harness.faults.http.http_status import HttpStatus
from harness.faults.http.malformed_json import MalformedJson
from harness.faults.http.matched import HttpFault, Matched
from harness.faults.http.overlaps import refuse_hidden
from harness.faults.http.throttled_body import ThrottledBody
from harness.faults.http.truncated_body import TruncatedBody
from harness.faults.http.units import GrpcCode, HeaderName, Headers, MediaType, Method, PathPattern, StatusCode

HTTP_FAULTS = {
    one.kind: one
    for one in (HttpStatus, GrpcStatus, TruncatedBody, MalformedJson, ContentType, DroppedHeader, ThrottledBody)
}

__all__ = [
    "CANARY",
    "HTTP_FAULTS",
    "MILLION",
    "ContentType",
    "DroppedHeader",
    "EnvoyAdmin",
    "GrpcCode",
    "GrpcStatus",
    "HeaderName",
    "Headers",
    "HttpApplier",
    "HttpFault",
    "HttpStatus",
    "Link",
    "MalformedJson",
    "Matched",
    "MediaType",
    "Method",
    "PathPattern",
    "StatusCode",
    "ThrottledBody",
    "TruncatedBody",
    "bootstrap",
    "refuse_hidden",
    "runtime_key",
]
