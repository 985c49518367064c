"""One of the three programs that serve a workspace: ``python -m assets.commands.service``.

``code-server`` has the definitions and runs the refreshes, ``daemon`` starts them by schedule and
sensor, ``webserver`` shows them. Each is a program of its own (``docs/deploy/``): one that ends is
started again without the others. This program prepares the workspace and becomes the service.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from assets.command_line import LOOPBACK, ended, workspace_parser
from assets.errors import describe_error
from assets.instance import one_at_a_time, prepare_instance
from pipelines.core.errors import PipelineError
from pipelines.core.private_files import write_private
from pipelines.core.versions import PROJECT
from pipelines.core.workspace import Workspace

CODE_SERVER, DAEMON, WEBSERVER = "code-server", "daemon", "webserver"
CODE_PORT, PORT = 4266, 3000
WAIT_SECONDS = 180
FAILED = 1
_WORKSPACE = """load_from:
  - grpc_server:
      host: {host}
      port: {port}
      location_name: coaching-outcomes
"""


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, prepare, become the service; returns only where that fails."""
    parser = workspace_parser("One of the programs that serve a workspace.")
    parser.add_argument("service", choices=(CODE_SERVER, DAEMON, WEBSERVER))
    parser.add_argument("--host", default=LOOPBACK, help="where this service listens")
    parser.add_argument("--port", type=int, default=None, help="where this service listens")
    parser.add_argument("--code-host", default=LOOPBACK, help="where the code server is")
    parser.add_argument("--code-port", type=int, default=CODE_PORT)
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    try:
        prepare_instance(workspace)
        if options.service != CODE_SERVER:
            with one_at_a_time(workspace):
                _name_code_server(workspace, options.code_host, options.code_port)
            _wait_for(options.code_host, options.code_port)
    except (PipelineError, OSError) as error:
        return ended("failed", describe_error(error).summary, FAILED)
    os.chdir(PROJECT)
    command = _command(options.service, workspace, options.host, options.port)
    return os.execv(command[0], command)


def _command(service: str, workspace: Workspace, host: str, port: int | None) -> list[str]:
    if service == CODE_SERVER:
        return [
            _program("dagster"), "api", "grpc", "--module-name", "assets.definitions",
            "--working-directory", str(PROJECT), "--host", host, "--port", str(port or CODE_PORT),
            "--location-name", "coaching-outcomes",
        ]  # fmt: skip
    where = ["--workspace", str(workspace.dagster_workspace)]
    if service == DAEMON:
        return [_program("dagster-daemon"), "run", *where]
    return [_program("dagster-webserver"), *where, "--host", host, "--port", str(port or PORT)]


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _name_code_server(workspace: Workspace, host: str, port: int) -> None:
    """Say where the definitions are; the name is that of `make serve`, which keeps its cursors."""
    content = _WORKSPACE.format(host=host, port=port).encode()
    file = workspace.dagster_workspace
    if not file.exists() or file.read_bytes() != content:
        write_private(file, content)


def _wait_for(host: str, port: int) -> None:
    """Wait until the code server answers, which imports for some seconds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with socket.create_connection((host, port), timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise PipelineError(
                    f"the code server doesn't answer on {host}:{port}; look at its own unit"
                ) from None
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
