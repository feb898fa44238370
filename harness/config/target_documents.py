"""What a `harness.yaml` may say of targets, and what a scenario shares with it. Its JSON Schema is published by `harness schema`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from harness.config.audit import TargetAuditDocument
from harness.config.fields import Document, Duration, Name, Rate, or_a_string
from harness.errors import BadInput
from harness.model.pact import Selector

LEAST_EVERY_S = 0.1


class SecretDocument(Document):
    """A secret is never written in a file: `env` names the variable that holds it."""

    env: str


class BasicDocument(Document):
    """HTTP basic authentication (RFC 7617)."""

    user: str
    password: SecretDocument


class ApiKeyDocument(Document):
    """A key in a header of its own."""

    header: str
    value: SecretDocument


class ClientCredentialsDocument(Document):
    """A bearer token of an authorization server (OAuth 2.0, RFC 6749, section 4.4). Who asks is said in `Authorization`, or in the body."""

    token_url: str = Field(pattern=r"^https?://[^\s/]+.*$")
    id: str = Field(min_length=1)
    secret: SecretDocument
    scope: str = ""
    audience: str = ""
    in_body: bool = False


class AuthDocument(Document):
    """Exactly one way to authenticate."""

    bearer: SecretDocument | None = None
    basic: BasicDocument | None = None
    api_key: ApiKeyDocument | None = None
    client_credentials: ClientCredentialsDocument | None = None
    command: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> AuthDocument:
        ways = (self.bearer, self.basic, self.api_key, self.client_credentials, self.command)
        if sum(value is not None for value in ways) != 1:
            raise ValueError("say exactly one of bearer, basic, api_key, client_credentials, command")
        return self


class TlsDocument(Document):
    """`ca` is a PEM file that is trusted; `verify: false` trusts anything."""

    ca: str | None = None
    verify: bool = True


class PactDocument(Document):
    """Where a provider's pacts are, who sets its provider states and makes its messages, and which versions of brokers are wanted."""

    provider: str
    sources: list[str] = Field(min_length=1)
    states: str = ""
    messages: str = ""
    selectors: list[str] = []
    pending: bool = False
    wip_since: str = Field(default="", pattern=r"^(\d{4}-\d\d-\d\d)?$")

    @field_validator("selectors")
    @classmethod
    def _readable(cls, selectors: list[str]) -> list[str]:
        for text in selectors:
            try:
                Selector.parse(text)
            except BadInput as error:
                raise ValueError(f"{error.what} {error.todo}") from error
        return selectors


class EdgeDocument(Document):
    """Where a fault can be put: a proxy that is already there (`proxy`), or one that we make and remove (`listen` and `upstream`).

    `container` is what runs behind it, for `kill` and `pause` through docker; `address` is where a probe connects without a proxy.
    """

    proxy: str | None = None
    listen: str | None = None
    upstream: str | None = None
    container: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    address: str | None = Field(default=None, pattern=r"^\S+:\d{1,5}$")
    probe: Literal["http", "grpc", "postgres", "redis", "tcp"] = "tcp"

    @property
    def has_proxy(self) -> bool:
        """Whether a Toxiproxy stands there."""
        return bool(self.proxy or self.listen or self.upstream)

    @model_validator(mode="after")
    def _there_or_made(self) -> EdgeDocument:
        made = bool(self.listen and self.upstream)
        if self.has_proxy and bool(self.proxy) == made:
            raise ValueError(
                "name the `proxy` that is there, or give both `listen` and `upstream` for one that harness makes"
            )
        if not (self.has_proxy or self.container or self.address):
            raise ValueError(
                "name the `proxy` that is there, give both `listen` and `upstream` for one that harness makes, "
                "or say `container` (for kill and pause) or `address` (for a probe)"
            )
        if self.has_proxy and self.address:
            raise ValueError("`address` is for an edge without a proxy: a probe connects to the proxy; leave it out")
        return self


class ToxiproxyDocument(Document):
    """A Toxiproxy server; one of 2.13 may ask for a token."""

    url: str
    token: SecretDocument | None = None


