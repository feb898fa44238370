"""`python -m harness.load.survey LOCUSTFILE [DATA]` says on stdout, in JSON, which user classes stand in a locustfile.

In a process of its own, since that imports Locust, and runs what stands at the top of the file. What the file prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.load.feed import Share, take_share
from harness.model.data import DataFile

__all__ = ["survey"]


def survey(words: Sequence[str]) -> dict[str, object]:
    """`classes` that have a task, or why there are none to tell: `failed`, with the locustfile's own traceback."""
    path = Path(words[0])
    take_share(Share(data=DataFile(Path(words[1]), "recycle") if words[1:] else None, folder=path.parent))

    from harness.load.locustfile import LocustfileFailed, read_locustfile  # patches the process

    try:
        classes, _ = read_locustfile(path)
    except LocustfileFailed as error:
        return {"failed": error.what}
    return {"classes": [one.__name__ for one in classes if one.tasks]}


if __name__ == "__main__":
    told = os.dup(1)
    os.dup2(2, 1)
    os.write(told, json.dumps(survey(sys.argv[1:])).encode())
    os._exit(0)  # threads and greenlets of the locustfile must not keep it
