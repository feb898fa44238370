"""A scenario file becomes a Scenario, or one error that names file, line, value and the nearest valid spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.config.complaints import plain, validate
from harness.config.documents import FAULT_KEYS, ScenarioDocument
from harness.config.loads import read_load
from harness.config.matrix import read_matrix
from harness.config.probes import read_probes
from harness.config.targets import read_target
from harness.config.yaml import Source, read_yaml
from harness.errors import BadDocument, BadInput
from harness.model.expectation import AFTERWARDS, LEAST_STOP_S, Expectation
from harness.model.fault import NOWHERE, Anchor, Disturbance, Fault
from harness.model.nearest import did_you_mean
from harness.model.probe import Probe
from harness.model.quantity import parse_duration, show_duration
from harness.model.scenario import ContractPlan, Fuzz, Load, Scenario, StopWhen
from harness.model.target import Target
from harness.model.timeline import Timeline

ParseFault = Callable[[str, object], Disturbance]


def read_scenario(
    path: Path,
    *,
    environ: Mapping[str, str],
    builtin: Mapping[str, Target],
    parse_fault: ParseFault,
    fault_kinds: Iterable[str],
    audits: Iterable[str],
    defects: Iterable[str],
    audits_of_any: Iterable[str] = (),
) -> Scenario:
    """Read and check one file. The callables and names come from the rooms that own them;
    `audits_of_any` are the audits that need a target's own final read. Raises BadDocument or BadInput."""
    source = read_yaml(path)
    document = validate(ScenarioDocument, source, source.data)
    target = read_target(document.target, environ=environ, start=path.resolve().parent, builtin=builtin, source=source)
    faults = tuple(
        _fault(source, i, entry, target, parse_fault, tuple(fault_kinds)) for i, entry in enumerate(document.faults)
    )
    load = read_load(source, document.load, target) if document.load else None
    if load is None:
        _refuse_what_needs_load(source, document)
    elif document.for_ is not None:
        raise source.wrong(("for",), "`for` is how long a scenario without `load` lasts.", "Leave one of them out.")
    probes, secrets = _probes(source, document, path, environ, target)
    target = replace(target, secrets={**target.secrets, **secrets})
    timeline = _timeline(source, load, faults, document.for_)
    _refuse_unknown(source, "audit", document.audit, audits)
    if target.name not in builtin and target.audit is None:
        _refuse_without_read(source, document, target, tuple(audits_of_any))
    _refuse_unknown(source, "defects", document.defects, defects)
    names = tuple({**target.probes, **probes})
    expect = tuple(_expectation(source, "expect", i, text, timeline, names) for i, text in enumerate(document.expect))
    stop = tuple(
        StopWhen(expectation=_expectation(source, "stop_when", i, text, timeline, names))
        for i, text in enumerate(document.stop_when)
    )
    _refuse_what_nobody_tells(source, document, expect, stop, target)
    return Scenario(
        name=document.name,
        about=document.about,
        target=target,
        load=load,
        faults=faults,
        contract=_contract(document, path.resolve().parent),
        audit=tuple(document.audit),
        expect=expect,
        stop_when=stop,
        defects=tuple(document.defects),
        seed=document.seed,
        duration=document.for_,
        probes=probes,
        matrix=read_matrix(source, document.matrix, target, parse_fault, fault_kinds, names),
        source=path.resolve(),
    )


def _refuse_what_needs_load(source: Source, document: ScenarioDocument) -> None:
    """Without load nothing is measured of requests and nobody's orders can be hurt; to leave it out quietly would be a wrong pass."""
    live = document.for_ is not None
    for key, given in (
        ("faults", document.faults and not live),
        ("expect", document.expect and not live),
        ("stop_when", document.stop_when and not live),
        ("probes", document.probes and not live),
        ("audit", document.audit),
        ("oracle", document.contract.watches),
    ):
        if given:
            todo = f"Add `load:`, or leave `{key}` out."
            if key not in ("audit", "oracle"):
                todo += " On live traffic, say how long with `for: 60s`: then faults and probes need no load."
            place = ("contract", "oracle") if key == "oracle" else (key,)
            raise source.wrong(place, f"`{key}` needs `load`, and this scenario has none.", todo)


