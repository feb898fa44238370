"""What `harness diff` compares: files, folders of pacts, URLs, and any of git's revisions (`origin/main:openapi.yaml`)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.contract.broker import fetch_text
from harness.contract.description import Description, parse_description
from harness.contract.graphql_description import is_graphql, is_schema_language
from harness.contract.pact_file import PactFile, parse_pact
from harness.errors import BadDocument, BadInput, EnvironmentFailed

Kind = Literal["openapi", "graphql", "pacts"]
GIT_S = 30.0
MAX_BYTES = 50_000_000
GRAPHQL = (".graphql", ".graphqls", ".gql")
SCHEMA_WORDS = frozenset({"type", "schema", "interface", "input", "union", "scalar", "enum"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two that are compared. `text` is what stands in one file; of a folder it is empty."""

    name: str
    kind: Kind
    text: bytes = field(default=b"", repr=False)
    pacts: tuple[PactFile, ...] = field(default=(), repr=False)

    @property
    def description(self) -> Description:
        """Raises BadDocument where it does not parse."""
        return parse_description(self.text, source=self.name, target_url="http://127.0.0.1")


def read_side(spelling: str) -> Side:
    """Raises BadInput for what is not there, BadDocument for what is neither description, schema nor pact, EnvironmentFailed for a URL
    that does not answer."""
    files = list(_files(spelling))
    if not files:
        raise BadInput(
            f"`{spelling}` holds no JSON file.", "Name a description, a GraphQL schema, or a folder of pacts."
        )
    if len(files) == 1 and not _is_folder(spelling):
        return _one(*files[0])
    pacts = tuple(parse_pact(raw, name) for name, raw in files if b'"harness":' not in raw[:64])
    return Side(name=spelling, kind="pacts", pacts=pacts)


def _one(name: str, raw: bytes) -> Side:
    if name.endswith(GRAPHQL):
        return Side(name=name, kind="graphql", text=raw)
    try:
        pact = parse_pact(raw, name)
    except BadDocument:
        return Side(name=name, kind=_kind(raw), text=raw)
    return Side(name=name, kind="pacts", text=raw, pacts=(pact,))


def _kind(raw: bytes) -> Kind:
    """A schema language without its usual ending is told by its words; what introspection answers, by its one key."""
    text = raw.decode("utf-8-sig", "replace")
    return "graphql" if is_schema_language(text) or _has_schema_words(text) or _is_introspection(text) else "openapi"


def _has_schema_words(text: str) -> bool:
    words = {
        line.split("{")[0].split()[0]
        for line in text[:200_000].splitlines()
        if line[:1].isalpha() and line.split("{")[0].split()
    }
    return bool(words & SCHEMA_WORDS) and "openapi:" not in text


def _is_introspection(text: str) -> bool:
    if "__schema" not in text or not text.lstrip().startswith("{"):
        return False
    try:
        return is_graphql(json.loads(text))
    except (ValueError, RecursionError):
        return False


def _is_folder(spelling: str) -> bool:
    return Path(spelling).is_dir() or (_is_git(spelling) and _git_type(spelling) == "tree")


def _files(spelling: str) -> Iterator[tuple[str, bytes]]:
    path = Path(spelling)
    if spelling.startswith(("http://", "https://")):
        yield spelling, fetch_text(spelling)
    elif path.is_dir():
        for file in sorted(path.rglob("*.json")):
            yield str(file), _read(file)
    elif path.exists():
        yield spelling, _read(path)
    elif _is_git(spelling):
        yield from _from_git(spelling)
    else:
        raise BadInput(
            f"`{spelling}` is not there.",
            "Name a file, a folder of pacts, a URL, or a revision of git: origin/main:openapi.yaml",
        )


def _read(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} could not be read: {error.strerror}.", "Check the path.") from error
    if len(raw) > MAX_BYTES:
        raise BadInput(f"{path} is over {MAX_BYTES // 1_000_000} MB.", "Split it.")
    return raw


def _is_git(spelling: str) -> bool:
    revision, colon, path = spelling.partition(":")
    return bool(colon and revision and path) and "://" not in spelling and not spelling.startswith("-")


def _from_git(spelling: str) -> Iterator[tuple[str, bytes]]:
    revision, _, path = spelling.partition(":")
    if _git_type(spelling) != "tree":
        yield spelling, _git("show", _here(spelling))
        return
    listed = _git("ls-tree", "-r", "-z", "--name-only", revision, "--", path).decode().split("\x00")
    for name in sorted(one for one in listed if one.endswith(".json")):
        yield f"{revision}:{name}", _git("show", _here(f"{revision}:{name}"))


def _git_type(spelling: str) -> str:
    return _git("cat-file", "-t", _here(spelling)).decode().strip()


def _here(spelling: str) -> str:
    """Paths are meant from where one stands, not from the top of the checkout."""
    revision, _, path = spelling.partition(":")
    return spelling if path.startswith(("./", "/")) else f"{revision}:./{path}"


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], capture_output=True, timeout=GIT_S, check=False)
    except FileNotFoundError as error:
        raise EnvironmentFailed("There is no git here.", "Install git, or name two files.") from error
    except subprocess.TimeoutExpired as error:
        raise EnvironmentFailed(f"git {' '.join(words)} did not end within {GIT_S:g} s.", "Try it by hand.") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BadInput(
            f"git knows no `{words[-1]}`: {said[0] if said else 'it gives no reason'}",
            "Is it a revision that was fetched (git fetch), and a path from here?",
        )
    return done.stdout
