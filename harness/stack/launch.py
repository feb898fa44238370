"""One attempt to start all processes of a stack, in an order that wastes no time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ServiceDied
from harness.guard import Guard, Promise, RemoveFolder, cache_dir
from harness.stack.edges import Ports, edges_of, toxiproxy_spec
from harness.stack.ports import LOOPBACK, PortTaken, hold_port
from harness.stack.postgres import Postgres, find_postgres, postgres_spec, postgres_url
from harness.stack.reference_services import ReferenceServices, reference_source
from harness.stack.service import Service, ServiceSpec
from harness.stack.settings import StackSettings
from harness.stack.system_user import reachable_parent, reaches, unprivileged_user
from harness.stack.template import Template, TemplateMaker
from harness.stack.valkey import find_valkey, valkey_spec, valkey_url

__all__ = ["Launch", "Launched"]

_PYTHONS_STOP_S, _SERVERS_STOP_S, _REMOVE_S = 5.0, 5.0, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """What one attempt gave. `environment` reaches everything directly; `end` stops it all and removes its data."""

    ports: Ports
    services: Mapping[str, Service]
    environment: Mapping[str, str]
    end: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What all attempts share. `environ` is the user's environment, `toxiproxy` the server's program."""

    settings: StackSettings
    guard: Guard
    folder: Path
    environ: Mapping[str, str]
    toxiproxy: Path
    progress: Callable[[str], None]

    def attempt(self, ports: Ports) -> Launched:
        """Start everything on these ports. Raises PortTaken when one is no longer free, other EnvironmentFailed else.

        After an error nothing of it runs any more.
        """
        with ExitStack() as undo:
            self._hold(ports.orders, undo)
            data = self._folder(self.folder / f"data-{secrets.token_hex(4)}", undo)
            (self.folder / "logs").mkdir(exist_ok=True)
            place = self._place_for_postgres(data, undo)
            direct = self._addresses(ports, data, secrets.token_hex(32))
            return self._start_all(ports, data, place, direct, undo)

    def _start_all(self, ports: Ports, data: Path, place: Path, direct: dict[str, str], undo: ExitStack) -> Launched:
        running = _Running(self.guard, self.settings.ready_s, {})
        undo.callback(running.stop)
        postgres = find_postgres(unprivileged_user(), place)
        template = self._template(postgres, place, self._python(direct, data))
        password = secrets.token_hex(16)
        direct |= {
            "HARNESS_DATABASE_URL": postgres_url(ports.postgres, template.password),
            "HARNESS_CACHE_URL": valkey_url(ports.valkey, password),
        }
        through = direct | {
            "HARNESS_DATABASE_URL": postgres_url(ports.to_postgres, template.password),
            "HARNESS_CACHE_URL": valkey_url(ports.to_valkey, password),
            "HARNESS_PAYMENTS_URL": f"http://{LOOPBACK}:{ports.to_payments}",
        }
        # The servers are up long before the others have loaded their libraries, which takes over a second.
        running.start(*self._servers(ports, data, password), self._python(direct, data).payments(ports.payments))
        pythons = self._python(through, data)
        running.start(pythons.relay(ports.relay), *pythons.orders(ports.orders, self.settings.orders_processes))
        running.start(self._postgres(postgres, template, ports.postgres, place))
        running.await_ready()
        return Launched(ports=ports, services=running.services, environment=direct, end=undo.pop_all().close)

    def _servers(self, ports: Ports, data: Path, password: str) -> tuple[ServiceSpec, ServiceSpec]:
        env, edges = _clean(self.environ), edges_of(ports).values()
        return (
            toxiproxy_spec(
                self.toxiproxy, edges, port=ports.toxiproxy, folder=data, log=self._log("toxiproxy"), env=env
            ),
            valkey_spec(
                find_valkey(),
                port=ports.valkey,
                password=password,
                folder=data / "valkey",
                log=self._log("valkey"),
                env=env,
            ),
        )

    def _template(self, postgres: Postgres, place: Path, services: ReferenceServices) -> Template:
        maker = TemplateMaker(
            postgres=postgres,
            source=reference_source(),
            migrate=services.migrate,
            cache=cache_dir(self.environ) / "postgres",
            work=place,
            env=_clean(self.environ),
            guard=self.guard,
        )
        return maker.ensure(self.progress)

    def _postgres(self, postgres: Postgres, template: Template, port: int, place: Path) -> ServiceSpec:
        """Its data folder is made here, by copying the template."""
        data = place / "data"
        template.copy_to(data, postgres)
        return postgres_spec(postgres, port=port, data=data, log=self._log("postgres"), env=_clean(self.environ))

    def _place_for_postgres(self, data: Path, undo: ExitStack) -> Path:
        """Within `data`, unless its user cannot get there."""
        user = unprivileged_user()
        if user is None or reaches(user, data, "x"):
            return self._folder(data / "postgres", undo)
        place = self._folder(reachable_parent(user, self.environ) / f"api-harness-{secrets.token_hex(8)}", undo)
        place.chmod(0o755)
        return place

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _python(self, given: Mapping[str, str], data: Path) -> ReferenceServices:
        return ReferenceServices(
            {**_clean(self.environ), **given, **self.settings.environment}, data, self.folder / "logs"
        )

    def _addresses(self, ports: Ports, data: Path, secret: str) -> dict[str, str]:
        """What is known before the servers run."""
        return {
            "HARNESS_PAYMENTS_URL": f"http://{LOOPBACK}:{ports.payments}",
            "HARNESS_PAYMENTS_FILE": str(data / "payments.sqlite"),
            "HARNESS_JWT_SECRET": secret,
            "HARNESS_DEFECTS": ",".join(self.settings.defects),
            "HARNESS_DATABASE_URL": "",
            "HARNESS_CACHE_URL": "",
        }

    def _folder(self, path: Path, undo: ExitStack) -> Path:
        """A new folder that goes with the stack, whatever happens."""
        promise = self.guard.promise(RemoveFolder(str(path)))
        path.mkdir(parents=True)
        undo.callback(_keep, promise)
        return path

    @staticmethod
    def _hold(port: int, undo: ExitStack) -> None:
        try:
            undo.callback(hold_port(port).close)
        except OSError as error:
            raise PortTaken(f"Port {port} was taken: {error}.") from error


