"""Media types of a body, with their parameters: `application/json; v=1` is another one than `; v=2`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harness.contract.diff.node import Node

UNSAID = "any media type"  # OpenAPI 2.0 without `consumes` or `produces`


def by_media_type(node: Node) -> dict[str, Node]:
    """What stands under `content`, by media types that are written in one way."""
    return {normal(name): content for name, content in node["content"].items()}


def normal(media_type: str) -> str:
    """Lower case but for values of parameters, these in order and without quotes. Names of charsets know no case (RFC 9110, 8.3.1-2)."""
    name, *parameters = (part.strip() for part in media_type.split(";"))
    return "; ".join([name.lower(), *sorted(_parameter(one) for one in parameters if one)])


def _parameter(text: str) -> str:
    name, _, value = (part.strip() for part in text.partition("="))
    value = value.strip('"')
    return f"{name.lower()}={value.lower() if name.lower() == 'charset' else value}"


def counterparts(media_type: str, old: Collection[str], new: Collection[str]) -> tuple[str, ...]:
    """Those of `new` under which one of `old` goes on. One without parameters goes on as all that have some, and back, where each side
    has only the one kind. Where none was said, any may be."""
    if media_type in new:
        return (media_type,)
    if media_type == UNSAID:
        return tuple(new)
    before, after = (tuple(_alike(media_type, side)) for side in (old, new))
    with_parameters = [{";" in one for one in side} for side in (before, after)]
    return after if with_parameters in ([{False}, {True}], [{True}, {False}]) else ()


def _alike(media_type: str, side: Collection[str]) -> Iterator[str]:
    name = media_type.partition(";")[0]
    return (one for one in side if one.partition(";")[0] == name)