def _probes(
    source: Source, document: ScenarioDocument, path: Path, environ: Mapping[str, str], target: Target
) -> tuple[dict[str, Probe], dict[str, str]]:
    try:
        return read_probes(document.probes, path.resolve().parent, environ, target.limits.hosts)
    except BadInput as error:
        raise source.wrong(("probes",), error.what, error.todo) from error


def _refuse_what_nobody_tells(
    source: Source,
    document: ScenarioDocument,
    expect: tuple[Expectation, ...],
    stop: tuple[StopWhen, ...],
    target: Target,
) -> None:
    """An expectation on requests where none are sent, or on an alert where nobody is asked for it."""
    given = [("expect", one) for one in expect] + [("stop_when", one.expectation) for one in stop]
    for key, one in given:
        place = (key, [e for k, e in given if k == key].index(one)) if isinstance(source.data[key], list) else (key,)
        if document.load is None and one.metric.needs_load:
            what = f"`{one.text}` is about requests, and this scenario sends none."
            raise source.wrong(place, what, "Expect something of a probe or an alert, or add `load:`.")
        if one.metric.kind == "findings" and not _looks_for_findings(document):
            what = f"Nothing looks for findings here, so `{one.text}` would hold whatever happens."
            raise source.wrong(place, what, "Add `contract:` with `oracle`, `check` or `pact`, or `audit:`.")
        if one.metric.kind == "alert" and target.alerts is None:
            what = f"Nobody knows whether alerts of target `{target.name}` fire."
            raise source.wrong(place, what, "Add to the target: alerts: {prometheus: http://HOST:9090}")


def _looks_for_findings(document: ScenarioDocument) -> bool:
    contract = document.contract
    return bool(contract.watches or contract.check or contract.pact or document.audit)


def _fault(
    source: Source, index: int, entry: dict[str, Any], target: Target, parse: ParseFault, kinds: tuple[str, ...]
) -> Fault:
    place = ("faults", index)
    kind = _kind_of(source, place, entry, kinds)
    if "edge" not in entry:
        entry = {**entry, "edge": NOWHERE}
    elif entry["edge"] not in target.edges:
        what = f"Target `{target.name}` has no edge `{entry['edge']}`."
        raise source.wrong((*place, "edge"), what, did_you_mean(str(entry["edge"]), target.edges))
    if target.limits.edges is not None and entry["edge"] != NOWHERE and entry["edge"] not in target.limits.edges:
        what = f"Target `{target.name}` does not allow faults on edge `{entry['edge']}`."
        raise source.wrong((*place, "edge"), what, "Choose another edge, or name this one in `limits.edges`.")
    fault = Fault(
        name=_told(source, (*place, "name"), _fault_name, entry["name"]),
        edge=entry["edge"],
        disturbance=_told(source, (*place, kind), lambda value: parse(kind, value), plain(entry[kind])),
        at=_told(source, (*place, "at"), Anchor.parse, entry["at"]),
        duration=_told(source, (*place, "for"), parse_duration, entry["for"]),
    )
    limit = target.limits.max_fault
    if not 0 < fault.duration <= limit:
        raise source.wrong(
            (*place, "for"),
            f"Fault `{fault.name}` lasts {show_duration(fault.duration)}; the target allows faults above 0s and up to {show_duration(limit)}.",
            "Shorten it, or raise `limits.max_fault` of the target.",
        )
    return fault


def _kind_of(source: Source, place: tuple[str | int, ...], entry: dict[str, Any], kinds: tuple[str, ...]) -> str:
    """The one key that says what the fault does; every other key must be one that all faults have."""
    for key in FAULT_KEYS:
        if key not in entry and not (key == "edge" and "command" in entry):
            todo = "A fault has name, edge, at, for and one kind, such as latency: {delay: 800ms}."
            raise source.wrong(place, f"The fault lacks `{key}`.", todo)
    chosen = [key for key in entry if key not in FAULT_KEYS]
    for key in chosen:
        if key not in kinds:
            todo = did_you_mean(key, [*kinds, *FAULT_KEYS])
            raise source.wrong((*place, key), f"`{key}` is neither a kind of fault nor a key of one.", todo)
    if len(chosen) != 1:
        todo = f"Choose one of {', '.join(sorted(kinds))}."
        raise source.wrong(place, f"A fault has exactly one kind, and this one has {len(chosen)}.", todo)
    return chosen[0]


def _fault_name(value: object) -> str:
    if not isinstance(value, str) or not value or not all(c.isalnum() or c in "_.-" for c in value) or len(value) > 64:
        raise ValueError(f"{value!r} is not a name; use letters, digits, `-`, `_` and `.`, at most 64")
    return value


