"""What a difference in leaving by choice is worth, told only where there is one to tell.

All of it is arithmetic on the headline difference of risks, so it says nothing where that interval
holds no difference, and stands or falls with what the headline assumes.

- number_needed_to_coach: 1 / difference; its limits are those of the interval turned round
  (Altman 1998, BMJ 317:1309). Only where fewer people of arm a left.
- exits_avoided_per_100_people, within the horizon (at 365 days: per year), and
  money_per_100_people, the same at the cost of one exit. Below 0 where more people of arm a left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.core.figures import decimals
from pipelines.core.group_words import group_of
from pipelines.core.status import NO_DATA, NOT_REPORTABLE, SHOWN, Absence, no_data
from pipelines.estimators.results import ALL_PEOPLE

CLEAR = ("better", "worse")
"""Verdicts of estimates whose interval excludes no difference."""
NO_DIFFERENCE = Absence(NOT_REPORTABLE, "the likely range includes zero")
NO_COST = Absence(NO_DATA, "no cost of an exit is set ([cost] exit in settings.toml)")

Row = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What one exit costs, if that is known, and in which currency (ISO 4217)."""

    exit: float | None
    currency: str


def headline_rows(comparison: pl.DataFrame, design: str = "weighted") -> dict[int, Row]:
    """Return the headline's differences of voluntary exits by horizon, as they may be shown."""
    headline_row = comparison.filter(
        pl.col("outcome") == "voluntary_exit",
        pl.col("design") == design,
        pl.col("estimand") == "risk_difference",
        pl.col("segment") == ALL_PEOPLE,
    ).sort("horizon_days")
    return {row["horizon_days"]: row for row in headline_row.to_dicts()}


def why_no_worth(headline_row: Mapping[str, Any]) -> Absence | None:
    """Say why a difference of risks has no worth to speak of; None if it has."""
    if headline_row["verdict"] in CLEAR:
        return None
    if headline_row["verdict"] == "no_clear_difference":
        return NO_DIFFERENCE
    if headline_row["status"] == SHOWN:
        return no_data("there is no interval")
    return Absence(headline_row["status"], headline_row["reason"])


def why_nothing_avoided(headline_row: Mapping[str, Any]) -> Absence | None:
    """Say why nothing can be counted per exit avoided; None if it can."""
    if headline_row["verdict"] in CLEAR and headline_row["estimate"] > 0.0:
        more = f"more people of {headline_row['arm_a']} than of {headline_row['arm_b']} left"
        return Absence(NOT_REPORTABLE, more)
    return why_no_worth(headline_row)


def worth_rows(headline: Mapping[int, Row], cost: Cost) -> list[Row]:
    """Return the rows about people and money for every horizon of `headline_rows`."""
    rows = []
    for headline_row in headline.values():
        rows += [
            _number_needed(headline_row),
            _exits_avoided(headline_row),
            _money(headline_row, cost),
        ]
    return rows


def row_of_worth(quantity: str, unit: str, headline_row: Mapping[str, Any]) -> Row:
    """Return the start of a row about one horizon."""
    return {"quantity": quantity, "unit": unit, "status": SHOWN} | {
        name: headline_row[name] for name in ("horizon_days", "conf_level")
    }


def _number_needed(headline_row: Row) -> Row:
    row = row_of_worth("number_needed_to_coach", "people", headline_row)
    if why := why_nothing_avoided(headline_row):
        return row | why.columns()
    value, low, high = (-1.0 / headline_row[name] for name in ("estimate", "conf_low", "conf_high"))
    return row | {
        "value": value,
        "range_low": low,
        "range_high": high,
        "reading": (
            f"One exit fewer goes with every {decimals(value, 0)} people in "
            f"{group_of(headline_row['arm_a'])} rather than {group_of(headline_row['arm_b'])} "
            f"(likely range {decimals(low, 0)} to {decimals(high, 0)})."
        ),
    }


def _exits_avoided(headline_row: Row) -> Row:
    row = row_of_worth("exits_avoided_per_100_people", "people", headline_row)
    if why := why_no_worth(headline_row):
        return row | why.columns()
    value, low, high = _times(headline_row, 100.0)
    more_or_fewer = "fewer" if value > 0.0 else "more"
    low_words, high_words = sorted((abs(low), abs(high)))
    return row | {
        "value": value,
        "range_low": low,
        "range_high": high,
        "reading": (
            f"Of 100 people in {group_of(headline_row['arm_a'])}, {decimals(abs(value), 1)} "
            f"{more_or_fewer} chose to leave within {headline_row['horizon_days']} days than of "
            f"100 comparable people in {group_of(headline_row['arm_b'])} "
            f"(likely range {decimals(low_words, 1)} to {decimals(high_words, 1)})."
        ),
    }


def _money(headline_row: Row, cost: Cost) -> Row:
    row = row_of_worth("money_per_100_people", cost.currency, headline_row)
    why = why_no_worth(headline_row)
    if why is not None or cost.exit is None:
        return row | (why or NO_COST).columns()
    value, low, high = _times(headline_row, 100.0 * cost.exit)
    return row | {
        "value": value,
        "range_low": low,
        "range_high": high,
        "reading": (
            f"At {cost.exit:,.0f} {cost.currency} an exit, that difference comes to "
            f"{decimals(value, 0)} {cost.currency} per 100 people in "
            f"{headline_row['horizon_days']} days (likely range {decimals(low, 0)} to "
            f"{decimals(high, 0)}); the cost of the coaching itself isn’t taken off."
        ),
    }


def _times(headline_row: Row, factor: float) -> tuple[float, float, float]:
    """Return the exits avoided and their limits times a factor; more exits come out below 0."""
    return (
        -factor * headline_row["estimate"],
        -factor * headline_row["conf_high"],
        -factor * headline_row["conf_low"],
    )
