"""Dagster's UI with the nightly schedule and the landing sensor on: `make serve`.

Listens on the loopback address only. Ending this program ends everything that it started; where one
of its parts ends by itself, so does this program, with status 1.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from assets.command_line import LOOPBACK, ended, workspace_parser
from assets.errors import describe_error
from assets.instance import prepare_instance
from assets.pages_server import DASHBOARD_VARIABLE, address_of, serve_pages
from pipelines.core.errors import PipelineError
from pipelines.core.step_log import note, write_line
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace

GRACE_SECONDS = 20
FAILED = 1


def main(arguments: list[str] | None = None) -> int:
    """Start the UI in a process group of its own, and take the group down with this program."""
    parser = workspace_parser("Dagster's UI for one workspace.")
    parser.add_argument("--port", type=int, default=3000)
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        prepare_instance(workspace)
        _end_orphans(workspace)
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, FAILED)
    pages = serve_pages(workspace, 0)
    os.environ.setdefault(DASHBOARD_VARIABLE, address_of(pages))
    write_line(f"dashboard  {os.environ[DASHBOARD_VARIABLE]}")
    with subprocess.Popen(
        development_server(options.port), cwd=PROJECT, start_new_session=True
    ) as server:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        try:
            status = server.wait()
        except KeyboardInterrupt:
            _end_group(server)
            return 0
    # Dagster ends with 0 when its daemon dies: nobody asked for it, so nobody should believe it.
    return ended(
        "failed",
        f"Dagster's UI, daemon or code server ended by itself (status {status}); no schedule runs "
        "now. Start it again; units that do so by themselves are in docs/deploy/",
        FAILED,
    )


def _end_orphans(workspace: Workspace) -> None:
    """A run that was killed would keep the queue waiting; where none can be seen, serve anyway."""
    import dagster as dg

    from assets.orphaned_runs import end_orphans_of

    try:
        with dg.DagsterInstance.get() as instance:
            end_orphans_of(instance, workspace)
    except Exception as error:
        note(f"whether runs were killed can't be seen: {describe_error(error).summary}")


def development_server(port: int) -> list[str]:
    """The command of Dagster's UI with its daemon and its code server."""
    dg_command = str(Path(sys.executable).with_name("dg"))
    return [dg_command, "dev", "--host", LOOPBACK, "--port", str(port)]


def _end_group(server: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then insist: a lone parent would leave children behind."""
    os.killpg(server.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
