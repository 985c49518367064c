"""The nightly job: every asset and every check, in one process, because DuckDB has one writer.

A run may be asked for what tonight needs alone. Should that turn out too little, a whole one
follows: whoever sees to it is named by a tag of the run.
"""

from __future__ import annotations

import dagster as dg

NIGHTLY_REFRESH = "nightly_refresh"
FOLLOWED_TAG = "coaching/followed"
"""On a run that makes what tonight needs alone: who begins a whole one where that is too little."""
BY_COMMAND, BY_DAEMON = "command", "daemon"
"""The command that began it, at once; or the daemon, by `assets.watch`."""
TOO_SHORT_TAG = "coaching/too_short"
"""On a run that made less than a publication needs, and therefore none."""

nightly_refresh = dg.define_asset_job(
    NIGHTLY_REFRESH,
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    config={"loggers": {"console": {"config": {}}}},
    description="From landing files to the publication, or nothing at all.",
)
