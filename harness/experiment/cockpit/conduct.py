"""Conducts one run: hands what it says to the board, ends it when told, and takes back what was put on by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable

from harness.errors import HarnessError, Interrupted
from harness.experiment.cockpit.board import Board
from harness.experiment.cockpit.hand import Hand
from harness.experiment.desk import Conducted
from harness.experiment.gathered import Gathered
from harness.experiment.listener import Listener, Progress
from harness.experiment.opening import OpenTarget
from harness.experiment.workshop import new_id, owner
from harness.guard import Guard
from harness.load import Message
from harness.model import FaultRecord, Finding, Scenario, Target
from harness.results import Mark, RunFolder

TakePlace = Callable[[Scenario, Target | None], None]


class Conductor:
    """A Desk. `take_place` hears of the open target, `hand_of_run` of the hand that puts faults on while the load runs. `gone` says why
    nobody could end the run any more; empty as long as somebody can."""

    def __init__(
        self,
        board: Board,
        guard: Guard,
        take_place: TakePlace,
        hand_of_run: Callable[[Hand | None], None],
        scenario: Scenario,
        gone: Callable[[], str],
    ) -> None:
        self._board = board
        self._guard = guard
        self._take_place = take_place
        self._hand_of_run = hand_of_run
        self._scenario = scenario
        self._gone = gone
        self._why = ""
        self._run: Conducted | None = None
        self._hand: Hand | None = None
        self._lock = threading.Lock()
        self.folder: RunFolder | None = None

    def end(self, why: str) -> None:
        """The run is to end soon. Any thread may call."""
        self._why = self._why or why

    @property
    def was_ended(self) -> bool:
        """Whether somebody asked for the end."""
        return bool(self._why)

    def interrupt(self) -> None:
        """Called where the run waits before its load: raises Interrupted once somebody asked for the end, or nobody could."""
        self._end_if_gone()
        if self._why and self._run is None:
            raise Interrupted(f"{self._why[:1].upper()}{self._why[1:]}, before the load.")

    def mark(self, text: str, who: str) -> bool:
        """A note on the timeline, now. False before the load."""
        run = self._run
        if run is None:
            return False
        with self._lock:
            at_ns = run.clock.now_ns()
            run.writer.mark(Mark(t_ns=at_ns, text=text, by=who))
        self._board.note(f"noted: {text}", who)
        return True

    def opened(self, opened: OpenTarget, folder: RunFolder) -> None:
        """The target answers."""
        self.folder = folder
        self._take_place(self._scenario, opened.target)
        self._board.opened(opened, folder)

    def checking(self, gathered: Gathered, found: tuple[Finding, ...]) -> None:
        """Also where the check hears that it shall end."""
        self.interrupt()
        self._board.checking(gathered, found)

    def checked(self, gathered: Gathered) -> None:
        """A part of the contract."""
        self._board.checked(gathered)

    def began(self, run: Conducted) -> None:
        """From here on faults can be put on by hand, on the run's own clock."""
        self._run = run

        def emit(row: dict[str, object]) -> None:
            with self._lock:
                run.writer.fault(row)
            self._board.fault(row)

        self._hand = Hand(
            target=run.opened.target,
            guard=self._guard,
            clock=run.clock,
            emit=emit,
            run=f"h{new_id()}",
            owner=owner(),
        )
        self._hand_of_run(self._hand)
        self._board.began(run)

    def heard(self, worker: int, message: Message) -> None:
        """A load process said something."""
        self._board.heard(worker, message)

    def lost(self, worker: int, why: str) -> None:
        """A load process is gone."""
        self._board.lost(worker, why)

    def fault(self, row: dict[str, object]) -> None:
        """Of the scenario."""
        self._board.fault(row)

    def finding(self, finding: Finding) -> None:
        """Something is wrong."""
        self._board.finding(finding)

    def second(self) -> None:
        """Show it."""
        self._board.second()

    def must_end(self) -> str:
        """Also when something that was put on by hand cannot be taken back, or nobody could end what was."""
        self._end_if_gone()
        failure: HarnessError | None = self._hand.failure if self._hand else None
        return self._why or (f"a fault by hand could not be healed: {failure.what}" if failure else "")

    def _end_if_gone(self) -> None:
        if why := self._gone():
            self.end(why)

    def heal(self) -> tuple[FaultRecord, ...]:
        """Take back what was put on by hand."""
        if self._hand is None:
            return ()
        try:
            self._hand.heal_all()
        finally:
            records = self._hand.records
        return records


class Tee:
    """A Listener that tells the terminal and the board, and is where a run that waits hears that it shall end."""

    def __init__(self, terminal: Listener, board: Board, conductor: Conductor) -> None:
        self._terminal = terminal
        self._board = board
        self._conductor = conductor

    def phase(self, text: str) -> None:
        """A new part of the work."""
        self._conductor.interrupt()
        self._terminal.phase(text)
        self._board.phase(text)

    def event(self, text: str) -> None:
        """One line."""
        self._terminal.event(text)
        self._board.event(text)

    def progress(self, progress: Progress) -> None:
        """The terminal's moving line; the board has its own figures."""
        self._terminal.progress(progress)