def _told(source: Source, place: tuple[str | int, ...], read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise source.wrong(place, f"`{place[-1]}`: {error}.") from error


def _timeline(source: Source, load: Load | None, faults: tuple[Fault, ...], live_s: float | None) -> Timeline:
    try:
        timeline = Timeline.lay_out(load.profile if load else None, faults, live_s=live_s)
    except BadDocument:
        raise
    except BadInput as error:
        raise source.wrong(("faults",) if faults else ("load", "profile"), error.what, error.todo) from error
    for index, fault in enumerate(faults):
        span = timeline.span(fault.name)
        if (load or live_s) and span and span.start >= timeline.duration:
            what = "load" if load else "run"
            raise source.wrong(
                ("faults", index, "at"),
                f"Fault `{fault.name}` starts at {show_duration(span.start)}, and the {what} ends at {show_duration(timeline.duration)}.",
                f"Start it earlier, or lengthen the {what}.",
            )
    return timeline


def _expectation(
    source: Source, key: str, index: int, text: str, timeline: Timeline, probes: tuple[str, ...]
) -> Expectation:
    place = (key, index) if isinstance(source.data[key], list) else (key,)
    one: Expectation = _told(source, place, lambda line: Expectation.parse(line, probes), text)
    if one.scope and one.scope not in timeline.names:
        raise source.wrong(
            place, f"`during {one.scope}` names no stage or fault.", did_you_mean(one.scope, timeline.names)
        )
    faults = [span.name for span in timeline.faults]
    if one.metric.is_about_fault and one.metric.subject not in faults:
        raise source.wrong(
            place, f"`{one.metric.subject}` is not a fault of this scenario.", did_you_mean(one.metric.subject, faults)
        )
    if key == "stop_when":
        _refuse_what_never_stops(source, place, one)
    return one


def _refuse_what_never_stops(source: Source, place: tuple[str | int, ...], one: Expectation) -> None:
    """A condition that could not be met while the run goes on would let it pass."""
    if one.metric.kind == "alert":
        raise source.wrong(place, "An alert is no stop condition.", "Use a probe that asks Prometheus for ALERTS.")
    if one.metric.kind in AFTERWARDS:
        what = f"`{one.metric.kind}` is known after the run, and stops none."
        raise source.wrong(place, what, "Stop on errors, latency, rate or a probe, such as `errors > 90% over 5s`.")
    if one.over is None:
        raise source.wrong(place, "A stop condition needs a window.", "Write `over`, such as `errors > 90% over 5s`.")
    if one.over < LEAST_STOP_S:
        what = f"Stop conditions are looked at once a second, and `over {show_duration(one.over)}` is less."
        raise source.wrong(place, what, "Write `over 1s` or more.")


def _refuse_unknown(source: Source, key: str, given: list[str], known: Iterable[str]) -> None:
    names = sorted(known)
    for index, word in enumerate(given):
        if word not in names:
            place = (key, index) if isinstance(source.data[key], list) else (key,)
            raise source.wrong(place, f"`{word}` is not known under `{key}`.", did_you_mean(word, names))


def _refuse_without_read(source: Source, document: ScenarioDocument, target: Target, needing: tuple[str, ...]) -> None:
    for index, name in enumerate(document.audit):
        if name in needing:
            place = ("audit", index) if isinstance(source.data["audit"], list) else ("audit",)
            raise source.wrong(
                place,
                f"Nobody says what target `{target.name}` keeps, so `{name}` has nothing to hold the answers against.",
                "Add to the target in harness.yaml: audit: {effects: {OPERATION: order}, read: {command: ./what-is-kept.sh}}",
            )


def _contract(document: ScenarioDocument, folder: Path) -> ContractPlan:
    about = document.contract
    oracle = ("*",) if about.oracle == "all" else () if about.oracle == "none" else tuple(about.oracle)
    check = about.check
    fuzz = None
    if check is not None:
        fuzz = Fuzz(
            budget=check.budget,
            phases=tuple(check.phases),
            max_examples=check.max_examples,
            seed=check.seed,
            workers=check.workers,
        )
    baseline = folder / about.baseline if about.baseline else None
    return ContractPlan(oracle=oracle, fuzz=fuzz, pact=about.pact, baseline=baseline)
