"""From a row of the comparison to a record: what may be said of it, and what not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs

from dashboards.labels import VERDICTS, is_capped, verdict_words
from dashboards.outcome_display import EXITS, OutcomeDisplay, display_of
from pipelines.core.figures import as_told
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, SUPPRESSED, TOO_EARLY, words

RISKS = "risk_difference"
PART_ESTIMANDS = frozenset({RISKS, "mean_difference"})
"""Estimands that parts of the workforce are compared by; an outcome has one of them."""
HIDES: dict[str, str] = {
    "any_exit": "people or coaches",
    **dict.fromkeys(("voluntary_exit", "involuntary_exit"), "people, coaches or leavers"),
}
HIDES_A_MEAN = "people with a value, or coaches"
"""What there may be too few of where an outcome is hidden, of exits and of any other outcome."""
_EXPLAINED: dict[str, str] = {
    TOO_EARLY: "nobody can have been followed for so long yet",
}
"""Why there is no figure, where the status is all that a row says."""
CONCLUSIVE = frozenset({"better", "worse", "no_clear_difference"})


@dataclass(frozen=True)
class Estimate:
    """One row of ``outcomes.comparison``.

    Values keep the table's units: fractions 0-1 for ``risk_difference``, days for
    ``rmst_difference_days``, the metric's own for ``mean_difference``. ``verdict`` is one of
    `VERDICTS`; a row that isn't there is ``not_reportable`` with the status ``no_data``.
    ``credibility`` is the grade of the outcome's headline, None where there is none.
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
    status: str = NO_DATA
    credibility: str | None = None

    @property
    def verdict_words(self) -> str:
        """The verdict in its fixed words, as far as the grade of credibility carries it."""
        return verdict_words(self.verdict, self.credibility)

    @property
    def is_capped(self) -> bool:
        """Whether a clear verdict isn't told by itself, because its grade doesn't carry it."""
        return self.is_shown and is_capped(self.verdict, self.credibility)

    @property
    def metric(self) -> str:
        """The name under which the filters know it: "voluntary_exit|365", days employed apart."""
        name = f"{self.outcome}|{self.horizon_days}"
        return name if self.estimand in PART_ESTIMANDS else f"{name}|{self.estimand}"

    @property
    def n_people(self) -> int | None:
        """The people of both arms together; None where either is hidden."""
        return _both(self.n_people_a, self.n_people_b)

    @property
    def n_events(self) -> int | None:
        """The exits of both arms together; None where either is hidden."""
        return _both(self.n_events_a, self.n_events_b)

    @property
    def is_shown(self) -> bool:
        """Whether the difference may be read: a conclusive verdict and all of its numbers."""
        return self.verdict in CONCLUSIVE and self.has_numbers

    @property
    def is_told(self) -> bool:
        """Whether the difference and its range are told: with a verdict or too little for one."""
        return self.has_numbers and (self.is_shown or self.verdict == "too_little_data")

    @property
    def has_numbers(self) -> bool:
        """Whether the difference and its likely range exist, whatever the verdict makes of it."""
        return None not in (self.estimate, self.conf_low, self.conf_high)

    @property
    def is_hidden(self) -> bool:
        """Whether the row is hidden for privacy: too few people, coaches or leavers."""
        return self.status == SUPPRESSED

    @property
    def has_no_data(self) -> bool:
        """Whether the row has no data, as against too little or hidden."""
        return not self.has_numbers and self.status == NO_DATA

    @property
    def status_of_people(self) -> str:
        """Why it isn't told how many people are compared: a head count is never too early."""
        is_counted = self.outcome in EXITS and self.status == TOO_EARLY
        return SUPPRESSED if is_counted else self.status

    @property
    def is_too_early(self) -> bool:
        """Whether nobody can have been followed for so long yet."""
        return self.status == TOO_EARLY

    @property
    def why_not(self) -> str:
        """Why there is no difference to read, in words that can stand alone."""
        return self.reason or missing_word(self.status)

    @property
    def explained(self) -> str:
        """The same beside the word of the status, which it doesn't say again."""
        word = missing_word(self.status)
        if self.reason and self.reason != word:
            return self.reason.removeprefix(f"{word}: ") if self.is_hidden else self.reason
        if self.is_hidden:
            alike = "" if self.outcome == "any_exit" else ", or all of them alike"
            return f"too few {HIDES.get(self.outcome, HIDES_A_MEAN)}{alike}"
        return _EXPLAINED.get(self.status, word)

    @property
    def measure(self) -> OutcomeDisplay:
        """How the outcome is shown: its unit on screen, decimals, which way is better."""
        return display_of(self.outcome, self.estimand)

    @property
    def scale(self) -> float:
        """What turns a value into its unit on screen: per 100, days, or points."""
        return self.measure.factor

    @property
    def on_screen(self) -> tuple[float, float, float]:
        """Difference, low and high end in units on screen; ValueError if they aren't shown."""
        if self.estimate is None or self.conf_low is None or self.conf_high is None:
            raise ValueError(f"{self.outcome} has no difference to show: {self.why_not}")
        return self.to_screen(self.estimate, self.conf_low, self.conf_high)

    def to_screen(self, value: float, low: float, high: float) -> tuple[float, float, float]:
        """Return a difference of this outcome and its range in units on screen.

        No more than everybody can leave, whatever a range of a straight line says.
        """
        if self.estimand == RISKS:
            low, high = max(low, -1.0), min(high, 1.0)
        return (value * self.scale, low * self.scale, high * self.scale)

    @property
    def as_told(self) -> tuple[float, float, float]:
        """The same as they are written; of a trace, which is told as "under 0.1", what it is."""
        told = [as_told(each, self.measure.digits) or each for each in self.on_screen]
        return told[0], told[1], told[2]

    @property
    def is_nothing(self) -> bool:
        """Whether the difference is told as none: it is, or comes to zero and isn't clear."""
        told = as_told(self.difference_on_screen or 0.0, self.measure.digits)
        is_clear = self.is_shown and self.verdict in ("better", "worse")
        return not told and not (is_clear and self.estimate)

    @property
    def is_under_two(self) -> bool:
        """Whether it is under two of 100 people, or hours, so that whole ones tell too little."""
        return abs(self.as_told[0]) < 2

    def on_screen_for(self, people: int) -> tuple[float, float, float]:
        """Return what is told for so many people, or hours, in the place of 100."""
        value, low, high = (each * (people / 100) for each in self.as_told)
        return value, low, high

    @property
    def in_hundredths(self) -> tuple[float, float, float]:
        """The same in hundredths of the scale's length, in the scale's own direction."""
        low, high = self.measure.ends or (0, 100)
        value, first, last = (each / ((high - low) / 100) for each in self.as_told)
        return value, first, last

    @property
    def difference_on_screen(self) -> float | None:
        """The difference alone in units on screen; None where there is none."""
        return self.one_on_screen(self.estimate)

    def one_on_screen(self, value: float | None) -> float | None:
        """Return one difference of this outcome in units on screen; None stays None."""
        return None if value is None else value * self.scale

    @property
    def is_below(self) -> bool:
        """Whether the difference is under zero: which of its two directions is named."""
        return self.estimate is not None and self.estimate < 0


