"""Load processes on other hosts: they report to a run, prove that they may, and then are as those beside it.

The same framed messages as with a local load process (`harness.load.link`), over TCP. Not Locust's own distribution: its port
asks nobody for a secret, its workers report every three seconds, and a worker that is lost changes nothing there.
"""

from harness.load.remote.agent import serve_runs
from harness.load.remote.greeting import TOKEN_VARIABLE
from harness.load.remote.muster import measured_again, mustered
from harness.load.remote.roster import Roster, Waiting

__all__ = ["TOKEN_VARIABLE", "Roster", "Waiting", "measured_again", "mustered", "serve_runs"]
