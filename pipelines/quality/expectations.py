"""The suites of all sources, evaluated by one checkpoint on what a table has of each value.

The only module that imports Great Expectations, and only when something is evaluated: its
import takes seconds and 250 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import polars as pl

from pipelines.contracts.sources import Source
from pipelines.quality.check_specs import CheckSpec, suite_checks
from pipelines.quality.judgements import Judgement, Judgements
from pipelines.quality.suites import CHECK_NAME, judged_column, suite
from pipelines.quality.value_counts import Tally

CHECKPOINT = "contracts"
Tallies = Mapping[str, Tally]
"""By the name of a check what it judges."""


@dataclass(frozen=True)
class Outcome:
    """Whether a check passed, how many rows it looked at, and how many of them failed.

    ``is_carried_over``: what it judges is what was judged before, and so is the judgement.
    """

    passed: bool
    n_checked: int
    n_failed: int
    is_carried_over: bool = False


def evaluate(
    counted: Mapping[Source, Tallies], earlier: Judgements
) -> dict[Source, dict[str, Outcome]]:
    """Evaluate the checks that there is a tally for; outcomes by source and name of the check.

    Values that were judged before aren't judged again: ``earlier`` knows, and is told of tonight's.
    A check that has nothing to look at holds. Raises `RuntimeError` where Great Expectations
    itself failed on a check.
    """
    judged = {source: _with_something(tallies) for source, tallies in counted.items()}
    unknown = {source: earlier.unknown(source, tallies) for source, tallies in judged.items()}
    results = _run_checkpoint({source: tallies for source, tallies in unknown.items() if tallies})
    lengths = {
        (source.name, name): len(tally.values)
        for source, tallies in unknown.items()
        for name, tally in tallies.items()
    }
    for (source_name, check_name), result in results.items():
        said, length = _judgement(result, check_name), lengths[source_name, check_name]
        own = tuple(place for place in said.failing if place < length)  # the rest fills the column
        earlier.add(source_name, check_name, Judgement(said.passed, own))
    return {
        source: {
            check.name: _outcome(
                earlier.of(source, check.name) if check.name in judged[source] else None,
                check,
                tallies[check.name],
                is_carried_over=check.name not in unknown[source],
            )
            for check in suite_checks(source)
            if check.name in tallies
        }
        for source, tallies in counted.items()
    }


def _with_something(tallies: Tallies) -> dict[str, Tally]:
    return {name: tally for name, tally in tallies.items() if len(tally.values)}


def _run_checkpoint(judged: Mapping[Source, Tallies]) -> dict[tuple[str, str], Any]:
    """What the checkpoint found, by source and check; without any, nothing is imported."""
    if not judged:
        return {}
    gx: Any = import_module("great_expectations")
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    whole = (
        context.data_sources.add_pandas("staged")
        .add_dataframe_asset("values")
        .add_batch_definition_whole_dataframe("whole")
    )
    sources = {f"staging.{source.name}": source for source in judged}
    definitions = [
        gx.ValidationDefinition(
            name=name, data=whole, suite=context.suites.add(_suite(gx, source, judged[source]))
        )
        for name, source in sources.items()
    ]
    checkpoint = gx.Checkpoint(
        name=CHECKPOINT,
        validation_definitions=[context.validation_definitions.add(each) for each in definitions],
        result_format={"result_format": "COMPLETE", "partial_unexpected_count": 0},
    )
    ran = context.checkpoints.add(checkpoint).run(
        batch_parameters={"dataframe": _frame(judged).to_pandas()}
    )
    found = {
        (sources[validation.suite_name].name, result.expectation_config.meta[CHECK_NAME]): result
        for validation in ran.run_results.values()
        for result in validation.results
    }
    wanted = {(source.name, name) for source, tallies in judged.items() for name in tallies}
    if missing := sorted(wanted - found.keys()):
        raise RuntimeError(f"not evaluated: {', '.join('.'.join(each) for each in missing)}")
    return found


def _suite(gx: Any, source: Source, tallies: Tallies) -> Any:
    """The source's suite without the checks that have nothing to look at."""
    written = suite(source)
    expectations = [each for each in written["expectations"] if each["meta"][CHECK_NAME] in tallies]
    return gx.ExpectationSuite(name=written["name"], expectations=expectations)


def _frame(judged: Mapping[Source, Tallies]) -> pl.DataFrame:
    """One column per column that is judged; shorter ones go on with their first value."""
    columns: dict[str, pl.Series] = {}
    for source, tallies in judged.items():
        for check in suite_checks(source):
            if check.name in tallies:
                columns[judged_column(source, check)] = tallies[check.name].values
    length = max(len(values) for values in columns.values())
    return pl.DataFrame(
        {
            name: values.gather([*range(len(values)), *[0] * (length - len(values))])
            for name, values in columns.items()
        }
    )


def _judgement(result: Any, name: str) -> Judgement:
    """What Great Expectations said of a check's values: whether it passed, and which failed."""
    error = result.exception_info
    if error and error.get("raised_exception"):
        raise RuntimeError(f"check {name} could not be evaluated: {error['exception_message']}")
    places = {int(place) for place in result.result.get("unexpected_index_list") or ()}
    return Judgement(bool(result.success), tuple(sorted(places)))


def _outcome(
    judgement: Judgement | None, check: CheckSpec, tally: Tally, *, is_carried_over: bool
) -> Outcome:
    if judgement is None:
        return Outcome(True, 0, 0)
    passed = judgement.passed
    n_checked = tally.n_rows_in_all if check.kind == "not_null" else tally.n_checked
    if check.kind == "has_rows":
        n_failed = 0 if passed else 1
    elif tally.n_bad is not None:
        n_failed = tally.n_bad
    else:
        n_failed = tally.n_with(judgement.failing)
    return Outcome(passed, n_checked, n_failed, is_carried_over)
