"""Opens a target for a run: starts the bundled one, or takes the user's as it is, and says what can be asked of it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from harness.audit import FinalState, Kept
from harness.contract import Description, check_limits, fetch_description
from harness.errors import BadDocument, BadInput, EnvironmentFailed, ServiceDied, how_to_install
from harness.experiment.kept_read import read_kept
from harness.experiment.listener import Listener
from harness.experiment.spawning import GuardedSpawn
from harness.faults import OwnedProcess
from harness.guard import Guard
from harness.model import Edge, Effect, Operations, Pact, Probe, Scenario, Target

if TYPE_CHECKING:
    from harness.stack import Stack, StackSettings

REFERENCE = "reference"
EDGES: Mapping[str, Edge] = {
    "front": Edge(name="front", proxy="front", protocol="http"),
    "postgres": Edge(name="postgres", proxy="postgres", protocol="postgres"),
    "valkey": Edge(name="valkey", proxy="valkey", protocol="redis"),
    "payments": Edge(name="payments", proxy="payments", protocol="http"),
}
METRICS = {"orders-pending": "relay_orders_pending", "outbox": "relay_outbox_events"}  # of the relay, each a probe


def _probes(relay_url: str) -> dict[str, Probe]:
    return {
        name: Probe(name=name, kind="http", ask=f"{relay_url}/metrics", read=f"metric {metric}", every=0.5)
        for name, metric in METRICS.items()
    }


BUILTIN: Mapping[str, Target] = {REFERENCE: Target(name=REFERENCE, url="", edges=EDGES, probes=_probes("http://relay"))}
DEFECTS = ("double-charge", "lost-event", "schema-drift", "slow-list", "slow-place")
SETTINGS = ("processes", "rate-limit")
"""Of the bundled service, as `reference:processes=2` spells them: processes of the API, and requests per second and customer."""
IDENTITIES: Mapping[str, tuple[str, ...]] = {
    "guest": (),
    "customer": ("customer",),
    "operator": ("operator",),
}
"""Others than the one that a run is: subject and scopes. Who has none may do nothing, and has a small limit of requests."""
STRANGERS = ("customer",)
"""Who owns nothing of what a run makes."""
EFFECTS = (
    Effect(operation="place_order", kind="place"),
    Effect(operation="cancel_order", kind="cancel", key="path"),
    Effect(operation="transfer", kind="transfer"),
)
PACT_STATES = "harness.reference.provider_states:handle"
PACT_MESSAGES = "harness.reference.provider_states:message"
QUIESCE_S = 20.0
TOKEN_TTL_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Somebody whose consumers wrote pacts. `messages` names the function that makes its messages, `package.module:function`."""

    target: Target
    messages: str = ""
    description: Description | None = None


