"""Asset checks on the staged tables: the suites that the contracts describe."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from assets.resources import RefreshResource
from assets.retention import RETENTION, SET_ASIDE
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.check_results import has_refused_delivery
from pipelines.quality.check_specs import tables_read
from pipelines.quality.run_checks import CheckResult, declared_checks, run_suite

SHOWN_CHARACTERS = 2000
NO_DELIVERY_REFUSED = "no_delivery_refused"


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
                additional_deps=[*others, RETENTION, SET_ASIDE],
                description=check.description,
                blocking=check.severity == "ERROR",
            )
            for check in declared_checks(source)
        ]
        + _on_deliveries(source),
    )
    def check(refresh: RefreshResource) -> Iterator[dg.AssetCheckResult]:
        with refresh.connect() as con:
            results = run_suite(con, source, as_of=refresh.today)
            is_refused = has_refused_delivery(con, source.name)
        if any(not result.passed and result.severity == "ERROR" for result in results):
            refresh.note_refused()
        yield from (as_dagster(result, key) for result in results)
        if source.required:
            yield dg.AssetCheckResult(
                asset_key=key, check_name=NO_DELIVERY_REFUSED, passed=not is_refused
            )

    return check


def _on_deliveries(source: Source) -> list[dg.AssetCheckSpec]:
    """Of a required source, the check that nothing was refused: what is staged lacks those rows."""
    if not source.required:
        return []
    return [
        dg.AssetCheckSpec(
            NO_DELIVERY_REFUSED,
            asset=dg.AssetKey(["staging", source.name]),
            description=f"{source.title} are required: none of their deliveries was refused.",
            blocking=True,
        )
    ]


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
