"""One estimate has the same decimals wherever it stands: those of its unit, however rounded."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.formats import signed
from dashboards.outcome_display import EXITS, display_of
from dashboards.pages.claims import claims_page
from dashboards.pages.overview import overview_page
from dashboards.pages.retention import retention_page
from dashboards.pages.today import today_page
from pipelines.contracts.tables import Metric, load_metrics
from pipelines.core.figures import figures
from tests.figures.claim_worlds import claim, estimate, register
from tests.figures.visible_text import visible_text

_GAP = -0.0741
_FIGURE = re.compile(r"(?<![\d.,])(?<!about )(\d+(?:\.\d+)?) (?:fewer|more)\b|−(\d+(?:\.\d+)?)")
_IN_1000 = re.compile(r"In every 1,000 [^.]*\.\d?[^.]*\.")


@pytest.mark.parametrize("metric", load_metrics(), ids=lambda metric: metric.outcome)
@given(value=st.floats(0.05, 1.0))
def test_the_register_writes_an_outcome_as_its_own_page_does(metric: Metric, value: float) -> None:
    estimand = "risk_difference" if metric.outcome in EXITS else "mean_difference"
    measure = display_of(metric.outcome, estimand)
    told = figures(-value, metric.unit, is_signed=True, beside=(-value, -2 * value, value))
    assert told == signed(-value * measure.factor, measure.digits)


def test_a_coarsely_rounded_estimate_is_written_alike_on_every_page() -> None:
    data = register(
        [claim("retention", "supported", "")],
        [estimate("retention", estimate=_GAP, conf_low=_GAP - 0.03, conf_high=_GAP + 0.03)],
    )
    is_it = (pl.col("outcome") == "voluntary_exit") & (pl.col("horizon_days") == data.horizon)
    ends = {"estimate": _GAP, "conf_low": _GAP - 0.03, "conf_high": _GAP + 0.03, "rounding": 0.0165}
    coarse = data.comparison.with_columns(
        pl.when(is_it).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in ends.items()
        if name in data.comparison.columns
    )
    assert "rounding" in data.comparison.columns
    data = replace(data, comparison=coarse)
    for page in (today_page, overview_page, retention_page, claims_page):
        text = visible_text(page(data, None))
        assert "7.4" in text, page.__name__
        found = [a or b for a, b in _FIGURE.findall(_IN_1000.sub("", text))]
        near = {figure for figure in found if 7.0 <= float(figure) < 7.9}
        assert near == {"7.4"}, page.__name__
