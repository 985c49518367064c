"""Rows of the claim register -> the estimators behind them, and the queries of their frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assets.commands.where_code import COMPUTES_NOTHING, RowMakers
from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.lineage.calls import Owner, named_in
from pipelines.lineage.introspection import Place
from pipelines.lineage.reading import queries_of_entry

_REGISTER = Owner("pipelines.claims.register", "ESTIMATORS")
_FRAMES = Owner("pipelines.analysis.claims", "read_frames")
_FEW = 3
"""Rows of more claims than these are told as the whole table."""
_OF_EVERY_CLAIM = ("claims.register:evaluate", "claims.verdict:verdict_of")


def estimators_of(claim: Claim) -> list[Place]:
    """Return the functions that test a claim, which the register calls by the same names."""
    return [each.place for each in _estimators(claim.estimates)]


def makers_of_claims(rows: Sequence[Mapping[str, Any]]) -> RowMakers | None:
    """What makes rows of the register, of few claims; None of other rows."""
    asked = {row["claim"] for row in rows if "claim" in row}
    if not asked or len(asked) > _FEW:
        return None
    estimates = list(_asked(rows))
    code = [
        f"{each.module.removeprefix('pipelines.')}:{each.name}" for each in _estimators(estimates)
    ]
    queries = [
        q for each in estimates for q in queries_of_entry(_FRAMES, each.frame, COMPUTES_NOTHING)
    ]
    tables = [f"outcomes.{e.frame}" for e in estimates if e.frame in ("comparison", "worth")]
    is_one = all("estimate_name" in row for row in rows)
    return RowMakers(
        (*code, *(_OF_EVERY_CLAIM[:1] if is_one else _OF_EVERY_CLAIM)),
        tuple(dict.fromkeys(tables)),
        tuple(dict.fromkeys(queries)),
    )


def _asked(rows: Sequence[Mapping[str, Any]]) -> Iterator[EstimateSpec]:
    """The estimates that rows are about; of a row of a claim all of its own."""
    claims = {each.claim: each for each in load_claims()}
    for row in rows:
        own = claims[row["claim"]].estimates
        yield from (each for each in own if row.get("estimate_name", each.name) == each.name)


def _estimators(estimates: Sequence[EstimateSpec]) -> list[Owner]:
    known = {each.name: each for each in named_in(_REGISTER)}
    return [known[each] for each in dict.fromkeys(each.estimator for each in estimates)]
