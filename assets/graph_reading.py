"""Dagster's asset graph comes in, which function makes which tables of what goes out, as a file.

Loading the graph takes seconds, so it is done when an asset changes, not when somebody asks where
a number comes from: ``python -m assets.graph_reading`` writes `FILE`, ``--check`` says whether it
fits.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from assets.models import WITH_ASSETS
from assets.retention import RETENTION, SET_ASIDE
from pipelines.core.generated_file import write_or_check
from pipelines.lineage.asset_graph import FILE
from pipelines.lineage.calls import sql_file

_LANDED = "raw"


def _written() -> str:
    """The whole file's content: by function the tables that it makes, and those it is made of."""
    from assets.definitions import defs

    found: dict[str, dict[str, set[str]]] = {}
    for asset in defs.resolve_asset_graph().assets_defs:
        body: Any = asset.node_def
        maker = body.compute_fn.decorated_fn
        for key, needed in asset.asset_deps.items():
            table = ".".join(key.path)
            if key.path[0] not in WITH_ASSETS or key.path[0] == _LANDED or sql_file(table):
                continue
            name = f"{maker.__module__}:{maker.__qualname__.partition('.')[0]}"
            entry = found.setdefault(name, {"makes": set(), "reads": set()})
            entry["makes"].add(table)
            # Whoever reads a source comes after these; they are no part of what is read.
            read = {*needed} - {RETENTION, SET_ASIDE} or needed
            entry["reads"] |= {".".join(each.path) for each in read}
    told = {name: {what: sorted(own) for what, own in found[name].items()} for name in found}
    return json.dumps(dict(sorted(told.items())), indent=1) + "\n"


def main() -> int:
    """Write the file, or say that it doesn't fit the assets."""
    return write_or_check(FILE, _written(), "assets/")


if __name__ == "__main__":
    sys.exit(main())
