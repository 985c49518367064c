"""A new key for the pseudonyms, and a publication under it: `make rotate-key`.

Everybody gets another pseudonym, the same in every table; the refresh sees that the key is another
one, renames, and lets the publications under the old ones go. Figures don't change. Exit status and
last line as of a refresh.
"""

from __future__ import annotations

import os
import sys

from assets import refresh
from assets.command_line import chosen_workspace, ended, settings_of
from assets.errors import describe_error
from assets.instance import prepare_instance
from pipelines.core.errors import PipelineError
from pipelines.core.lock import only_one
from pipelines.core.workspace import Workspace
from pipelines.personal_data.erasure_registry import check_not_half_erased
from pipelines.personal_data.pseudonyms import KEY_VARIABLE, new_key


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, write a new key, refresh."""
    workspace = chosen_workspace("Give everybody another pseudonym.", arguments)
    try:
        settings_of(workspace)
        return _rotate(workspace)
    except PipelineError as error:
        return ended("failed", describe_error(error).summary, refresh.FAILED)


def _rotate(workspace: Workspace) -> int:
    if KEY_VARIABLE in os.environ:
        raise PipelineError(
            f"the key comes from the environment variable {KEY_VARIABLE}: put a new one there and "
            "refresh; pseudonyms follow by themselves. Nothing was changed"
        )
    prepare_instance(workspace)
    with only_one(workspace.lock_file):
        check_not_half_erased(workspace.erasure_under_way_file)
        new_key(workspace.pseudonym_key_file)
    return refresh.main(["--workspace", str(workspace.root)])


if __name__ == "__main__":
    sys.exit(main())
