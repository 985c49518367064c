"""Checks as Great Expectations, evaluated on a pandas frame.

The only module that imports Great Expectations, and only when something is evaluated: its
import takes seconds and 250 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import polars as pl

from pipelines.quality.suites import CheckSpec

_META_NAME = "check_name"


@dataclass(frozen=True)
class Outcome:
    """Whether a check passed, and the positions of the failing rows in the frame."""

    passed: bool
    n_checked: int
    n_failed: int
    failing: tuple[int, ...] = ()


def flag_column(check: CheckSpec) -> str:
    """The frame's column with the outcome of a check of kind ``flag``."""
    return f"is_good_{check.name}"


def evaluate(frame: pl.DataFrame, checks: Sequence[CheckSpec]) -> dict[str, Outcome]:
    """Evaluate every check on a frame that has its columns and flags; outcomes by check name.

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
        .add_dataframe_asset("frame")
        .add_batch_definition_whole_dataframe("whole")
        .get_batch({"dataframe": frame.to_pandas()})
    )
    validation = batch.validate(
        suite, result_format={"result_format": "COMPLETE", "partial_unexpected_count": 0}
    )
    outcomes = {
        str(result.expectation_config.meta[_META_NAME]): _outcome(result, frame.height)
        for result in validation.results
    }
    missing = [check.name for check in checks if check.name not in outcomes]
    if missing:
        raise RuntimeError(f"not evaluated: {', '.join(missing)}")
    return outcomes


def _expectation(check: CheckSpec) -> Any:
    gxe: Any = import_module("great_expectations.expectations")
    meta = {_META_NAME: check.name}
    match check.kind:
        case "has_rows":
            return gxe.ExpectTableRowCountToBeBetween(min_value=1, meta=meta)
        case "not_null":
            return gxe.ExpectColumnValuesToNotBeNull(column=check.columns[0], meta=meta)
        case "unique" if len(check.columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=check.columns[0], meta=meta)
        case "unique":
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(check.columns), meta=meta)
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                column=check.columns[0],
                min_value=check.minimum,
                max_value=check.maximum,
                meta=meta,
            )
        case "in_set":
            return gxe.ExpectColumnValuesToBeInSet(
                column=check.columns[0], value_set=list(check.allowed), meta=meta
            )
        case "flag":
            return gxe.ExpectColumnValuesToBeInSet(
                column=flag_column(check), value_set=[True], mostly=check.min_share, meta=meta
            )


def _outcome(result: Any, n_rows: int) -> Outcome:
    error = result.exception_info
    if error and error.get("raised_exception"):
        name = result.expectation_config.meta[_META_NAME]
        raise RuntimeError(f"check {name} could not be evaluated: {error['exception_message']}")
    found = result.result
    if "element_count" not in found:
        return Outcome(bool(result.success), n_rows, 0 if result.success else 1)
    return Outcome(
        bool(result.success),
        int(found["element_count"]) - int(found.get("missing_count", 0)),
        int(found["unexpected_count"]),
        tuple(int(position) for position in found.get("unexpected_index_list") or ()),
    )
