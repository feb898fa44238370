"""Where a finding can be mended: the line of its operation in the description, when that is a file."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from harness.contract.description import Description
from harness.model.finding import Finding


def placed(finding: Finding, description: Description) -> Finding:
    """The same finding with the description's path, as seen from the working folder, and a line (0 where it is not found)."""
    if "://" in description.source:
        return replace(finding, place=description.source)
    operation = next((o for o in description.operations if o.name == finding.operation), None)
    line = 0
    if operation is not None:
        path = operation.template[len(description.base_path) :]
        line = line_of(description.raw, operation.method, path, operation.name)
    return replace(finding, place=_seen_from_here(description.source), line=line)


@lru_cache(maxsize=1024)
def line_of(raw: bytes, method: str, path: str, name: str) -> int:
    """Counted from 1: the method under its path, else the operationId, else the path; good for JSON and YAML as people write them."""
    lines = raw.decode("utf-8", "replace").splitlines()
    key = re.compile(rf"""\s*["']?{re.escape(path)}["']?\s*:""")
    verb = re.compile(rf"""\s*["']?{method.lower()}["']?\s*:""")
    start = next((number for number, line in enumerate(lines) if key.match(line)), None)
    if start is not None:
        indent = _indent(lines[start])
        for number in range(start + 1, len(lines)):
            if lines[number].strip() and _indent(lines[number]) <= indent:
                break
            if verb.match(lines[number]):
                return number + 1
    word = re.compile(rf"""(operationId["']?\s*:\s*["']?|^\s*){re.escape(name.rpartition(".")[2])}\b""")
    return next(
        (number for number, line in enumerate(lines, start=1) if word.search(line)), 0 if start is None else start + 1
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _seen_from_here(source: str) -> str:
    path = Path(source)
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else source
