"""Asset checks on the staged tables: the suites that the contracts describe."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.resources import RefreshResource
from assets.retention import RETENTION
from pipelines.contracts.sources import Source, load_contracts
from pipelines.quality.check_specs import tables_read
from pipelines.quality.run_checks import CheckResult, declared_checks, run_suite

SHOWN_CHARACTERS = 2000


def suite_check(source: Source) -> dg.AssetChecksDefinition:
    """All checks on one staged table, evaluated in one pass; failing ERROR checks block."""
    key = dg.AssetKey(["staging", source.name])
    others = [dg.AssetKey(["staging", other]) for other in tables_read(source)]

    @dg.multi_asset_check(
        name=f"{source.name}_quality",
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=key,
                additional_deps=[*others, RETENTION],
                description=check.description,
                blocking=check.severity == "ERROR",
            )
            for check in declared_checks(source)
        ],
    )
    def check(refresh: RefreshResource) -> Iterator[dg.AssetCheckResult]:
        with refresh.connect() as con:
            results = run_suite(con, source, as_of=refresh.today)
        if any(not result.passed and result.severity == "ERROR" for result in results):
            refresh.note_refused()
        yield from (as_dagster(result, key) for result in results)

    return check


def as_dagster(result: CheckResult, key: dg.AssetKey) -> dg.AssetCheckResult:
    """What a check found, as Dagster shows it."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=result.check_name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity(result.severity),
        description=result.detail[:SHOWN_CHARACTERS] if result.detail else None,
        metadata={"n_checked": result.n_checked, "n_failed": result.n_failed},
    )


suite_asset_checks = [suite_check(source) for source in load_contracts().sources]
