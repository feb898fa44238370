"""Shows a run as it goes: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

from rich.console import Console
from rich.status import Status

from harness.experiment.listener import Progress

PLAIN_EVERY_S = 5.0


class Watching:
    """A Listener for the terminal. Everything goes to stderr, so that stdout holds only results."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._shown_at = -PLAIN_EVERY_S

    def phase(self, text: str) -> None:
        """A new part of the work."""
        self._rest()
        if self._console.is_terminal:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._console.print(f"· {text}", markup=False)

    def event(self, text: str) -> None:
        """One line that stays."""
        self._console.print(f"  {text}", markup=False)

    def progress(self, progress: Progress) -> None:
        """The moving line, or a plain one every five seconds."""
        line = figures(progress)
        if self._status is not None:
            self._status.update(line)
        elif progress.at - self._shown_at >= PLAIN_EVERY_S:
            self._shown_at = progress.at
            self._console.print(f"  {line}", markup=False)

    def _rest(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
        self._shown_at = -PLAIN_EVERY_S

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._rest()


def figures(p: Progress) -> str:
    """One line: where in the run, rate asked and achieved, latency, errors, and whatever is not as it should be."""
    where = ", ".join(part for part in (p.stage, f"fault {p.fault}" if p.fault else "") if part)
    parts = [f"{max(0.0, p.at):5.1f}/{p.duration:g} s", *([where] if where else [])]
    if p.has_load:
        parts += [
            f"{p.achieved:.0f} answers/s" + (f" from {p.asked:.0f} arrivals/s" if p.asked else ""),
            f"p50 {_time(p.p50)}, p99 {_time(p.p99)}",
            f"{p.errors} errors",
        ]
    parts += [f"{name} {'?' if value is None else f'{value:g}'}" for name, value in p.probes.items()]
    if p.queued:
        parts.append(f"{p.queued} queued")
    if p.dropped:
        parts.append(f"{p.dropped} dropped")
    if p.late_share > 0.01:
        parts.append(f"{p.late_share:.1%} late")
    return " · ".join(parts)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds == float("inf"):
        return "∞"
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
