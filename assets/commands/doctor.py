"""What is wrong with an installation: ``python -m assets.commands.doctor --workspace dir``.

Looks at the program, the workspace and the last nights, and changes nothing. Exit status 0 where
nothing is wrong, 1 where something is; the last line says how much. ``--tell`` sends a trial to
everybody who would be told of a night.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator

from assets.command_line import workspace_parser
from assets.errors import describe_error
from assets.health.finding import OK, WRONG, Finding, wrong
from assets.health.program import look_at_program
from pipelines.core.step_log import write_line
from pipelines.core.workspace import Workspace

_WIDTH = 12


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, look at everything, say what was found."""
    parser = workspace_parser("What is wrong with this installation.")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--tell", action="store_true", help="send a trial to all who are told")
    options = parser.parse_args(arguments)
    workspace = Workspace(options.workspace.resolve())
    findings = look(workspace, options.port)
    if options.tell:
        from assets.health.folder import try_alerts

        findings += try_alerts(workspace)
    for finding in findings:
        write_line(f"  {finding.level:<6} {finding.about:<{_WIDTH}} {finding.text}")
    n_wrong = sum(finding.level == WRONG for finding in findings)
    n_ok = sum(finding.level == OK for finding in findings)
    write_line(f"{n_wrong} wrong, {n_ok} of {len(findings)} as they should be")
    return 1 if n_wrong else 0


def look(workspace: Workspace, port: int) -> list[Finding]:
    """Every finding; a look that fails is one itself."""
    findings: list[Finding] = []
    for each in (look_at_program(port), *_of_workspace(workspace)):
        try:
            findings.extend(each)
        except ImportError as error:
            findings.append(wrong("packages", f"{error.name} can't be loaded: make clean install"))
        except Exception as error:
            findings.append(wrong("look", describe_error(error).summary))
    return findings


def _of_workspace(workspace: Workspace) -> tuple[Iterator[Finding], ...]:
    return _folder(workspace), _nights(workspace), _runs(workspace)


def _folder(workspace: Workspace) -> Iterator[Finding]:
    from assets.health.folder import look_at_folder  # a package that it needs may be missing

    yield from look_at_folder(workspace)


def _nights(workspace: Workspace) -> Iterator[Finding]:
    from assets.health.nights import look_at_nights

    yield from look_at_nights(workspace, dt.datetime.now(dt.UTC))


def _runs(workspace: Workspace) -> Iterator[Finding]:
    from assets.health.runs import look_at_runs

    yield from look_at_runs(workspace)


if __name__ == "__main__":
    sys.exit(main())
