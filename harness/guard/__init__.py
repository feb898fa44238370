"""Whatever disturbs the world carries its own undo.

A `Guard` is one small process per parent. Before each change the parent journals the undo of it; when the parent ends in
any way, SIGKILL included, or a lease runs out, the guard does what is still promised. `leftovers` and `heal` finish the work
of a guard that was killed as well. Layers: `undo` and one file per kind; `journal`; `heal`; `watch` (the process), `guard` (its parent's side).
"""

from harness.guard._process_table import process_start
from harness.guard._process_tree import pause_tree, process_states, resume_tree, tree_pids
from harness.guard.delete_proxy import DeleteProxy
from harness.guard.delete_toxic import DeleteToxic
from harness.guard.enable_proxy import EnableProxy
from harness.guard.guard import Guard, Promise
from harness.guard.heal import heal, heal_leftovers, leftovers
from harness.guard.journal import JournalState, PromiseRecord, read_journal
from harness.guard.kill_group import KillGroup
from harness.guard.places import cache_dir, state_dir
from harness.guard.recreate_proxy import RecreateProxy
from harness.guard.remove_folder import RemoveFolder
from harness.guard.restore_container import StartContainer, UnpauseContainer, no_such_container
from harness.guard.restore_upstream import RestoreUpstream
from harness.guard.resume_group import ResumeGroup
from harness.guard.run_command import RunCommand
from harness.guard.switch_off import SwitchOff
from harness.guard.undo import Outcome, Rank, Undo, undo_from_json, undo_to_json

__all__ = [
    "DeleteProxy",
    "DeleteToxic",
    "EnableProxy",
    "Guard",
    "JournalState",
    "KillGroup",
    "Outcome",
    "Promise",
    "PromiseRecord",
    "Rank",
    "RecreateProxy",
    "RemoveFolder",
    "RestoreUpstream",
    "ResumeGroup",
    "RunCommand",
    "StartContainer",
    "SwitchOff",
    "Undo",
    "UnpauseContainer",
    "cache_dir",
    "heal",
    "heal_leftovers",
    "leftovers",
    "no_such_container",
    "pause_tree",
    "process_start",
    "process_states",
    "read_journal",
    "resume_tree",
    "state_dir",
    "tree_pids",
    "undo_from_json",
    "undo_to_json",
]
