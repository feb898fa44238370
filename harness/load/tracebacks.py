"""A locustfile's own traceback: the frames that its author wrote, no more."""

from __future__ import annotations

import traceback
from pathlib import Path

__all__ = ["own_traceback"]


def own_traceback(error: BaseException, locustfile: Path) -> str:
    """As Python prints it, with only the frames of files beside or below the locustfile (installed packages excepted)."""
    folder = locustfile.resolve().parent
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<")  # `<frozen importlib._bootstrap>` would lie in the working folder
        and Path(frame.filename).resolve().is_relative_to(folder)
        and "site-packages" not in frame.filename
    ]
    head = ["Traceback (most recent call last):\n", *traceback.format_list(frames)] if frames else []
    return "".join([*head, *traceback.format_exception_only(error)]).rstrip()
