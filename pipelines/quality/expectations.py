"""Checks as Great Expectations, evaluated on what a table has of each value.

The only module that imports Great Expectations, and only when something is evaluated: its
import takes seconds and 250 MB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import polars as pl

from pipelines.quality.check_specs import CheckSpec
from pipelines.quality.value_counts import Tally

_META_NAME = "check_name"


@dataclass(frozen=True)
class Outcome:
    """Whether a check passed, how many rows it looked at, and how many of them failed."""

    passed: bool
    n_checked: int
    n_failed: int


def evaluate(checks: Sequence[CheckSpec], tallies: Mapping[str, Tally]) -> dict[str, Outcome]:
    """Evaluate every check on its tally, by check name; outcomes by check name.

    Raises `RuntimeError` where Great Expectations itself failed on a check.
    """
    gx: Any = import_module("great_expectations")
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    suite = gx.ExpectationSuite(
        name="contract", expectations=[_expectation(check) for check in checks]
    )
    batch = (
        context.data_sources.add_pandas("staged")
        .add_dataframe_asset("values")
        .add_batch_definition_whole_dataframe("whole")
        .get_batch({"dataframe": _frame(checks, tallies).to_pandas()})
    )
    validation = batch.validate(
        suite, result_format={"result_format": "COMPLETE", "partial_unexpected_count": 0}
    )
    by_name = {
        str(result.expectation_config.meta[_META_NAME]): result for result in validation.results
    }
    missing = [check.name for check in checks if check.name not in by_name]
    if missing:
        raise RuntimeError(f"not evaluated: {', '.join(missing)}")
    return {
        check.name: _outcome(by_name[check.name], check, tallies[check.name]) for check in checks
    }


def _frame(checks: Sequence[CheckSpec], tallies: Mapping[str, Tally]) -> pl.DataFrame:
    """One column per check with the values it judges; shorter ones end in NULL, not judged."""
    length = max((len(tallies[check.name].values) for check in checks), default=0)
    return pl.DataFrame(
        {
            check.name: tallies[check.name].values.extend_constant(
                None, length - len(tallies[check.name].values)
            )
            for check in checks
        }
    )


def _expectation(check: CheckSpec) -> Any:
    gxe: Any = import_module("great_expectations.expectations")
    meta = {_META_NAME: check.name}

    def between(low: float | None, high: float | None) -> Any:
        return gxe.ExpectColumnValuesToBeBetween(
            column=check.name, min_value=low, max_value=high, meta=meta
        )

    def in_set(values: Sequence[object]) -> Any:
        return gxe.ExpectColumnValuesToBeInSet(column=check.name, value_set=list(values), meta=meta)

    match check.kind:
        case "has_rows":
            return between(1, None)
        case "unique":
            return in_set([1])
        case "between":
            return between(check.minimum, check.maximum)
        case "in_set":
            return in_set(check.allowed)
        case "flag" if check.min_share < 1:
            return between(check.min_share, 1)
        case "not_null" | "flag":
            return in_set([True])


def _outcome(result: Any, check: CheckSpec, tally: Tally) -> Outcome:
    error = result.exception_info
    if error and error.get("raised_exception"):
        raise RuntimeError(
            f"check {check.name} could not be evaluated: {error['exception_message']}"
        )
    passed = bool(result.success)
    if check.kind == "has_rows":
        return Outcome(passed, tally.n_checked, 0 if passed else 1)
    if check.min_share < 1:
        share = float(tally.values[0]) if len(tally.values) else 1.0
        return Outcome(passed, tally.n_checked, round((1 - share) * tally.n_checked))
    failing = tuple(int(place) for place in result.result.get("unexpected_index_list") or ())
    return Outcome(passed, tally.n_checked, tally.n_with(failing))