FinalRead = Callable[[str, GuardedSpawn], FinalState | Kept]
"""Waits until nothing is under way, for a while, and reads what is true then. Takes the prefix of the run's keys, and what starts processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTarget:
    """A target that answers. `effects` are what the audit records; `final_read` is None where nobody can read,
    `restart_toxiproxy` where the fault proxy is not ours. `processes` are ours, by the edge that they stand behind.
    `beside_load` is entered for as long as a load runs."""

    target: Target
    description: Description | None = None
    effects: tuple[Effect, ...] = ()
    final_read: FinalRead | None = None
    died: Callable[[], ServiceDied | None] = lambda: None
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    providers: tuple[Provider, ...] = ()
    restart_toxiproxy: Callable[[], None] | None = None
    processes: Mapping[str, tuple[OwnedProcess, ...]] = field(default_factory=dict)
    beside_load: Callable[[], AbstractContextManager[object]] = nullcontext

    @property
    def operations(self) -> Operations:
        """What the description names; empty without one."""
        return self.description.operations if self.description else Operations()


class Opener(Protocol):
    """As `open_target`."""

    def __call__(
        self, scenario: Scenario, *, guard: Guard, folder: Path, listener: Listener, environ: Mapping[str, str]
    ) -> AbstractContextManager[OpenTarget]:
        """The target, ready, for as long as the block lasts."""


@contextmanager
def open_target(
    scenario: Scenario, *, guard: Guard, folder: Path, listener: Listener, environ: Mapping[str, str]
) -> Iterator[OpenTarget]:
    """The target of a scenario, ready; whatever was started for it ends with the block.

    Raises MissingExtra or EnvironmentFailed for the bundled target, BadInput or EnvironmentFailed for a foreign one.
    """
    if scenario.target.name == REFERENCE:
        with _reference(scenario, guard, folder, listener, environ) as opened:
            yield opened
    else:
        yield _foreign(scenario.target, audited=bool(scenario.audit))


@contextmanager
def _reference(
    scenario: Scenario, guard: Guard, folder: Path, listener: Listener, environ: Mapping[str, str]
) -> Iterator[OpenTarget]:
    from harness.stack import Stack  # here: a run against a foreign target needs no stack

    with Stack.start(
        stack_settings(scenario), guard, folder / "stack", progress=listener.event, environ=environ
    ) as stack:
        yield reference_on(stack, scenario.target)


def stack_settings(scenario: Scenario) -> StackSettings:
    """How the bundled stack is to be for a scenario."""
    from harness.stack import StackSettings

    limit = scenario.settings.get("rate-limit")
    return StackSettings(
        defects=scenario.defects,
        orders_processes=int(scenario.settings.get("processes", 1)),
        environment={} if limit is None else {"HARNESS_RATE_LIMIT": limit},
    )


def reference_on(stack: Stack, target: Target) -> OpenTarget:
    """The bundled target as it stands on a stack that runs."""
    token = mint_token(stack.environment)
    others = {who: mint_token(stack.environment, who, scopes) for who, scopes in IDENTITIES.items()}
    target = replace(
        target,
        url=stack.url,
        description=str(bundled("contracts/openapi.json")),
        headers={"Authorization": f"Bearer {token}"},
        identities={who: {"Authorization": f"Bearer {other}"} for who, other in others.items()},
        strangers=STRANGERS,
        secrets={
            token: "$TOKEN",
            **{other: f"${who.upper()}_TOKEN" for who, other in others.items()},
            stack.environment["HARNESS_JWT_SECRET"]: "$HARNESS_JWT_SECRET",
        },
        toxiproxy=stack.toxiproxy_url,
        edges=stack.edges,
        probes=_probes(stack.relay_url),
    )
    description = fetch_description(target)
    return OpenTarget(
        target=target,
        description=description,
        effects=EFFECTS,
        final_read=lambda _run, _spawn: FinalState.of(_read_reference(stack.environment)),
        died=stack.watch,
        versions=stack.versions,
        environment=stack.environment,
        providers=_providers(target, stack.direct_url, stack.environment["HARNESS_PAYMENTS_URL"], description),
        processes={edge: stack.behind(edge) for edge in stack.edges},
        beside_load=stack.in_second_place,
    )


def _providers(target: Target, orders_url: str, payments_url: str, description: Description) -> tuple[Provider, ...]:
    """Asked past the proxies: what a pact says has nothing to do with the network between."""
    sources = (str(bundled("contracts/pacts")),)
    orders = Pact(provider="orders", sources=sources, states=PACT_STATES)
    payments = Target(
        name="payments", url=payments_url, pact=Pact(provider="payments", sources=sources, states=PACT_STATES)
    )
    return (
        Provider(target=replace(target, url=orders_url, pact=orders), messages=PACT_MESSAGES, description=description),
        Provider(target=payments),
    )


def _read_reference(environment: Mapping[str, str]) -> Mapping[str, Any]:
    from harness.reference.final_read import final_read

    return final_read(
        environment["HARNESS_DATABASE_URL"],
        environment["HARNESS_CACHE_URL"],
        environment["HARNESS_PAYMENTS_URL"],
        timeout_s=QUIESCE_S,
    )


def mint_token(
    environment: Mapping[str, str], subject: str = "customer-1", scopes: tuple[str, ...] = ("customer", "operator")
) -> str:
    """A token for the bundled service; unless told otherwise, one that may do everything a customer and an operator may."""
    from harness.reference.tokens import mint

    return mint(environment["HARNESS_JWT_SECRET"], subject, scopes, TOKEN_TTL_S)


def check_answers(target: Target) -> None:
    """Raises where a target may not be touched, or nobody listens. The bundled one is started when it is needed."""
    if target.name != REFERENCE:
        check_limits(target, target.url)
        _knock(target)


def _foreign(target: Target, *, audited: bool) -> OpenTarget:
    check_answers(target)
    description = describe(target)
    providers = (Provider(target=target, description=description),) if target.pact else ()
    opened = OpenTarget(target=target, description=description, providers=providers)
    if target.audit is None or not audited:
        return opened
    if target.audit.read.url:
        check_limits(target, target.audit.read.url)
    return replace(
        opened,
        effects=tuple(_resolved(target.audit.effects, opened.operations)),
        final_read=lambda run, spawn: read_kept(target, run, spawn),
    )


def _resolved(effects: Iterable[Effect], operations: Operations) -> Iterator[Effect]:
    """Under the names that the load records; as they are where no description says which there are."""
    for effect in effects:
        if not len(operations):
            yield effect
            continue
        try:
            names = operations.resolve(effect.operation)
        except BadInput as error:
            raise BadInput(f"`audit.effects` of the target: {error.what}", error.todo) from error
        yield from (replace(effect, operation=name) for name in names)


def _knock(target: Target) -> None:
    """Raises EnvironmentFailed where nobody listens: load against nothing proves nothing."""
    parts = urlsplit(target.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((target.host, port), timeout=5).close()
    except OSError as error:
        raise EnvironmentFailed(
            f"Target `{target.name}` does not answer at {target.url}: {error.strerror or error}.",
            "Start it, or correct its `url`.",
        ) from error


def describe(target: Target) -> Description | None:
    """The description, where there is one. One that the target names must be there; in the usual places anything may stand."""
    try:
        return fetch_description(target)
    except (EnvironmentFailed, BadDocument):
        if target.description:
            raise
        return None


def bundled(name: str) -> Path:
    """A file that comes with the product: inside the installed package, or in the checkout it runs from."""
    package = Path(str(files("harness")))
    inside = package / "bundled" / name
    path = inside if inside.exists() else package.parent / name
    if not path.exists():
        raise EnvironmentFailed(
            f"`{name}` did not come with this installation.", f"Install it anew: {how_to_install('reference')}"
        )
    return path
