"""Putting faults on edges and taking them back. Each change is promised before it is made; nothing that is not ours is touched."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from toxiproxy.proxy import Proxy
from toxiproxy.toxic import Toxic

from harness.errors import BadInput, HarnessError, HealFailed, ToxiproxyError
from harness.faults.client import ToxiproxyClient
from harness.faults.in_force import InForce, tampered
from harness.faults.known import Known, as_json
from harness.faults.ladder import Removal, bring_up, remove_toxic, restore
from harness.faults.names import OwnedName
from harness.faults.promises import Promises
from harness.faults.recreating import Recreating
from harness.faults.refusals import AlreadyThere, NotThere
from harness.faults.toxical import toxical
from harness.faults.toxics.wire import MARKER, Toxical, Wire
from harness.guard import DeleteToxic, EnableProxy, Undo
from harness.model import Disturbance, Edge, Fault
from harness.model.nearest import did_you_mean

__all__ = ["InForce", "Injector"]

MARGIN_S = 2.0  # how long after its planned end the guard ends a fault that we did not


class Injector:
    """Faults on one Toxiproxy. `wall` tells seconds since the epoch, for the deadline in a toxic's name."""

    def __init__(
        self,
        client: ToxiproxyClient,
        promises: Promises,
        edges: Mapping[str, Edge],
        *,
        run_id: str,
        owner: str,
        wall: Callable[[], float],
        margin_s: float = MARGIN_S,
        restart: Callable[[], None] | None = None,
    ) -> None:
        """`restart` ends a server that we own and brings it up anew: the last resort of healing."""
        self.client = client
        self._promises = promises
        self._edges = edges
        self._run = run_id
        self._owner = owner
        self._wall = wall
        self._margin_s = margin_s
        self._restart = restart
        self._recreating = Recreating(promises)
        self._seen: dict[str, Known] = {}  # the whole server, as it last answered
        self._active: dict[str, InForce] = {}
        self._lock = threading.Lock()

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the faults in force, the oldest first."""
        with self._lock:
            return tuple(self._active)

    def takes(self, disturbance: Disturbance) -> bool:
        """See `Applier`: what Toxiproxy does."""
        return isinstance(disturbance, Toxical)

    def check(self, faults: Iterable[Fault]) -> tuple[str, ...]:
        """See that every fault can be made; return what else stands on its edges, for people.

        Raises BadInput for an edge, proxy or kind that is not there, ToxiproxyError for a proxy that somebody disabled.
        """
        contents = self.client.contents()
        notes: dict[str, None] = {}
        for fault in faults:
            edge = self._edge(fault)
            toxical(fault)
            if edge.proxy not in contents:
                raise BadInput(
                    f"Edge `{edge.name}` is proxy `{edge.proxy}`, which Toxiproxy at {self.client.url} does not have.",
                    did_you_mean(edge.proxy, contents),
                )
            proxy, toxics = contents[edge.proxy]
            if not proxy.enabled:
                raise self._disabled(edge.proxy)
            for name in toxics:
                notes[f"Proxy `{edge.proxy}` already has toxic `{name}`, which is not of this run."] = None
        return tuple(notes)

    def listen_of(self, edge: str) -> str:
        """The address on which clients of an edge connect, as the server says it."""
        return str(self.client.proxy(self._edges[edge].proxy).listen)

    def has_taken_down(self, proxy: str) -> bool:
        """Whether a fault of ours has it disabled at this moment."""
        return self._we_disabled(proxy)

    def apply(self, fault: Fault) -> InForce:
        """Make it and read it back. Raises ToxiproxyError, after which nothing of it is left, or the guard still has it to do."""
        if fault.name in self._active:
            raise BadInput(
                f"Fault `{fault.name}` is in force already.", "Heal it first, or give this one another name."
            )
        edge, disturbance = self._edge(fault), toxical(fault)
        self._look()
        if edge.proxy not in self._seen:
            raise NotThere(
                f"Toxiproxy at {self.client.url} has no proxy `{edge.proxy}` any more.", "See who removed it."
            )
        known = self._seen[edge.proxy]
        if not known.proxy.enabled and not self._we_disabled(edge.proxy):
            raise self._disabled(edge.proxy)
        wire = disturbance.wire()
        toxic = self._name(fault, down=wire is None)
        undo = self._undo(known, toxic, down=wire is None)
        made = InForce(
            fault=fault,
            proxy=edge.proxy,
            toxic=toxic,
            listen=str(known.proxy.listen),
            wire=wire,
            known=known,
            promise=self._promises.promise(undo, lease_s=fault.duration + self._margin_s),
        )
        self._make(made)
        with self._lock:
            self._active[fault.name] = made
        return made

    def update(self, name: str, wire: Wire) -> InForce:
        """Change the strength of a fault in force, without a gap, and read it back: type and stream stay.

        The promises stay, since the toxic keeps its name. Toxicity is rolled again for open connections. Raises NotThere where
        it has ended, ToxiproxyError where the server refuses.
        """
        with self._lock:
            made = self._active[name]
        if made.wire is None or (made.wire.type, made.wire.stream) != (wire.type, wire.stream):
            raise BadInput(
                f"Fault `{name}` cannot become a {wire.type} on {wire.stream} while it is in force.",
                "Heal it, and make another one.",
            )
        self.client.update_toxic(made.proxy, made.toxic, attributes=wire.attributes, toxicity=wire.toxicity)
        changed = replace(made, wire=wire)
        with self._lock:
            if name in self._active:  # healed meanwhile by another thread: what we changed is gone
                self._active[name] = changed
        return changed

    def change(self, name: str, disturbance: Disturbance) -> InForce:
        """See `Applier`; as `update`, from what it shall be."""
        wire = disturbance.wire() if isinstance(disturbance, Toxical) else None
        if wire is None:
            raise BadInput(f"Fault `{name}` cannot become {disturbance.describe()}.", "Heal it, and make another one.")
        return self.update(name, wire)

    def heal(self, name: str) -> Removal:
        """Take a fault back and see that it is gone. Raises HealFailed; the guard then tries on."""
        with self._lock:
            made = self._active[name]
        try:
            removal = self._unmake(made)
        except HealFailed:
            if self._restart is None:
                raise
            removal = self._by_restart(made, self._restart)
        if removal.found and removal.was is not None:
            why = tampered(made, removal.was, we_disabled=self._we_disabled(made.proxy, besides=made))
            removal = Removal(not why, f"{why}; {removal.how}" if why else removal.how, removal.was)
        with self._lock:
            self._active.pop(name, None)
        made.promise.kept()
        return removal

    def heal_all(self) -> dict[str, Removal]:
        """Take back everything, the newest first. Raises one HealFailed for all that failed, after trying each."""
        removals, failures = {}, []
        for name in reversed(self.active):
            try:
                removals[name] = self.heal(name)
            except HealFailed as error:
                failures.append(error)
        if failures:
            raise HealFailed("\n".join(one.what for one in failures), "\n".join(one.todo for one in failures))
        return removals

    def _make(self, made: InForce) -> None:
        try:
            if made.wire is None:
                self.client.take_down(made.proxy, made.toxic, MARKER)
            else:
                self.client.add_toxic(made.proxy, made.toxic, made.wire)
        except AlreadyThere:
            made.promise.kept()
            raise
        except ToxiproxyError as error:
            self._abandon(made, error)
            raise

    def _abandon(self, made: InForce, error: ToxiproxyError) -> None:
        try:
            self._unmake(made)
        except HealFailed as failed:  # the promises stay: the guard goes on trying
            raise HealFailed(f"{error.what}\n{failed.what}", failed.todo) from error
        made.promise.kept()

    def _unmake(self, made: InForce) -> Removal:
        wanted = self._wanted(made.known, made)
        if made.wire is None:
            return bring_up(self.client, made.toxic, wanted, recreating=self._recreating)
        return remove_toxic(self.client, made.proxy, made.toxic, wanted, recreating=self._recreating)

    def _by_restart(self, made: InForce, restart: Callable[[], None]) -> Removal:
        """Everything else that stood on the server, ours and others', is put back as it was last seen."""
        try:
            restart()
            restore(self.client, {name: self._wanted(known, made) for name, known in self._seen.items()})
        except HarnessError as error:
            raise HealFailed(
                f"Toxiproxy at {self.client.url} could not be restarted: {error.what}", error.todo
            ) from error
        return Removal(True, "the server hung, so it was restarted, which dropped every connection through it")

    def _look(self) -> None:
        self._seen = {name: Known(proxy, toxics) for name, (proxy, toxics) in self.client.contents().items()}

    def _wanted(self, known: Known, besides: InForce | None) -> Known:
        """A proxy as it must stand without `besides`: others' toxics as `known`, and those of ours that are in force now."""
        about = known.proxy
        owned = {name: read for name in known.toxics if (read := OwnedName.read(name)) and self._is_of_this_run(read)}
        toxics = {name: toxic for name, toxic in known.toxics.items() if name not in owned}
        for other in self._on(about.name, besides):
            wire = other.wire or MARKER
            toxics[other.toxic] = Toxic(
                name=other.toxic,
                type=wire.type,
                stream=wire.stream,
                attributes=dict(wire.attributes),
                toxicity=wire.toxicity,
            )
        was_enabled = about.enabled or any(read.down for read in owned.values())
        enabled = was_enabled and not self._we_disabled(about.name, besides=besides)
        return Known(Proxy(name=about.name, listen=about.listen, upstream=about.upstream, enabled=enabled), toxics)

    def _is_of_this_run(self, name: OwnedName) -> bool:
        ours = OwnedName(owner=self._owner, run=self._run, deadline=0, fault="-")
        return (name.owner, name.run) == (ours.owner, ours.run)

    def _on(self, proxy: str, besides: InForce | None) -> tuple[InForce, ...]:
        with self._lock:
            return tuple(one for one in self._active.values() if one.proxy == proxy and one is not besides)

    def _we_disabled(self, proxy: str, *, besides: InForce | None = None) -> bool:
        with self._lock:
            return any(one.wire is None and one.proxy == proxy and one is not besides for one in self._active.values())

    def _edge(self, fault: Fault) -> Edge:
        if fault.edge not in self._edges:
            raise BadInput(
                f"Fault `{fault.name}` names edge `{fault.edge}`, which the target does not have.",
                did_you_mean(fault.edge, self._edges),
            )
        return self._edges[fault.edge]

    def _disabled(self, proxy: str) -> ToxiproxyError:
        return ToxiproxyError(
            f"Proxy `{proxy}` at {self.client.url} is disabled by somebody: a fault on it would have no effect.",
            f"If nobody needs it that way: {EnableProxy(self.client.url, proxy, self.client.token_env).by_hand()}",
        )

    def _undo(self, known: Known, toxic: str, *, down: bool) -> Undo:
        """What the guard does, in one: a marker must not be gone while its proxy is still down."""
        url, token_env, standing = self.client.url, self.client.token_env, as_json(self._wanted(known, None))
        if down:
            return EnableProxy(url, known.proxy.name, token_env, marker=toxic, standing=standing)
        return DeleteToxic(url, known.proxy.name, toxic, token_env, standing)

    def _name(self, fault: Fault, *, down: bool) -> str:
        end = self.client.server_time(self._wall()) + fault.duration + self._margin_s
        deadline = int(end) + 1
        return str(OwnedName(owner=self._owner, run=self._run, deadline=deadline, fault=fault.name, down=down))
