"""Write the SQL that follows from the contracts, or check that it is up to date.

``python -m pipelines.contracts.generate [--check]``
"""

from __future__ import annotations

import argparse
import sys

from pipelines.contracts.lookup_sql import lookup_models
from pipelines.contracts.sources import load_contracts
from pipelines.contracts.staging_sql import staging_models


def main(arguments: list[str] | None = None) -> int:
    """Write every generated model, or with ``--check`` name the outdated; exit status 0 or 1."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.contracts.generate")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    is_check = parser.parse_args(arguments).check
    models = {**staging_models(load_contracts()), **lookup_models(load_contracts())}
    if not is_check:
        for path, text in models.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return 0
    outdated = [
        f"{path.parent.name}/{path.name}"
        for path, text in models.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for name in outdated:
        print(
            f"sql/{name} doesn’t follow from the contracts; "
            "run `python -m pipelines.contracts.generate`",
            file=sys.stderr,
        )
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
