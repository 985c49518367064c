"""One estimate of the comparison table as a record; what may be said of it, and what not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboards.formats import HIDDEN, NO_DATA
from dashboards.labels import VERDICTS
from dashboards.measures import Measure, measure_of

PART_ESTIMANDS = frozenset({"risk_difference", "mean_difference"})
"""Estimands that parts of the workforce are compared by; an outcome has one of them."""
CONCLUSIVE = frozenset({"better", "worse", "no_clear_difference"})


@dataclass(frozen=True)
class Estimate:
    """One row of ``outcomes.comparison``.

    Values keep the table's units: fractions 0-1 for ``risk_difference``, days for
    ``rmst_difference_days``, the metric's own for ``mean_difference``. ``verdict`` is one of
    `VERDICTS`; a row that isn't there is ``not_reportable`` with the reason "no data".
    ``data_until`` is set where the row was held back: the last day of the data behind it.
    """

    outcome: str
    estimand: str
    horizon_days: int
    verdict: str
    value_a: float | None = None
    value_b: float | None = None
    estimate: float | None = None
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float = 0.95
    n_people_a: int | None = None
    n_people_b: int | None = None
    n_events_a: int | None = None
    n_events_b: int | None = None
    reason: str | None = None
    data_until: date | None = None

    @property
    def metric(self) -> str:
        """The name under which the filters know it: "voluntary_exit|365", days employed apart."""
        name = f"{self.outcome}|{self.horizon_days}"
        return name if self.estimand in PART_ESTIMANDS else f"{name}|{self.estimand}"

    @property
    def is_shown(self) -> bool:
        """Whether the difference may be read: a conclusive verdict and all of its numbers."""
        return self.verdict in CONCLUSIVE and self.has_numbers

    @property
    def has_numbers(self) -> bool:
        """Whether the difference and its likely range exist, whatever the verdict makes of it."""
        return None not in (self.estimate, self.conf_low, self.conf_high)

    @property
    def is_hidden(self) -> bool:
        """Whether the row was suppressed because a group is too small."""
        return is_hidden(self.reason)

    @property
    def has_no_data(self) -> bool:
        """Whether there is nothing behind the row, as against too little or hidden."""
        return not self.has_numbers and self.why_not.startswith(NO_DATA)

    @property
    def why_not(self) -> str:
        """Why there is no difference to read, in words that can stand alone."""
        return self.reason or NO_DATA

    @property
    def measure(self) -> Measure:
        """How the outcome is shown: its unit on screen, decimals, which way is better."""
        return measure_of(self.outcome, self.estimand)

    @property
    def scale(self) -> float:
        """What turns a value into its unit on screen: per 100, days, or points."""
        return self.measure.factor

    @property
    def on_screen(self) -> tuple[float, float, float]:
        """Difference, low and high end in units on screen; ValueError if they aren't shown."""
        if self.estimate is None or self.conf_low is None or self.conf_high is None:
            raise ValueError(f"{self.outcome} has no difference to show: {self.why_not}")
        return (
            self.estimate * self.scale,
            self.conf_low * self.scale,
            self.conf_high * self.scale,
        )


def is_hidden(reason: str | None) -> bool:
    """Tell suppression from absence by the reason the table gives."""
    return reason is not None and reason.startswith(HIDDEN)


def missing_word(reason: str | None) -> str:
    """Return what stands in place of a value: hidden for privacy, no data or not reportable."""
    if is_hidden(reason):
        return HIDDEN
    is_absent = reason is None or reason.startswith(NO_DATA)
    return NO_DATA if is_absent else VERDICTS["not_reportable"].lower()


def find(
    comparison: pl.DataFrame,
    outcome: str,
    horizon_days: int,
    design: str = "weighted",
    estimand: str = "risk_difference",
) -> Estimate:
    """Return one estimate of the whole population; an absent row says that there is no data."""
    rows = matching(
        comparison,
        outcome=outcome,
        horizon_days=horizon_days,
        design=design,
        estimand=estimand,
        segment="all",
    )
    for row in records(rows):
        return from_row(row)
    return Estimate(outcome, estimand, horizon_days, "not_reportable")


def matching(frame: pl.DataFrame, **wanted: str | int) -> pl.DataFrame:
    """Return the rows with these values; none where the frame lacks one of the columns."""
    if not wanted.keys() <= set(frame.columns):
        return frame.clear()
    return frame.filter(*(pl.col(name) == value for name, value in wanted.items()))


def records(frame: pl.DataFrame) -> Iterable[Mapping[str, Any]]:
    """Return the rows of a frame as mappings, NaN and infinity read as missing."""
    return [{name: _finite(value) for name, value in row.items()} for row in frame.to_dicts()]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_row(row: Mapping[str, Any]) -> Estimate:
    """Return one row of ``outcomes.comparison`` as a record, whatever its segment is."""
    verdict = row.get("verdict")
    names = (
        "value_a", "value_b", "estimate", "conf_low", "conf_high",
        "n_people_a", "n_people_b", "n_events_a", "n_events_b", "reason", "data_until",
    )  # fmt: skip
    return Estimate(
        outcome=row["outcome"],
        estimand=row["estimand"],
        horizon_days=row["horizon_days"],
        verdict=verdict if verdict in VERDICTS else "not_reportable",
        conf_level=row.get("conf_level") or 0.95,
        **{name: row.get(name) for name in names},
    )
