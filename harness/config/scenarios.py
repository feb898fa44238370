"""A scenario file becomes a Scenario, or one error that names file, line, value and the nearest valid spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from harness.config.complaints import plain, validate
from harness.config.documents import FAULT_KEYS, ScenarioDocument
from harness.config.loads import read_load
from harness.config.targets import read_target
from harness.config.yaml import Source, read_yaml
from harness.errors import BadDocument, BadInput
from harness.model.expectation import Expectation
from harness.model.fault import Anchor, Disturbance, Fault
from harness.model.nearest import did_you_mean
from harness.model.quantity import parse_duration, show_duration
from harness.model.scenario import ContractPlan, Fuzz, Load, Scenario, StopWhen
from harness.model.target import Target
from harness.model.timeline import Timeline

ParseFault = Callable[[str, Mapping[str, object]], Disturbance]


def read_scenario(
    path: Path,
    *,
    environ: Mapping[str, str],
    builtin: Mapping[str, Target],
    parse_fault: ParseFault,
    fault_kinds: Iterable[str],
    audits: Iterable[str],
    defects: Iterable[str],
) -> Scenario:
    """Read and check one file. The callables and names come from the rooms that own them. Raises BadDocument or BadInput."""
    source = read_yaml(path)
    document = validate(ScenarioDocument, source, source.data)
    target = read_target(document.target, environ=environ, start=path.resolve().parent, builtin=builtin, source=source)
    faults = tuple(
        _fault(source, i, entry, target, parse_fault, tuple(fault_kinds)) for i, entry in enumerate(document.faults)
    )
    load = read_load(source, document.load, target) if document.load else None
    if load is None:
        _refuse_what_needs_load(source, document)
    timeline = _timeline(source, load, faults)
    _refuse_unknown(source, "audit", document.audit, audits)
    _refuse_unknown(source, "defects", document.defects, defects)
    expect = tuple(_expectation(source, "expect", i, text, timeline) for i, text in enumerate(document.expect))
    stop = tuple(
        StopWhen(expectation=_expectation(source, "stop_when", i, text, timeline))
        for i, text in enumerate(document.stop_when)
    )
    return Scenario(
        name=document.name,
        about=document.about,
        target=target,
        load=load,
        faults=faults,
        contract=_contract(document),
        audit=tuple(document.audit),
        expect=expect,
        stop_when=stop,
        defects=tuple(document.defects),
        seed=document.seed,
        source=path.resolve(),
    )


def _refuse_what_needs_load(source: Source, document: ScenarioDocument) -> None:
    """Without load nothing is measured and nobody's orders can be hurt; to leave it out quietly would be a wrong pass."""
    for key, given in (
        ("faults", document.faults),
        ("expect", document.expect),
        ("stop_when", document.stop_when),
        ("audit", document.audit),
    ):
        if given:
            raise source.wrong(
                (key,), f"`{key}` needs `load`, and this scenario has none.", "Add `load:`, or leave `" + key + "` out."
            )


def _fault(
    source: Source, index: int, entry: dict[str, Any], target: Target, parse: ParseFault, kinds: tuple[str, ...]
) -> Fault:
    place = ("faults", index)
    kind = _kind_of(source, place, entry, kinds)
    if entry["edge"] not in target.edges:
        what = f"Target `{target.name}` has no edge `{entry['edge']}`."
        raise source.wrong((*place, "edge"), what, did_you_mean(str(entry["edge"]), target.edges))
    if target.limits.edges is not None and entry["edge"] not in target.limits.edges:
        what = f"Target `{target.name}` does not allow faults on edge `{entry['edge']}`."
        raise source.wrong((*place, "edge"), what, "Choose another edge, or name this one in `limits.edges`.")
    fault = Fault(
        name=_told(source, (*place, "name"), _fault_name, entry["name"]),
        edge=entry["edge"],
        disturbance=_told(source, (*place, kind), lambda value: parse(kind, value or {}), plain(entry[kind])),
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
        if key not in entry:
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


def _timeline(source: Source, load: Load | None, faults: tuple[Fault, ...]) -> Timeline:
    try:
        timeline = Timeline.lay_out(load.profile if load else None, faults)
    except BadDocument:
        raise
    except BadInput as error:
        raise source.wrong(("faults",) if faults else ("load", "profile"), error.what, error.todo) from error
    for index, fault in enumerate(faults):
        span = timeline.span(fault.name)
        if load and span and span.start >= timeline.duration:
            raise source.wrong(
                ("faults", index, "at"),
                f"Fault `{fault.name}` starts at {show_duration(span.start)}, and the load ends at {show_duration(timeline.duration)}.",
                "Start it earlier, or lengthen the load.",
            )
    return timeline


def _expectation(source: Source, key: str, index: int, text: str, timeline: Timeline) -> Expectation:
    place = (key, index) if isinstance(source.data[key], list) else (key,)
    one: Expectation = _told(source, place, Expectation.parse, text)
    if one.scope and one.scope not in timeline.names:
        raise source.wrong(
            place, f"`during {one.scope}` names no stage or fault.", did_you_mean(one.scope, timeline.names)
        )
    faults = [span.name for span in timeline.faults]
    if one.metric.is_about_fault and one.metric.subject not in faults:
        raise source.wrong(
            place, f"`{one.metric.subject}` is not a fault of this scenario.", did_you_mean(one.metric.subject, faults)
        )
    if key == "stop_when" and one.over is None:
        raise source.wrong(place, "A stop condition needs a window.", "Write `over`, such as `errors > 90% over 5s`.")
    return one


def _refuse_unknown(source: Source, key: str, given: list[str], known: Iterable[str]) -> None:
    names = sorted(known)
    for index, word in enumerate(given):
        if word not in names:
            place = (key, index) if isinstance(source.data[key], list) else (key,)
            raise source.wrong(place, f"`{word}` is not known under `{key}`.", did_you_mean(word, names))


def _contract(document: ScenarioDocument) -> ContractPlan:
    about = document.contract
    oracle = ("*",) if about.oracle == "all" else () if about.oracle == "none" else tuple(about.oracle)
    check = about.check
    if check is None:
        return ContractPlan(oracle=oracle, pact=about.pact)
    fuzz = Fuzz(
        budget=check.budget,
        phases=tuple(check.phases),
        max_examples=check.max_examples,
        seed=check.seed,
        workers=check.workers,
    )
    return ContractPlan(oracle=oracle, fuzz=fuzz, pact=about.pact)
