"""Rows of the claim register -> the estimators behind them, and the queries of their frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assets.commands.where_code import RowMakers, makers_of_rows
from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.contracts.row_code import rules_about
from pipelines.contracts.tables import table_of
from pipelines.lineage.calls import Owner, calls, named_in
from pipelines.lineage.introspection import Place
from pipelines.lineage.reading import COMPUTES_NOTHING, queries_of_entry

_REGISTER = Owner("pipelines.claims.register", "ESTIMATORS")
_FRAMES = Owner("pipelines.analysis.claims", "read_frames")
_FEW = 3
"""Rows of more claims than these are told as the whole table."""
_COMPARISON, _WORTH = "comparison", "worth"
_USED = ("pipelines.estimators.designs.", "pipelines.estimators.exit_estimates")
_OF_EVERY_ESTIMATE = ("claims.register:evaluate", "claims.claim_estimate:rounded")
_OF_EVERY_CLAIM = ("claims.verdict:verdict_of", "claims.reason_text:reason_of")


def estimators_of(claim: Claim) -> list[Place]:
    """Return the functions that test a claim, which the register calls by the same names."""
    return [each.place for each in _estimators(claim.estimates)]


def makers_of_claims(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()
) -> RowMakers | None:
    """What makes rows of the register, of few claims; None of other rows."""
    asked = {row["claim"] for row in rows if "claim" in row}
    if not asked or len(asked) > _FEW:
        return None
    estimates = list(_asked(rows))
    own = [_name(each) for each in _estimators(estimates)]
    quoted = [_of_the_comparison(each) for each in estimates if each.frame == _COMPARISON]
    used = [
        _name(e) for o in _estimators(estimates) for e in calls(o) if e.module.startswith(_USED)
    ]
    asked_of = [each.frame for each in estimates if each.frame != _COMPARISON]
    queries = [q for each in asked_of for q in queries_of_entry(_FRAMES, each, COMPUTES_NOTHING)]
    tables = [f"outcomes.{each}" for each in asked_of if each == _WORTH]
    is_one = all("estimate_name" in row for row in rows)
    code = (*own, *used, *_OF_EVERY_ESTIMATE, *(() if is_one else _OF_EVERY_CLAIM))
    code += tuple(each for makers in quoted for each in makers.code)
    table = f"outcomes.{'claim_estimate' if is_one else 'claim'}"
    code += tuple(
        e for row in rows for rule in rules_about(table, row, columns) for e in rule.steps
    )
    queries += [each for makers in quoted for each in makers.queries]
    return RowMakers(*(tuple(dict.fromkeys(each)) for each in (code, tables, queries)))


def _of_the_comparison(spec: EstimateSpec) -> RowMakers:
    """What makes the row of the comparison that an estimate quotes."""
    row = {"outcome": spec.outcome, "segment": "all", "design": "weighted", **spec.parameters}
    return makers_of_rows(table_of(f"outcomes.{_COMPARISON}"), [row], ["estimate"])


def _name(owner: Owner) -> str:
    return f"{owner.module.removeprefix('pipelines.')}:{owner.name}"


def _asked(rows: Sequence[Mapping[str, Any]]) -> Iterator[EstimateSpec]:
    """The estimates that rows are about; of a row of a claim all of its own."""
    claims = {each.claim: each for each in load_claims()}
    for row in rows:
        own = claims[row["claim"]].estimates
        yield from (each for each in own if row.get("estimate_name", each.name) == each.name)


def _estimators(estimates: Sequence[EstimateSpec]) -> list[Owner]:
    known = {each.name: each for each in named_in(_REGISTER)}
    return [known[each] for each in dict.fromkeys(each.estimator for each in estimates)]
