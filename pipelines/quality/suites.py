"""Great Expectations suites: the checks of a contract come in, suites in its own words go out.

A suite is plain data, as Great Expectations writes it, and needs no import of it. Expectations
name columns as the contract does where single values are judged (empty, out of range, not
allowed). What takes several columns or rows, or other sources, is counted first: then the column
has the name of the check, and holds whether, how often or for which share it is so.

``python -m pipelines.quality.suites`` writes ``suites/<source>.json`` anew; ``--check`` only looks.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.contracts.sources import Source, load_contracts
from pipelines.quality.check_specs import CheckSpec, suite_checks

SUITES_FOLDER = Path(__file__).parent / "suites"
CHECK_NAME = "check_name"
"""Where an expectation says in its ``meta`` which check it is."""
OF_VALUES = ("not_null", "between", "in_set")
"""Kinds of checks that look at the values of one column."""
_SEVERITY = {"ERROR": "critical", "WARN": "warning"}


def judged_column(source: Source, check: CheckSpec) -> str:
    """The column that an expectation is about: one of the source's, or one with its own name."""
    name = check.columns[0] if check.kind in OF_VALUES else check.name
    return f"{source.name}.{name}"


def suite(source: Source) -> dict[str, Any]:
    """The suite of a staged table, as Great Expectations stores it."""
    return {
        "name": f"staging.{source.name}",
        "expectations": [_expectation(source, check) for check in suite_checks(source)],
    }


def _expectation(source: Source, check: CheckSpec) -> dict[str, Any]:
    kind, about = _judgement(check)
    return {
        "type": kind,
        "kwargs": {"column": judged_column(source, check), **about},
        "severity": _SEVERITY[check.severity],
        "description": check.description,
        "meta": {CHECK_NAME: check.name},
    }


def _judgement(check: CheckSpec) -> tuple[str, dict[str, Any]]:
    """The type of the expectation, and what it expects."""
    between, in_set = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
    match check.kind:
        case "not_null":
            return "expect_column_values_to_not_be_null", {}
        case "between":
            return between, {"min_value": check.minimum, "max_value": check.maximum}
        case "in_set":
            return in_set, {"value_set": list(check.allowed)}
        case "has_rows":
            return between, {"min_value": 1.0}
        case "unique":
            return in_set, {"value_set": [1]}
        case "flag" if check.min_share < 1:
            return between, {"min_value": check.min_share, "max_value": 1.0}
        case "flag":
            return in_set, {"value_set": [True]}


def main() -> int:
    """Write the suites; with ``--check`` say which aren't as the contracts want them."""
    wanted = {
        SUITES_FOLDER / f"{source.name}.json": json.dumps(suite(source), indent=1) + "\n"
        for source in load_contracts().sources
    }
    found = {path: path.read_text(encoding="utf-8") for path in SUITES_FOLDER.glob("*.json")}
    stale = [path for path in sorted({*wanted, *found}) if wanted.get(path) != found.get(path)]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.name} isn’t what the contracts say; run `make format`")
        return 1 if stale else 0
    SUITES_FOLDER.mkdir(exist_ok=True)
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
