"""What data problems cost which outcome: ``grades.yml`` as frozen records."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_yaml

Unit = Literal["fraction", "people"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MeasureRule(_Record):
    """From which value of a measure on its outcomes are told with caution, or not at all.

    ``not_reportable_there`` is the limit for a part of the workforce that is measured by itself,
    such as a site: only what is told of that part is withheld.
    ``reason`` may hold ``{value}`` and ``{detail}``; ``why`` says why the limits lie where they do.
    """

    label: str
    outcomes: tuple[str, ...]
    beyond: Literal["above", "below"]
    caution: float
    not_reportable: float | None = None
    not_reportable_there: float | None = None
    min_n: int
    unit: Unit
    reason: str
    why: str

    def is_beyond(self, value: float, limit: float | None) -> bool:
        """Whether a value lies on the wrong side of a limit; never of one that isn't set."""
        if limit is None:
            return False
        return value > limit if self.beyond == "above" else value < limit


class CheckRule(_Record):
    """A failed check, the outcomes it makes uncertain, and what it means for them.

    ``not_reportable`` is the share of failing rows from which on they aren't told at all.
    """

    table: str
    check: str
    outcomes: tuple[str, ...]
    means: str
    not_reportable: float | None = None


class GradeRules(_Record):
    """Everything that can cost a claim; ``needs`` are the sources of each outcome."""

    needs: dict[str, tuple[str, ...]]
    measures: dict[str, MeasureRule]
    min_failed_share: float
    checks: tuple[CheckRule, ...]


@cache
def load_grade_rules() -> GradeRules:
    """Read ``grades.yml``."""
    text = (CONTRACTS_FOLDER / "grades.yml").read_text(encoding="utf-8")
    return GradeRules.model_validate(read_yaml(text))
