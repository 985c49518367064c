"""The claim register as frozen records: what is claimed, and which estimates would tell.

Described once in ``claims/``, in our words; the method page, ``outcomes.claim`` (today's verdicts)
and ``outcomes.claim_estimate`` (the numbers) are made from here.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_folder

ClaimVerdict = Literal[
    "supported",
    "not_supported",
    "unclear",
    "too_little_data",
    "not_testable_here",
    "not_reportable",
]
Expected = Literal["higher", "lower"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EstimateSpec(_Record):
    """One estimate of a claim: which estimator, on which frame, with which parameters.

    ``estimator`` is a key of ``pipelines/claims/register.py``, ``parameters`` are its own, and
    ``frame`` is a name of ``pipelines/analysis/claims.py``. ``label`` may name {arm_a} and {arm_b},
    the two kinds of coaching as the settings call them.
    ``expects`` says on which side of ``no_difference`` the claim expects it; an estimate without
    it is shown beside the verdict and has no part in it. ``outcome`` is an id of ``metrics.yml``
    where there is one, so that a withheld outcome withholds its claims; ``graded_as`` names others
    that it stands or falls with. Estimates of one ``family`` are corrected together for being
    several; without a family that is the claim. A ``placebo`` should find nothing: where it lies
    beyond chance, the claim's other estimates prove nothing either. One that ``confirms`` a side
    must lie there beyond chance, or the claim doesn't fit.
    """

    name: str
    label: str
    estimator: str
    frame: str
    outcome: str
    unit: str
    horizon_days: int | None = None
    expects: Expected | None = None
    no_difference: float = 0.0
    family: str | None = None
    graded_as: tuple[str, ...] = ()
    placebo: bool = False
    confirms: Expected | None = None
    parameters: dict[str, Any] = {}

    @property
    def decides(self) -> bool:
        """Whether the verdict rests on it."""
        return self.expects is not None


class Claim(_Record):
    """One claim of the register.

    ``needs``: whether any of the deciding estimates suffices or all of them have to speak for it.
    ``at_most``: the best verdict that such estimates can bear, whatever they say. ``assumes`` and
    ``would_change_our_mind`` are for readers of the method page; ``note`` stands beside every
    verdict.
    """

    claim: str
    wording: str
    source: str
    tested_by: str
    is_testable: bool = True
    needs: Literal["any", "all"] = "any"
    at_most: Literal["unclear"] | None = None
    note: str | None = None
    assumes: str | None = None
    would_change_our_mind: str | None = None
    estimates: tuple[EstimateSpec, ...] = ()

    @model_validator(mode="after")
    def _has_a_test(self) -> Claim:
        if self.is_testable != any(each.decides for each in self.estimates):
            raise ValueError(
                f"{self.claim}: a testable claim needs an estimate with `expects`, "
                "one that isn’t testable has none"
            )
        if self.is_testable and not (self.assumes and self.would_change_our_mind):
            raise ValueError(f"{self.claim}: say what it assumes and what would change our mind")
        return self


@cache
def load_claims() -> tuple[Claim, ...]:
    """The claim register in its stable order."""
    content = read_folder(CONTRACTS_FOLDER / "claims")
    return tuple(_claim(name, each) for name, each in content.items())


def _claim(name: str, content: dict[str, Any]) -> Claim:
    estimates = tuple(
        EstimateSpec(name=key, **each) for key, each in content.pop("estimates", {}).items()
    )
    return Claim(claim=name, estimates=estimates, **content)
