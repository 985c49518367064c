"""What is followed month by month: ``trend_measures.yml`` as typed records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Literal, TypeVar

from pipelines.contracts.contract_files import CONTRACTS_FOLDER, read_contract
from pipelines.contracts.tables import Confidentiality, Record

MOVED = {
    "risen": "risen over these months, so no range is usual",
    "fallen": "fallen over these months, so no range is usual",
    "moved": "moved too far up and down for a usual range",
}
"""Why a measure has no usual range whose months don't stay where they are."""
TOO_FEW = "too few leave a month to say what is usual"


OPENED, CLOSED = "began in the month", "closed in the month"
"""Why a month has no rate that a group began or ended with nobody: it is no whole one of theirs."""


_SCALES = {"fraction 0-1": (0.0, 1.0), "points 0-100": (0.0, 100.0), "points 1-5": (1.0, 5.0)}
"""Units that are scales, with their ends."""


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
    part_of: str | None = None
    is_hidden_by_value: bool = False
    judged_by: str | None = None
    good: Literal["lower", "higher", "none"]
    has_limits: bool
    lowest: float | None = None
    confidentiality: Confidentiality
    source: str
    standard: str

    @property
    def range(self) -> tuple[float, float]:
        """Between which figures any month of it lies, both ends among them."""
        lowest, highest = _SCALES.get(self.unit, (-math.inf, math.inf))
        return lowest if self.lowest is None else self.lowest, highest

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


Values = TypeVar("Values", bound=Mapping[str, object])


def check_measures(value: Values) -> Values:
    """Settings by measure as they came; raises ValueError where a measure is none."""
    known = {each.name for each in trend_measures()}
    if unknown := sorted(value.keys() - known):
        raise ValueError(f"measures among {', '.join(sorted(known))}; not {', '.join(unknown)}")
    return value


def check_targets(value: dict[str, float]) -> dict[str, float]:
    """Targets by measure as they came; raises ValueError where no month could reach one."""
    measures, problems = {each.name: each for each in trend_measures()}, []
    for name, target in check_measures(value).items():
        lowest, highest = measures[name].range
        if math.isfinite(target) and lowest <= target <= highest:
            continue
        ends = f"at least {lowest:g}" if math.isinf(highest) else f"{lowest:g} to {highest:g}"
        said = "a number" if math.isinf(lowest) else ends
        problems.append(f"{said} for {name}, which is told in {measures[name].unit}")
    if problems:
        raise ValueError("; ".join(problems))
    return value
