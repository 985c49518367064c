"""`meta.metric_info`: every outcome of the comparison, and what is followed month by month.

A name that stands for both (absence, customer satisfaction) has one row: its window after day 0 is
that of the comparison, ``by_month`` says how a month's figure is counted.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.tables import DefinitionTexts, Metric, empty_frame, load_metrics, table_of
from pipelines.contracts.trend_measures import TrendMeasure, trend_measures

_MONTHS = "marts.all_month"
_DIRECTIONS = {"lower": "lower_is_better", "higher": "higher_is_better", "none": None}


def metric_info() -> pl.DataFrame:
    """``meta.metric_info``: one row per outcome or trend measure."""
    standards = {each.name: each.standard for each in trend_measures()}
    outcomes = {metric.outcome: _of_outcome(metric) for metric in load_metrics()}
    months = [_of_measure(each) for each in trend_measures() if each.name not in outcomes]
    rows = [
        row | {"by_month": standards.get(str(row["outcome"]))}
        for row in (*outcomes.values(), *months)
    ]
    return pl.DataFrame(rows, schema=empty_frame("meta.metric_info").schema)


def _of_outcome(metric: Metric) -> dict[str, object]:
    return metric.model_dump() | {"is_compared": True}


def _of_measure(measure: TrendMeasure) -> dict[str, object]:
    texts = dict.fromkeys(DefinitionTexts.model_fields, "")
    return texts | {
        "outcome": measure.name,
        "label": measure.label,
        "unit": measure.unit,
        "direction": _DIRECTIONS[measure.good],
        "confidentiality": measure.confidentiality,
        "last_day": None,
        "formula": _formula(measure),
        "numerator": _column(measure.numerator),
        "denominator": _column(measure.denominator) if measure.denominator else "Not a ratio.",
        "exclusions": f"Months of which {measure.status} isn’t shown.",
        "source": measure.source,
        "caveats": _caveat(measure),
        "is_computed": True,
        "is_compared": False,
    }


def _formula(measure: TrendMeasure) -> str:
    """Of which columns of the month tables it is made."""
    if measure.denominator is None:
        return f"{measure.numerator} of the month."
    span = "the month" if measure.months == 1 else f"the last {measure.months} whole months"
    times = "" if measure.times == 1 else f", times {measure.times:g} over the number of months"
    mean = "" if measure.months == 1 else "the mean of "
    return f"{measure.numerator} of {span} ÷ {mean}{measure.denominator}{times}."


def _column(name: str) -> str:
    """A column of the month tables with what it means."""
    (column,) = [each for each in table_of(_MONTHS).columns if each.name == name]
    return f"{name}: {column.description}"


def _caveat(measure: TrendMeasure) -> str:
    """What bears on its usual range."""
    if measure.judged_by is not None:
        return f"Its usual range and its signals are those of {measure.judged_by}, in people."
    if measure.is_hidden_by_value:
        return "Months are hidden where few left, so those that are told are no fair sample."
    if not measure.has_limits:
        return "It has no usual range: a stock, changed on purpose, or months that overlap."
    return "Its usual range and its signals: see the definition of the usual range."
