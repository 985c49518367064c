"""A night for which the schedule asked before a file came: ``scheduled_night --workspace DIR``.

The runs are Dagster's own, in the workspace's instance; only the daemon's waiting is left out.
Prints how each run ended, and the line that a command would end with.
"""

from __future__ import annotations

import dagster as dg

from assets.command_line import chosen_workspace
from assets.instance import prepare_instance
from assets.outcome import published_outcome


def main() -> None:
    """Run what was asked for, then whatever the daemon is asked for after it."""
    workspace = chosen_workspace("A night that was asked for too early.", None)
    prepare_instance(workspace)
    from assets.definitions import defs
    from assets.jobs import NIGHTLY_REFRESH
    from assets.quiet import QUIET_ASSETS
    from assets.run_tags import BY_DAEMON, FOLLOWED_TAG
    from assets.watch import killed_refresh, whole_night

    job = defs.resolve_job_def(NIGHTLY_REFRESH)
    asked = dg.RunRequest(asset_selection=[*QUIET_ASSETS], tags={FOLLOWED_TAG: BY_DAEMON})
    with dg.DagsterInstance.get() as instance:
        for _ in range(3):
            ended = job.execute_in_process(
                instance=instance,
                asset_selection=asked.asset_selection and [*asked.asset_selection],
                tags=dict(asked.tags),
                raise_on_error=False,
            )
            run = instance.get_run_by_id(ended.run_id)
            assert run is not None
            steps = instance.get_run_step_stats(run.run_id)
            print(f"{run.status.value} after {len(steps)} steps, retry {_retry(run)}")
            if ended.success:
                break
            context = dg.build_run_status_sensor_context(
                sensor_name="whole_night",
                dagster_instance=instance,
                dagster_run=run,
                dagster_event=ended.all_events[-1],
            ).for_run_failure()
            print(f"told: {killed_refresh(context).skip_message}")
            asked = whole_night(context)
    print(f"published {published_outcome(workspace).summary}")


def _retry(run: dg.DagsterRun) -> str:
    return run.tags.get("dagster/will_retry", "none")


if __name__ == "__main__":
    main()
