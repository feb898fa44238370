"""Runs that are there already, held against each other: decided where they can, and else what makes that impossible."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from harness.compare import FEWEST, Looks
from harness.errors import BadInput
from harness.experiment.assemble import Frame, assemble
from harness.experiment.compared import FOLDER, Compared, Draw
from harness.experiment.seen import see
from harness.experiment.weigh import Gathering, Weighing
from harness.report import write_comparison
from harness.results import (
    Arm,
    Pool,
    Rules,
    RunFolder,
    RunReader,
    RunRecord,
    Status,
    find_run,
    save_comparison,
)
from harness.results.pooled import STEPS

MACHINE = ("host", "machine", "system", "cores", "memory", "clock")
"""What must be alike of two hosts, or the machine is compared and not the service."""
_OF_THE_VERSION = ("target", "defects", "settings", "seed", "source", "about")
"""What may differ between the scenarios of both arms: that is what is compared."""


def find_runs(root: Path, spelling: str) -> tuple[RunFolder, ...]:
    """What `last`, a name, the end or beginning of one, a path, or a pattern with `*` means, oldest first. Raises BadInput."""
    if not any(char in spelling for char in "*?["):
        return (RunFolder(find_run(root, spelling).path.resolve()),)
    by_path = Path(spelling)
    if by_path.parent != Path():
        called = sorted(by_path.parent.glob(by_path.name))
    else:
        called = [one for one in sorted(root.iterdir()) if fnmatch(one.name, spelling)] if root.is_dir() else []
    if torn := [one.name for one in called if not (one / "run.json").is_file() and any(map(_is_ours, one.glob("*")))]:
        raise BadInput(
            f"{torn[0]} has no run.json, so nobody knows what was run there.",
            "Take the folder away, or name the others by a narrower pattern.",
        )
    found = tuple(RunFolder(one.resolve()) for one in called if (one / "run.json").is_file())
    if not found:
        raise BadInput(f"No run under {root} is called like `{spelling}`.", "List the runs: harness runs ls")
    return found


def _is_ours(file: Path) -> bool:
    return file.name == "summary.json" or file.stem == "windows"


def compare_saved(
    base: Sequence[RunFolder],
    candidate: Sequence[RunFolder],
    spellings: tuple[str, str],
    weighing: Weighing,
    *,
    reports: Path,
    seed: int = 0,
    draw: Draw = write_comparison,
) -> Compared:
    """Pairs runs that were made next to each other, and judges them. Raises BadInput where both arms have the same run, or one cannot be read."""
    if both := {one.path for one in base} & {one.path for one in candidate}:
        raise BadInput(f"{sorted(both)[0].name} is on both sides.", "Name different runs for base and candidate.")
    arms = ([RunReader.open(one) for one in base], [RunReader.open(one) for one in candidate])
    doubts = tuple(comparable([one.record for arm in arms for one in arm]))
    scenario = arms[0][0].record
    gathering: Gathering | None = None
    for order, one, other in paired_in_time(*arms):
        pair = see(one), see(other)
        gathering = gathering or Gathering(weighing, _pools(max(seen.end_ns for seen in pair)))
        gathering.add(*pair, order)
    gathering = gathering or Gathering(weighing, _pools(0))
    left = sum(len(side) for side in arms) - 2 * len(gathering.pairs)
    if left and len(gathering.pairs) < FEWEST:
        doubts = (*doubts, f"{left} runs have no partner of the other arm next to them in time")
    looks = Looks.plan(max(FEWEST, len(gathering.counting)), max(FEWEST, len(gathering.counting)))
    frame = Frame(
        name="",
        scenario=scenario.scenario_name,
        about=str(scenario.scenario.get("about", "")),
        mode="saved",
        base=_arm(spellings[0], arms[0]),
        candidate=_arm(spellings[1], arms[1]),
        rules=Rules(
            pairs=len(gathering.pairs),
            max_pairs=len(gathering.pairs),
            looks=looks.at,
            alphas=(looks.alpha,),
            margin=weighing.margin,
            seed=seed,
        ),
        started=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        environment=arms[0][0].record.host,
        doubts=doubts,
    )
    return _saved(frame, gathering, looks, reports, seed, draw)


def _pools(end_ns: int) -> tuple[Pool, Pool]:
    step_ns = max(1, round(end_ns / STEPS / 1e9)) * 1_000_000_000
    return Pool(step_ns), Pool(step_ns)


def _saved(frame: Frame, gathering: Gathering, looks: Looks, reports: Path, seed: int, draw: Draw) -> Compared:
    folder = RunFolder.create(reports / FOLDER, frame.scenario, datetime.now(UTC), secrets.token_hex(3))
    rng = np.random.default_rng([seed, 2])
    document = assemble(frame, gathering, alpha=looks.alpha, rng=rng, status=Status.COMPLETE)
    document = document.model_copy(update={"name": folder.name})
    save_comparison(folder, document)
    draw(folder, document)
    return Compared(folder, document)


def paired_in_time(
    base: Iterable[RunReader], candidate: Iterable[RunReader]
) -> Iterator[tuple[int, RunReader, RunReader]]:
    """Neighbours in time of different arms, each run once; +1 where the base ran first. A run whose next is of its own arm has no partner."""
    line = sorted(
        [(one.record.started, 0, one) for one in base] + [(one.record.started, 1, one) for one in candidate], key=_time
    )
    at = 0
    while at + 1 < len(line):
        (_, arm, one), (_, other_arm, other) = line[at], line[at + 1]
        if arm == other_arm:
            at += 1
            continue
        yield (1, one, other) if arm == 0 else (-1, other, one)
        at += 2


def _time(entry: tuple[str, int, RunReader]) -> tuple[str, str]:
    return entry[0], entry[2].record.run


def comparable(everything: Sequence[RunRecord]) -> Iterator[str]:
    """Reasons for which these runs say nothing about the service, each a sentence; none where they are alike."""
    scenarios = {one.scenario_name for one in everything}
    if len(scenarios) > 1:
        yield f"the runs are of different scenarios: {_listed(scenarios)}"
    elif len({_plan_of(one.scenario) for one in everything}) > 1:
        yield f"the runs are of scenario {next(iter(scenarios))}, but of different states of it: {_listed(_differences(everything))}"
    for key in MACHINE:
        values = {one.host.get(key, "?") for one in everything}
        if len(values) > 1:
            what = "clocks" if key == "clock" else f"machines ({key})"
            yield f"the runs were made with different {what}: {_listed(values)}"
    formats = {str(one.format) for one in everything}
    if len(formats) > 1:
        yield f"the runs have different formats: {_listed(formats)}"
    versions = {one.versions.get("harness", "?") for one in everything}
    if len(versions) > 1:
        yield f"the runs were measured by different versions of harness: {_listed(versions)}"
    if any(_moment(one.started) is None for one in everything):
        yield "a run does not say when it began, so the order of the runs is not known"


def _plan_of(scenario: Mapping[str, object]) -> str:
    return repr({key: value for key, value in sorted(scenario.items()) if key not in _OF_THE_VERSION})


def _differences(runs: Sequence[RunRecord]) -> set[str]:
    first = runs[0].scenario
    keys = {key for one in runs for key in one.scenario if key not in _OF_THE_VERSION}
    return {key for key in keys if any(one.scenario.get(key) != first.get(key) for one in runs)}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)[:4])


def _arm(spelling: str, runs: Sequence[RunReader]) -> Arm:
    record = runs[0].record
    defects = record.scenario.get("defects")
    settings = record.scenario.get("settings")
    return Arm(
        spelling=spelling,
        target=record.target,
        target_url=record.target_url,
        defects=tuple(str(one) for one in defects) if isinstance(defects, list) else (),
        settings={str(k): str(v) for k, v in settings.items()} if isinstance(settings, dict) else {},
        versions=record.versions,
        environment=record.host,
    )
