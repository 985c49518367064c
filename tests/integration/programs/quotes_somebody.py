"""A refresh that fails inside DuckDB, with an error that quotes what somebody wrote."""

from __future__ import annotations

import sys
from pathlib import Path

from assets.instance import prepare_instance
from assets.refresh import main
from pipelines.core.warehouse import Connection
from pipelines.core.workspace import Workspace
from tests.privacy.canaries import IN_ERROR


def _fails(con: Connection, *_others: object, **_named: object) -> None:
    con.execute(f"select cast(notes || '{IN_ERROR}' as double) from staging.coaching_sessions")


if __name__ == "__main__":
    prepare_instance(Workspace(Path(sys.argv[sys.argv.index("--workspace") + 1])))
    from assets import preparation  # it is made for the workspace of the environment

    preparation.write_pseudonyms = _fails
    sys.exit(main())
