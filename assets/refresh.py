"""Run the nightly job once: ``python -m assets.refresh --workspace dir``.

Exit status: 0 published; 2 the data was refused by a blocking quality check; 1 anything else.
After 1 and 2 the last good publication is untouched. The last line says which it was.
"""

from __future__ import annotations

import sys

from assets.command_line import chosen_workspace, ended, say, settings_of
from assets.errors import describe_error
from pipelines.core.errors import DataRefusedError, PipelineError
from pipelines.core.freed_memory import collecting_later
from pipelines.core.step_log import choose_format
from pipelines.core.workspace import Workspace

PUBLISHED, FAILED, REFUSED = 0, 1, 2


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, run, and end with one line that says what happened."""
    workspace = chosen_workspace("Run the nightly refresh once.", arguments)
    try:
        choose_format(settings_of(workspace).log.format)
        with collecting_later():
            return _run(workspace)
    except PipelineError as error:
        _tell(workspace, error)
        return _stop(error)
    except (Exception, KeyboardInterrupt) as error:
        _tell(workspace, error)
        described = describe_error(error)
        say("\n".join(described.places))
        return ended("failed", described.summary, FAILED)


def _tell(workspace: Workspace, error: BaseException) -> None:
    """Tell of what went wrong before there was a run, which tells for itself."""
    from assets.telling import tell_error

    tell_error(workspace, error, run=None)


def _run(workspace: Workspace) -> int:
    from assets.instance import prepare_instance

    prepare_instance(workspace)
    from assets.run import run_nightly_refresh

    say(f"refreshing {workspace.root}")
    outcome = run_nightly_refresh(workspace)
    status = {"published": PUBLISHED, "refused": REFUSED}.get(outcome.status, FAILED)
    for line in outcome.details:
        say(line)
    return ended(outcome.status, outcome.summary, status)


def _stop(error: PipelineError) -> int:
    first, _, rest = str(error).partition("\n")
    if rest:
        say(rest)
    if isinstance(error, DataRefusedError):
        return ended("refused", first, REFUSED)
    return ended("failed", first, FAILED)


if __name__ == "__main__":
    sys.exit(main())