def _keep(promise: Promise) -> None:
    """As the guard would, which tries again later where it can't be done now."""
    if promise.undo.undo(_REMOVE_S).done:
        promise.kept()


@dataclass(frozen=True, slots=True)
class _Running:
    """Processes by name, in the order of their start."""

    guard: Guard
    ready_s: float
    services: dict[str, Service]

    def start(self, *specs: ServiceSpec) -> None:
        for spec in specs:
            self.services[spec.name] = Service.start(spec, self.guard)

    def await_ready(self) -> None:
        for name in self.services:
            self.services[name].wait_ready(self.ready_s, anyone_died=self.first_death)

    def first_death(self) -> ServiceDied | None:
        return next((died for service in self.services.values() if (died := service.died())), None)

    def stop(self) -> None:
        """Those that talk to the servers first; each kind together, as each takes its time."""
        servers = [self.services[name] for name in ("toxiproxy", "valkey", "postgres") if name in self.services]
        others = [service for service in self.services.values() if service not in servers]
        for kind, within_s in ((others, _PYTHONS_STOP_S), (servers, _SERVERS_STOP_S)):
            for service in kind:
                service.ask_to_stop()
            with ExitStack() as each:  # one that will not die must not keep us from the rest
                for service in kind:
                    each.callback(service.stop, within_s)


def _clean(environ: Mapping[str, str]) -> dict[str, str]:
    """The user's environment without what would lead our processes astray: another Postgres, or a proxy for loopback."""
    kept = {name: value for name, value in environ.items() if not name.startswith(("PG", "HARNESS_"))}
    return kept | {"NO_PROXY": f"{LOOPBACK},localhost", "no_proxy": f"{LOOPBACK},localhost", "PYTHONUNBUFFERED": "1"}