def _both(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def rest_of_leavers(every: Estimate, chosen: Estimate) -> tuple[float, float, float]:
    """Return the differences in all leavers, in those by choice, and what is left, as on screen.

    Each as it is written, so that on a page the two parts add up to all.
    """
    digits = every.measure.digits
    of_all, of_chosen = (as_told(each.on_screen[0], digits) for each in (every, chosen))
    return of_all, of_chosen, as_told(of_all - of_chosen, digits)


def missing_word(status: str) -> str:
    """Return what stands in the place of a value; a row that is shown has no data for it."""
    return words(NO_DATA if status == SHOWN else status)


def why_missing(row: Mapping[str, Any] | None) -> str:
    """Return why a row has no figure, in words that can stand alone; no row is no data."""
    if row is None:
        return words(NO_DATA)
    return row["reason"] or missing_word(row["status"])


def with_reason(word: str, status: str, reason: str | None) -> str:
    """Return what stands in a figure's place, with the reason where the data can't bear one."""
    return f"{word}: {reason}" if status == NOT_REPORTABLE and reason else word


def find(
    comparison: pl.DataFrame,
    outcome: str,
    horizon_days: int,
    design: str = "weighted",
    estimand: str = RISKS,
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
    """Return the rows with these values."""
    return frame.filter(*(pl.col(name) == value for name, value in wanted.items()))


def records(frame: pl.DataFrame) -> Iterable[Mapping[str, Any]]:
    """Return the rows of a frame as mappings, NaN and infinity read as missing."""
    figures = cs.float()
    return frame.with_columns(pl.when(figures.is_finite()).then(figures)).to_dicts()


def from_row(row: Mapping[str, Any]) -> Estimate:
    """Return one row of ``outcomes.comparison`` as a record, whatever its segment is."""
    verdict = row["verdict"]
    names = (
        "value_a", "value_b", "estimate", "conf_low", "conf_high",
        "n_people_a", "n_people_b", "n_events_a", "n_events_b", "reason",
    )  # fmt: skip
    return Estimate(
        outcome=row["outcome"],
        estimand=row["estimand"],
        horizon_days=row["horizon_days"],
        verdict=verdict if verdict in VERDICTS else "not_reportable",
        conf_level=row["conf_level"] or 0.95,
        status=row["status"],
        credibility=row["credibility"],
        **{name: row[name] for name in names},
    )
