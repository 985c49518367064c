"""Asset checks on the staged tables: the suites that the contracts describe, as one checkpoint.

Dagster looks at the annotation of ``context`` itself, so they aren't put off here.
"""

from collections.abc import Iterator
from itertools import chain

import dagster as dg

from assets.resources import RefreshResource
from assets.retention import RETENTION, SET_ASIDE
from pipelines.contracts.sources import Source, load_contracts
from pipelines.core.check_results import has_refused_delivery
from pipelines.quality.check_specs import tables_read
from pipelines.quality.run_checks import CheckResult, declared_checks, run_suites

SHOWN_CHARACTERS = 2000
CARRIED_OVER = "kept: no value that it judges changed"
NO_DELIVERY_REFUSED = "no_delivery_refused"


def _staged(source: Source) -> dg.AssetKey:
    return dg.AssetKey(["staging", source.name])


def _specs(source: Source) -> Iterator[dg.AssetCheckSpec]:
    """What is checked on one staged table; failing ERROR checks block where it is required."""
    others = [dg.AssetKey(["staging", other]) for other in tables_read(source)]
    for check in declared_checks(source):
        yield dg.AssetCheckSpec(
            check.name,
            asset=_staged(source),
            additional_deps=[*others, RETENTION, SET_ASIDE],
            description=check.description,
            blocking=check.severity == "ERROR" and source.required,
        )
    if source.required:
        yield dg.AssetCheckSpec(
            NO_DELIVERY_REFUSED,
            asset=_staged(source),
            additional_deps=[RETENTION, SET_ASIDE],
            description=f"{source.title} are required: none of their deliveries was refused.",
            blocking=True,
        )


@dg.multi_asset_check(
    name="contracts",
    specs=[spec for source in load_contracts().sources for spec in _specs(source)],
    can_subset=True,
)
def contract_checks(
    context: dg.AssetCheckExecutionContext, refresh: RefreshResource
) -> Iterator[dg.AssetCheckResult]:
    """Every check on every staged table, or those that were chosen.

    All tables are always checked, since the gate asks for all checks on the same data; of them
    only the chosen are told. A check that looks at what it looked at before costs nothing.
    """
    chosen = context.selected_asset_check_keys
    sources = load_contracts().sources
    with refresh.connect() as con:
        found = run_suites(con, sources, as_of=refresh.today)
        refused = {each: has_refused_delivery(con, each.name) for each in sources if each.required}
    of_required = chain(*(found[each] for each in sources if each.required))
    if any(not each.passed and each.severity == "ERROR" for each in of_required):
        refresh.note_refused()
    told = {
        dg.AssetCheckKey(_staged(source), each.check_name): as_dagster(each, _staged(source))
        for source in sources
        for each in found[source]
    } | {
        dg.AssetCheckKey(_staged(source), NO_DELIVERY_REFUSED): _on_deliveries(source, is_refused)
        for source, is_refused in refused.items()
    }
    yield from (result for key, result in told.items() if key in chosen)


def _on_deliveries(source: Source, is_refused: bool) -> dg.AssetCheckResult:
    """Of a required source: what is staged lacks the rows of a refused delivery."""
    return dg.AssetCheckResult(
        asset_key=_staged(source), check_name=NO_DELIVERY_REFUSED, passed=not is_refused
    )


def as_dagster(result: CheckResult, key: dg.AssetKey) -> dg.AssetCheckResult:
    """What a check found, as Dagster shows it."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=result.check_name,
        passed=result.passed,
        severity=dg.AssetCheckSeverity(result.severity),
        description=result.detail[:SHOWN_CHARACTERS] if result.detail else None,
        metadata={
            "n_checked": result.n_checked,
            "n_failed": result.n_failed,
            "judged": CARRIED_OVER if result.is_carried_over else "tonight",
        },
    )


suite_asset_checks = [contract_checks]
