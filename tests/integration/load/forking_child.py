"""Many load processes at once, for tests: Locust is imported once, and each process is forked from this one.

Its only argument is a list in JSON of `{fd, log, folder, env}`. Ends when all have; prints their exit codes as a list in JSON.
"""

import gc
import json
import os
import sys
from pathlib import Path

from gevent import monkey
from gevent.os import fork_gevent

import harness.load.run  # noqa: F401 # patches this process, as it does each load process
from harness.load.child import leave, serve
from harness.load.link import ENV_FD, Link


def serve_one(order: dict) -> None:
    """In a fork: the life of one load process."""
    with Path(order["log"]).open("ab", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.chdir(order["folder"])
    os.environ |= {**order["env"], ENV_FD: str(order["fd"])}
    leave(serve(Link.inherited(), lambda _: ()))


gc.collect()
gc.freeze()  # what all forks share stays shared
orders = json.loads(sys.argv[1])
children = []
for order in orders:
    child = fork_gevent()
    if child == 0:
        for other in orders:
            if other["fd"] != order["fd"]:
                os.close(other["fd"])
        serve_one(order)
    children.append(child)
for order in orders:
    os.close(order["fd"])
waitpid = monkey.get_original("os", "waitpid")
print(json.dumps([os.waitstatus_to_exitcode(waitpid(child, 0)[1]) for child in children]))  # noqa: T201
