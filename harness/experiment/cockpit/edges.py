"""Looks at the target's Toxiproxy every other second, so that the picture of its edges is true whoever changes them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from harness.errors import HarnessError
from harness.experiment.cockpit.board import Board
from harness.faults import ToxiproxyClient
from harness.model import Target
from harness.ui.state import EdgeState


class EdgeWatch:
    """A thread of its own: a Toxiproxy that hangs must hold up nothing else."""

    def __init__(self, board: Board, target: Callable[[], Target | None], every_s: float) -> None:
        self._board = board
        self._target = target
        self._every_s = every_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="edges", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for an answer that may never come."""
        self._ending.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            target = self._target()
            if target is not None:
                self._look(target)
            self._ending.wait(self._every_s)

    def _look(self, target: Target) -> None:
        edges, server, trouble = edges_of(target)
        if self._target() is target:  # another may have been put in its place while this one was asked
            tell_edges(self._board, target, edges, server=server, trouble=trouble)


def tell_edges(
    board: Board, target: Target, edges: tuple[EdgeState, ...], *, server: str = "", trouble: str = ""
) -> None:
    """Show them, and where our faults on them can be healed."""
    board.edges(
        target=target.name,
        toxiproxy=target.toxiproxy,
        token_env=target.toxiproxy_token_env,
        server=server,
        trouble=trouble,
        max_s=target.limits.max_fault,
        edges=edges,
    )


def unlooked(target: Target) -> tuple[EdgeState, ...]:
    """The edges of a target whose Toxiproxy was not asked."""
    return tuple(_edge(target, name, "unknown") for name in target.edges)


def edges_of(target: Target) -> tuple[tuple[EdgeState, ...], str, str]:
    """The edges as they stand; whether Toxiproxy `answers` or is `gone`; and what to say about that."""
    if not target.toxiproxy:
        return unlooked(target), "", ""
    try:
        with ToxiproxyClient.of(target) as client:
            contents = client.contents()
    except HarnessError as error:
        return unlooked(target), "gone", f"{error}"
    states = []
    for name, edge in target.edges.items():
        if edge.proxy not in contents:
            states.append(_edge(target, name, "missing"))
            continue
        proxy, toxics = contents[edge.proxy]
        states.append(_edge(target, name, "down" if not proxy.enabled else "hurt" if toxics else "up"))
    return tuple(states), "answers", ""


def _edge(target: Target, name: str, state: str) -> EdgeState:
    edge = target.edges[name]
    return EdgeState(
        name=name, proxy=edge.proxy, protocol=edge.protocol, listen=edge.listen, upstream=edge.upstream, state=state
    )