class LimitsDocument(Document):
    """What may be done to the target: hosts off loopback, the edges that may be hurt (all, unless named), and for how long.

    `unguarded` takes the risk of faults on a Toxiproxy elsewhere that no `harness guard` watches, as `--no-guard` does for one run.
    """

    hosts: list[str] = []
    edges: list[str] | None = None
    rate: Rate | None = None
    max_fault: Duration = 60.0
    writes: bool = False
    unguarded: bool = False


class ProbeDocument(Document):
    """A number that clients can't see: exactly one of `prometheus` (a query, with `url`), `http` (a URL) and `command`.

    The number in an HTTP answer is its whole body, or its `status`, or the `seconds` it took (`read`), or stands in its JSON
    (`json: queue.depth`) or in Prometheus' text format (`metric: jobs{queue="mail"}`). A command prints it.
    """

    prometheus: str | None = None
    http: str | None = None
    command: str | None = None
    url: str = ""
    read: Literal["body", "status", "seconds"] = "body"
    json_: str | None = Field(default=None, alias="json")
    metric: str | None = None
    every: Duration = 1.0
    timeout: Duration = 2.0
    auth: AuthDocument | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> ProbeDocument:
        if sum(value is not None for value in (self.prometheus, self.http, self.command)) != 1:
            raise ValueError("say exactly one of prometheus, http, command")
        if (self.prometheus is None) == bool(self.url):
            raise ValueError("`url` goes with `prometheus`: the server that the query is asked of")
        if self.http is None and (self.json_ or self.metric or self.read != "body"):
            raise ValueError("`read`, `json` and `metric` go with `http`: where the number stands in the answer")
        if bool(self.json_) + bool(self.metric) + (self.read != "body") > 1:
            raise ValueError("say at most one of read, json, metric")
        if self.every < LEAST_EVERY_S:
            raise ValueError("`every` is at least 100ms")
        return self


class AlertsDocument(Document):
    """Who knows whether alerts fire: the URL of a `prometheus` or of an `alertmanager`."""

    prometheus: str | None = None
    alertmanager: str | None = None
    every: Duration = 1.0
    timeout: Duration = 2.0
    auth: AuthDocument | None = None

    @model_validator(mode="after")
    def _one_source(self) -> AlertsDocument:
        if (self.prometheus is None) == (self.alertmanager is None):
            raise ValueError("say exactly one of prometheus, alertmanager: the URL of the server")
        return self


class ResetDocument(Document):
    """Puts the data back as it was, before each run that is compared. The command runs in the folder of this file, without a shell."""

    command: str = Field(min_length=1)
    timeout: Duration = 60.0


class TargetDocument(Document):
    """A service of your own."""

    url: str = Field(pattern=r"^https?://[^\s/]+.*$")
    description: str = ""
    auth: AuthDocument | None = None
    identities: dict[str, AuthDocument] = {}
    strangers: list[str] = []
    tls: TlsDocument = TlsDocument()
    pact: PactDocument | None = None
    toxiproxy: ToxiproxyDocument | None = Field(default=None, json_schema_extra=or_a_string)
    edges: dict[Name, EdgeDocument] = {}
    limits: LimitsDocument = LimitsDocument()
    exclude: list[str] = []
    probes: dict[Name, ProbeDocument] = {}
    alerts: AlertsDocument | None = None
    reset: ResetDocument | None = None
    audit: TargetAuditDocument | None = None

    @field_validator("toxiproxy", mode="before")
    @classmethod
    def _url_alone(cls, value: Any) -> Any:
        return ({"url": value} if value else None) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _limits_name_edges(self) -> TargetDocument:
        for name in self.limits.edges or ():
            if name not in self.edges:
                raise ValueError(f"`limits.edges` names `{name}`, which is not one of `edges`")
        return self

    @model_validator(mode="after")
    def _strangers_are_known(self) -> TargetDocument:
        for who in self.strangers:
            if who not in self.identities:
                raise ValueError(f"`strangers` names `{who}`, which is not one of `identities`")
        return self

    @model_validator(mode="after")
    def _edges_need_a_proxy(self) -> TargetDocument:
        if any(edge.has_proxy for edge in self.edges.values()) and not self.toxiproxy:
            raise ValueError("`edges` need `toxiproxy`: the URL of the Toxiproxy server, such as http://127.0.0.1:8474")
        return self


class HarnessDocument(Document):
    """`harness.yaml`: the user's own targets."""

    extends: str | None = None
    targets: dict[Name, TargetDocument] = {}
