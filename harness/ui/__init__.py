"""Locust's own web UI as the cockpit of runs, in a process of its own. Importing this room imports no Locust.

`state` (what there is to show) and `settings` travel over one socket pair: the parent tells (`window`), the UI process asks (`parent`).
Pure: `gate` (who may do what), `statistics` (Locust's own tables and CSV files, with our figures), `metrics` (Prometheus), `series`,
`picture`, `words`. Locust and gevent live in `locust_ui` and what imports it; the entry point is `harness.ui.process`, which knows the
documents as JSON only: pandas and pyarrow, which the models of results bring along, would double the time until the page is there.
"""

from harness.ui.settings import UiSettings
from harness.ui.topics import Topic

__all__ = ["Topic", "UiSettings"]
