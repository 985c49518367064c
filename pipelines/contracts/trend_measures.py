"""What is followed month by month: ``trend_measures.yml`` as typed records."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_contract
from pipelines.contracts.tables import Record

MOVED = {
    "risen": "risen so far over these months that there is no usual range",
    "fallen": "fallen so far over these months that there is no usual range",
    "moved": "moved so far over these months that there is no usual range",
}
"""Why a measure has no usual range whose months don't stay where they are."""


OPENED, CLOSED = "began in the month", "closed in the month"
"""Why a month has no rate that a group began or ended with nobody: it is no whole one of theirs."""


class TrendMeasure(Record):
    """One measure: of which columns of the month tables it is made, and how it is read."""

    name: str
    label: str
    unit: Literal["people", "per year", "fraction 0-1", "points 0-100", "points 1-5", "seconds"]
    numerator: str
    denominator: str | None = None
    times: float = 1.0
    months: int = 1
    people: str
    status: str
    is_hidden_by_value: bool = False
    judged_by: str | None = None
    good: Literal["lower", "higher", "none"]
    has_limits: bool
    lowest: float | None = None
    standard: str

    @property
    def is_annualised(self) -> bool:
        """Whether a single month is told as a year's rate."""
        return self.unit == "per year" and self.months == 1

    @property
    def is_count(self) -> bool:
        """Whether its figures are whole people."""
        return self.unit == "people"


@cache
def trend_measures() -> tuple[TrendMeasure, ...]:
    """Every measure, in the order of the contract."""
    content = read_contract(CONTRACTS_FOLDER / "trend_measures.yml")
    return tuple(TrendMeasure(name=name, **each) for name, each in content.items())
