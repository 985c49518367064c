"""Rows of the claim register -> the estimators behind them, and the queries of their frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assets.commands.where_code import RowMakers, makers_of_rows
from assets.commands.where_held import Held, seen_in
from dashboards.data import SiteData
from pipelines.contracts.claims import Claim, EstimateSpec, load_claims
from pipelines.contracts.tables import table_of
from pipelines.lineage.calls import Owner, calls, named_in
from pipelines.lineage.card_words import numbers_in
from pipelines.lineage.introspection import Place
from pipelines.lineage.marked_values import Writing
from pipelines.lineage.reading import COMPUTES_NOTHING, queries_of_entry
from pipelines.lineage.words import plain

_REGISTER = Owner("pipelines.claims.register", "ESTIMATORS")
_FRAMES = Owner("pipelines.analysis.claims", "read_frames")
_FEW = 3
"""Rows of more claims than these are told as the whole table."""
_CLAIM = "outcomes.claim"
_TOLD = ("estimate", "conf_low", "conf_high", "n_people")
"""What a reason tells of an estimate."""
_COMPARISON, _WORTH = "comparison", "worth"
_USED = ("pipelines.estimators.designs.", "pipelines.estimators.exit_estimates")
_OF_EVERY_CLAIM = (
    "claims.register:evaluate",
    "claims.verdict:verdict_of",
    "claims.reason_text:reason_of",
)


def estimators_of(claim: Claim) -> list[Place]:
    """Return the functions that test a claim, which the register calls by the same names."""
    return [each.place for each in _estimators(claim.estimates)]


def makers_of_claims(rows: Sequence[Mapping[str, Any]]) -> RowMakers | None:
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
    code = (*own, *used, *(_OF_EVERY_CLAIM[:1] if is_one else _OF_EVERY_CLAIM))
    code += tuple(each for makers in quoted for each in makers.code)
    queries += [each for makers in quoted for each in makers.queries]
    return RowMakers(*(tuple(dict.fromkeys(each)) for each in (code, tables, queries)))


def estimate_told(writings: Sequence[Writing], data: SiteData) -> list[Held]:
    """Return the estimate that a reason of the register tells in words: the row with its figures.

    Of several whose label stands in the words it is the one with the longest.
    """
    for writing in writings:
        whence = writing.origins[0]
        if (whence.name, whence.column) != (_CLAIM, "reason"):
            continue
        claim, said = data.claim.item(whence.row, "claim"), plain(writing.text)
        rows = data.claim_estimate.filter(claim=claim).to_dicts()
        row = max(
            (each for each in rows if plain(each["label"]) in said),
            key=lambda each: len(each["label"]),
            default=None,
        )
        if row is None:
            continue
        told = {name: value if name in _TOLD else None for name, value in row.items()}
        held = Held(table_of(f"{_CLAIM}_estimate"), (told,), {}, {})
        rest = said.replace(plain(row["label"]), "")
        numbers = [each.lstrip("+-\N{MINUS SIGN}") for each in numbers_in(rest)]
        figures: dict[str, tuple[str, ...]] = {
            each: (column,) for each, column in seen_in(numbers, held).items()
        }
        if figures:
            return [replace(held, rows=(row,), figures=figures)]
    return []


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
