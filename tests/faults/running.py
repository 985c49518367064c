"""A refresh that runs in a process of its own and can be killed at a moment of its own time.

Moments are told in seconds of the processor that the refresh has used, so that they fall into the
same places however busy the machine is.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pipelines.core.workspace import Workspace
from tests.integration.preloaded import Limits, start_module
from tests.integration.refreshing import PROJECT, Ended, environment

TICKS = os.sysconf("SC_CLK_TCK")
TIME_LIMIT_SECONDS = 900
REFRESH = "assets.refresh"
POLL_SECONDS = 0.01


class Running:
    """A command of the project on a workspace, started and not yet ended."""

    def __init__(
        self,
        workspace: Workspace,
        *more: str,
        module: str = REFRESH,
        before: tuple[str, ...] = (),
        limits: Limits | None = None,
    ) -> None:
        """Start it; ``before`` is a module, and its arguments, that runs the command in turn."""
        self._output = tempfile.NamedTemporaryFile("r", suffix=".txt")  # noqa: SIM115 - as long as this
        arguments = [*before, module, "--workspace", str(workspace.root), *more]
        self.process = start_module(
            arguments, PROJECT, environment(), Path(self._output.name), limits
        )

    @property
    def used(self) -> float:
        """Processor seconds that it has used; 0 where it has ended."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICKS

    @property
    def output(self) -> str:
        """What it printed so far."""
        return Path(self._output.name).read_text(errors="replace")

    def wait_until(self, is_time: Callable[[], bool]) -> bool:
        """Wait for a moment; False where it ended first."""
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while self.process.exitcode is None:
            if is_time():
                return True
            assert time.monotonic() < deadline, self.output
            time.sleep(POLL_SECONDS)
        return False

    def kill_after(self, seconds: float) -> bool:
        """Kill it when it has used so many seconds; False where it ended first."""
        if not self.wait_until(lambda: self.used >= seconds):
            return False
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()
        return self.process.exitcode == -signal.SIGKILL

    def end(self) -> Ended:
        """Wait for its end."""
        self.process.join(TIME_LIMIT_SECONDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            raise TimeoutError(self.output)
        return Ended(self.process.exitcode, self.output)

    def end_and_measure(self) -> tuple[Ended, float]:
        """Wait for its end; how it ended and the processor seconds that it took."""
        seconds = 0.0
        while self.process.exitcode is None:
            seconds = max(seconds, self.used)
            time.sleep(POLL_SECONDS)
        return self.end(), seconds


def refresh_to_end(workspace: Workspace, *more: str, module: str = REFRESH) -> Ended:
    """Run a command to its end."""
    return Running(workspace, *more, module=module).end()


def published(ended: Ended) -> None:
    """Nobody lent a hand, and it was published."""
    assert (ended.status, ended.last_line[:10]) == (0, "published "), ended.output
