"""Whether a refresh whose models Spark computes publishes what one in DuckDB publishes.

``python -m bench.engines`` takes the same small contact centre in twice, once with `[engine] name =
"spark"` in a session on this machine, and holds both publications against each other, value by
value and unrounded. Needs the packages of requirements-spark.lock and Java. Ends with status 1
where a table differs, or where tables were left on the way.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from bench.equality import differences
from pipelines.core.workspace import Workspace
from pipelines.personal_data.pseudonyms import KEY_VARIABLE
from pipelines.simulation import write_sample

SETTINGS = """
[privacy]
grid = 0
[engine]
name = "{name}"
url = "local[2]"
[engine.options]
"spark.sql.shuffle.partitions" = "1"
"spark.sql.adaptive.enabled" = "false"
"spark.sql.codegen.wholeStage" = "false"
"""


def published_by(engine: str, folder: Path) -> Workspace:
    """A small centre's first publication with an engine."""
    from tests.integration.direct import publish

    workspace = Workspace(folder / engine)
    write_sample(workspace.landing, n_agents=60, months=12, seed=7)
    workspace.settings_file.write_text(SETTINGS.format(name=engine))
    return publish(workspace)


def main() -> int:
    """Publish twice and print what differs."""
    import tests.conftest  # noqa: F401  turns the PDF off

    os.environ[KEY_VARIABLE] = "k" * 64  # the same pseudonyms in both
    with tempfile.TemporaryDirectory(prefix="bench-engines-") as name:
        folder = Path(name).resolve()
        duckdb, spark = (published_by(engine, folder) for engine in ("duckdb", "spark"))
        unlike = [*differences(duckdb.published_analytics, spark.published_analytics)]
        if spark.exchange.exists():
            unlike.append("tables were left in the folder of exchange")
    print("\n".join(unlike) or "both engines publish the same")
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main())
