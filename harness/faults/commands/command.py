"""Another tool's fault: tc, kubectl, or whatever a command can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from harness.faults.toxics.units import Millis, read_fields

__all__ = ["Command", "Shell"]

_LONGEST_MS = 30_000


class Shell(str):
    """A command for /bin/sh."""

    __slots__ = ()

    @classmethod
    def parse(cls, given: object) -> Shell:
        """Raises ValueError."""
        if not isinstance(given, str) or not given.strip():
            raise ValueError(f"{given!r} is no command; write what a shell runs, such as ./slow-network.sh on")
        return cls(given)


_NONE = Shell("")
_WITHIN = Millis(10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`apply` makes it, `heal` ends it; exit code 0 says that it worked. `heal` must bear being run twice, and without `apply`.

    `in_force` ends with 0 while it is in force, `healed` when it is gone; without them it is unverified. Each has `within` to end.
    """

    kind: ClassVar[str] = "command"
    apply: Shell
    heal: Shell
    in_force: Shell = _NONE
    healed: Shell = _NONE
    within: Millis = _WITHIN

    if TYPE_CHECKING:  # fields may be given as text, and are read

        def __init__(
            self,
            *,
            apply: Shell | str,
            heal: Shell | str,
            in_force: Shell | str = ...,
            healed: Shell | str = ...,
            within: Millis | str = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("in_force", "healed"):
            if not getattr(self, name):
                object.__setattr__(self, name, Shell(""))
        read_fields(self, apply=Shell, heal=Shell, in_force=Shell, healed=Shell, within=Millis)
        if not 0 < self.within <= _LONGEST_MS:
            raise ValueError(f"`within` of {self.within} is not between 1ms and 30s; whatever heals must end")

    @property
    def toxicity(self) -> float:
        """Whatever its own checks say counts for all."""
        return 1.0

    def describe(self) -> str:
        return f"`{self.apply}`"
