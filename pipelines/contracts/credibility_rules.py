"""How far a difference may be believed: ``credibility.yml`` as frozen records."""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, ContractError, read_contract

Credibility = Literal["strong", "moderate", "weak", "not_credible"]
Level = Literal["passed", "moderate", "weak", "not_credible", "not_made"]
CREDIBILITIES: tuple[Credibility, ...] = get_args(Credibility)
"""The grades, the best first."""
_FAILED: tuple[Level, ...] = ("not_credible", "weak", "moderate")


class CredibilityRule(BaseModel):
    """One check: from which value on it comes to which grade, and the words for each.

    ``outcomes`` is empty where every outcome is asked. Texts may hold ``{what}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    outcomes: tuple[str, ...] = ()
    under_lottery: bool = False
    """Whether it is asked too where a lottery decided who was coached how."""
    only_under_lottery: bool = False
    """Whether it is asked there alone."""
    beyond: Literal["above", "below"]
    limits: dict[Level, float]
    when_not_made: Level
    passed: str
    reads: dict[Level, str]
    not_made: str
    would_raise: str = Field(alias="raise")
    why: str

    @model_validator(mode="after")
    def _every_limit_has_words(self) -> CredibilityRule:
        if set(self.limits) != set(self.reads) or not set(self.limits) <= set(_FAILED):
            raise ContractError(f"{self.label}: limits and reads must name the same failed grades")
        return self

    def is_asked_of(self, outcome: str) -> bool:
        """Whether the check is about an outcome."""
        return not self.outcomes or outcome in self.outcomes

    def is_asked_where(self, *, is_drawn: bool) -> bool:
        """Whether the check is asked where a lottery decided, or where none did."""
        return self.under_lottery or self.only_under_lottery == is_drawn

    def level_of(self, value: float | None) -> Level:
        """What a measured value comes to; None: the check couldn't be made."""
        if value is None:
            return "not_made"
        for level in _FAILED:
            limit = self.limits.get(level)
            if limit is not None and (value > limit if self.beyond == "above" else value < limit):
                return level
        return "passed"

    def words_for(self, level: Level, what: str) -> str:
        """What the check says at a level."""
        texts = {"passed": self.passed, "not_made": self.not_made, **self.reads}
        return texts[level].format(what=what)


@cache
def load_credibility_rules() -> dict[str, CredibilityRule]:
    """Read ``credibility.yml``: the checks by name, in the order in which they are told."""
    content = read_contract(CONTRACTS_FOLDER / "credibility.yml")
    return {name: CredibilityRule.model_validate(rule) for name, rule in content.items()}
